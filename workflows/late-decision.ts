/**
 * lateDecision: a decision that came after its session had ended. The closed session can't record it any more, so
 * this small workflow does, and tells the person what had happened (H4).
 */
import type { Decision } from '../domain/gate/decision.ts';
import { readDecision } from '../domain/gate/decision.ts';
import { refusal } from '../domain/refusal.ts';
import type { DecisionReply } from '../domain/session/reply.ts';
import { evidence } from './own-activities.ts';

export interface LateDecision {
  readonly sessionId: string;
  readonly decision: Omit<Decision, 'decisionId'> & { readonly decisionId?: string };
}

export async function lateDecision({
  sessionId,
  decision: raw,
}: LateDecision): Promise<DecisionReply> {
  const reading = readDecision(raw);
  if (!reading.ok) {
    return { status: 'refused', ...refusal('MALFORMED', `Decision: ${reading.problem}.`) };
  }
  return evidence.recordLateDecision({ sessionId, decision: reading.value });
}
