/**
 * The sessions that a kill ends: found by visibility, told to cancel, and watched until each is quiet or time is over.
 * The cancel goes as a signal, which Temporal keeps whether or not a worker runs; that the session has ended, or says so,
 * is its acknowledgement. One that does neither is listed as unknown.
 *
 * H7 what is in flight is said of each, until it has come home.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { KillScope } from '../domain/action/kill.ts';
import { SECOND_MS } from '../domain/limits.ts';
import { ERRANDS, SESSION_TYPES, SIGNALS, wireName } from '../domain/messages.ts';
import {
  hasTakenCancel,
  isMeant,
  type KillState,
  killState,
  type RunningSession,
  type SeenSession,
  sessionsMeant,
} from '../domain/session/killed-session.ts';
import type { OperatorCommand } from '../domain/session/operator-command.ts';
import type { WorkInFlight } from '../domain/session/session.ts';
import { agentByHistory, askFor, lookAt, LOOK_WITHIN_MS } from './session-looks.ts';

export interface KilledSession extends RunningSession {
  readonly workflowType: string;
  readonly state: KillState;
  /** `sent`: Temporal has it. `taken`: by its own word, or it has ended. `not_sent`: whose it is, is not known. */
  readonly cancel: 'not_sent' | 'sent' | 'taken';
  /** By its own word; of one that does not answer, the activities that Temporal waits for. */
  readonly inFlight: readonly WorkInFlight[];
}

export interface KillSweep {
  readonly scope: KillScope;
  readonly command: OperatorCommand;
  readonly taskQueues: readonly string[];
  readonly withinMs: number;
  /** Hears of each session when something is known of it, and whenever that has changed. */
  readonly onSession?: ((session: KilledSession) => void) | undefined;
}

export interface SweptSessions {
  /** As they were last seen. */
  readonly sessions: readonly KilledSession[];
  /** Sessions that run on other task queues, and were left alone. Undefined: they could not be counted. */
  readonly elsewhere: number | undefined;
  /** All that run were found, and every one of them is quiet. */
  readonly isQuiet: boolean;
}

const EVERY_MS = 250;
/** Visibility lags behind: a session that began a moment before the kill is listed a moment after it. */
const LISTED_AFTER_MS = 1_500;
const LIST_WITHIN_MS = 10 * SECOND_MS;
const AT_ONCE_MAX = 16;

/** Most sessions have ended by then, and need not be asked. Each that has not is asked ever more rarely. */
const ASK_AFTER_MS = 1 * SECOND_MS;
const ASK_EVERY_MAX_MS = 4 * SECOND_MS;

interface Tracked extends RunningSession {
  readonly runId: string;
  readonly workflowType: string;
  readonly seen: SeenSession;
  readonly inFlight: readonly WorkInFlight[];
  readonly isSent: boolean;
  readonly foundAt: number;
  /** How often it was asked, and when next. */
  readonly asked: number;
  readonly askAt: number;
}

export async function endSessions(client: Client, sweep: KillSweep): Promise<SweptSessions> {
  const sweeping = new Sweeping(client, sweep);
  for (;;) {
    await sweeping.round();
    if (sweeping.isSettled() || sweeping.leftMs() < EVERY_MS) break;
    await delay(EVERY_MS);
  }
  const { isListed } = sweeping;
  const elsewhere = isListed ? await countElsewhere(client, sweep.taskQueues) : undefined;
  return { sessions: sweeping.listed(), elsewhere, isQuiet: sweeping.isQuiet() };
}

class Sweeping {
  readonly #client: Client;
  readonly #sweep: KillSweep;
  readonly #beganAt = Date.now();
  readonly #tracked = new Map<string, Tracked>();
  /** What was told of each session last. */
  readonly #told = new Map<string, string>();
  /** Workflows that Holdpoint is not in. */
  readonly #others = new Set<string>();
  /** The list could be had the last time. */
  isListed = false;

  constructor(client: Client, sweep: KillSweep) {
    this.#client = client;
    this.#sweep = sweep;
  }

