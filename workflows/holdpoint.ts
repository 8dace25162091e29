/**
 * createHoldpoint(): human control inside any workflow. Gates, questions and escalations that wait for a person; a
 * checkpoint that pause and cancel act on; activities whose calls are gated; one audit trail. agentSession is written
 * with these alone, and so is everything a team builds itself.
 *
 * Make it in the first synchronous stretch of a workflow: messages may be waiting already.
 */
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { ActionOutcome } from '../domain/action/action-outcome.ts';
import type { PreparedAction } from '../domain/activities.ts';
import type { Stakes } from '../domain/policy/confidence.ts';
import { audienceOf } from '../domain/proof/decision-proof.ts';
import type { HeldGate } from '../domain/gate/gate.ts';
import {
  agentQuestion,
  answerQuestion,
  type Question,
  type ScoredAnswer,
} from '../domain/gate/gate-request.ts';
import { othersAfter } from '../domain/gate/modification.ts';
import type { JsonObject } from '../domain/text/json.ts';
import type { Instruction } from '../domain/session/operator-command.ts';
import type { DeclaredAction, Policy } from '../domain/policy/policy.ts';
import { undeclaredAction } from '../domain/action/undeclared-action.ts';
import { proceedEvent } from '../domain/action/proceed-event.ts';
import {
  isPortable,
  newSession,
  pinPolicy,
  sessionEvent,
  takeInstructions,
  workedUntil,
} from '../domain/session/session.ts';
import { receiveCancellation } from '../domain/session/session-commands.ts';
import { type Lineage } from '../domain/session/lineage.ts';
import { isDeepest } from '../domain/session/sub-agent.ts';
import { AUTOMATED } from '../domain/policy/tier.ts';
import { wellFormed } from '../domain/text/visible-text.ts';
import { runBeside } from './beside.ts';
import { perform, type PerformOptions } from './action-runner.ts';
import { flushEvidence } from './evidence-flush.ts';
import { approvalTimeout } from './failures.ts';
import {
  type Asked,
  clear,
  type Clearance,
  type ClearOptions,
  holdFor,
  type Holding,
  pinnedPolicy,
} from './gatekeeper.ts';
import { guard, type GuardedActivities, prepareGuarded } from './guard.ts';
import { registerHandlers } from './message-handlers.ts';
import { runSession } from './session-end.ts';
import { type CarriedRecord, openRecord, type SessionRecord } from './session-record.ts';
import { mayStart, throwIfEnding, untilMayStart } from './start-line.ts';
import { subAgent } from './sub-agent.ts';

export interface HoldpointOptions {
  readonly agentId: string;
  /** Who asked for the work; may not decide about it, unless the policy says so. */
  readonly requesterId?: string;
  /** Where the session of a sub-agent stands in its tree. */
  readonly lineage?: Lineage;
  /** Default `medium_stakes`. */
  readonly stakes?: Stakes;
  /** From history: an input of the workflow, or the result of the activity `loadPolicy`. Or pinned later. */
  readonly policy?: Policy;
  /** What the run before this one handed on. */
  readonly carried?: CarriedRecord;
  /** Also answers and records messages of unknown names. Not where the workflow has handlers of its own. */
  readonly isWholeWorkflow?: boolean;
  /** What the first event of the trail says of the session. Left out: a run without gates leaves no trail. */
  readonly started?: JsonObject;
}

/** What a team's own workflow wants to do. */
export interface GateAction extends Partial<DeclaredAction> {
  readonly actionType: string;
  readonly arguments: JsonObject;
  /** Names this action in the workflow, so that its gate is found again after continue-as-new. */
  readonly id?: string;
  /** One sentence for the reviewer. */
  readonly description?: string;
  /** The agent's own words, shown as such. */
  readonly agentReason?: string;
}

export type GateResult =
  /** Do it, with these arguments: a reviewer may have changed them. */
  | { readonly proceed: true; readonly arguments: JsonObject }
  | { readonly proceed: false; readonly outcome: ActionOutcome };

export type EscalationResult =
  | { readonly status: 'confident' | 'approved' | 'modified'; readonly answer: string }
  | { readonly status: 'rejected'; readonly rationale?: string }
  /** Nobody confirmed it. */
  | { readonly status: 'unconfirmed'; readonly answer: string };

