/**
 * A call of a workflow that knows nothing of Holdpoint: passed on as it is, or held, cleared and then scheduled. To the
 * workflow, one that was not let go has failed, in the way in which a call of its kind fails.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  NexusOperationFailure,
  RetryState,
} from '@temporalio/common';
import {
  type ActivityInput,
  type LocalActivityInput,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActionOutcome } from '../domain/action/action-outcome.ts';
import { idempotencyKey } from '../domain/action/consent.ts';
import { isOwnFailure } from '../domain/action/execution.ts';
import { argumentListOf, argumentsOf } from '../domain/action/call-arguments.ts';
import { evaluateUndeclared, undeclaredAction } from '../domain/action/undeclared-action.ts';
import { isOneShot } from '../domain/policy/policy.ts';
import { refusal, type RefusalCode } from '../domain/refusal.ts';
import { CRON_PATCH } from '../domain/messages.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { perform } from './action-runner.ts';
import { atMostOnce, AWAITED } from './at-most-once.ts';
import { takePendingConsent } from './consent-header.ts';
import { refusalFailure } from './failures.ts';
import { pinnedPolicy } from './gatekeeper.ts';
import { guardFailure, prepareLike } from './guard.ts';
import { heldCall, hostRecord, hostSettings } from './host.ts';
import { reserveStart } from './reserved-start.ts';
import type { SessionRecord } from './session-record.ts';

interface Call {
  readonly actionType: string;
  readonly args: readonly unknown[];
}

type NotLetGo = Exclude<ActionOutcome, { readonly status: 'executed' }>;

/** Schedules with these arguments: those of the workflow, or those that a reviewer made of them. */
type Schedule<T> = (args: readonly unknown[]) => Promise<T>;

export function governActivity(
  input: ActivityInput,
  next: (input: ActivityInput) => Promise<unknown>,
): Promise<unknown> {
  const { activityType: actionType, args, options } = input;
  const { taskQueue = workflowInfo().taskQueue } = options;
  const schedule: Schedule<unknown> = (list) => next(withArgs(input, list));
  const failureOf = activityFailure(input);
  if (taskQueue === workflowInfo().taskQueue) {
    return govern({ actionType, args }, schedule, { failureOf });
  }
  const once = { ...input, options: { ...options, ...atMostOnce(options), ...AWAITED } };
  return govern({ actionType, args }, schedule, {
    failureOf,
    elsewhere: { scheduleOnce: (list) => next(withArgs(once, list)) },
  });
}

export function governLocalActivity(
  input: LocalActivityInput,
  next: (input: LocalActivityInput) => Promise<unknown>,
): Promise<unknown> {
  const { activityType: actionType, args } = input;
  const schedule: Schedule<unknown> = (list) => next(withArgs(input, list));
  return govern({ actionType, args }, schedule, {
    failureOf: activityFailure(input),
    // It runs again when its workflow task fails.
    isRepeating: true,
  });
}

function withArgs<Input extends { readonly args: unknown[] }>(
  input: Input,
  args: readonly unknown[],
): Input {
  return args === input.args ? input : { ...input, args: [...args] };
}

/** How a call of its kind fails, with what Holdpoint says as the cause. */
type FailureOf = (cause: ApplicationFailure) => Error;

const BY = 'holdpoint';

function activityFailure({ activityType, seq }: { activityType: string; seq: number }): FailureOf {
  return (cause) =>
    new ActivityFailure(
      cause.message,
      activityType,
      `${seq}`,
      RetryState.NON_RETRYABLE_FAILURE,
      BY,
      cause,
    );
}

interface Kind {
  readonly failureOf: FailureOf;
  readonly isRepeating?: boolean;
  /** Whoever serves another task queue may know nothing of consents and ledger: all that is asked of it is said here. */
  readonly elsewhere?: { readonly scheduleOnce: Schedule<unknown> };
}

