/**
 * agentSession: an agent under human control. Up to `stepsMax` turns of: check interrupts → model turn → each tool
 * call cleared, executed and fed back → until a final answer that is sure enough, or confirmed by a person. Written
 * with createHoldpoint() alone; what follows from what is decided in domain/session/agent-loop.ts.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ActionOutcome } from '../domain/action/action-outcome.ts';
import type { ModelTurn, ModelTurnInput, ProposedCall } from '../domain/activities.ts';
import {
  ASK_PERSON,
  askedOutcome,
  assistantMessage,
  BEYOND_LIMIT,
  callsWithinLimit,
  conversationSoFar,
  instructionMessage,
  limitReached,
  NO_PROGRESS,
  NOTHING_MESSAGE,
  type Progress,
  progressAfter,
  sentBackMessage,
  type SessionResult,
  TASK_INCOMPLETE,
  toolMessage,
  turnKind,
  turnTier,
} from '../domain/session/agent-loop.ts';
import { CONFIDENCE_FAILED, type Stakes } from '../domain/policy/confidence.ts';
import {
  addMessages,
  type Conversation,
  isTailLarge,
  type Message,
  textOf,
} from '../domain/session/conversation.ts';
import type { Json, JsonObject } from '../domain/text/json.ts';
import { HEARTBEAT_TIMEOUT_MS, LOCAL_MS, SECOND_MS } from '../domain/limits.ts';
import { QUERIES, type SessionConversation } from '../domain/messages.ts';
import { summaryText } from '../domain/text/summary.ts';
import { cutText } from '../domain/text/visible-text.ts';
import { refusal } from '../domain/refusal.ts';
import { readSessionInput, type SessionInput } from '../domain/session/session-input.ts';
import { type Lineage, placeOf } from '../domain/session/lineage.ts';
import { type Origin, readOrigin, TOO_DEEP } from '../domain/session/sub-agent.ts';
import type { Reading } from '../domain/text/reading.ts';
import { AUTOMATED } from '../domain/policy/tier.ts';
import { refusalFailure, SESSION_FAILURES } from './failures.ts';
import type { Asked, Cleared, Prepare } from './gatekeeper.ts';
import { createHoldpoint, type Holdpoint } from './holdpoint.ts';
import { registerQuery } from './message-handlers.ts';
import { agent } from './own-activities.ts';
import { type CarriedRecord, isHandedOn } from './session-record.ts';

/** What a run hands to the one that continues it. Versioned: it outlives a deployment. */
export interface CarriedSession {
  readonly version: 1;
  readonly record: CarriedRecord;
  readonly progress: Progress;
  readonly conversation: Conversation;
  readonly turn?: OpenTurn;
}

/** A turn whose calls, or whose answer, are not settled yet. */
interface OpenTurn {
  readonly turn: ModelTurn;
  readonly outcomes: Readonly<Record<string, ActionOutcome>>;
}

const DEFAULT_STAKES: Stakes = 'medium_stakes';

interface Session {
  readonly hold: Holdpoint;
  readonly input: SessionInput;
  progress: Progress;
  conversation: Conversation;
  open: OpenTurn | undefined;
}

export async function agentSession(
  raw: SessionInput,
  handedOn?: CarriedSession | Origin,
): Promise<SessionResult> {
  // Open gates and a policy come from the run before, never from who starts a session.
  const before = handedOn as CarriedSession | undefined;
  const carried = isHandedOn(before?.record) ? before : undefined;
  const origin =
    carried === undefined ? readBeginning(handedOn, workflowInfo().parent?.workflowId) : undefined;
  const reading = origin?.ok === false ? origin : readSessionInput(raw);
  const input = reading.ok ? reading.value : { goal: '', agentId: 'unknown' };
  const { agentId, requesterId, stakes } = input;
  const hold = createHoldpoint({
    agentId,
    isWholeWorkflow: true,
    started: startedDetails(input, origin?.ok === true ? placeOf(origin.value) : {}),
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(stakes === undefined ? {} : { stakes }),
    ...(origin?.ok === true ? { lineage: origin.value } : {}),
    ...(carried === undefined ? {} : { carried: carried.record }),
  });
  const session: Session = {
    hold,
    input,
    progress: carried?.progress ?? NO_PROGRESS,
    conversation: carried?.conversation ?? { tail: [] },
    open: carried?.turn,
  };
  registerQuery(
    QUERIES.conversation,
    (): SessionConversation => ({
      goal: input.goal,
      ...conversationSoFar(session.conversation, session.open?.turn),
    }),
    'What the model was shown, and said: what is not stored yet, and where the rest is.',
  );
  return hold.run(
    async () => {
      if (!reading.ok)
        throw refusalFailure(refusal('MALFORMED', `Session input ${reading.problem}.`));
      return converse(session);
    },
    (result) => result.status,
  );
}

/**
 * Where a session that begins stands in its tree. Undefined: it has no session above it. Only a parent says so, and
 * Temporal says whether there is one: a session that is started by hand can't claim a place.
 */
