/**
 * The proof that stands in the trail: an auditor verifies it again, with nothing but the event and the keys as they were
 * listed. Every word of the decision is in the event but for the run, which the signature itself names.
 */
import type { AuditEvent } from '../audit/audit-event.ts';
import { type Decision, readDecision } from '../gate/decision.ts';
import { checkProof, type ProofCheck, readProof } from './decision-proof.ts';
import type { TrustedKey } from './trusted-key.ts';

const NO_PROOF: ProofCheck = { ok: false, problem: 'The event carries no signature.' };

/** Whether the signature in an event proves, to whoever trusts these keys, the decision that the event records. */
export function checkEventProof(
  event: AuditEvent,
  keys: readonly TrustedKey[],
  audience: string,
): ProofCheck {
  const decision = decisionIn(event);
  if (decision === undefined) return NO_PROOF;
  const { sessionId, policyVersion = '', at: now } = event;
  return checkProof(decision, keys, { audience, sessionId, policyVersion, now });
}

function decisionIn({
  gateId,
  payloadDigest,
  decision,
  reviewerId,
  rationale,
  details = {},
}: AuditEvent): Decision | undefined {
  const { decisionId, modifications, decidedAt, grant, signature } = details;
  const reading = typeof signature === 'string' ? readProof(signature) : undefined;
  if (reading?.ok !== true) return undefined;
  const { runId } = reading.value.claims;
  const said = { decisionId, gateId, runId, payloadDigest, decision, reviewerId, signature };
  const more = { rationale, modifications, decidedAt, grant };
  const known = Object.entries({ ...said, ...more }).filter(([, value]) => value !== undefined);
  const read = readDecision(Object.fromEntries(known));
  return read.ok ? read.value : undefined;
}
