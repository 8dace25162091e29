/**
 * The interceptors of a workflow run: where Holdpoint meets Temporal's internals. Loaded into the bundle by the
 * worker, first in the chain. What they are not: they decide nothing.
 *
 * concludeActivation  writes the open gates, and what no activity carries of the trail, into the memo, once per
 *                     activation, before a terminal command (H8); the search attribute changes only when gates become
 *                     open or none. An activation that only answers queries leaves nothing: no replay has it, and the
 *                     SDK stops a worker that answers a query with anything else beside it
 * activate            keeps away what would stop a session: what can't be decoded, is reserved, or is too large; and
 *                     hands things over where a replay does (task-order.ts)
 * schedule…           puts the consent of a cleared action into its header, and holds one-shot actions to one attempt
 * continueAsNew       passes the memo on, which the server would otherwise drop
 */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  type ActivateInput,
  type ActivityInput,
  type ConcludeActivationInput,
  type ContinueAsNewInput,
  getCurrentDetails,
  type LocalActivityInput,
  setCurrentDetails,
  workflowInfo,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import { type Consent, CONSENT_HEADER } from '../domain/action/consent.ts';
import { HEARTBEAT_TIMEOUT_MS, UPDATE_BYTES_MAX } from '../domain/limits.ts';
import { listedIn, SLICE_ACTIVITY } from '../domain/audit/carrier.ts';
import { gateList, isMemoDue, isTouched, memoOf, writeBatches } from '../domain/audit/memo.ts';
import {
  GATES_ATTRIBUTE,
  GATES_NONE,
  GATES_OPEN,
  MEMO_KEY,
  SESSION_TYPES,
  SIGNALS,
  UNKNOWN_SIGNAL,
  UPDATES,
  WIRE_PREFIX,
  wireName,
} from '../domain/messages.ts';
import { reviewPage } from '../domain/gate/review-page.ts';
import { atMostOnce, AWAITED } from './at-most-once.ts';
import { takePendingConsent } from './consent-header.ts';
import { ownHandler } from './message-handlers.ts';
import { currentRecord, type SessionRecord } from './session-record.ts';
import { type RunFacts, TaskOrder } from './task-order.ts';

type Command = ConcludeActivationInput['commands'][number];
type Job = NonNullable<ActivateInput['activation']['jobs']>[number];

const SHORT_NAMES: readonly string[] = [...Object.values(SIGNALS), ...Object.values(UPDATES)];
const WIRE_NAMES: readonly string[] = SHORT_NAMES.map(wireName);

/** Of this run: a workflow's modules are loaded anew for every instance. */
const taskOrder = new TaskOrder();

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      handleSignal: async (input, next) => {
        const take = ownHandler('signal', input.signalName);
        return take === undefined ? next(input) : take(input.args);
      },
      handleUpdate: async (input, next) => {
        const take = ownHandler('update', input.name);
        return take === undefined ? next(input) : take(input.args);
      },
      handleQuery: async (input, next) => {
        const answer = ownHandler('query', input.queryName);
        return answer === undefined ? next(input) : answer(input.args);
      },
    },
  ],
  outbound: [
    {
      scheduleActivity: (input, next) => {
        const consent = takePendingConsent();
        currentRecord()?.carryWith(input.seq, consent?.evidence ?? sliceOf(input));
        return next(withConsent(input, consent));
      },
      scheduleLocalActivity: (input, next) => whileLocal(() => next(withLocalConsent(input))),
      continueAsNew: (input, next) => next(withMemo(input)),
    },
  ],
  internals: [
    {
      activate: (input, next) => {
        const { activation } = input;
        const jobs = taskOrder.arriving(activation, runFacts());
        activation.jobs = jobs.filter((job) => !isTooLarge(job));
        for (const job of activation.jobs) makeHarmless(job);
        if (activation.jobs.some(asksForPage)) writePage();
        next(input);
      },
      concludeActivation: (input, next) => {
        const commands = [...taskOrder.leaving(next(input).commands, runFacts())];
        const record = currentRecord();
        const isFinal = record === undefined || taskOrder.isQuery;
        return { commands: isFinal ? commands : withWrites(record, commands) };
      },
    },
  ],
});

function runFacts(): RunFacts {
  const record = currentRecord();
  const realMs = workflowInfo().unsafe.now();
  return { isOurs: record !== undefined, isConcerned: record?.isConcerned() === true, realMs };
}

/**
 * The SDK answers an update with a copy of it, and the server terminates the session where that copy is above 2 MiB.
 * An update that is not taken at all is refused by the server.
 */
