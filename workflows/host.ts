/**
 * A workflow that knows nothing of Holdpoint, under the plugin: its record, when it is first held, and what happens to
 * its gates when it ends. What is not held passes as if Holdpoint were not there: no event, no promise, no order changed.
 *
 * A run from before the plugin replays as it was: `patched` answers for each call whether it was held. The policy that
 * holds the first call is pinned in the history; until then the one of the bundle says whether there is a first call.
 */
import { defaultPayloadConverter, type Headers, TemporalFailure } from '@temporalio/common';
import {
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import { CARRIED_HEADER, HELD_PATCH, LEFT_PATCH, REQUESTER_HEADER } from '../domain/messages.ts';
import { evaluateUndeclared, isUndeclaredHeld } from '../domain/action/undeclared-action.ts';
import { type Policy, toolPolicy } from '../domain/policy/policy.ts';
import { audienceOf } from '../domain/proof/decision-proof.ts';
import type { HostSettings } from '../domain/session/host-settings.ts';
import { newSession, pinPolicy } from '../domain/session/session.ts';
import { receiveCancellation } from '../domain/session/session-commands.ts';
import { leaveRun } from '../domain/session/session-closing.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { runBeside } from './beside.ts';
import { flushEvidence } from './evidence-flush.ts';
import { agentCancelled } from './failures.ts';
import { settings as bundled } from './host-settings.ts';
import { registerHandlers } from './message-handlers.ts';
import { policyAtHand } from './own-activities.ts';
import { finish, reasonOf } from './session-end.ts';
import {
  type CarriedRecord,
  currentRecord,
  isHandedOn,
  openRecord,
  type SessionRecord,
} from './session-record.ts';
import { mayStart, untilMayStart } from './start-line.ts';

/** A call as a policy looks at it. */
export interface HostCall {
  readonly actionType: string;
  /** Undefined: its arguments are not JSON, so nobody can consent to them. */
  readonly payload: () => JsonObject | undefined;
}

// These belong to one instance of a workflow: its modules are loaded anew for each.
let root: CancellationScope | undefined;
let headers: Headers = {};
let pinning: Promise<void> | undefined;
let calls = 0;

export function hostSettings(): HostSettings {
  if (bundled === undefined) throw new Error('This bundle was made without the plugin');
  return bundled;
}

/** The workflow begins: in its root scope, before its own code. */
export function beginHost(started: Headers): void {
  root = CancellationScope.current();
  headers = started;
}

/** The record of this run: of its own holdpoint, where it made one, or of the plugin's. */
export function hostRecord(): SessionRecord {
  return currentRecord() ?? openHost();
}

function openHost(): SessionRecord {
  const { workflowId: sessionId, workflowType, namespace } = workflowInfo();
  const agentId = hostSettings().agentId ?? workflowType;
  const requesterId = fromHeader(REQUESTER_HEADER);
  const identity = typeof requesterId === 'string' ? { requesterId } : {};
  const handed = fromHeader(CARRIED_HEADER);
  const carried = isHandedOn(handed) ? handed : undefined;
  const audience = audienceOf(namespace);
  const state = newSession({ sessionId, agentId, ...identity, audience, isHosted: true });
  const record = openRecord(state, carried);
  registerHandlers(record, {
    isWholeWorkflow: false,
    shortNames: false,
    onTouch: () => engage(record),
    onCancel: () => root?.cancel(),
  });
  if (carried !== undefined) engage(record);
  return record;
}

/** Who asked for the workflow asked for its children, and for the runs that continue it. */
export function withRequester(own: Headers): Headers {
  const requester = headers[REQUESTER_HEADER];
  return requester === undefined ? own : { ...own, [REQUESTER_HEADER]: requester };
}

function fromHeader(name: string): unknown {
  const payload = headers[name];
  return payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
}

/** From the first gate or message on, something runs beside the workflow: the clock, and the pause flag. */
function engage(record: SessionRecord): void {
  if (record.isEngaged || record.state.isHosted !== true) return;
  record.isEngaged = true;
  root?.cancelRequested.catch(() => {
    record.apply(receiveCancellation(record.state, Date.now()));
  });
  runBeside(record);
}

/**
 * Whether a call has to wait, for a person, the ledger, the policy or a resume; and if so, what is to be done once that
 * is over. Undefined: it may be scheduled at once.
 */
export function heldCall(
  call: HostCall,
): { readonly untilPinned: () => Promise<boolean> } | undefined {
  const record = hostRecord();
  calls += 1;
  const nth = calls;
  if (isReady(record) && !isToBeHeld(record, call, nth)) return undefined;
  return {
    untilPinned: async () => {
      engage(record);
      while (!isReady(record)) {
        await untilMayStart(record);
        await pinning;
      }
      if (!isToBeHeld(record, call, nth)) return false;
      if (record.state.policy === undefined) await pin(record);
      return isHeldBy(pinned(record), call);
    },
  };
}

/** Nothing keeps a call back but what the policy says of it. */
function isReady(record: SessionRecord): boolean {
  return mayStart(record) && pinning === undefined;
}

function isToBeHeld(record: SessionRecord, call: HostCall, nth: number): boolean {
  const { policy } = record.state;
  if (policy !== undefined) return isHeldBy(policy, call);
  const patch = `${HELD_PATCH}/${nth}`;
  if (workflowInfo().unsafe.isReplaying) return patched(patch);
  return isHeldBy(hostSettings().policy, call) && patched(patch);
}

function isHeldBy(policy: Policy, { actionType, payload }: HostCall): boolean {
  // To look at the arguments of a read would take time for nothing.
  if (toolPolicy(policy, actionType)?.readOnly === true) return false;
  const call = { actionType, payload: payload() };
  return isUndeclaredHeld(call, evaluateUndeclared(policy, call, hostSettings().stakes));
}

/** Others that come meanwhile wait for the same policy. */
async function pin(record: SessionRecord): Promise<void> {
  pinning = CancellationScope.nonCancellable(async () => {
    const policy = await policyAtHand.loadPolicy();
    record.replace(pinPolicy(record.state, policy));
  });
  try {
    await pinning;
  } finally {
    pinning = undefined;
  }
}

function pinned({ state }: SessionRecord): Policy {
  if (state.policy === undefined) throw new Error('The policy was pinned just now');
  return state.policy;
}

/** The workflow has ended by itself: what is open is withdrawn, and the evidence stored, before Temporal learns of it. */
export async function endHost<T>(record: SessionRecord, end: () => T): Promise<T> {
  await finish(record, 'completed');
  return end();
}

export async function failHost(record: SessionRecord, error: unknown): Promise<never> {
  // ContinueAsNew ends nothing, and a bug fails the workflow task: a fix resumes it, and nothing is lost.
  if (error instanceof ContinueAsNew || !(error instanceof TemporalFailure)) throw error;
  const isCancelled = isCancellation(error);
  await finish(record, isCancelled ? 'cancelled' : 'failed', reasonOf(error));
  const { cancel, sessionId } = record.state;
  throw isCancelled && cancel !== undefined ? agentCancelled(sessionId, cancel) : error;
}

/**
 * What the next run gets. The workflow has said with which arguments it goes on, so nothing may be waited for: messages
 * that came meanwhile would be lost. The next run stores what this one has not. Undefined: it is too much for that, or
 * something is in flight, whose end would stay unknown.
 */
export function leaveHost(record: SessionRecord): CarriedRecord | undefined {
  record.apply(leaveRun(record.state, { now: Date.now(), why: 'continued_as_new' }));
  if (record.unstarted.size > 0 && patched(LEFT_PATCH)) {
    for (const draft of record.unstarted.values()) record.note(draft);
  }
  record.isLeaving = true;
  return record.state.inFlight.length === 0 && record.isLight() ? record.carry() : undefined;
}

export async function storeAndLeave(record: SessionRecord): Promise<CarriedRecord> {
  await flushEvidence(record);
  return record.carry();
}
