/**
 * A reviewer's claim and release, and the end of a grant, as messages to a session. Total: any input gives a reply.
 *
 * H4 they decide nothing, and what changes nothing is answered truthfully and recorded, up to a budget.
 */
import { claimGate, type ClaimVerb, readClaim, releaseGate } from '../gate/claim.ts';
import type { Gate } from '../gate/gate.ts';
import { isRefusal } from '../gate/judgement.ts';
import { LATE_CODES } from '../gate/late-reply.ts';
import { refusal, type Refusal } from '../refusal.ts';
import { countRefusal } from './refusal-budget.ts';
import type { OperatorReply } from './reply.ts';
import { gateOf, replaceGate, sessionEvent, type SessionState, type Step } from './session.ts';
import { decisionContext } from './session-decisions.ts';
import { readGrantRevocation, revokeGrant } from './session-grants.ts';

export function receiveClaim(
  state: SessionState,
  { verb, raw }: { readonly verb: ClaimVerb; readonly raw: unknown },
  now: number,
): Step<OperatorReply> {
  const reading = readClaim(raw);
  if (!reading.ok) {
    return refuseClaim(state, { verb, no: refusal('MALFORMED', `${verb}: ${reading.problem}.`) });
  }
  const { gateId, reviewerId } = reading.value;
  const gate = gateOf(state, gateId);
  const about = { verb, reviewerId, gateId, ...(gate === undefined ? {} : { gate }) };
  const { policy } = state;
  const ended =
    gate?.status ?? state.endedGates.find((one) => one.gateId === gateId)?.outcome.status;
  if (ended !== undefined && ended !== 'pending') {
    return refuseClaim(state, { ...about, no: refusal(LATE_CODES[ended]) });
  }
  if (gate === undefined || policy === undefined) {
    return refuseClaim(state, { ...about, no: refusal('UNKNOWN_GATE') });
  }
  const act = { claim: claimGate, release: releaseGate }[verb];
  const step = act(gate, reading.value, decisionContext(state, policy, now));
  if (isRefusal(step)) return refuseClaim(state, { ...about, no: step });
  const reply = { status: 'done', phase: state.phase } as const;
  return { state: replaceGate(state, step.gate), events: step.events, reply };
}

export function receiveGrantRevocation(state: SessionState, raw: unknown): Step<OperatorReply> {
  const reading = readGrantRevocation(raw);
  if (!reading.ok) {
    const no = refusal('MALFORMED', `revokeGrant: ${reading.problem}.`);
    return refuseClaim(state, { verb: 'revokeGrant', no });
  }
  const { operatorId: reviewerId } = reading.value;
  const step = revokeGrant(state, reading.value);
  if (step.reply.status !== 'refused') return step;
  const { code, message } = step.reply;
  return refuseClaim(state, { verb: 'revokeGrant', reviewerId, no: { code, message } });
}

interface Refused {
  readonly verb: string;
  readonly no: Refusal;
  readonly reviewerId?: string;
  readonly gateId?: string;
  readonly gate?: Gate;
}

function refuseClaim(
  state: SessionState,
  { verb, no, reviewerId, gateId, gate }: Refused,
): Step<OperatorReply> {
  const counted = countRefusal(state, no, gate);
  const event = (code: Refusal['code']): Step['events'][number] =>
    sessionEvent({
      eventType: 'message_refused',
      ...(reviewerId === undefined ? {} : { reviewerId }),
      ...(gateId === undefined ? {} : { gateId }),
      details: { code, message: verb },
    });
  return {
    state: counted.state,
    events: counted.code === undefined ? [] : [event(counted.code)],
    reply: { status: 'refused', ...no },
  };
}
