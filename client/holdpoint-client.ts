/**
 * The client for applications: starts sessions, decides gates, steers sessions and reads what happened. It asks no
 * worker to list what waits or to tell what was: visibility and the history are enough.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { KillList } from '../domain/activities.ts';
import type { KillScope } from '../domain/action/kill.ts';
import type { SessionResult } from '../domain/session/agent-loop.ts';
import { exportAuditReport, type TrailEntry } from '../domain/audit/audit-trail.ts';
import { startMemo } from '../domain/audit/memo.ts';
import type { ClaimWord } from '../domain/gate/claim.ts';
import { summaryText } from '../domain/text/summary.ts';
import {
  DEFAULT_TASK_QUEUE,
  type MayDecide,
  MEMO_KEY,
  QUERIES,
  type SessionConversation,
  type SessionStatus,
} from '../domain/messages.ts';
import type { Instruction, OperatorCommand } from '../domain/session/operator-command.ts';
import { sessionInputSchema } from '../domain/schema/messages.ts';
import type { ExternalGate, ExternalGateInput } from '../domain/session/external-gate.ts';
import type { AuthorityQuestion } from '../domain/session/session-authority.ts';
import type { GrantRevocation } from '../domain/session/session-grants.ts';
import { SECOND_MS } from '../domain/limits.ts';
import {
  type ClaimAnswer,
  type DecisionAnswer,
  isReachable,
  type OperatorAnswer,
} from './answers.ts';
import type {
  HoldpointClientOptions,
  StartOptions,
  AnswerOptions,
  DecideOptions,
  AnswerInput,
  WatchOptions,
} from './client-options.ts';
import { type ConnectOptions, connectClient } from './connection.ts';
import { decide, overGate, say } from './decide.ts';
import type { DecisionInput } from './decision-input.ts';
import {
  type ExternalGateQuestion,
  type GateKey,
  readExternalGate,
  requestExternalGate,
  type RequestedGate,
} from './external-gates.ts';
import { readKills, type KillAnswer } from './kill-orders.ts';
import {
  killAgents,
  type KillCommand,
  type KillOptions,
  type KillReport,
  liftKill,
  type LiftOptions,
} from './kill-switch.ts';
import { giveOrder, type Order } from './orders.ts';
import { openGates } from './open-gates.ts';
import {
  everyPending,
  type PageOptions,
  type PendingPage,
  pendingPage,
  type PendingSession,
} from './pending.ts';
import {
  followSessionHistory,
  readSessionHistory,
  type SessionHistory,
} from './session-history.ts';
import { Sessions } from './sessions.ts';
import type { AnyTools, DecisionOf, GateOf, ShownGate } from './tool-types.ts';
import { ask } from './question.ts';
import { readUngatedCalls, type UngatedCall } from './ungated-calls.ts';
import { traced } from './tracing.ts';

const WATCH_EVERY_MS = 2 * SECOND_MS;
const ANSWER_WITHIN_MS = 30 * SECOND_MS;

/**
 * `Tools` types what gates show: `HoldpointClient<typeof tools>`, where `tools` is a team's list `as const`.
 */
export class HoldpointClient<Tools extends AnyTools = AnyTools> {
  readonly #client: Client;
  readonly #taskQueue: string;
  /** Sessions of whatever kind, and how many there are. No worker is asked. */
  readonly sessions: Sessions;

  /**
   * Connects by Temporal's own configuration: profiles, environment, and what is said here. The connection is this
   * client's own: `close` it.
   */
  static async connect<Tools extends AnyTools = AnyTools>(
    options: ConnectOptions & { readonly taskQueue?: string } = {},
  ): Promise<HoldpointClient<Tools>> {
    const { taskQueue, ...connect } = options;
    const client = await connectClient(connect);
    return new HoldpointClient({ client, ...(taskQueue === undefined ? {} : { taskQueue }) });
  }

  constructor({ client, taskQueue = DEFAULT_TASK_QUEUE }: HoldpointClientOptions) {
    this.#client = client;
    this.#taskQueue = taskQueue;
    this.sessions = new Sessions(client);
  }

  /** Where its sessions run: what a signature names as its audience. */
  get namespace(): string {
    return this.#client.options.namespace;
  }