function govern(
  call: Call,
  schedule: Schedule<unknown>,
  { failureOf, isRepeating = false, elsewhere }: Kind,
): Promise<unknown> {
  const held = heldCall(asked(call));
  if (held === undefined) return schedule(call.args);
  return settledOrNever(async (record) => {
    if (!(await held.untilPinned())) return schedule(call.args);
    if (isRepeating) refuseRepeating(record, call, failureOf);
    let returned: { readonly result: unknown } | undefined;
    let thrown: unknown;
    const outcome = await performCall(record, call, {
      isReported: () => false,
      schedule: async (args, payload) => {
        thrown = undefined;
        const taken = elsewhere === undefined ? undefined : await reserve(record, payload);
        const isOnce = taken?.isOnce === true && elsewhere !== undefined;
        try {
          const result = await (isOnce ? elsewhere.scheduleOnce : schedule)(args);
          returned = { result };
          return result;
        } catch (error) {
          thrown = error;
          throw elsewhere === undefined ? error : asItsOwn(error);
        }
      },
    });
    // What it returned, also where that is nothing; or what is known of an earlier time.
    if (outcome.status === 'executed') return (returned ?? outcome).result;
    // Its own failure is what the workflow knows how to handle.
    throw thrown ?? failureOf(guardFailure(outcome));
  });
}

/** A worker that knows nothing of Holdpoint lets its activities fail with any type: none is taken for one of ours (H6). */
function asItsOwn(error: unknown): unknown {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const isOurs = cause instanceof ApplicationFailure && isOwnFailure(cause.type);
  return isOurs ? new Error(cause.message) : error;
}

/** What the interceptor is told of what it starts. */
export interface Held {
  /** It can't be undone. */
  readonly isOnce: boolean;
  /** In the ledger. */
  readonly key: string;
}

export interface Starting<Started> {
  /** `held` is left out where nothing was asked. */
  readonly start: (args: readonly unknown[], held?: Held) => Promise<Started>;
  /** It starts again and again by itself. */
  readonly isRecurring?: boolean;
  /** Its end, as Temporal reports it. */
  readonly finished: (started: Started) => Promise<unknown>;
  readonly failure:
    | { readonly kind: 'child'; readonly workflowType: string; readonly workflowId: string }
    | {
        readonly kind: 'nexus';
        readonly endpoint: string;
        readonly service: string;
        readonly operation: string;
      };
}

/** What the workflow starts itself: it gets the started thing as soon as there is one, and its end from that. */
export function governStart<Started>(call: Call, starting: Starting<Started>): Promise<Started> {
  const held = heldCall(asked(call));
  if (held === undefined) return starting.start(call.args);
  return settledOrNever(async (record) => {
    if (!(await held.untilPinned())) return starting.start(call.args);
    const { failure, isRecurring = false } = starting;
    if (isRecurring && patched(CRON_PATCH)) {
      const cause = turnAway(record, call, { code: 'CRON_SCHEDULE', was: 'with a cron schedule' });
      throw failureOfStart(failure, cause);
    }
    return new Promise<Started>((resolve, reject) => {
      let isStarted = false;
      const ended = performCall(record, call, {
        isReported: () => isStarted,
        schedule: async (args, payload) => {
          const started = await starting.start(args, await reserve(record, payload));
          isStarted = true;
          resolve(started);
          return starting.finished(started);
        },
      });
      const refuse = (outcome: ActionOutcome): void => {
        // After it started, its own promises say how it ended.
        if (!isStarted) reject(failureOfStart(failure, guardFailure(notLetGo(outcome))));
      };
      ended.then(refuse, reject);
    });
  });
}

/** The ledger said that it happened in a run before a Reset: there is nothing here to hand over. */
function notLetGo(outcome: ActionOutcome): NotLetGo {
  return outcome.status === 'executed'
    ? { status: 'not_executed', message: 'it was started in another run of this workflow' }
    : outcome;
}