  leftMs(): number {
    return this.#beganAt + this.#sweep.withinMs - Date.now();
  }

  /** First all are told, however late it is; then each is looked at: that may take long, where none answers. */
  async round(): Promise<void> {
    this.isListed = await this.#list();
    // Of all agents it is told at once: whose it was can be asked later.
    if ('all' in this.#sweep.scope) await this.#tellAll();
    await this.#each((one) => this.#identify(one));
    await this.#tellAll();
    const meant = this.#meant();
    await this.#each((one) => this.#look(one, meant));
    for (const session of this.listed()) {
      const said = JSON.stringify(session);
      const isNews = this.#told.get(session.sessionId) !== said;
      if (!isNews || this.#tracked.get(session.sessionId)?.seen === 'unseen') continue;
      this.#told.set(session.sessionId, said);
      this.#sweep.onSession?.(session);
    }
  }

  /** Those that are meant, and those of which nobody knows whether they are. */
  listed(): readonly KilledSession[] {
    const meant = this.#meant();
    return [...this.#tracked.values()]
      .filter(({ sessionId, agentId, seen }) => {
        const isUnknown = agentId === undefined && seen !== 'ended';
        return meant.has(sessionId) || isUnknown;
      })
      .map(killedSession);
  }

  isQuiet(): boolean {
    return this.isListed && this.listed().every(({ state }) => state === 'quiet');
  }

  isSettled(): boolean {
    return this.isQuiet() && Date.now() - this.#beganAt >= LISTED_AFTER_MS;
  }

  #meant(): ReadonlySet<string> {
    return sessionsMeant(this.#sweep.scope, [...this.#tracked.values()]);
  }

  /** Of all that have not ended. */
  async #each(work: (one: Tracked) => Promise<void>): Promise<void> {
    await inParallel([...this.#tracked.keys()], async (sessionId) => {
      const tracked = this.#tracked.get(sessionId);
      if (tracked !== undefined && tracked.seen !== 'ended') await work(tracked);
    });
  }

  /** Answers whether the list could be had. */
  async #list(): Promise<boolean> {
    try {
      await this.#client.withDeadline(Date.now() + LIST_WITHIN_MS, async () => {
        const query = runningOn(this.#sweep.taskQueues);
        for await (const found of this.#client.workflow.list({ query })) {
          const { workflowId: sessionId, runId, type: workflowType, parentExecution } = found;
          if (this.#tracked.has(sessionId) || this.#others.has(sessionId)) continue;
          const parent = parentExecution?.workflowId;
          const place = parent ? { parentSessionId: parent } : {};
          const now = Date.now();
          this.#tracked.set(sessionId, {
            sessionId,
            runId,
            workflowType,
            ...place,
            seen: 'unseen',
            inFlight: [],
            isSent: false,
            asked: 0,
            foundAt: now,
            askAt: now + ASK_AFTER_MS,
          });
        }
      });
      return true;
    } catch {
      return false;
    }
  }

  /** Whose session it is: of one of ours Temporal knows it, of any other only the workflow itself. */
  async #identify(tracked: Tracked): Promise<void> {
    const { sessionId, runId, workflowType, agentId, asked } = tracked;
    if (agentId !== undefined || asked > 0) return;
    if (!SESSION_TYPES.includes(workflowType)) return this.#ask(tracked);
    const known = await agentByHistory(this.#client, { workflowId: sessionId, runId });
    if (known !== undefined) this.#update(sessionId, { agentId: known });
  }

  async #tellAll(): Promise<void> {
    const meant = this.#meant();
    await this.#each((one) => this.#tell(one, meant));
  }

  /**
   * Sends the cancel, once. A child is told by its parent first, which names who ordered it as well. A workflow of which
   * nothing is known is asked first, since it may be none of ours.
   */
  async #tell(tracked: Tracked, meant: ReadonlySet<string>): Promise<void> {
    const { sessionId, workflowType, parentSessionId = '', seen, isSent, foundAt } = tracked;
    const isDue = !isSent && !hasTakenCancel(seen) && isMeant(this.#sweep.scope, tracked, meant);
    const isLeftToParent =
      this.#tracked.has(parentSessionId) && Date.now() - foundAt < ASK_AFTER_MS;
    const isUnknown = seen === 'unseen' && !SESSION_TYPES.includes(workflowType);
    if (!isDue || isLeftToParent || isUnknown) return;
    const { operatorId, reason } = this.#sweep.command;
    const signal = wireName(SIGNALS.cancel);
    try {
      await this.#client.withDeadline(Date.now() + LOOK_WITHIN_MS, () =>
        this.#client.workflow.getHandle(sessionId).signal(signal, { operatorId, reason }),
      );
      this.#update(sessionId, { isSent: true });
    } catch (error) {
      // Whatever else it was: it is tried again, and until then the list says that it was not sent.
      if (error instanceof WorkflowNotFoundError) this.#update(sessionId, { seen: 'ended' });
    }
  }

  async #look(tracked: Tracked, meant: ReadonlySet<string>): Promise<void> {
    const { sessionId, agentId, askAt } = tracked;
    const isOther = agentId !== undefined && !isMeant(this.#sweep.scope, tracked, meant);
    if (isOther || this.leftMs() <= 0) return;
    const facts = await lookAt(this.#client, sessionId);
    if (facts === 'ended') this.#update(sessionId, { seen: facts });
    else {
      if (facts !== undefined) this.#update(sessionId, facts);
      if (Date.now() >= askAt) await this.#ask(tracked);
    }
  }

  async #ask({ sessionId, workflowType, asked }: Tracked): Promise<void> {
    const seen = await askFor(this.#client, sessionId);
    if (seen === 'not_ours' && !SESSION_TYPES.includes(workflowType)) {
      this.#others.add(sessionId);
      this.#tracked.delete(sessionId);
      return;
    }
    const waitMs = Math.min(ASK_EVERY_MAX_MS, ASK_AFTER_MS * 2 ** asked);
    this.#update(sessionId, {
      seen: seen === 'not_ours' ? 'silent' : seen,
      asked: asked + 1,
      askAt: Date.now() + waitMs,
      ...(typeof seen === 'string' ? {} : { agentId: seen.agentId }),
    });
  }

  #update(sessionId: string, change: Partial<Tracked>): void {
    const tracked = this.#tracked.get(sessionId);
    if (tracked !== undefined) this.#tracked.set(sessionId, { ...tracked, ...change });
  }
}