function isTooLarge({ doUpdate }: Job): boolean {
  if (!doUpdate?.runValidator || !isOurs(doUpdate.name)) return false;
  const headers = Object.entries(doUpdate.headers ?? {});
  const texts = [doUpdate.name ?? '', ...headers.map(([name]) => name)];
  const payloads = [...(doUpdate.input ?? []), ...headers.map(([, payload]) => payload)];
  const bytes = [...texts.map((text) => 3 * text.length), ...payloads.map(bytesOf)];
  return bytes.reduce((sum, more) => sum + more, 0) > UPDATE_BYTES_MAX;
}

function bytesOf({ data, metadata }: Payload): number {
  const entries = Object.entries(metadata ?? {});
  return entries.reduce(
    (sum, [key, value]) => sum + 3 * key.length + value.length,
    data?.length ?? 0,
  );
}

/** What reaches a handler, or the session's beginning, can be read there: as nothing, if need be, which is malformed. */
function makeHarmless(job: Job): void {
  const { initializeWorkflow: start, signalWorkflow: signal, doUpdate: update } = job;
  const { queryWorkflow: query } = job;
  if (start && takesUnknown() && !isDecodable(start.arguments)) start.arguments = [];
  if (signal) {
    if (isOurs(signal.signalName) && !isDecodable(signal.input)) signal.input = [];
    signal.signalName = unreserved(signal.signalName);
    if (isUnknownOurs(signal.signalName)) {
      signal.input = [defaultPayloadConverter.toPayload(signal.signalName)];
      signal.signalName = UNKNOWN_SIGNAL;
    }
  }
  if (update) update.name = unreserved(update.name);
  if (query && takesUnknown() && !isDecodable(query.arguments)) query.arguments = [];
}

/** Stands where the review page goes until somebody looks: it is long, and most tasks are looked at by nobody. */
const PAGE_DUE = 'holdpoint: the review page is written when it is asked for';

/** What Temporal UI asks for Current Details with. */
const METADATA_QUERY = '__temporal_workflow_metadata';

function asksForPage({ queryWorkflow }: Job): boolean {
  return queryWorkflow?.queryType === METADATA_QUERY;
}

/** Unless the workflow has details of its own by now. */
function writePage(): void {
  const record = currentRecord();
  if (record === undefined || getCurrentDetails() !== PAGE_DUE) return;
  setCurrentDetails(reviewPage(record.state, workflowInfo().runId));
}

/** A workflow that knows nothing of Holdpoint may have messages of the short names, which are its own. */
function isOurs(name: string | null | undefined): boolean {
  if (name === null || name === undefined) return false;
  if (takesUnknown() || WIRE_NAMES.includes(name)) return true;
  return currentRecord()?.state.isHosted !== true && SHORT_NAMES.includes(name);
}

/** A name that only begins like ours: nobody else waits for it. */
function isUnknownOurs(name: string): boolean {
  return name.startsWith(WIRE_PREFIX) && !WIRE_NAMES.includes(name) && !takesUnknown();
}

