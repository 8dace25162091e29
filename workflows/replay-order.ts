/**
 * When a workflow gets what comes to it: such that a replay hands it over at the same place, and everything that is
 * sealed, counted or scheduled comes out the same (H8). Temporal alone does not see to that. Found by running, with
 * SDK 1.24:
 *
 *   while it runs                                          when it is replayed
 *   each result of a local activity comes by itself, as    those of one workflow task come together, at the time of the
 *   soon as it is there                                    last
 *   a query that comes with a task is answered before the  nobody asked: the result comes within the first task
 *   result is there, ends that task, and the result comes
 *   in the next one
 *   a signal of a later task comes before the result       both come in one activation, at the time of the result
 *   a query of a run that is not in the cache brings what  that comes in its own task, with what came after it
 *   no task has begun with yet, at the time of the last
 *
 * The rules, which make the left column like the right one where that can be, and else write down which it was:
 *
 * 1 Results of local activities that run at the same time are handed over together, when the last one is there.
 * 2 A result that a query or a later task has overtaken is late: it is handed over when a timer fires that was started
 *   for it. Every activation has its place in the history by then.
 * 3 While something is late, Holdpoint's clock stands still: Temporal's may already be that of the result.
 * 4 What a query brought early is kept, and what follows it, until a timer fires that was started for it. Updates alone
 *   are handed over, since their task has to answer them.
 * 5 What a replay has to know is a mark in the history: a patch marker, which the SDK shows to a replay at the beginning
 *   of the task that left it, and which is called deprecated so that nothing has to repeat it. A history without marks
 *   replays as it did before there were any.
 *
 * In a run that Holdpoint has nothing to do with yet, 1, 3 and 4 have nothing to protect, and a result that a later task
 * overtook is left alone: such a run costs nothing but where a query and a local activity meet.
 */
import { patched } from '@temporalio/workflow';
import { LOCAL_MS, SECOND_MS } from '../domain/limits.ts';
import {
  type Activation,
  type Command,
  isAtOneMoment,
  isLonelyQuery,
  isMark,
  isMessage,
  isOwnSignal,
  isShort,
  type Job,
  markCommand,
  MARKS,
  seqOf,
  TIMER_SEQ,
  timerCommand,
  timerOf,
} from './order-marks.ts';

/** How long it waits for a late result, when it is not there yet: from 1 ms, four times as long with each try. */
const RETRY_FACTOR = 4;
const RETRY_MAX_MS = 10 * SECOND_MS;

/** A task that is older than this may be ended by the SDK, at 8 s, while a short activity runs in it. */
const TASK_FRESH_MS = 2.5 * SECOND_MS;

/** What has to be known of the run, and of the world. */
export interface RunFacts {
  /** Holdpoint has a record of it. */
  readonly isOurs: boolean;
  /** There is something in that whose place and time count. */
  readonly isConcerned: boolean;
  /** The real time, by which nothing is decided but whether a mark is worth its events. */
  readonly realMs: number;
}

type Kind = 'work' | 'early work' | 'query' | 'lonely query';

interface Awaited {
  /** The task that began it, by number. */
  readonly task: number;
  /** When it was begun here, in real time. */
  readonly begunMs: number;
  /** It ends within {@link LOCAL_MS}, by its own timeouts. */
  readonly isShort: boolean;
}

interface Complete {
  readonly task: number;
  readonly seq: number;
  readonly job: Job;
}

interface Late {
  readonly task: number;
  readonly job?: Job;
}

class ReplayOrder {
  readonly #awaited = new Map<number, Awaited>();
  /** Rule 1: there, and waiting for others. */
  #complete: Complete[] = [];
  readonly #late = new Map<number, Late>();
  #lateTimer: number | undefined;
  #tries = 0;
  /** Rule 4: in the order in which it came. */
  #kept: Job[] | undefined;
  #earlyTimer: number | undefined;
  #earlyCount = 0;
  #timersCount = 0;
  #kind: Kind = 'work';
  #isReplaying = false;
  #isTogether = false;
  #isOver = false;
  /** Counts the tasks that brought anything but results. */
  #task = 0;
  #taskBeganMs = 0;
  #markedTask = 0;
  #marks: string[] = [];
  #clockMs = 0;
  #isClockHeld = false;
  #last: Omit<Activation, 'jobs'> | undefined;

  /** Holdpoint's clock: workflow time, but for rule 3. */
  now(): number {
    return this.#isClockHeld ? this.#clockMs : Date.now();
  }

  /** A timer that fired proves that this time has come. */
  reached(ms: number): void {
    this.#clockMs = Math.max(this.#clockMs, ms);
  }