function readBeginning(
  handedOn: unknown,
  parentSessionId: string | undefined,
): Reading<Lineage> | undefined {
  if (handedOn === undefined) return undefined;
  if (parentSessionId === undefined) {
    return { ok: false, problem: 'is one object, and nothing else' };
  }
  const reading = readOrigin(handedOn);
  if (!reading.ok) return reading;
  const { rootSessionId, agentIds } = reading.value;
  return { ok: true, value: { rootSessionId, parentSessionId, agentIds } };
}

async function converse(session: Session): Promise<SessionResult> {
  const { hold } = session;
  for (;;) {
    await hold.checkpoint();
    if (session.open === undefined) {
      const limit = stepLimit(session);
      if (limit !== undefined) {
        return { status: 'incomplete', answer: TASK_INCOMPLETE, limit, ...session.progress };
      }
      await takeTurn(session);
    }
    const result = await orNewRun(session, settle(session));
    if (result !== undefined) return result;
    if (isLeaving(session)) await continueInNewRun(session);
  }
}

function startedDetails(
  { goal, requesterId, stakes }: SessionInput,
  place: JsonObject,
): JsonObject {
  return {
    goal,
    stakes: stakes ?? DEFAULT_STAKES,
    ...(requesterId === undefined ? {} : { requesterId }),
    ...place,
  };
}

function stepLimit({ hold, progress }: Session): ReturnType<typeof limitReached> {
  // The first turn brings the policy, and with it the limits.
  return progress.steps === 0
    ? undefined
    : limitReached(progress, hold.policy.limits, hold.workedMs());
}

async function takeTurn(session: Session): Promise<void> {
  const { hold, input, progress } = session;
  const instructions = hold.takeInstructions().map(instructionMessage);
  session.conversation = addMessages(session.conversation, instructions);
  const step = progress.steps + 1;
  const { conversation } = session;
  const turn = await hold.work({ workId: `turn/${step}`, actionType: 'model turn' }, () =>
    modelTurn({
      agentId: input.agentId,
      goal: input.goal,
      stakes: input.stakes ?? DEFAULT_STAKES,
      step,
      conversation,
      storeTail: isTailLarge(conversation),
      ...(progress.steps === 0 ? {} : { policyDigest: hold.policy.digest }),
    }),
  );
  if (turn.policy !== undefined) hold.pinPolicy(turn.policy);
  if (turn.stored !== undefined) session.conversation = { stored: turn.stored, tail: [] };
  session.progress = progressAfter(progress, turn);
  hold.report({ ...session.progress });
  session.open = { turn, outcomes: {} };
}

/** A model that fails for good ends the session, with its trail. */
async function modelTurn(input: ModelTurnInput): Promise<ModelTurn> {
  try {
    return await agent(`turn ${input.step}`).modelTurn(input);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    throw ApplicationFailure.create({
      message: `The model failed: ${error.cause?.message ?? error.message}`,
      type: SESSION_FAILURES.modelFailed,
      nonRetryable: true,
      cause: error,
    });
  }
}

/** Settles the open turn. A result ends the session; none lets it go on. */
async function settle(session: Session): Promise<SessionResult | undefined> {
  const { open } = session;
  if (open === undefined) return undefined;
  const kind = turnKind(open.turn);
  const said = assistantMessage(open.turn);
  if (kind === 'answer') return settleAnswer(session, open.turn);
  if (kind === 'calls') await settleCalls(session, open.turn);
  const answers = kind === 'calls' ? toolMessages(session, open.turn) : [NOTHING_MESSAGE];
  closeTurn(session, [said, ...answers]);
  return undefined;
}

function closeTurn(session: Session, messages: readonly Message[]): void {
  session.conversation = addMessages(session.conversation, messages);
  session.open = undefined;
}

async function settleAnswer(session: Session, turn: ModelTurn): Promise<SessionResult | undefined> {
  const { hold, input, progress } = session;
  const confidence = turn.confidence ?? CONFIDENCE_FAILED;
  const scored = { task: input.goal, answer: turn.text, confidence };
  const held = await hold.escalate(scored, { id: `answer/${progress.steps}` });
  switch (held.status) {
    case 'confident':
    case 'approved':
    case 'modified':
      return { status: 'completed', answer: held.answer, ...progress };
    case 'unconfirmed':
      return { status: 'unconfirmed', unconfirmedAnswer: held.answer, ...progress };
    case 'rejected':
      closeTurn(session, [assistantMessage(turn), sentBackMessage(held.rationale)]);
      return undefined;
  }
}

