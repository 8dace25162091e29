/**
 * The one mutable place of a workflow run: the session's state, its trail, and how far the trail is written and
 * stored. Everything else asks domain/ and hands the step in here. One record per run; a workflow's modules are
 * loaded anew for every instance, so the variable below belongs to one instance alone.
 *
 * H8 what happened is sealed into the chain in the order it was applied, in the same task, whoever caused it.
 */
import { workflowInfo } from '@temporalio/workflow';
import {
  type AuditEvent,
  type ChainHead,
  type EventDraft,
  GENESIS,
  sealEvent,
} from '../domain/audit/audit-event.ts';
import { headOf } from '../domain/audit/audit-chain.ts';
import { payloadText } from '../domain/text/digest.ts';
import { firstSlice, type LargeContent } from '../domain/audit/evidence-slice.ts';
import type { EvidenceSlice } from '../domain/activities.ts';
import { ANCESTOR_RUNS_MAX } from '../domain/limits.ts';
import { isPlainObject } from '../domain/text/json.ts';
import {
  beginWork,
  endWork,
  gateOf,
  openGates,
  policyVersionOf,
  type SessionState,
  type Step,
  type WorkInFlight,
} from '../domain/session/session.ts';
import { relayed } from '../domain/session/operator-command.ts';
import { BY_POLICY } from '../domain/session/session-load.ts';
import { queueNotices } from '../domain/session/session-notices.ts';
import type { RunningChild } from './running-child.ts';

/** What a run hands to the one that continues it. Versioned: it outlives a deployment. */
export interface CarriedRecord {
  readonly version: 1;
  readonly state: SessionState;
  readonly head: ChainHead;
  readonly ancestorRuns: readonly string[];
  /** How often an action without an id of its own was asked about, by type. */
  readonly counters: Readonly<Record<string, number>>;
  readonly isIndexed: boolean;
  /** Of a run that Temporal's cron began, and those that continue it. */
  readonly cronRun?: string;
  /** Events of the runs before that the evidence store may not have: a run that does not wait hands them on. */
  readonly unstored?: readonly AuditEvent[];
}

/** The part of a command that is looked at. Temporal's own type fits it. */
interface ActivityCommand {
  readonly scheduleActivity?: { readonly seq?: number | null } | null;
  readonly requestCancelActivity?: { readonly seq?: number | null } | null;
}

/** Sequence numbers begin at 1. */
const NO_SEQ = 0;

export class SessionRecord {
  #state: SessionState;
  readonly #from: ChainHead;
  #inherited: readonly AuditEvent[];
  readonly trail: AuditEvent[] = [];
  readonly ancestorRuns: readonly string[];
  readonly counters: Map<string, number>;
  /**
   * Runs of one cron schedule share the id of the first, by which the ledger knows an action: this tells the actions
   * of one run from those of another. The run before it, which is the same after a Reset.
   */
  readonly #cronRun: string | undefined;
  /** How many events of the trail stand in the history: in a memo write, or with an activity that carries them. */
  written = 0;
  /** Which events scheduled activities carry, by the sequence number of the activity. */
  readonly #carried = new Map<number, { readonly from: number; readonly to: number }>();
  /** Counts everything that changed here; `anchored` is its value when a task last left a mark in the history. */
  #revision = 0;
  #anchored = 0;
  /** Local activities that run within the present workflow task. */
  localActivities = 0;
  /** How many events of the trail the evidence store is known to have. */
  stored = 0;
  #contents: readonly LargeContent[] = [];
  /** Whether this run writes the search attribute: known from its first gate on. */
  isIndexed: boolean;
  /** What the search attribute says: whether gates are open. */
  indexedAsOpen: boolean;
  /** Something runs beside a plain workflow for its gates. */
  isEngaged = false;
  /** The run is about to continue as new: nothing starts any more. */
  isLeaving = false;
  /** How many actions, questions and answers are on their way to an outcome. */
  asking = 0;
  /** The pause flag that actions check when they reserve stands in the evidence store, or is on its way. */
  #isFlagRaised = false;
  /** Sessions of sub-agents that run, by their ids. */
  readonly children = new Map<string, RunningChild>();
  /** Actions that were let go and wait to be started, by id: with what the trail says where they never are. */
  readonly unstarted = new Map<string, EventDraft>();
  /** Scheduled actions that reserve in the ledger, by action id. */
  readonly reserving = new Set<string>();
  /** Messages of any name reach a handler here. */
  takesUnknown = false;
  /** The workflow's own numbers for the status query. */
  progress: Readonly<Record<string, number>> = {};