  /** How many late results are awaited that an earlier task began: the present one may end without them. */
  get overdueCount(): number {
    return [...this.#late.values()].filter(({ task }) => task < this.#task).length;
  }

  /** No replay has an activation here: everything has to stay as it is. */
  get isBetween(): boolean {
    return this.#kind !== 'work';
  }

  /** What the workflow is to get of an activation, and of those before it. */
  arriving(activation: Activation, facts: RunFacts): Job[] {
    const jobs = activation.jobs ?? [];
    this.#kind = this.#kindOf(activation, facts);
    if (this.#kind === 'query' || this.#kind === 'lonely query') return jobs;
    this.#isReplaying = activation.isReplaying === true;
    if (this.#isReplaying) this.#learn();
    const isUndisturbed = this.#awaited.size === 0 && this.#late.size === 0;
    const come = this.#keep(jobs.filter((job) => seqOf(job) === undefined));
    for (const job of jobs) this.#take(job);
    if (this.#kind === 'early work') return [];
    if (come.length > 0) {
      this.#task += 1;
      this.#taskBeganMs = facts.realMs;
      if (isUndisturbed) this.#clockMs = Date.now();
    }
    // Temporal puts results last.
    const handed = come.flatMap((job) =>
      this.#lateTimer !== undefined && timerOf(job) === this.#lateTimer ? this.#fire() : [job],
    );
    handed.push(...this.#handOver(facts));
    const isOvertaken = !this.#isReplaying && this.#overtaken().length > 0;
    this.#isClockHeld = this.#late.size > 0 || isOvertaken;
    return handed;
  }

  /** What of the workflow's commands leaves. Call `closing` after it, for what comes behind them. */
  leaving(commands: readonly Command[], { isConcerned, realMs }: RunFacts): Command[] {
    // A mark that was looked for comes along as a command: the history has it already.
    const kept = commands.filter((command) => !isMark(command) && !this.#isMoot(command));
    if (this.isBetween) return this.#isPutOff(realMs) ? [] : kept;
    for (const { scheduleLocalActivity: begun } of kept) {
      if (begun?.seq == null) continue;
      const { seq } = begun;
      this.#awaited.set(seq, { task: this.#task, begunMs: realMs, isShort: isShort(begun) });
    }
    if (this.#isReplaying) this.#learn();
    else if (isConcerned) for (const seq of this.#overtaken()) this.#markLate(seq);
    return [...this.#earlyCommands(), ...kept];
  }

  /**
   * The marks and the timer that leave after all else. `isAnchored`: this task leaves an event, or has nothing that
   * needs one.
   */
  closing(facts: RunFacts & { readonly isAnchored: boolean }): Command[] {
    if (this.#isOver || this.#kind === 'lonely query') return [];
    if (this.#kind === 'early work') return [...this.#takeMarks(), ...this.#earlyCommands()];
    if (this.#kind === 'query') {
      if (this.#isPutOff(facts.realMs)) return [];
      // The answer ends the task.
      for (const seq of this.#waiting()) this.#markLate(seq);
    } else if (!this.#isReplaying && facts.isConcerned && this.#isEndUncertain(facts)) {
      if (this.#complete.length > 0 && !this.#isTogether) {
        this.#isTogether = true;
        this.#marks.push(MARKS.together);
      }
      if (!facts.isAnchored && this.#markedTask < this.#task) {
        this.#markedTask = this.#task;
        this.#marks.push(MARKS.task(this.#task));
      }
    }
    return [...this.#takeMarks(), ...this.#lateCommands()];
  }

  /** The run has ended: nothing leaves any more. */
  end(): void {
    this.#isOver = true;
  }

  #kindOf(activation: Activation, { isOurs, isConcerned }: RunFacts): Kind {
    const jobs = activation.jobs ?? [];
    if (jobs.some(isLonelyQuery)) return 'lonely query';
    if (jobs.some(({ queryWorkflow }) => queryWorkflow)) return 'query';
    const last = this.#last;
    const { jobs: _handedOn, ...moment } = activation;
    this.#last = moment;
    if (last === undefined || activation.isReplaying === true) return 'work';
    const isMore = (activation.historyLength ?? 0) > (last.historyLength ?? 0);
    const isEarly = isMore && isAtOneMoment(activation, last);
    return isEarly && isOurs && (isConcerned || jobs.some(isOwnSignal)) ? 'early work' : 'work';
  }

  /** Rule 4. Answers with what is handed over. */
  #keep(jobs: readonly Job[]): readonly Job[] {
    if (jobs.length === 0) return jobs;
    const timer = this.#earlyTimer;
    const isFired = timer !== undefined && jobs.some((job) => timerOf(job) === timer);
    if (this.#kept === undefined || isFired) {
      const next = MARKS.early(this.#earlyCount + 1);
      const isEarly = this.#isReplaying ? patched(next) : this.#kind === 'early work';
      if (!isEarly) return this.#allKept(jobs);
      this.#earlyCount += 1;
      this.#earlyTimer = undefined;
      if (!this.#isReplaying) this.#marks.push(next);
    }
    const others = jobs.filter((job) => timerOf(job) !== timer || timer === undefined);
    this.#kept = [...(this.#kept ?? []), ...others.filter(({ doUpdate }) => !doUpdate)];
    return others.filter(({ doUpdate }) => doUpdate);
  }

  /** What was kept, and what has come now, as Temporal sorts what comes with one task. */
  #allKept(jobs: readonly Job[]): readonly Job[] {
    if (this.#kept === undefined) return jobs;
    const all = [...this.#kept, ...jobs.filter((job) => timerOf(job) !== this.#earlyTimer)];
    this.#kept = undefined;
    this.#earlyTimer = undefined;
    return [...all.filter(isMessage), ...all.filter((job) => !isMessage(job))];
  }

  #learn(): void {
    this.#isTogether ||= patched(MARKS.together);
    for (const seq of this.#waiting()) if (patched(MARKS.late(seq))) this.#becomeLate(seq);
  }

  #markLate(seq: number): void {
    this.#becomeLate(seq);
    this.#marks.push(MARKS.late(seq));
  }

  #becomeLate(seq: number): void {
    const known = this.#known(seq);
    if (known === undefined) return;
    this.#late.set(seq, known);
    this.#awaited.delete(seq);
    this.#complete = this.#complete.filter((one) => one.seq !== seq);
  }

  #known(seq: number): Late | undefined {
    return this.#complete.find((one) => one.seq === seq) ?? this.#awaited.get(seq);
  }

  #take(job: Job): void {
    const seq = seqOf(job);
    if (seq === undefined) return;
    const late = this.#late.get(seq);
    if (late !== undefined) this.#late.set(seq, { ...late, job });
    else this.#complete.push({ task: this.#task, ...this.#awaited.get(seq), seq, job });
    this.#awaited.delete(seq);
  }

  /** Rule 1. */
  #handOver({ isConcerned }: RunFacts): readonly Job[] {
    const isTogether = isConcerned && (this.#isTogether || !this.#isReplaying);
    if (isTogether && this.#awaited.size > 0) return [];
    return this.#complete.splice(0).map(({ job }) => job);
  }

  /** Rule 2: the timer fired. */
  #fire(): readonly Job[] {
    const waits = MARKS.waits(this.#lateTimer ?? 0);
    this.#lateTimer = undefined;
    const late = [...this.#late].toSorted(([a], [b]) => a - b);
    const jobs = late.flatMap(([, { job }]) => job ?? []);
    const isMissing = jobs.length < late.length;
    if (this.#isReplaying ? patched(waits) : isMissing) {
      if (!this.#isReplaying) this.#marks.push(waits);
      this.#tries += 1;
      return [];
    }
    if (isMissing) throw new Error('A result was handed over that this history does not have');
    this.#tries = 0;
    this.#late.clear();
    return jobs;
  }

  /** Not handed over, and not late. */
  #waiting(): readonly number[] {
    return [...this.#awaited.keys(), ...this.#complete.map(({ seq }) => seq)];
  }

  /** Those of them that an earlier task began. */
  #overtaken(): readonly number[] {
    return this.#waiting().filter((seq) => (this.#known(seq)?.task ?? this.#task) < this.#task);
  }

  /** The task may be ended by the SDK before all results are there, and nothing here would hear of that. */
  #isEndUncertain({ realMs }: RunFacts): boolean {
    if (this.#awaited.size === 0) return false;
    const isFresh = realMs - this.#taskBeganMs < TASK_FRESH_MS;
    return !isFresh || [...this.#awaited.values()].some((one) => !one.isShort);
  }

  /** Rule 2: queries whose answer would overtake a result that is about to come. */
  #isPutOff(realMs: number): boolean {
    const isYoung = ({ begunMs }: Awaited): boolean => realMs - begunMs < LOCAL_MS;
    return this.#kind === 'query' && [...this.#awaited.values()].some(isYoung);
  }

  #takeMarks(): readonly Command[] {
    return this.#marks.splice(0).map(markCommand);
  }

  #lateCommands(): readonly Command[] {
    const isDue = this.#late.size > 0 && this.#waiting().length === 0;
    if (!isDue || this.#lateTimer !== undefined) return [];
    this.#lateTimer = this.#nextTimer();
    const delayMs = Math.min(RETRY_FACTOR ** this.#tries, RETRY_MAX_MS);
    return [timerCommand(this.#lateTimer, delayMs)];
  }

  #earlyCommands(): readonly Command[] {
    if (this.#kept === undefined || this.#earlyTimer !== undefined) return [];
    this.#earlyTimer = this.#nextTimer();
    return [timerCommand(this.#earlyTimer, 1)];
  }

  #nextTimer(): number {
    this.#timersCount += 1;
    return TIMER_SEQ + this.#timersCount;
  }

  /** Nothing can be called off any more that has ended. */
  #isMoot({ requestCancelLocalActivity: request }: Command): boolean {
    const seq = request?.seq ?? 0;
    return (this.#late.get(seq) ?? this.#known(seq))?.job !== undefined;
  }
}

/** Of this run. */
export const replayOrder = new ReplayOrder();
