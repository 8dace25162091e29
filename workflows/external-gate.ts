/**
 * externalGate: one gate for an action that somebody else executes. The same gate as a session's, by createHoldpoint():
 * policy, reviewers, ladder, trail and inbox; only what follows is not ours. The worker's policy is pinned by the first
 * preparation, never taken from the caller.
 *
 * H5 a modification is prepared and evaluated again · H7 a pause holds the outcome that lets it pass
 * H8 the outcome is told when its evidence is stored, not before.
 */
import { ApplicationFailure, WorkflowIdReusePolicy } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  makeContinueAsNewFunc,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { PreparedCall } from '../domain/activities.ts';
import { refusal } from '../domain/refusal.ts';
import {
  type ExternalGate,
  type ExternalGateInput,
  heldBackGate,
  proceedingGate,
  readExternalGateInput,
  type SettledBase,
  unansweredGate,
} from '../domain/session/external-gate.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { deliverOutcome } from './deliver-outcome.ts';
import { refusalFailure, SESSION_FAILURES } from './failures.ts';
import type { Clearance, Cleared } from './gatekeeper.ts';
import { createHoldpoint, type Holdpoint } from './holdpoint.ts';
import { external } from './own-activities.ts';
import { type CarriedRecord, isHandedOn } from './session-record.ts';

/** What a run hands to the one that continues it. Versioned: it outlives a deployment. */
export interface CarriedGate {
  readonly version: 1;
  readonly record: CarriedRecord;
  readonly prepared: PreparedCall;
}

interface Asking {
  readonly hold: Holdpoint;
  readonly input: ExternalGateInput;
  readonly carried: CarriedGate | undefined;
}

const ACTION_ID = 'action';

export async function externalGate(
  raw: ExternalGateInput,
  handedOn?: CarriedGate,
): Promise<ExternalGate> {
  // An open gate and a policy come from the run before, never from who starts a workflow.
  const carried = isHandedOn(handedOn?.record) ? handedOn : undefined;
  const reading: ReturnType<typeof readExternalGateInput> =
    carried !== undefined || handedOn === undefined
      ? readExternalGateInput(raw)
      : { ok: false, problem: 'is one object, and nothing else' };
  const { agentId, requesterId } = reading.ok ? reading.value : UNREADABLE;
  const hold = createHoldpoint({
    agentId,
    requesterId,
    isWholeWorkflow: true,
    started: { execution: 'outside', requesterId },
    ...(carried === undefined ? {} : { carried: carried.record }),
  });
  if (!reading.ok) return hold.run(() => malformed(reading.problem));
  const input = reading.value;
  const gate = await settled({ hold, input, carried });
  if (input.callbackUrl !== undefined) await announce(hold, input.callbackUrl, gate);
  return gate;
}

const UNREADABLE = { agentId: 'unknown', requesterId: 'unknown' } as const;

async function malformed(problem: string): Promise<never> {
  throw refusalFailure(refusal('MALFORMED', `Request ${problem}.`));
}

/** An operator's or requester's `cancel`, and Temporal's, end it as withdrawn: for one gate that is no failure. */
async function settled({ hold, input, carried }: Asking): Promise<ExternalGate> {
  try {
    return await hold.run(
      async () => settle({ hold, input, carried }),
      ({ status }) => status,
    );
  } catch (error) {
    if (!isWithdrawal(error)) throw error;
    return unansweredGate(baseOf(input), { status: 'withdrawn', message: error.message });
  }
}

function isWithdrawal(error: unknown): error is Error {
  const isOrdered =
    error instanceof ApplicationFailure && error.type === SESSION_FAILURES.cancelled;
  return isOrdered || isCancellation(error);
}