function isDecodable(payloads: readonly Payload[] | null | undefined): boolean {
  try {
    for (const payload of payloads ?? []) defaultPayloadConverter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}

/**
 * A message of a name that the SDK reserves, and that only a default handler would take, makes every attempt at its
 * task fail. Under another name it meets that handler.
 */
function unreserved(name: string | null | undefined): string {
  const isReserved = name?.startsWith('__temporal_') === true && takesUnknown();
  return isReserved ? `reserved:${name}` : (name ?? '');
}

/** Before its first task has begun, a workflow is known by its type alone: those of our own take any name. */
function takesUnknown(): boolean {
  return currentRecord()?.takesUnknown ?? SESSION_TYPES.includes(workflowInfo().workflowType);
}

/** Commands after which a run has no more say. */
const TERMINAL = [
  'completeWorkflowExecution',
  'failWorkflowExecution',
  'cancelWorkflowExecution',
  'continueAsNewWorkflowExecution',
] as const satisfies readonly (keyof Command)[];

function isTerminal(command: Command): boolean {
  return TERMINAL.some((name) => command[name] !== undefined && command[name] !== null);
}

/** Commands that certainly leave an event behind the workflow task. */
const ANCHORS = [
  ...TERMINAL,
  'scheduleActivity',
  'startChildWorkflowExecution',
  'modifyWorkflowProperties',
  'upsertWorkflowSearchAttributes',
] as const satisfies readonly (keyof Command)[];

function isAnchor(command: Command): boolean {
  return ANCHORS.some((name) => command[name] !== undefined && command[name] !== null);
}

/**
 * A workflow task that leaves no event disappears on replay: it is taken together with the next one, at whose time and
 * after whose messages everything then happens (seen with SDK 1.24). What was sealed in such a task would change its
 * time and order, and with that its hash. So a task in which anything changed writes, which anchors it in the history.
 * While a local activity runs, the task is not over.
 */
function mustAnchor(record: SessionRecord, commands: readonly Command[]): boolean {
  if (record.localActivities > 0 || !record.isUnanchored()) return false;
  record.anchor();
  return !commands.some(isAnchor);
}

function withWrites(record: SessionRecord, commands: readonly Command[]): Command[] {
  const terminal = commands.findIndex(isTerminal);
  const at = terminal === -1 ? commands.length : terminal;
  const made = record.unwritten();
  record.leave(commands);
  const unwritten = record.unwritten();
  const gates = gateList(record.state, record.isIndexed);
  if (terminal !== -1) record.anchor();
  const mustWrite = terminal === -1 ? mustAnchor(record, commands) : unwritten.length > 0;
  const isDue = mustWrite || isMemoDue(gates, { made, unwritten });
  if (!isDue && !isTouched(made)) return [...commands];
  setCurrentDetails(PAGE_DUE);
  const memoWrites = isDue
    ? writeBatches(unwritten).map((events) => memoCommand(memoOf(gates, events)))
    : [];
  if (isDue) record.written = record.trail.length;
  const writes = [...memoWrites, ...attributeCommands(record, gates.open.length > 0)];
  return [...commands.slice(0, at), ...writes, ...commands.slice(at)];
}

function memoCommand(memo: ReturnType<typeof memoOf>): Command {
  const fields = { [MEMO_KEY]: defaultPayloadConverter.toPayload(memo) };
  return { modifyWorkflowProperties: { upsertedMemo: { fields } } };
}

/** Visibility is told only when the set of open gates becomes empty or non-empty: two events a gate at most. */
function attributeCommands(record: SessionRecord, isOpen: boolean): readonly Command[] {
  if (record.indexedAsOpen === isOpen || !record.isIndexed) return [];
  record.indexedAsOpen = isOpen;
  const indexedFields = { [GATES_ATTRIBUTE]: gatesPayload(isOpen) };
  return [{ upsertWorkflowSearchAttributes: { searchAttributes: { indexedFields } } }];
}

function gatesPayload(isOpen: boolean): Payload {
  const payload = defaultPayloadConverter.toPayload(isOpen ? GATES_OPEN : GATES_NONE);
  // TextEncoder is not part of the language: the sandbox has it, the pure type check does not.
  const type = Uint8Array.from('Keyword', (letter) => letter.charCodeAt(0));
  return { ...payload, metadata: { ...payload.metadata, type } };
}

/** What the activity that stores evidence is given. */
function sliceOf({ activityType, args }: ActivityInput): readonly unknown[] {
  return activityType === SLICE_ACTIVITY ? listedIn('slice', args[0]) : [];
}

function withConsent(input: ActivityInput, consent: Consent | undefined): ActivityInput {
  if (consent === undefined) return input;
  const headers = {
    ...input.headers,
    [CONSENT_HEADER]: defaultPayloadConverter.toPayload(consent),
  };
  const isHosted = currentRecord()?.state.isHosted === true;
  const options = {
    ...input.options,
    // Where it may run once only, its worker says that it is alive. Else a team's own says so itself, if at all.
    ...(consent.oneShot ? { heartbeatTimeout: HEARTBEAT_TIMEOUT_MS } : {}),
    ...(consent.oneShot ? atMostOnce(input.options) : {}),
    ...(consent.oneShot && isHosted ? AWAITED : {}),
  };
  return { ...input, headers, options };
}

function withLocalConsent(input: LocalActivityInput): LocalActivityInput {
  const consent = takePendingConsent();
  if (consent === undefined) return input;
  if (consent.oneShot)
    throw new Error('A local activity can run again: never for a one-shot action');
  const headers = {
    ...input.headers,
    [CONSENT_HEADER]: defaultPayloadConverter.toPayload(consent),
  };
  return { ...input, headers };
}

async function whileLocal<T>(run: () => Promise<T>): Promise<T> {
  const record = currentRecord();
  if (record === undefined) return run();
  record.localActivities += 1;
  try {
    return await run();
  } finally {
    record.localActivities -= 1;
  }
}

function withMemo(input: ContinueAsNewInput): ContinueAsNewInput {
  const record = currentRecord();
  if (record === undefined || record.isUntouched()) return input;
  const memo = {
    ...workflowInfo().memo,
    ...input.options.memo,
    [MEMO_KEY]: memoOf(gateList(record.state, record.isIndexed), []),
  };
  return { ...input, options: { ...input.options, memo } };
}
