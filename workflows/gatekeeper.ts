/**
 * The gatekeeper: clears an action, by policy or by a person, before it is scheduled. The only way to a consent.
 *
 * H1 what needs a decision waits here for one, over the bytes that will execute · H5 a modification comes through
 * here again · H3 silence clears only what the policy lets it clear, and is recorded as silence.
 */
import { condition, uuid4, workflowInfo } from '@temporalio/workflow';
import type { ActionOutcome } from '../domain/action/action-outcome.ts';
import type { PrepareActionInput, PreparedAction, PreparedCall } from '../domain/activities.ts';
import { inBatch } from '../domain/policy/batch.ts';
import type { Stakes } from '../domain/policy/confidence.ts';
import { type Consent, consentDecision, type ConsentDecision } from '../domain/action/consent.ts';
import {
  firstTier,
  type Gate,
  gateEvent,
  type GateOutcome,
  type HeldGate,
} from '../domain/gate/gate.ts';
import { actionQuestion, approvalRequest, type Question } from '../domain/gate/gate-request.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { afterModification, mergeModifications } from '../domain/gate/modification.ts';
import {
  evaluateAction,
  type Evaluation,
  isOneShot,
  type Policy,
  policyVersion,
} from '../domain/policy/policy.ts';
import { proceedEvent } from '../domain/action/proceed-event.ts';
import { gateOf } from '../domain/session/session.ts';
import { abandonGate } from '../domain/session/session-closing.ts';
import { openGate } from '../domain/session/session-opening.ts';
import { gateOfAction, takeOutcome } from '../domain/session/session-gates.ts';
import { askingOf } from '../domain/session/session-trust.ts';
import { rejectedAgain, withoutAsking } from '../domain/session/without-asking.ts';
import { AUTOMATED, strictnessOf } from '../domain/policy/tier.ts';
import { approvalTimeout } from './failures.ts';
import { isGatesAttributeUsable } from './search-attribute.ts';
import type { SessionRecord } from './session-record.ts';
import { mayStart, untilMayStart } from './start-line.ts';

/** An action that wants to happen. */
export interface Asked {
  readonly action: PreparedAction;
  readonly actionId: string;
  readonly note?: string;
  /** At least this tier, whatever the policy says: what a person was asked about, only a person lets pass. */
  readonly floor?: string;
  /** The tier of the calls that were proposed with it: where it waits for a person, it waits at this one. */
  readonly batchTier?: string;
  /** Who changed its payload, where the policy asks somebody else about that. */
  readonly barred?: readonly string[];
}

export interface Cleared {
  readonly cleared: true;
  readonly action: PreparedAction;
  readonly actionId: string;
  readonly evaluation: Evaluation;
  readonly decision?: ConsentDecision;
  /** The gate that held it last, where one did. */
  readonly held?: HeldGate;
}

export type Clearance =
  | Cleared
  /** `held` is left out where the same call was rejected before: then nobody was asked. */
  | { readonly cleared: false; readonly outcome: ActionOutcome; readonly held?: HeldGate };

/** How calls of this kind are prepared again after a modification. */
export type Prepare = (input: PrepareActionInput) => Promise<PreparedCall>;

export interface ClearOptions {
  readonly stakes: Stakes;
  readonly prepare: Prepare;
}

export async function clear(
  record: SessionRecord,
  asked: Asked,
  options: ClearOptions,
): Promise<Clearance> {
  for (let ask = asked; ;) {
    while (!mayStart(record)) await untilMayStart(record);
    const policy = pinnedPolicy(record);
    // A gate that waits already, after continue-as-new, may be there for another reason than the policy's.
    const waiting = gateOfAction(record.state, ask.actionId);
    const own = atLeast(
      policy,
      evaluateAction(policy, ask.action, options.stakes),
      waiting === undefined ? ask.floor : firstTier(waiting),
    );
    const { evaluation, note } = inBatch(policy, own, ask.batchTier);
    if (evaluation.tier === AUTOMATED) return proceed(record, ask, evaluation);
    const settled = waiting === undefined ? settledBefore(record, ask, evaluation) : undefined;
    if (settled !== undefined) return settled;
    const notes = [ask.note, note].filter((one) => one !== undefined);
    const held = await holdFor(record, actionQuestion(ask.action, evaluation), {
      actionId: ask.actionId,
      ...(ask.barred === undefined ? {} : { barred: ask.barred }),
      ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
    });
    const shown = { ...ask, ...shownIn(held.gate, ask.action) };
    const next = await afterGate(record, shown, { ...held, evaluation }, options);
    if ('cleared' in next) return next;
    ask = next;
  }
}

