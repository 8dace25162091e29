/**
 * What comes to a workflow is handed over where a replay hands it over, so that what is sealed comes out the same (H8).
 * Temporal alone does not see to that. Found by running, with SDK 1.24:
 *
 * 1 The answer to a query that comes with a task ends that task, also while a local activity runs: its result comes with
 *   the next one, at another time. A replay knows of no query. So nobody is answered while one runs. The server asks
 *   again when the task is over.
 * 2 Results of local activities come one by one, and in a replay those of one task come together. So they wait for each
 *   other, as long as the others end soon.
 * 3 A question to a run that is not in the cache brings what came after its last task: also where no task has begun with
 *   it, or where the worker lost the one that did. The run would go on from there, and a replay has it all later, in the
 *   task that ends. So that question is not answered: the run leaves the cache, and who asked asks again (`ASK_AGAIN`).
 *   Whether a question brought something, or a task, nothing says. The question itself comes at once after it (some 20 ms
 *   on a machine with twice the work it can do), where a task is answered and the next question travels first. So a run that
 *   was replayed, had its first task, and is asked so soon after it is asked twice for nothing.
 *
 * All of that holds from the moment when Holdpoint has something to do with a run (`isConcerned`). Rule 1 holds before, for
 * as long as such an activity is young: the call after it may be the first that is held, and a task that was split does
 * not show a replay the patch of that call.
 */
import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';
import { LOCAL_MS, SECOND_MS } from '../domain/limits.ts';
import { ASK_AGAIN, WIRE_PREFIX } from '../domain/messages.ts';

type Activation = ActivateInput['activation'];
type Moment = Omit<Activation, 'jobs'>;
type Job = NonNullable<Activation['jobs']>[number];
type Command = ConcludeActivationInput['commands'][number];

/** The SDK ends a task that is older, and begins another. */
const TASK_MS = 8 * SECOND_MS;

/** Rule 3: the question itself, and not the next one. Longer where a worker was replaced, which is when tasks are lost. */
const AT_ONCE_MS = 100;
const SOON_MS = 2 * SECOND_MS;

export interface RunFacts {
  /** Holdpoint has a record of it. */
  readonly isOurs: boolean;
  /** Where things stand, and when, counts for Holdpoint. */
  readonly isConcerned: boolean;
  /** The real time, by which nothing is decided that stands in the history. */
  readonly realMs: number;
}

interface Running {
  readonly begunMs: number;
  /** It ends within a task, by its own timeout. */
  readonly isShort: boolean;
}

export class TaskOrder {
  /** Local activities, by number. */
  readonly #running = new Map<number, Running>();
  /** Rule 2: there, and waiting for others. */
  readonly #waiting = new Map<number, Job>();
  #last: Moment | undefined;
  /** Rule 3: it was replayed, and this is what it was handed first after that. */
  #isReplayed = false;
  #first: { readonly historyLength: number; readonly atMs: number } | undefined;
  /** By a question, which brought nothing, and not by a task, which would be the first. */
  #isReplayedToBeAsked = false;
  #isQuery = false;
  #isLonely = false;

  /** No replay has this activation: nothing may change, and nothing may be left. */
  get isQuery(): boolean {
    return this.#isQuery;
  }

  /** What the workflow gets of an activation. */
  arriving(activation: Activation, { isConcerned, realMs }: RunFacts): Job[] {
    const jobs = activation.jobs ?? [];
    this.#isQuery = jobs.some(({ queryWorkflow }) => queryWorkflow);
    this.#isLonely = jobs.some(({ queryWorkflow }) => queryWorkflow?.queryId === 'legacy_query');
    if (this.#isQuery) {
      if (this.#isLonely && isConcerned && this.#isInDoubt(realMs)) throw new Error(ASK_AGAIN);
      this.#isReplayedToBeAsked ||= this.#first === undefined;
      return jobs;
    }
    const isOurs = isConcerned || jobs.some(isOwnSignal);
    if (isOurs && this.#last !== undefined && isEarly(activation, this.#last))
      throw new Error(ASK_AGAIN);
    this.#remember(activation, realMs);
    const results = jobs.filter((job) => this.#take(job));
    const isEarlierThanOthers =
      isConcerned && [...this.#running.values()].some(({ isShort }) => isShort);
    const handed = isEarlierThanOthers ? [] : [...this.#waiting.values()];
    if (!isEarlierThanOthers) this.#waiting.clear();
    return [...jobs.filter((job) => !results.includes(job)), ...handed];
  }

  /** What leaves of the commands of an activation. */
  leaving(commands: readonly Command[], facts: RunFacts): readonly Command[] {
    if (this.#isQuery) return this.#isPutOff(facts) ? [] : commands;
    const { realMs: begunMs } = facts;
    for (const { scheduleLocalActivity: begun } of commands) {
      if (begun?.seq == null) continue;
      const isShort = isWithinTask(begun);
      this.#running.set(begun.seq, { begunMs, isShort });
    }
    // What has ended can't be called off.
    return commands.filter(
      ({ requestCancelLocalActivity: request }) => !this.#waiting.has(request?.seq ?? 0),
    );
  }

  /** Rule 1. A query that comes without a task ends none. */
  #isPutOff({ isOurs, isConcerned, realMs }: RunFacts): boolean {
    const isYoung = ({ begunMs }: Running): boolean => realMs - begunMs < LOCAL_MS;
    const running = [...this.#running.values()];
    const isAffected = isConcerned ? running.length > 0 : isOurs && running.some(isYoung);
    return isAffected && !this.#isLonely;
  }

  #remember(activation: Activation, realMs: number): void {
    const { jobs: _, ...moment } = activation;
    this.#last = moment;
    if (moment.isReplaying === true) this.#isReplayed = true;
    else this.#first ??= { historyLength: lengthOf(moment), atMs: realMs };
  }

  /** Rule 3. What was handed over since says that the first was a task. */
  #isInDoubt(realMs: number): boolean {
    const [first, last] = [this.#first, this.#last];
    if (!this.#isReplayed || first === undefined || last === undefined) return false;
    const soonMs = this.#isReplayedToBeAsked ? AT_ONCE_MS : SOON_MS;
    return lengthOf(last) === first.historyLength && realMs - first.atMs < soonMs;
  }

  #take(job: Job): boolean {
    const { resolveActivity: result } = job;
    if (result?.isLocal !== true || result.seq == null) return false;
    this.#running.delete(result.seq);
    this.#waiting.set(result.seq, job);
    return true;
  }
}

function lengthOf({ historyLength }: Moment): number {
  return historyLength ?? 0;
}

/** A task has a time of its own: this one has that of the last, and more events. */
function isEarly(activation: Moment, last: Moment): boolean {
  return (
    activation.isReplaying !== true &&
    lengthOf(activation) > lengthOf(last) &&
    String(activation.timestamp?.seconds) === String(last.timestamp?.seconds) &&
    activation.timestamp?.nanos === last.timestamp?.nanos
  );
}

function isOwnSignal({ signalWorkflow }: Job): boolean {
  return signalWorkflow?.signalName?.startsWith(WIRE_PREFIX) === true;
}

function isWithinTask({
  scheduleToCloseTimeout,
  startToCloseTimeout,
}: NonNullable<Command['scheduleLocalActivity']>): boolean {
  const limit = scheduleToCloseTimeout ?? startToCloseTimeout;
  return limit != null && Number(limit.seconds ?? 0) * SECOND_MS < TASK_MS;
}
