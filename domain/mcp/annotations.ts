/**
 * What the annotations of an MCP tool change. The policy classifies; a server's word, which nobody has checked, may
 * only make that stricter (H9). So readOnlyHint: true, destructiveHint: false and idempotentHint: true change nothing,
 * and a tool that no policy names stays irreversible, whatever its server says (H10). docs/decisions/0013 has the table.
 */
import type { DeclaredAction } from '../policy/policy.ts';
import type { JsonObject } from '../text/json.ts';

type Declared = Pick<DeclaredAction, 'readOnly' | 'reversibility' | 'writes'>;

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

/** For who knows nothing of a tool, or no longer what was approved. */
export const UNKNOWN: Declared = { readOnly: false, reversibility: 'irreversible' };

/** `readOnly: true` here only leaves it to the policy: where that calls the tool a read, it is one. */
export function declaredByAnnotations(annotations: JsonObject): Declared {
  const isReadable = HINTS.every((hint) => typeof (annotations[hint] ?? false) === 'boolean');
  const { readOnlyHint, destructiveHint, idempotentHint } = annotations;
  if (!isReadable || destructiveHint === true) return UNKNOWN;
  if (readOnlyHint === true) return { readOnly: true };
  return {
    readOnly: readOnlyHint === undefined && idempotentHint !== false,
    ...(readOnlyHint === false ? { writes: true } : {}),
    // Once more would be twice: it is held to one attempt.
    ...(idempotentHint === false ? { reversibility: 'partially_reversible' } : {}),
  };
}