async function settle(asking: Asking): Promise<ExternalGate> {
  const { hold, input, carried } = asking;
  const prepared = carried?.prepared ?? (await prepare(hold, input, input.arguments));
  if (!prepared.ok) {
    const { actionType, reason, message } = prepared.refused;
    hold.turnAway({ actionId: ACTION_ID, actionType, code: reason });
    return unansweredGate(baseOf(input), { status: 'refused', message });
  }
  const clearing = hold.clear(
    { action: prepared.action, actionId: ACTION_ID },
    { prepare: (again) => prepare(hold, input, again.arguments) },
  );
  try {
    const clearance = await orNewRun(asking, prepared, clearing);
    if (clearance.cleared) await untilItMayStart(hold, clearance);
    return gateOf(input, clearance);
  } catch (error) {
    if (!isApprovalTimeout(error)) throw error;
    const gateId = gateIdOf(error);
    const end = { status: 'expired', noResponse: 'fail', ...gateId } as const;
    return unansweredGate(baseOf(input), end);
  }
}

async function prepare(
  hold: Holdpoint,
  input: ExternalGateInput,
  args: JsonObject,
): Promise<PreparedCall> {
  const { agentId, actionType, reason, value } = input;
  const work = { workId: `${ACTION_ID}/prepare`, actionType: 'preparation' };
  const { prepared, policy } = await hold.work(work, () =>
    external.prepareExternal({
      agentId,
      actionType,
      arguments: args,
      ...(reason === undefined ? {} : { agentReason: reason }),
      ...(value === undefined ? {} : { value }),
    }),
  );
  // The first one counts: a later one, of a newer deployment, does not touch a gate that waits.
  hold.pinPolicy(policy);
  return prepared;
}

function gateOf(input: ExternalGateInput, clearance: Clearance): ExternalGate {
  const base = baseOf(input);
  return clearance.cleared ? proceedingGate(base, clearance) : heldBackGate(base, clearance);
}

function baseOf({ agentId, actionType }: ExternalGateInput): SettledBase {
  return { id: workflowInfo().workflowId, agentId, actionType, settledAt: Date.now() };
}

/** H7: a pause holds also what was let pass. A cancel then ends it as not executed, and not as told. */
async function untilItMayStart(hold: Holdpoint, { action, actionId }: Cleared): Promise<void> {
  try {
    await hold.checkpoint();
  } catch (error) {
    hold.turnAway({ actionId, actionType: action.actionType, code: 'SESSION_CLOSED' });
    throw error;
  }
}

/** `fail` ends a session; of one gate it is how it ended. */
function isApprovalTimeout(error: unknown): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === SESSION_FAILURES.approvalTimeout;
}

function gateIdOf({ details }: ApplicationFailure): { readonly gateId?: string } {
  const [detail] = (details ?? []) as readonly { readonly gateId?: string }[];
  return detail?.gateId === undefined ? {} : { gateId: detail.gateId };
}

/** Waits for the gate, or leaves for a new run: of a history that is full, or of workers that are outdated. */
async function orNewRun(
  { hold, input }: Asking,
  prepared: PreparedCall,
  clearing: Promise<Clearance>,
): Promise<Clearance> {
  const watch = new CancellationScope();
  const full = watch.run(() => condition(() => hold.isRunFull() && hold.isParked(prepared)));
  full.catch(() => undefined);
  const first = Promise.race([clearing.then(() => true), full.then(() => false)]);
  const isSettled = await first.finally(() => watch.cancel());
  // Between the condition and here a decision may have been handled: then the gate has ended.
  if (isSettled || !hold.isParked(prepared)) return clearing;
  const carried: CarriedGate = { version: 1, record: await hold.carry(), prepared };
  const next = workflowInfo().targetWorkerDeploymentVersionChanged
    ? makeContinueAsNewFunc<typeof externalGate>({ initialVersioningBehavior: 'AUTO_UPGRADE' })
    : continueAsNew<typeof externalGate>;
  return next(input, carried);
}

/** Once what came of it is stored. What arrives while the delivery starts is stored as well. */
async function announce(hold: Holdpoint, callbackUrl: string, gate: ExternalGate): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    startChild(deliverOutcome, {
      workflowId: `${gate.id}/callback`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // After a Reset there may be one with the outcome of the run before: the later one counts.
      workflowIdReusePolicy: WorkflowIdReusePolicy.TERMINATE_IF_RUNNING,
      args: [{ callbackUrl, gate }],
      staticSummary: `outcome of ${gate.id}`,
    }),
  );
  await hold.store();
}
