/**
 * An action from proposal to outcome: cleared by the gatekeeper, scheduled with its consent, and what comes back
 * followed up: another gate, another look at the ledger, or a person who says what happened.
 *
 * H2 a decision of another run is not used: a new gate asks · H7 what was approved and not scheduled says so
 * H11 an unknown outcome is reconciled, never retried · H12 the ledger, not this code, decides whether it runs.
 */
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { ActionOutcome } from '../domain/action/action-outcome.ts';
import type { EventDraft } from '../domain/audit/audit-event.ts';
import { type Consent, idempotencyKey } from '../domain/action/consent.ts';
import {
  type ActivityFailureFacts,
  afterFailure,
  afterReconciliation,
  afterSuccess,
  type AfterExecution,
  outcomeEvent,
} from '../domain/action/execution.ts';
import type { HeldGate } from '../domain/gate/gate.ts';
import { type Effect, effectQuestion } from '../domain/gate/gate-request.ts';
import { othersAfter } from '../domain/gate/modification.ts';
import type { Stakes } from '../domain/policy/confidence.ts';
import { isJson, type Json } from '../domain/text/json.ts';
import { scheduleWith } from './consent-header.ts';
import {
  type Asked,
  clear,
  type Cleared,
  type ClearOptions,
  consentOf,
  type Holding,
  holdFor,
  pinnedPolicy,
} from './gatekeeper.ts';
import { evidence, reconciler } from './own-activities.ts';
import { takeOverFlag } from './pause-flag.ts';
import type { SessionRecord } from './session-record.ts';
import { mayStart, untilMayStart } from './start-line.ts';

/** What asks a person at least, when the machine had to give a cleared action back. */
const ASKED_AGAIN_TIER = 'synchronous_gate';

export interface PerformOptions extends ClearOptions {
  /** Schedules the activity; its consent travels in a header. */
  readonly schedule: (cleared: Cleared) => Promise<unknown>;
  /** A call of a workflow that knows nothing of Holdpoint: cancelling it is that workflow's affair. */
  readonly hosted?: {
    /** Temporal itself says how it ends: a child workflow that has started. Nothing has to be found out. */
    readonly isReported: () => boolean;
  };
  /** It starts the session of a sub-agent. Its end is awaited, and Temporal itself says how it ends. */
  readonly child?: {
    readonly sessionIdOf: (consent: Consent) => string;
    /** From here on nothing has to be found out; before, the ledger may say that another run started it. */
    readonly isReported: () => boolean;
  };
}

export async function perform(
  record: SessionRecord,
  asked: Asked,
  options: PerformOptions,
): Promise<ActionOutcome> {
  for (let ask = asked; ;) {
    const clearance = await clear(record, ask, options);
    if (!clearance.cleared) return clearance.outcome;
    const after = await execute(record, clearance, options);
    if (after.next === 'done') return after.outcome;
    note(record, clearance, { eventType: 'not_executed', details: { code: after.code } });
    ask = askAgain(record, clearance, after);
  }
}

type Executed = Extract<AfterExecution, { readonly next: 'done' | 'ask' }>;

function askAgain(
  record: SessionRecord,
  { action, actionId, held }: Cleared,
  after: Extract<AfterExecution, { readonly next: 'ask' }>,
): Asked {
  const fresh = after.fresh ? `${actionId}~${record.count(`again/${actionId}`) + 1}` : actionId;
  // Who changed it before approves it no more than then.
  const barred = held?.gate.barred;
  const bars = barred === undefined ? {} : { barred };
  return { action, actionId: fresh, note: after.note, floor: ASKED_AGAIN_TIER, ...bars };
}

/** Schedules a cleared action until it has an outcome, or has to be asked about again. */
async function execute(
  record: SessionRecord,
  cleared: Cleared,
  options: PerformOptions,
): Promise<Executed> {
  for (;;) {
    await untilStart(record, cleared);
    if (record.isBacklogged()) {
      await untilStored(record);
      continue;
    }
    const sent = { cleared, consent: consentOf(record, cleared) };
    const after = await runOnce(record, sent, options);
    if (after.next === 'again') takeOverFlag(record);
    if (after.next === 'store') await untilStored(record);
    if (after.next === 'again' || after.next === 'store') continue;
    const settled = after.next === 'reconcile' ? await reconcile(record, sent, options) : after;
    if (settled.next === 'done') noteOutcome(record, cleared, settled.outcome);
    return settled;
  }
}

/** The evidence store did not serve. Storing waits for it without end, and without filling the history. */
function untilStored(record: SessionRecord): Promise<void> {
  const slice = record.unstored();
  return CancellationScope.nonCancellable(async () => {
    await evidence.storeEvidence(slice);
    record.confirmStored(slice);
  });
}

/** H7: cleared, but the session ends before it could start. */
async function untilStart(record: SessionRecord, cleared: Cleared): Promise<void> {
  const unstarted = draftOf(cleared, NOT_STARTED);
  record.unstarted.set(cleared.actionId, unstarted);
  try {
    while (!mayStart(record)) await untilMayStart(record);
  } catch (error) {
    record.note(unstarted);
    throw error;
  } finally {
    record.unstarted.delete(cleared.actionId);
  }
}

interface Sent {
  readonly cleared: Cleared;
  readonly consent: Consent;
}

