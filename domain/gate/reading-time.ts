/** Reading time: who decides faster than the request can be read is flagged in the trail, and not kept from it. */
import type { Gate } from './gate.ts';
import type { Policy } from '../policy/policy.ts';
import { canonicalJson } from '../text/canonical-json.ts';
import { utf8Length } from '../text/digest.ts';
import type { JsonObject } from '../text/json.ts';

const KIB = 1024;

/** How long the request takes to read, ms, by the policy's measure. Undefined: it has none. */
function readingTimeMs({ overload }: Policy, { request }: Gate): number | undefined {
  if (overload === undefined) return undefined;
  const { atLeast, perKiB } = overload.readingMs;
  const shown = `${canonicalJson(request.payload)}${request.description}${request.agentReason ?? ''}`;
  return Math.round(atLeast + (perKiB * utf8Length(shown)) / KIB);
}

/** What the trail says of a decision that came too fast; undefined: it did not. */
export function tooFast(policy: Policy, gate: Gate, now: number): JsonObject | undefined {
  const readingMs = readingTimeMs(policy, gate);
  const afterMs = now - gate.request.presentedAt;
  return readingMs === undefined || afterMs >= readingMs ? undefined : { afterMs, readingMs };
}
