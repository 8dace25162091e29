/** What browsers are told with every answer: who may frame it, run in it, or read it. */
import type { MiddlewareHandler } from 'hono';

/** Of an answer that is no page: nothing may run. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Of the inbox: its own files, no inline script or style, no other origin, and no text that becomes a script. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const ALWAYS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'x-dns-prefetch-control': 'off',
};

const A_YEAR = 'max-age=31536000; includeSubDomains';

/** What is no file of the inbox is stored by nobody. */
export function securityHeaders(isSecure: () => boolean): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const { headers } = context.res;
    for (const [name, value] of Object.entries(ALWAYS)) headers.set(name, value);
    const isPage = headers.get('content-type')?.startsWith('text/html') === true;
    headers.set('content-security-policy', isPage ? PAGE_POLICY : API_POLICY);
    if (isSecure()) headers.set('strict-transport-security', A_YEAR);
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  };
}