/** Nobody is asked about what was rejected before, or what a standing grant lets pass; but about what was asked, again. */
function settledBefore(
  record: SessionRecord,
  ask: Asked,
  evaluation: Evaluation,
): Clearance | undefined {
  if (ask.floor !== undefined) return undefined;
  const asked = { policy: pinnedPolicy(record), evaluation, now: Date.now() };
  const settled = withoutAsking(record.state, ask, asked);
  if (settled === undefined) return undefined;
  record.apply(settled.step);
  if (settled.answer === 'rejected') {
    return { cleared: false, outcome: rejectedAgain(settled.before) };
  }
  const { action, actionId } = ask;
  return { cleared: true, action, actionId, evaluation, decision: settled.decision };
}

/** What stood in the gate is what goes on: after continue-as-new it may be a modified payload, or a fresh key. */
function shownIn(gate: Gate, asked: PreparedAction): Pick<Asked, 'action' | 'actionId' | 'floor'> {
  const { payload, payloadDigest, description, actionId } = gate.request;
  const action = { ...asked, arguments: payload, payloadDigest, description };
  return { actionId, action, floor: firstTier(gate) };
}

async function afterGate(
  record: SessionRecord,
  ask: Asked,
  { gate, outcome, evaluation }: HeldGate & { readonly evaluation: Evaluation },
  options: ClearOptions,
): Promise<Clearance | Asked> {
  const { action, actionId } = ask;
  const held = { gate, outcome };
  switch (outcome.status) {
    case 'approved':
      return {
        cleared: true,
        action,
        actionId,
        evaluation,
        decision: decisionOf(gate, outcome),
        held,
      };
    case 'rejected': {
      const { reviewerId = '', rationale } = outcome;
      const rejected = { status: 'rejected', reviewerId } as const;
      return {
        cleared: false,
        held,
        outcome: rationale === undefined ? rejected : { ...rejected, rationale },
      };
    }
    case 'withdrawn':
      return { cleared: false, held, outcome: { status: 'withdrawn' } };
    case 'expired':
      return afterExpiry(record, ask, { gate, outcome, evaluation });
    case 'modified': {
      const merged = mergeModifications(action.arguments, outcome.modifications ?? {});
      const prepared = await carriedOut(record, gate, () =>
        options.prepare(preparation(record, action, merged)),
      );
      const policy = pinnedPolicy(record);
      const { people } = askingOf(record.state, policy);
      const found = { original: action, gate, outcome, prepared, people };
      const after = afterModification(policy, found, options.stakes);
      if (after.status === 'ask') {
        const { barred: _before, ...again } = ask;
        const barred = after.barred === undefined ? {} : { barred: after.barred };
        return { ...again, ...barred, action: after.action, note: after.note };
      }
      const decision = decisionOf(gate, outcome);
      return { cleared: true, action: after.action, actionId, evaluation, decision, held };
    }
  }
}

/** A decision that can't be carried out any more, since the session ends, says so (H7). */
async function carriedOut<T>(
  record: SessionRecord,
  gate: Gate,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    record.note(
      gateEvent(gate, { eventType: 'not_executed', details: { code: 'SESSION_CLOSED' } }),
    );
    throw error;
  }
}

function preparation(
  record: SessionRecord,
  { actionType, agentReason }: PreparedAction,
  args: JsonObject,
): PrepareActionInput {
  const { agentId } = record.state;
  const policyDigest = pinnedPolicy(record).digest;
  const input = { agentId, actionType, arguments: args, policyDigest };
  return agentReason === undefined ? input : { ...input, agentReason };
}

function afterExpiry(
  record: SessionRecord,
  ask: Asked,
  { gate, outcome, evaluation }: HeldGate & { readonly evaluation: Evaluation },
): Clearance {
  const held = { gate, outcome };
  if (outcome.noResponse === 'fail') throw approvalTimeout(gate.request.gateId);
  return outcome.noResponse === 'approve'
    ? { ...proceed(record, ask, evaluation, gate.clockTier ?? gate.tier), held }
    : { cleared: false, held, outcome: { status: 'expired' } };
}

