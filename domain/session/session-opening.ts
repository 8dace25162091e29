/**
 * A gate opens in a session, and decisions that waited for it, or for what was looked up, are judged.
 *
 * H4 a decision that came before its gate is neither lost nor counted twice.
 */
import type { Decision } from '../gate/decision.ts';
import { type ApprovalRequest, withdrawGate } from '../gate/gate.ts';
import { presentGate } from '../gate/ladder.ts';
import type { Policy } from '../policy/policy.ts';
import {
  isGateKnown,
  pinPolicy,
  replaceGate,
  type SessionState,
  type Step,
  stepTo,
} from './session.ts';
import { judge, type Judging } from './session-decisions.ts';
import { countGate } from './session-load.ts';
import type { TrustFound } from '../authority/trust.ts';
import { askingOf, wantTrust, withTrust } from './session-trust.ts';

export interface OpeningGate {
  readonly policy: Policy;
  readonly request: ApprovalRequest;
  readonly tier: string;
  /** Accounts that may not decide it: who changed its payload. */
  readonly barred?: readonly string[];
  readonly now: number;
}

/** A gate opens, and decisions that came before it are judged at once. */
export function openGate(state: SessionState, opening: OpeningGate): Step {
  const { request, tier, barred, now } = opening;
  const pinned = pinPolicy(state, opening.policy);
  const policy = pinned.policy ?? opening.policy;
  const asking = askingOf(pinned, policy);
  const bars = barred === undefined ? {} : { barred };
  const presented = presentGate(policy, request, { tier, now, asking, ...bars });
  const isForIt = (decision: Decision): boolean => decision.gateId === request.gateId;
  const opened: SessionState = {
    ...pinned,
    gates: [...state.gates, presented.gate],
    keptDecisions: state.keptDecisions.filter((decision) => !isForIt(decision)),
  };
  // A session that ends opens nothing any more: whoever waits for it is told at once.
  if (state.phase === 'cancelling' || state.phase === 'closed') {
    const { gate, events } = withdrawGate(presented.gate, { now, why: state.phase });
    return stepTo(replaceGate(opened, gate), [...presented.events, ...events]);
  }
  const wanting = wantTrust(opened, { policy, gate: presented.gate, now });
  const counted = countGate(wanting, policy, now);
  const events = [...presented.events, ...counted.events];
  const decisions = state.keptDecisions.filter(isForIt);
  return judgeAll(counted.state, { decisions, events, judging: { now, arrival: 'first' } });
}

/** What was looked up is here: what waited for it is judged, where its gate is known. */
export function takeTrust(
  state: SessionState,
  found: TrustFound & { readonly asked: readonly string[] },
  now: number,
): Step {
  const hasGate = ({ gateId }: Decision): boolean => isGateKnown(state, gateId);
  const known = withTrust(state, found, now);
  const waiting = { ...known, keptDecisions: state.keptDecisions.filter((one) => !hasGate(one)) };
  const decisions = state.keptDecisions.filter(hasGate);
  return judgeAll(waiting, { decisions, events: [], judging: { now, arrival: 'lookedUp' } });
}

function judgeAll(
  state: SessionState,
  {
    decisions,
    events,
    judging,
  }: {
    readonly decisions: readonly Decision[];
    readonly events: Step['events'];
    readonly judging: Judging;
  },
): Step {
  return decisions.reduce<Step>(
    (step, decision) => {
      const judged = judge(step.state, decision, judging);
      return { ...judged, events: [...step.events, ...judged.events], reply: undefined };
    },
    stepTo(state, events),
  );
}