  constructor(state: SessionState, handedOn?: CarriedRecord) {
    const cronRun = newCronRun(handedOn);
    const carried = cronRun === undefined ? handedOn : undefined;
    this.#cronRun = cronRun ?? carried?.cronRun;
    this.#state = carried?.state ?? state;
    this.#from = carried?.head ?? GENESIS;
    this.#inherited = carried?.unstored ?? [];
    this.ancestorRuns = carried?.ancestorRuns ?? [];
    this.counters = new Map(Object.entries(carried?.counters ?? {}));
    this.isIndexed = carried?.isIndexed ?? false;
    // What it continues is a change of its first task, even where that does nothing else.
    this.#revision = carried === undefined ? 0 : 1;
    this.indexedAsOpen = this.#state.gates.some((gate) => gate.status === 'pending');
  }

  get state(): SessionState {
    return this.#state;
  }

  get head(): ChainHead {
    return headOf(this.trail, this.#from);
  }

  get isFlagRaised(): boolean {
    return this.#isFlagRaised;
  }

  raiseFlag(isRaised: boolean): void {
    this.#isFlagRaised = isRaised;
    this.#revision += 1;
  }

  /** Something changed in this task, and nothing in the history shows that it took place. */
  isUnanchored(): boolean {
    const hasPast = this.trail.length > 0 || this.#from.seq > 0;
    return hasPast && this.#revision > this.#anchored;
  }

  /** A workflow that knows nothing of Holdpoint, and that Holdpoint has had nothing to do with so far. */
  isUntouched(): boolean {
    return this.#state.isHosted === true && this.head.seq === 0;
  }

  /** Where things stand, and when, counts here: there are gates, or there may be some. */
  isConcerned(): boolean {
    return this.isEngaged || !this.isUntouched();
  }

  anchor(): void {
    this.#anchored = this.#revision;
  }

  /** Stores what domain/ decided and seals its events. The reply is passed on. */
  apply<Reply>(step: Step<Reply>): Reply {
    const before = this.#state;
    this.replace(step.state);
    for (const draft of step.events) {
      const event = this.#seal(draft);
      this.replace(queueNotices(this.#state, event, before));
    }
    if (before.pause === undefined) this.#passOnPause();
    return step.reply;
  }

  /** What the policy pauses is paused with all that works for it; an operator's word is passed on where it comes in. */
  #passOnPause(): void {
    const { pause, sessionId } = this.#state;
    if (pause?.operatorId !== BY_POLICY) return;
    const { operatorId, reason } = pause;
    const command = relayed(sessionId, { operatorId, reason });
    for (const child of this.children.values()) child.relay({ verb: 'pause', command });
  }

  /** A new state that makes no event. */
  replace(state: SessionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#revision += 1;
  }

  /** An event that changes no state. */
  note(draft: EventDraft): void {
    this.#seal(draft);
  }

  #seal(draft: EventDraft): AuditEvent {
    const { sessionId, agentId } = this.#state;
    const policyVersion = policyVersionOf(this.#state);
    const context = { sessionId, agentId, at: Date.now() };
    const event = sealEvent(
      this.head,
      policyVersion === undefined ? context : { ...context, policyVersion },
      draft,
    );
    this.trail.push(event);
    this.#revision += 1;
    const isCut = draft.actionPayload !== undefined && event.actionPayload === undefined;
    const request = isCut ? gateOf(this.#state, draft.gateId ?? '')?.request : undefined;
    if (request !== undefined) {
      const text = payloadText({ ...request, arguments: request.payload });
      this.#contents = [...this.#contents, { seq: event.seq, text }];
    }
    return event;
  }

  /** Runs something that counts as work in flight. Called and started in one synchronous stretch. */
  async atWork<T>(work: Omit<WorkInFlight, 'since'>, start: () => Promise<T>): Promise<T> {
    this.replace(beginWork(this.#state, { ...work, since: Date.now() }));
    try {
      return await start();
    } finally {
      this.replace(endWork(this.#state, work.workId, Date.now()));
    }
  }

  /** Counts something that waits for an outcome, so that a run knows when everything it does is waiting for people. */
  async whileAsking<T>(ask: () => Promise<T>): Promise<T> {
    this.asking += 1;
    try {
      return await ask();
    } finally {
      this.asking -= 1;
    }
  }

  /**
   * Everything on its way waits at a gate that the next run finds again. The gate of an unknown effect is not found
   * again: its action would be cleared anew, so the run stays until it has ended.
   */
  isParked(): boolean {
    const open = openGates(this.#state);
    const isFound = open.every((gate) => gate.request.kind !== 'effect');
    return this.#state.inFlight.length === 0 && this.asking === open.length && isFound;
  }

  unwritten(): readonly AuditEvent[] {
    return this.trail.slice(this.written);
  }

  /** An activity is about to be scheduled that takes these events of the trail with it. */
  carryWith(seq: number, events: readonly unknown[]): void {
    // Those that were handed on stand in the history of an earlier run.
    const own = events.filter((event) => this.#inherited.every((one) => one !== event));
    const from = this.trail.findIndex((event) => event === own[0]);
    if (from !== -1) this.#carried.set(seq, { from, to: from + own.length });
  }

  /**
   * What leaves with the activities of these commands stands in the history from now on. One that is called off may
   * leave no event there, so what it carried is written again: who reads the history takes every event once.
   */
  leave(commands: readonly ActivityCommand[]): void {
    for (const { scheduleActivity, requestCancelActivity } of commands) {
      const sent = this.#carried.get(scheduleActivity?.seq ?? NO_SEQ);
      if (sent !== undefined && sent.from <= this.written) {
        this.written = Math.max(this.written, sent.to);
      }
      const calledOff = this.#carried.get(requestCancelActivity?.seq ?? NO_SEQ);
      if (calledOff !== undefined) this.written = Math.min(this.written, calledOff.from);
    }
  }

  /**
   * What the evidence store may not have yet, or the first part of it: as much as one activity may carry. It begins
   * with what does not stand in the history yet, where the store has that already: no carrier leaves a gap before it.
   */
  unstored(): EvidenceSlice {
    const { sessionId } = this.#state;
    const waiting = [...this.#inherited, ...this.trail.slice(this.#settled)];
    const { events, contents } = firstSlice(waiting, this.#contents);
    return {
      sessionId,
      firstExecutionRunId: workflowInfo().firstExecutionRunId,
      events,
      ...(contents.length === 0 ? {} : { contents }),
    };
  }

  /** More is unstored than one activity may carry. */
  isBacklogged(): boolean {
    const waiting = this.#inherited.length + this.trail.length - this.#settled;
    return this.unstored().events.length < waiting;
  }

  /** How many events of the trail are both written and stored. */
  get #settled(): number {
    return Math.min(this.written, this.stored);
  }

  /** The store has confirmed this slice. */
  confirmStored(slice: EvidenceSlice): void {
    const last = slice.events.at(-1);
    if (last === undefined) return;
    this.stored = Math.max(this.stored, last.seq - this.#from.seq);
    this.#inherited = this.#inherited.filter(({ seq }) => seq > last.seq);
    this.#contents = this.#contents.filter(({ seq }) => seq > last.seq);
  }

  /** The next number of a kind of thing, from 1. */
  count(kind: string): number {
    const next = (this.counters.get(kind) ?? 0) + 1;
    this.counters.set(kind, next);
    return next;
  }

  /** An id for something that has none of its own: `refund/2`. */
  numbered(kind: string): string {
    const id = `${kind}/${this.count(kind)}`;
    return this.#cronRun === undefined ? id : `${this.#cronRun}/${id}`;
  }

  /** Whether what is unstored may go to the next run with {@link carry}, in place of a flush. */
  isLight(): boolean {
    return this.#contents.length === 0 && !this.isBacklogged();
  }

  carry(): CarriedRecord {
    const { events } = this.unstored();
    const ancestors = [...this.ancestorRuns, workflowInfo().runId];
    return {
      version: 1,
      state: this.#state,
      head: this.head,
      ancestorRuns: ancestors.slice(-ANCESTOR_RUNS_MAX),
      counters: Object.fromEntries(this.counters),
      isIndexed: this.isIndexed,
      ...(this.#cronRun === undefined ? {} : { cronRun: this.#cronRun }),
      ...(events.length === 0 ? {} : { unstored: events }),
    };
  }
}

/**
 * Whether this run continues the one that handed `carried` on. Who starts a workflow can write anything into its input
 * and headers, but does not know the id of a run that is still to come: neither with a retry nor with a schedule.
 */
export function isHandedOn(carried: unknown): carried is CarriedRecord {
  const { continuedFromExecutionRunId: before } = workflowInfo();
  if (before === undefined || !isPlainObject(carried)) return false;
  const { ancestorRuns } = carried;
  return Array.isArray(ancestorRuns) && ancestorRuns.at(-1) === before;
}

/** The run before this one, where Temporal's cron began this one anew: with all that the last one began with. */
function newCronRun(handedOn: CarriedRecord | undefined): string | undefined {
  const { cronSchedule, continuedFromExecutionRunId: before } = workflowInfo();
  return cronSchedule === undefined || isHandedOn(handedOn) ? undefined : before;
}

let current: SessionRecord | undefined;

/** The record of this run; undefined in a workflow that has not made a holdpoint. */
export function currentRecord(): SessionRecord | undefined {
  return current;
}

export function openRecord(state: SessionState, carried?: CarriedRecord): SessionRecord {
  if (current !== undefined) {
    throw new Error('This workflow has a holdpoint already: make it once, before anything else');
  }
  current = new SessionRecord(state, carried);
  return current;
}