function proceed(
  record: SessionRecord,
  { action, actionId }: Asked,
  evaluation: Evaluation,
  silentTier?: string,
): Cleared {
  const { actionType, arguments: payload, payloadDigest } = action;
  const silence = silentTier === undefined ? {} : { silentTier };
  const what = { actionId, actionType, payload, payloadDigest };
  record.note(proceedEvent({ ...what, ...silence, evaluation }));
  return { cleared: true, action, actionId, evaluation };
}

export interface Holding {
  readonly actionId: string;
  readonly note?: string;
  readonly barred?: readonly string[];
}

/** Opens a gate, or finds the one that this action has already, and waits until it has ended. */
export async function holdFor(
  record: SessionRecord,
  question: Question,
  ask: Holding,
): Promise<HeldGate> {
  const existing = gateOfAction(record.state, ask.actionId);
  const gateId = existing?.request.gateId ?? open(record, question, ask);
  // A run that is about to continue as new takes no outcome: the next one does.
  const isTakeable = (): boolean =>
    !record.isLeaving && gateOf(record.state, gateId)?.status !== 'pending';
  try {
    while (!isTakeable()) await condition(isTakeable);
  } catch (error) {
    record.apply(abandonGate(record.state, gateId, { now: Date.now(), why: 'cancelled' }));
    throw error;
  }
  const gate = gateOf(record.state, gateId);
  const taken = takeOutcome(record.state, gateId);
  if (gate === undefined || taken === undefined) throw new Error(`Gate ${gateId} was lost`);
  record.replace(taken.state);
  return { gate, outcome: taken.outcome };
}

function open(
  record: SessionRecord,
  question: Question,
  { actionId, note, barred }: Holding,
): string {
  const policy = pinnedPolicy(record);
  record.isIndexed = isGatesAttributeUsable();
  const [gateId, now] = [uuid4(), Date.now()];
  const opening = { gateId, actionId, now, ...(note === undefined ? {} : { note }) };
  const request = approvalRequest(record.state, policy, question, opening);
  const { tier } = question.evaluation;
  const bars = barred === undefined ? {} : { barred };
  record.apply(openGate(record.state, { policy, request, tier, now, ...bars }));
  return gateId;
}

function decisionOf(gate: Gate, outcome: GateOutcome): ConsentDecision {
  const decision = consentDecision(gate, outcome);
  if (decision === undefined) {
    throw new Error(`Gate ${gate.request.gateId} was not decided by a person`);
  }
  return decision;
}

/** What the executing activity gets to see of a clearance. */
export function consentOf(record: SessionRecord, cleared: Cleared): Consent {
  const { action, actionId, evaluation, decision } = cleared;
  const { sessionId, agentId, requesterId, lineage } = record.state;
  const oneShot = isOneShot(evaluation);
  const isReserved = oneShot || decision !== undefined;
  const { events, contents } = record.unstored();
  return {
    version: 1,
    sessionId,
    agentId,
    firstExecutionRunId: workflowInfo().firstExecutionRunId,
    ancestorRuns: record.ancestorRuns,
    actionId,
    actionType: action.actionType,
    toolVersion: action.toolVersion,
    payloadDigest: action.payloadDigest,
    policyVersion: policyVersion(pinnedPolicy(record)),
    tier: evaluation.tier,
    oneShot,
    ...(decision === undefined ? {} : { decision }),
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(lineage === undefined ? {} : { agentsAbove: lineage.agentIds }),
    evidence: isReserved ? events : [],
    ...(isReserved && contents !== undefined ? { contents } : {}),
  };
}

export function pinnedPolicy(record: SessionRecord): Policy {
  const { policy } = record.state;
  if (policy === undefined) throw new Error('Nothing is evaluated before the policy is pinned');
  return policy;
}

function atLeast(policy: Policy, evaluation: Evaluation, floor: string | undefined): Evaluation {
  if (floor === undefined) return evaluation;
  const isLooser = strictnessOf(policy.tiers, evaluation.tier) < strictnessOf(policy.tiers, floor);
  return isLooser ? { ...evaluation, tier: floor, rule: 'asked-again' } : evaluation;
}