async function runOnce(
  record: SessionRecord,
  { cleared, consent }: Sent,
  options: PerformOptions,
): Promise<AfterExecution> {
  const slice = record.unstored();
  const isReserved = consent.oneShot || consent.decision !== undefined;
  const schedule = (): Promise<unknown> => scheduleWith(consent, () => options.schedule(cleared));
  const { readOnly } = cleared.evaluation;
  const { hosted, child } = options;
  // Only a read may be given up on its way: of everything else the real end is awaited.
  const isCancellable = child === undefined && (readOnly || hosted !== undefined);
  const work = {
    workId: consent.actionId,
    actionType: consent.actionType,
    ...(child === undefined ? {} : { childSessionId: child.sessionIdOf(consent) }),
  };
  try {
    if (isReserved) record.reserving.add(consent.actionId);
    const result = await record.atWork(work, () =>
      isCancellable ? schedule() : CancellationScope.nonCancellable(schedule),
    );
    if (isReserved) record.confirmStored(slice);
    return afterSuccess(jsonOf(result));
  } catch (error) {
    const isOpen =
      child === undefined ? consent.oneShot && hosted?.isReported() !== true : !child.isReported();
    if (!isCancellable || !isCancellation(error)) {
      const wasAsked = cleared.held !== undefined;
      return afterFailure(factsOf(error), { isOneShot: isOpen, wasAsked });
    }
    const wasScheduled = !(error instanceof CancelledFailure);
    if (wasScheduled && isOpen) return { next: 'reconcile' };
    note(record, cleared, cancelledEvent(wasScheduled && !readOnly));
    throw error;
  } finally {
    record.reserving.delete(consent.actionId);
  }
}

/** What was scheduled may have done something before it was cancelled. */
function cancelledEvent(mayHaveBegun: boolean): OutcomeEvent {
  return mayHaveBegun ? { eventType: 'failed', details: { cancelled: true } } : NOT_STARTED;
}

function atWork<T>(record: SessionRecord, cleared: Cleared, work: () => Promise<T>): Promise<T> {
  const { actionId, action } = cleared;
  return record.atWork({ workId: actionId, actionType: action.actionType }, work);
}

function jsonOf(result: unknown): Json {
  return isJson(result) ? result : null;
}

function factsOf(error: unknown): ActivityFailureFacts {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!(cause instanceof ApplicationFailure)) return { message };
  const [detail] = cause.details ?? [];
  return {
    message,
    ...(typeof cause.type === 'string' ? { type: cause.type } : {}),
    ...(typeof detail === 'string' ? { note: detail } : {}),
  };
}

/** The activity did not say what happened: ask the ledger and the tool, then a person. */
async function reconcile(
  record: SessionRecord,
  sent: Sent,
  options: PerformOptions,
): Promise<Executed> {
  return CancellationScope.nonCancellable(async () => {
    const { cleared, consent } = sent;
    const found = await atWork(record, cleared, () =>
      reconciler(cleared.action.timeoutMs).reconcileAction(consent, cleared.action.arguments),
    );
    const outcome = afterReconciliation(found);
    if (outcome !== undefined) return { next: 'done', outcome };
    note(record, cleared, { eventType: 'effect_unknown' });
    return { next: 'done', outcome: await askWhatHappened(record, sent, options) };
  });
}

async function askWhatHappened(
  record: SessionRecord,
  { cleared, consent }: Sent,
  options: PerformOptions,
): Promise<ActionOutcome> {
  const { phase } = record.state;
  if (phase === 'cancelling' || phase === 'closed') return { status: 'unknown' };
  const effect = { action: cleared.action, idempotencyKey: idempotencyKey(consent) };
  const { gate, outcome } = await holdEffect(
    record,
    { effect, stakes: options.stakes },
    {
      actionId: `${cleared.actionId}/effect`,
    },
  );
  const { status, reviewerId, modifications } = outcome;
  if (reviewerId === undefined) return { status: 'unknown' };
  const result = modifications?.['result'] ?? gate.request.payload['result'];
  const settled = await evidence.settleEffect({
    consent,
    happened: status !== 'rejected',
    reviewerId,
    ...(result === undefined ? {} : { result }),
  });
  return afterReconciliation(settled) ?? { status: 'unknown' };
}

/** Holds the question, and what one person says that it brought, where others have to confirm that. */
async function holdEffect(
  record: SessionRecord,
  { effect, stakes }: { readonly effect: Effect; readonly stakes: Stakes },
  holding: Holding,
): Promise<HeldGate> {
  const policy = pinnedPolicy(record);
  const held = await holdFor(record, effectQuestion(policy, effect, stakes), holding);
  const result = held.outcome.modifications?.['result'];
  const others = held.outcome.status === 'modified' ? othersAfter(policy, held) : undefined;
  if (others === undefined || result === undefined) return held;
  const again = { effect: { ...effect, result }, stakes };
  return holdEffect(record, again, { actionId: holding.actionId, ...others });
}

function noteOutcome(record: SessionRecord, cleared: Cleared, outcome: ActionOutcome): void {
  // That it is unknown was noted before a person was asked.
  const event = outcome.status === 'unknown' ? undefined : outcomeEvent(outcome);
  if (event !== undefined) note(record, cleared, event);
}

type OutcomeEvent = Pick<EventDraft, 'eventType' | 'details'>;

const NOT_STARTED: OutcomeEvent = {
  eventType: 'not_executed',
  details: { code: 'SESSION_CLOSED' },
};

function note(record: SessionRecord, cleared: Cleared, event: OutcomeEvent): void {
  record.note(draftOf(cleared, event));
}

function draftOf(
  { action, actionId, evaluation, decision }: Cleared,
  event: OutcomeEvent,
): EventDraft {
  const { actionType, payloadDigest } = action;
  // A modified payload stands here for the first time: the trail has both.
  const changed = decision?.decision === 'modified' ? { actionPayload: action.arguments } : {};
  const gate = decision === undefined ? {} : { gateId: decision.gateId };
  const { tier } = evaluation;
  return { actionId, actionType, payloadDigest, tier, ...gate, ...changed, ...event };
}