  /** Starts a session and returns its id. Throws a ZodError where the input is not one. */
  async start({ sessionId = `session-${randomUUID()}`, ...raw }: StartOptions): Promise<string> {
    const input = sessionInputSchema.parse(raw);
    await traced({ name: 'start', sessionId }, () =>
      this.#client.workflow.start('agentSession', {
        taskQueue: this.#taskQueue,
        workflowId: sessionId,
        args: [input],
        memo: { [MEMO_KEY]: startMemo(raw) },
        staticSummary: summaryText(input.goal),
      }),
    );
    return sessionId;
  }

  /** The end of a session. Rejects as Temporal does where it failed or was cancelled. */
  async result(sessionId: string): Promise<SessionResult> {
    return this.#client.workflow.getHandle(sessionId).result() as Promise<SessionResult>;
  }

  /**
   * Decides a gate and says what became of it. Sending the same decisionId again is safe and gives the same answer;
   * this does so itself while Temporal or the session do not answer, and says `unknown` or `unreachable` where they
   * have not in time. A session that has ended can't record a decision any more; a small workflow of its own then
   * does, and tells what had happened.
   *
   * Throws what Temporal does where it refuses the request itself: permission, namespace.
   */
  async decide(
    sessionId: string,
    decision: DecisionInput,
    options?: DecideOptions,
  ): Promise<DecisionAnswer>;
  /** The same over a gate as it was shown: of known tools, only what its arguments can be may be changed. */
  async decide<Gate extends ShownGate>(
    gate: Gate,
    said: DecisionOf<Gate>,
    options?: DecideOptions,
  ): Promise<DecisionAnswer>;
  async decide(
    at: string | ShownGate,
    said: DecisionInput | DecisionOf<ShownGate>,
    { withinMs = ANSWER_WITHIN_MS, proof }: DecideOptions = {},
  ): Promise<DecisionAnswer> {
    const taskQueue = this.#taskQueue;
    return decide(this.#client, { ...overGate(at, said), withinMs, proof, taskQueue });
  }

  /** Answers a question of the agent, or writes its final answer: a decision like any other. */
  async answer(
    sessionId: string,
    { kind, answer, ...shown }: AnswerInput,
    options?: DecideOptions,
  ): Promise<DecisionAnswer> {
    const decision = kind === 'question' ? 'approved' : 'modified';
    return this.decide(sessionId, { ...shown, decision, modifications: { answer } }, options);
  }

  /** The session stops at its next step, and its deadlines stand still. */
  async pause(
    sessionId: string,
    command: OperatorCommand,
    options?: AnswerOptions,
  ): Promise<OperatorAnswer> {
    return this.#operate({ sessionId, verb: 'pause', command }, options);
  }

  async resume(
    sessionId: string,
    command: OperatorCommand,
    options?: AnswerOptions,
  ): Promise<OperatorAnswer> {
    return this.#operate({ sessionId, verb: 'resume', command }, options);
  }

  /** Ends the session: open gates are withdrawn, what runs is awaited, nothing new starts. */
  async cancel(
    sessionId: string,
    command: OperatorCommand,
    options?: AnswerOptions,
  ): Promise<OperatorAnswer> {
    return this.#operate({ sessionId, verb: 'cancel', command }, options);
  }

  /** Gives the agent a message at its next turn. Where nobody answers it is not left with Temporal: twice is not once. */
  async instruct(
    sessionId: string,
    command: Instruction,
    options?: AnswerOptions,
  ): Promise<OperatorAnswer> {
    return this.#operate({ sessionId, verb: 'instruct', command }, options);
  }

  /** Tells the other reviewers who looks at a gate. It keeps nobody from deciding. */
  async claim(
    sessionId: string,
    argument: ClaimWord,
    { withinMs = ANSWER_WITHIN_MS }: AnswerOptions = {},
  ): Promise<ClaimAnswer> {
    return say(this.#client, { sessionId, name: 'claim', argument, withinMs });
  }

  /** Gives a claimed gate back to the queue. */
  async release(
    sessionId: string,
    argument: ClaimWord,
    { withinMs = ANSWER_WITHIN_MS }: AnswerOptions = {},
  ): Promise<ClaimAnswer> {
    return say(this.#client, { sessionId, name: 'release', argument, withinMs });
  }

  /** Ends a standing grant: `status` lists them. */
  async revokeGrant(
    sessionId: string,
    argument: GrantRevocation,
    { withinMs = ANSWER_WITHIN_MS }: AnswerOptions = {},
  ): Promise<ClaimAnswer> {
    return say(this.#client, { sessionId, name: 'revokeGrant', argument, withinMs });
  }

  async #operate(
    order: Order,
    { withinMs = ANSWER_WITHIN_MS }: AnswerOptions = {},
  ): Promise<OperatorAnswer> {
    const { verb: name, sessionId } = order;
    return traced(
      { name, sessionId },
      () => giveOrder(this.#client, order, withinMs),
      (answer) => answer,
    );
  }

  /**
   * The kill switch: from its acknowledgement on nothing that reserves starts, of an agent or of all, until it is lifted;
   * then the sessions are cancelled. Answers when all are quiet, or time is over, with what is known of each. Never
   * rejects for want of an answer: read `isQuiet`.
   */
  async kill(scope: KillScope, command: KillCommand, options?: KillOptions): Promise<KillReport> {
    const killing = { client: this.#client, scope, command };
    return killAgents(killing, { taskQueues: [this.#taskQueue], ...options });
  }

  /** Lifts the kill of an agent, or the one of all, and no other. Ended sessions stay ended. */
  async liftKill(
    scope: KillScope,
    command: KillCommand,
    options?: LiftOptions,
  ): Promise<readonly KillAnswer[]> {
    const lifting = { client: this.#client, scope, command };
    return liftKill(lifting, { taskQueues: [this.#taskQueue], ...options });
  }

  /** The kills that stand. Asks a worker; undefined: none has answered in time. */
  async kills({ withinMs = ANSWER_WITHIN_MS }: AnswerOptions = {}): Promise<KillList | undefined> {
    const reading = { orderId: randomUUID(), taskQueue: this.#taskQueue, withinMs };
    return readKills(this.#client, reading);
  }

  /**
   * What waits for people, in all sessions, page by page, with counts: from one visibility query, which lags a moment
   * behind. No worker is asked.
   */
  async pending(page?: PageOptions): Promise<PendingPage<Tools>> {
    return pendingPage(this.#client, page);
  }

  /** The same without pages. */
  everyPending(options?: Pick<PageOptions, 'rootSessionId'>): AsyncIterable<PendingSession<Tools>> {
    return everyPending(this.#client, options);
  }

  /** The first page of what waits, now and whenever it has changed, without end: leave the loop to stop. */
  async *watchPending({ everyMs = WATCH_EVERY_MS, ...page }: WatchOptions = {}): AsyncIterable<
    PendingPage<Tools>
  > {
    for (let last = ''; ; await delay(everyMs)) {
      const found = await this.pending(page);
      const seen = JSON.stringify(found);
      if (seen !== last) yield found;
      last = seen;
    }
  }

  /** Every open gate of one session, with its whole payload. Asks the session's worker. */
  async gates(sessionId: string): Promise<readonly GateOf<Tools>[]> {
    return (await openGates(this.#client, sessionId)) as readonly GateOf<Tools>[];
  }

  /**
   * Every open gate of a session and of the sub-agents below it: which of them wait is told by visibility, a moment
   * late; each gate with its payload by the worker of its session, whose id it carries.
   */
  async gatesUnder(rootSessionId: string): Promise<readonly GateOf<Tools>[]> {
    const gates: GateOf<Tools>[] = [];
    for await (const { sessionId } of this.everyPending({ rootSessionId })) {
      gates.push(...(await this.gates(sessionId)));
    }
    return gates;
  }

  /** The audit trail of a session, what is there and then each entry as it is written, until the session has ended. */
  watch(sessionId: string): AsyncIterable<TrailEntry> {
    return followSessionHistory(this.#client, sessionId);
  }

  /** What a session does right now. Asks its worker. */
  async status(sessionId: string): Promise<SessionStatus> {
    return ask(this.#client, sessionId, QUERIES.status);
  }

  /** Whether somebody may decide a gate, by its own judgement, before they do. Asks its worker. */
  async mayDecide(sessionId: string, question: AuthorityQuestion): Promise<MayDecide> {
    return ask(this.#client, sessionId, QUERIES.mayDecide, question);
  }

  /** What the model of an agent session was shown, and said: the latest part, and where the rest is. Asks its worker. */
  async conversation(sessionId: string): Promise<SessionConversation> {
    return ask(this.#client, sessionId, QUERIES.conversation);
  }

  /** The audit trail, from the history alone, across the runs of a session. */
  async history(sessionId: string, runId?: string): Promise<SessionHistory> {
    const run = runId === undefined ? {} : { runId };
    return readSessionHistory(this.#client, { sessionId, ...run });
  }

  /**
   * What a workflow under the plugin did that nothing held, from the history alone: those calls stand in no trail, since
   * Temporal's own events say all of it. Of a session of Holdpoint's own it is empty but for its child workflows.
   */
  async ungatedCalls(sessionId: string, runId?: string): Promise<readonly UngatedCall[]> {
    const run = runId === undefined ? {} : { runId };
    return readUngatedCalls(this.#client, { sessionId, ...run });
  }

  async auditTrail(sessionId: string): Promise<readonly TrailEntry[]> {
    return (await this.history(sessionId)).trail;
  }

  async auditReport(sessionId: string): Promise<string> {
    const trail = await this.auditTrail(sessionId);
    return exportAuditReport(
      sessionId,
      trail.map(({ event }) => event),
    );
  }

  /**
   * Asks for one gate for an action that somebody else executes. The same `key` of the same requester is the same gate:
   * asking again is safe, and how to go on after an error. Throws a ZodError where the input is none.
   */
  async requestGate(input: ExternalGateInput, { key }: GateKey): Promise<RequestedGate> {
    return requestExternalGate(this.#client, input, { key, taskQueue: this.#taskQueue });
  }

  /** An external gate, open or settled; waits for it where it is told to. Undefined: there is none. Asks no worker. */
  async externalGate(
    id: string,
    question?: ExternalGateQuestion,
  ): Promise<ExternalGate | undefined> {
    return readExternalGate(this.#client, id, question);
  }

  /** Whether Temporal answers. */
  async isReachable(): Promise<boolean> {
    return isReachable(this.#client);
  }

  /** Closes the connection, which a client of `connect` has to itself. */
  async close(): Promise<void> {
    await this.#client.connection.close();
  }
}