function killedSession(tracked: Tracked): KilledSession {
  const { sessionId, workflowType, agentId, parentSessionId, seen, isSent, inFlight } = tracked;
  return {
    sessionId,
    workflowType,
    ...(agentId === undefined ? {} : { agentId }),
    ...(parentSessionId === undefined ? {} : { parentSessionId }),
    state: killState(seen),
    cancel: hasTakenCancel(seen) ? 'taken' : isSent ? 'sent' : 'not_sent',
    inFlight: typeof seen === 'string' ? (seen === 'ended' ? [] : inFlight) : seen.inFlight,
  };
}

function runningOn(taskQueues: readonly string[]): string {
  const errands = listed(Object.values(ERRANDS));
  return `ExecutionStatus = 'Running' AND TaskQueue IN (${listed(taskQueues)}) AND WorkflowType NOT IN (${errands})`;
}

async function countElsewhere(
  client: Client,
  taskQueues: readonly string[],
): Promise<number | undefined> {
  const query = `ExecutionStatus = 'Running' AND TaskQueue NOT IN (${listed(taskQueues)}) AND WorkflowType IN (${listed(SESSION_TYPES)})`;
  try {
    return await client.withDeadline(Date.now() + LIST_WITHIN_MS, async () => {
      const { count } = await client.workflow.count(query);
      return count;
    });
  } catch {
    return undefined;
  }
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name.replaceAll(/['\\]/g, '\\$&')}'`).join(', ');
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, lane));
}
