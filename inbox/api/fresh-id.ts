/** An id that nobody else has: `crypto.randomUUID` exists on secure origins alone, this everywhere. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `inbox-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