/** Every call of a turn on its own: one that waits for a person holds none of the others. */
async function settleCalls(session: Session, turn: ModelTurn): Promise<void> {
  const { hold, input, progress } = session;
  const allowed = callsWithinLimit(progress, turn, hold.policy.limits.toolCallsMax);
  const tier = turnTier(hold.policy, allowed, input.stakes ?? DEFAULT_STAKES);
  await Promise.all(
    turn.calls.map(async (call, index) => {
      if (session.open?.outcomes[call.callId] !== undefined) return;
      const actionId = `${progress.steps}/${index + 1}`;
      const outcome = allowed.includes(call)
        ? await settleCall(hold, call, {
            actionId,
            ...(tier === undefined ? {} : { batchTier: tier }),
          })
        : BEYOND_LIMIT;
      const outcomes = { ...session.open?.outcomes, [call.callId]: outcome };
      session.open = { turn, outcomes };
    }),
  );
}

async function settleCall(
  hold: Holdpoint,
  call: ProposedCall,
  place: Pick<Asked, 'actionId' | 'batchTier'>,
): Promise<ActionOutcome> {
  const { prepared } = call;
  const { actionId } = place;
  if (!prepared.ok) {
    const { actionType, reason, message } = prepared.refused;
    hold.turnAway({ actionId, actionType: cutText(actionType, 100), code: reason });
    return { status: 'not_executed', message };
  }
  const { action } = prepared;
  if (action.actionType === ASK_PERSON) {
    return askedOutcome(
      await hold.ask(textOf(action.arguments['question'] ?? ''), { id: actionId }),
    );
  }
  const asked = { action, ...place };
  const prepare: Prepare = (input) =>
    hold.work({ workId: `${actionId}/prepare`, actionType: 'preparation' }, () =>
      agent(summaryText(`as modified: ${input.actionType}`)).prepareAction(input),
    );
  if (action.agent === undefined) return hold.perform(asked, { schedule: scheduleTool, prepare });
  // Nobody is asked about what can't start.
  if (hold.isDeepest()) {
    hold.turnAway({ actionId, actionType: action.actionType, code: 'LIMIT_REACHED' });
    return { status: 'not_executed', message: TOO_DEEP };
  }
  return hold.delegate(asked, { prepare });
}

function toolMessages(session: Session, turn: ModelTurn): readonly Message[] {
  return turn.calls.map((call) =>
    toolMessage(call, session.open?.outcomes[call.callId] ?? BEYOND_LIMIT),
  );
}

type Tools = Record<string, (args: JsonObject) => Promise<Json>>;

/** What a tool may take beyond its own limit, which it keeps itself, before Temporal gives it up. */
const GRACE_MS = 10 * SECOND_MS;

/**
 * A tool call is an activity under the tool's own name. Reads and what can be undone may run again; a one-shot
 * action is held to one attempt by the interceptor. A quick read runs within the workflow task.
 */
function scheduleTool({ action, evaluation }: Cleared): Promise<Json> {
  const { actionType, timeoutMs, quick, description } = action;
  const isLocal = quick && evaluation.readOnly && evaluation.tier === AUTOMATED;
  const startToCloseTimeout = timeoutMs + GRACE_MS;
  const summary = summaryText(description);
  const tools = isLocal
    ? proxyLocalActivities<Tools>({
        scheduleToCloseTimeout: LOCAL_MS,
        summary,
        retry: { maximumAttempts: 3, initialInterval: '100 milliseconds' },
      })
    : proxyActivities<Tools>({
        startToCloseTimeout,
        heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
        summary,
        retry: { initialInterval: '1 second', maximumInterval: '20 seconds', maximumAttempts: 3 },
        cancellationType: evaluation.readOnly ? 'TRY_CANCEL' : 'WAIT_CANCELLATION_COMPLETED',
      });
  const tool = tools[actionType];
  if (tool === undefined) throw new Error('A proxy has every activity');
  return tool(action.arguments);
}

/** Settles the turn, or leaves for a new run while everything in it waits for people. */
async function orNewRun<T>(session: Session, settled: Promise<T>): Promise<T> {
  const watch = new CancellationScope();
  const full = watch.run(() => condition(() => isLeaving(session)));
  const isSettled = await Promise.race([settled.then(() => true), full.then(() => false)]);
  watch.cancel();
  full.catch(() => undefined);
  // Between the condition and here a decision may have been handled: then the turn goes on.
  if (!isSettled && isLeaving(session)) await continueInNewRun(session);
  return settled;
}

function isLeaving(session: Session): boolean {
  return session.hold.isRunFull() && session.hold.isParked(besideRecord(session));
}

/** What goes to the next run beside the record. */
function besideRecord({
  progress,
  conversation,
  open,
}: Session): Pick<CarriedSession, 'progress' | 'conversation' | 'turn'> {
  return { progress, conversation, ...(open === undefined ? {} : { turn: open }) };
}

async function continueInNewRun(session: Session): Promise<never> {
  const { hold, input } = session;
  const record = await hold.carry();
  const next = workflowInfo().targetWorkerDeploymentVersionChanged
    ? makeContinueAsNewFunc<typeof agentSession>({ initialVersioningBehavior: 'AUTO_UPGRADE' })
    : continueAsNew<typeof agentSession>;
  return next(input, { version: 1, record, ...besideRecord(session) });
}