export interface Holdpoint {
  /** Clears one action by policy or by a person. The workflow then does it itself. */
  gate(action: GateAction): Promise<GateResult>;
  /** Asks a person; undefined: no answer. */
  ask(question: string, options?: { readonly id?: string }): Promise<string | undefined>;
  /** Holds an answer whose confidence is below the threshold of its stakes, until a person confirms or corrects it. */
  escalate(answer: ScoredAnswer, options?: { readonly id?: string }): Promise<EscalationResult>;
  /** Waits while the session is paused. Throws AgentCancelled when it was cancelled. */
  checkpoint(): Promise<void>;
  /** The same activities, each call cleared first. One that does not execute throws (docs/reference). */
  guard<Activities extends GuardedActivities>(activities: Activities): Activities;
  /** @internal Clears a prepared action, as `gate` does, and tells how. */
  clear(asked: Asked, options: Omit<ClearOptions, 'stakes'>): Promise<Clearance>;
  /** From proposal to outcome: cleared, scheduled with its consent, reconciled. Never throws for an outcome. */
  perform(asked: Asked, options: Omit<PerformOptions, 'stakes'>): Promise<ActionOutcome>;
  /** @internal As `perform`, for a call whose tool is an agent: its effect is a session, a child of this one. */
  delegate(asked: Asked, options: Pick<PerformOptions, 'prepare'>): Promise<ActionOutcome>;
  /** Starts something that counts as work in flight, after a checkpoint. */
  work<T>(
    what: { readonly workId: string; readonly actionType: string },
    start: () => Promise<T>,
  ): Promise<T>;
  /** Runs the workflow's body; however it ends, open gates are withdrawn and the evidence is stored first. */
  run<T>(body: () => Promise<T>, statusOf?: (result: T) => string): Promise<T>;
  /** What operators told the agent since the last call. */
  takeInstructions(): readonly Instruction[];
  /** @internal Below it, sub-agents may be started no further. */
  isDeepest(): boolean;
  /** Pins the policy, once. */
  pinPolicy(policy: Policy): void;
  readonly policy: Policy;
  /** Time a model or a tool was at work, ms. */
  workedMs(): number;
  /** Numbers for the status query. */
  report(progress: Readonly<Record<string, number>>): void;
  /** A call that never gets to a gate: it goes back to the model, and the trail says so. */
  turnAway(call: {
    readonly actionId: string;
    readonly actionType: string;
    readonly code: string;
  }): void;
  /**
   * The history has grown to its limit, or the workers of a newer version are the current ones: continue as new at the
   * next good moment.
   */
  isRunFull(): boolean;
  /**
   * Everything on its way waits for people at gates that the next run finds again, and can be handed to it. `beside`: what
   * else goes there. A run that holds more than an input takes stays until people have decided some of it.
   */
  isParked(beside?: unknown): boolean;
  /** @internal Stores what the trail has, and the evidence store has not: also after `run` has ended. */
  store(): Promise<void>;
  /** Stores the evidence and hands on everything for the run that continues this one. Nothing starts after it. */
  carry(): Promise<CarriedRecord>;
}

export function createHoldpoint(options: HoldpointOptions): Holdpoint {
  const { agentId, requesterId, lineage, policy, carried, stakes = 'medium_stakes' } = options;
  const { workflowId: sessionId, namespace } = workflowInfo();
  const identity = {
    sessionId,
    agentId,
    audience: audienceOf(namespace),
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(lineage === undefined ? {} : { lineage }),
  };
  const record = openRecord(newSession(identity), carried);
  if (policy !== undefined) record.replace(pinPolicy(record.state, policy));
  if (options.started !== undefined && carried === undefined) {
    record.note(sessionEvent({ eventType: 'started', details: options.started }));
  }
  // One that began so was put there on purpose, or would leave again and again.
  const wasOutdated = isOutdated();
  const scope = startBeside(record, options.isWholeWorkflow === true);
  return {
    gate: (action) => record.whileAsking(() => gateAction(record, action, stakes)),
    ask: (question, { id } = {}) => record.whileAsking(() => ask(record, { question, id, stakes })),
    escalate: (answer, { id } = {}) =>
      record.whileAsking(() => escalate(record, { answer, id, stakes })),
    checkpoint: () => checkpoint(record),
    guard: (activities) => guard(record, activities, stakes),
    clear: (asked, how) => record.whileAsking(() => clear(record, asked, { ...how, stakes })),
    perform: (asked, how) => record.whileAsking(() => perform(record, asked, { ...how, stakes })),
    delegate: (asked, how) =>
      record.whileAsking(() =>
        perform(record, asked, { ...how, ...subAgent(record, stakes), stakes }),
      ),
    work: async (what, start) => {
      while (!mayStart(record)) await untilMayStart(record);
      return record.atWork(what, start);
    },
    run: (body, statusOf) => runSession(record, { scope, body, statusOf }),
    takeInstructions: () => {
      const { state, instructions } = takeInstructions(record.state);
      record.replace(state);
      return instructions;
    },
    isDeepest: () => isDeepest(record.state),
    pinPolicy: (pinned) => record.replace(pinPolicy(record.state, pinned)),
    get policy() {
      return pinnedPolicy(record);
    },
    workedMs: () => workedUntil(record.state, Date.now()),
    report: (progress) => {
      record.progress = progress;
    },
    turnAway: ({ actionId, actionType, code }) =>
      record.note({ eventType: 'not_executed', actionId, actionType, details: { code } }),
    isRunFull: () => isRunFull(record) || (isOutdated() && !wasOutdated),
    isParked: (beside = []) => record.isParked() && isPortable(record.state, beside),
    store: () => flushEvidence(record),
    carry: () => carry(record),
  };
}

