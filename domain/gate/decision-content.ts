/** What a decision may carry, by kind of gate (DESIGN §4, "Kinds and decisions"), and what its tier asks of its words. */
import type { Decision } from './decision.ts';
import { type Gate, isRationaleRequired, quorumOf } from './gate.ts';
import { whyNotGranted } from './grant.ts';
import { type Policy, toolPolicy } from '../policy/policy.ts';
import { refusal, type Refusal } from '../refusal.ts';
import type { Json } from '../text/json.ts';

export interface ContentContext {
  readonly policy: Policy;
  readonly now: number;
}

export function whyNotContent(
  gate: Gate,
  decision: Decision,
  context: ContentContext,
): Refusal | undefined {
  const { policy } = context;
  return (
    whyNotWords(gate, decision, policy) ??
    whyNotModified(gate, decision, policy) ??
    whyNotGrant(gate, decision, context)
  );
}

function whyNotWords(gate: Gate, { rationale }: Decision, policy: Policy): Refusal | undefined {
  return isRationaleRequired(policy, gate) && (rationale ?? '').trim() === ''
    ? refusal('RATIONALE_REQUIRED', `Tier ${gate.tier} wants a reason with each decision.`)
    : undefined;
}

function malformed(detail: string): Refusal {
  return refusal('MALFORMED', detail);
}

function whyNotModified(gate: Gate, decision: Decision, policy: Policy): Refusal | undefined {
  const { kind } = gate.request;
  const names = Object.keys(decision.modifications ?? {});
  const only = (name: string): boolean => names.length === 1 && names[0] === name;
  if (decision.decision === 'rejected') {
    return names.length > 0 ? malformed('A rejection carries no modifications.') : undefined;
  }
  if (kind === 'question') {
    const isAnswered = only('answer') && isText(decision.modifications?.['answer']);
    if (decision.decision === 'approved' && isAnswered) return undefined;
    return malformed('A question is approved with modifications { "answer": "…" }, or rejected.');
  }
  if (decision.decision === 'approved') {
    return names.length > 0 ? malformed('Use "modified" to change something.') : undefined;
  }
  if (names.length === 0) return malformed('"modified" needs modifications.');
  if (kind === 'answer') {
    const isCorrected = only('answer') && isText(decision.modifications?.['answer']);
    return isCorrected ? undefined : malformed('An answer is modified with { "answer": "…" }.');
  }
  if (kind === 'effect') {
    return only('result') ? undefined : malformed('An effect is modified with { "result": … }.');
  }
  const allowed = toolPolicy(policy, gate.request.actionType)?.allowedModifications;
  const forbidden = names.find((name) => allowed !== undefined && !allowed.includes(name));
  return forbidden === undefined
    ? undefined
    : refusal('MODIFICATION_NOT_ALLOWED', `Argument ${forbidden} of ${gate.request.actionType}.`);
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function whyNotGrant(
  gate: Gate,
  { decision, grant }: Decision,
  { policy, now }: ContentContext,
): Refusal | undefined {
  if (grant === undefined) return undefined;
  const { kind, actionType, reversibility } = gate.request;
  if (decision !== 'approved' || kind !== 'action') {
    return malformed('Only an approval of an action carries a grant.');
  }
  const asked = { actionType, reversibility, quorum: quorumOf(policy, gate), now };
  const problem = whyNotGranted(policy, grant, asked);
  return problem === undefined ? undefined : refusal('GRANT_NOT_ALLOWED', problem);
}