function failureOfStart(failure: Starting<unknown>['failure'], cause: ApplicationFailure): Error {
  if (failure.kind === 'nexus') {
    const { endpoint, service, operation } = failure;
    return new NexusOperationFailure(
      cause.message,
      undefined,
      endpoint,
      service,
      operation,
      undefined,
      cause,
    );
  }
  const { workflowType, workflowId } = failure;
  return new ChildWorkflowFailure(
    workflowInfo().namespace,
    { workflowId, runId: '' },
    workflowType,
    RetryState.NON_RETRYABLE_FAILURE,
    cause,
  );
}

/** No activity will run that could take the key in the ledger. */
async function reserve(record: SessionRecord, payload: JsonObject): Promise<Held> {
  const consent = takePendingConsent();
  if (consent === undefined) throw new Error('What is scheduled has a consent');
  const held = { isOnce: consent.oneShot, key: idempotencyKey(consent) };
  if (consent.oneShot || consent.decision !== undefined)
    await reserveStart(record, consent, payload);
  return held;
}

interface Performing {
  readonly schedule: (args: readonly unknown[], payload: JsonObject) => Promise<unknown>;
  readonly isReported: () => boolean;
}

function performCall(
  record: SessionRecord,
  { actionType, args }: Call,
  { schedule, isReported }: Performing,
): Promise<ActionOutcome> {
  const payload = payloadOf(args);
  if (payload === undefined) {
    throw refusalFailure(
      refusal('MALFORMED', `Arguments of ${actionType} are not JSON: nobody can consent to them.`),
    );
  }
  const action = undeclaredAction(actionType, payload);
  // The n-th call of this type with these arguments, also after a Reset.
  const actionId = record.numbered(`${actionType}/${action.payloadDigest.slice(0, 12)}`);
  const asking = { action, actionId };
  return record.whileAsking(() =>
    perform(record, asking, {
      stakes: hostSettings().stakes,
      prepare: (input) => prepareLike(args, input),
      hosted: { isReported },
      schedule: ({ action: cleared }) => {
        const isAsItWas = cleared.payloadDigest === action.payloadDigest;
        const list = isAsItWas ? args : argumentListOf(cleared.arguments, args);
        if (list === undefined) throw new Error(`What was cleared does not fit ${actionType}`);
        return schedule(list, cleared.arguments);
      },
    }),
  );
}

/** H12: what may run once only is no local activity, which runs again when its workflow task fails. */
function refuseRepeating(record: SessionRecord, call: Call, failureOf: FailureOf): void {
  const { actionType } = call;
  const payload = payloadOf(call.args);
  const { stakes } = hostSettings();
  if (!isOneShot(evaluateUndeclared(pinnedPolicy(record), { actionType, payload }, stakes))) return;
  const no = { code: 'LOCAL_ACTIVITY', was: 'as a local activity' } as const;
  throw failureOf(turnAway(record, call, no));
}

/** Nobody is asked about what no approval could let go. */
function turnAway(
  record: SessionRecord,
  { actionType }: Call,
  { code, was }: { readonly code: RefusalCode; readonly was: string },
): ApplicationFailure {
  const actionId = record.numbered(actionType);
  record.note({ eventType: 'not_executed', actionId, actionType, details: { code } });
  return refusalFailure(refusal(code, `${actionType} was called ${was}.`));
}

/**
 * A workflow that has ended gets no answer any more, as from Temporal: an error would come to nobody, and stop its last
 * workflow task.
 */
async function settledOrNever<T>(work: (record: SessionRecord) => Promise<T>): Promise<T> {
  const record = hostRecord();
  try {
    return await work(record);
  } catch (error) {
    if (record.state.phase === 'closed') return new Promise<never>(() => undefined);
    throw error;
  }
}

function asked({ actionType, args }: Call): Parameters<typeof heldCall>[0] {
  return { actionType, payload: () => payloadOf(args) };
}

/** The arguments as their activity gets them: through JSON. Bytes, and what JSON does not know, can't be shown. */
function payloadOf(args: readonly unknown[]): JsonObject | undefined {
  try {
    return argumentsOf(args.map(throughJson));
  } catch {
    return undefined;
  }
}

function throughJson(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) throw new TypeError('bytes');
  return JSON.parse(JSON.stringify(value));
}