/** What runs beside the workflow: messages, the clock, the pause flag, and what a cancellation does at once. */
function startBeside(record: SessionRecord, isWholeWorkflow: boolean): CancellationScope {
  const scope = new CancellationScope();
  // What ends with the scope says so itself.
  scope.cancelRequested.catch(() => undefined);
  registerHandlers(record, { isWholeWorkflow, shortNames: true, onCancel: () => scope.cancel() });
  CancellationScope.current().cancelRequested.catch(() => {
    record.apply(receiveCancellation(record.state, Date.now()));
    if (record.state.cancel === undefined)
      for (const child of record.children.values()) child.cancel();
  });
  runBeside(record);
  return scope;
}

async function checkpoint(record: SessionRecord): Promise<void> {
  while (!mayStart(record)) await untilMayStart(record);
}

async function carry(record: SessionRecord): Promise<CarriedRecord> {
  record.isLeaving = true;
  try {
    await flushEvidence(record);
    // A cancel that came meanwhile ends this run: it is the one that Temporal knows to be cancelled, not the next.
    throwIfEnding(record);
  } catch (error) {
    record.isLeaving = false;
    throw error;
  }
  return record.carry();
}

async function gateAction(
  record: SessionRecord,
  { id, ...action }: GateAction,
  stakes: Stakes,
): Promise<GateResult> {
  const known = undeclaredAction(action.actionType, action.arguments);
  // A workflow that calls its action irreversible does not call it read-only.
  const readOnly = (action.reversibility ?? 'reversible') === 'reversible';
  const prepared: PreparedAction = { ...known, readOnly, ...action };
  const actionId = id ?? record.numbered(action.actionType);
  const clearance = await clear(
    record,
    { action: prepared, actionId },
    { stakes, prepare: prepareGuarded },
  );
  return clearance.cleared
    ? { proceed: true, arguments: clearance.action.arguments }
    : { proceed: false, outcome: clearance.outcome };
}

async function ask(
  record: SessionRecord,
  { question, id, stakes }: { question: string; id: string | undefined; stakes: Stakes },
): Promise<string | undefined> {
  await checkpoint(record);
  const asked = agentQuestion(pinnedPolicy(record), question, stakes);
  const { outcome } = await holdFor(record, asked, {
    actionId: id ?? record.numbered('question'),
  });
  const answer = outcome.modifications?.['answer'];
  return outcome.status === 'approved' && typeof answer === 'string' ? answer : undefined;
}

async function escalate(
  record: SessionRecord,
  { answer: scored, id, stakes }: { answer: ScoredAnswer; id: string | undefined; stakes: Stakes },
): Promise<EscalationResult> {
  await checkpoint(record);
  const { answer } = scored;
  const asked = answerQuestion(pinnedPolicy(record), scored, stakes);
  if (asked.evaluation.tier === AUTOMATED) {
    const actionId = id ?? record.numbered('answer');
    const { actionType, evaluation } = asked;
    record.note(proceedEvent({ actionId, actionType, evaluation }));
    return { status: 'confident', answer };
  }
  const { gate, outcome } = await holdAnswer(
    record,
    { scored, asked, stakes },
    {
      actionId: id ?? record.numbered('answer'),
    },
  );
  const { status, rationale, modifications } = outcome;
  if (status === 'expired' && outcome.noResponse === 'fail')
    throw approvalTimeout(gate.request.gateId);
  if (status === 'approved') return approvedAnswer(gate, answer);
  const corrected = modifications?.['answer'];
  if (status === 'modified' && typeof corrected === 'string') return { status, answer: corrected };
  if (status === 'rejected') return rationale === undefined ? { status } : { status, rationale };
  return { status: 'unconfirmed', answer };
}

/** What was approved is what the gate showed: the answer, or what a reviewer made of it before. */
function approvedAnswer({ request }: HeldGate['gate'], answer: string): EscalationResult {
  const shown = request.payload['answer'];
  const isCorrected = typeof shown === 'string' && shown !== wellFormed(answer);
  return isCorrected ? { status: 'modified', answer: shown } : { status: 'approved', answer };
}

/** Holds an answer, and what a reviewer corrected in it, where others have to approve that. */
async function holdAnswer(
  record: SessionRecord,
  {
    scored,
    asked,
    stakes,
  }: { readonly scored: ScoredAnswer; readonly asked: Question; readonly stakes: Stakes },
  holding: Holding,
): Promise<HeldGate> {
  const held = await holdFor(record, asked, holding);
  const corrected = held.outcome.modifications?.['answer'];
  const others =
    held.outcome.status === 'modified' ? othersAfter(pinnedPolicy(record), held) : undefined;
  if (others === undefined || typeof corrected !== 'string') return held;
  const again = { ...scored, answer: corrected };
  const question = answerQuestion(pinnedPolicy(record), again, stakes);
  const next = { scored: again, asked: question, stakes };
  return holdAnswer(record, next, { actionId: holding.actionId, ...others });
}

/** Where workers are versioned: this run is pinned to a version that is no longer the current one. */
function isOutdated(): boolean {
  return workflowInfo().targetWorkerDeploymentVersionChanged;
}

function isRunFull(record: SessionRecord): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  const { policy } = record.state;
  return (
    continueAsNewSuggested ||
    (policy !== undefined && historyLength >= policy.limits.historyEventsMax)
  );
}
