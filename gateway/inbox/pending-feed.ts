/**
 * One look at visibility for all browsers: while anyone listens, a count every 200 ms, and the list when the count is not
 * the list's own, when somebody decided here, or when it has grown old. What has changed goes to every listener as one text.
 *
 * A list of a thousand sessions costs some tenths of a second of Temporal's time: so it grows old the later the longer
 * it took, and without a listener nothing is asked at all.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { HoldpointClient } from '../../client/holdpoint-client.ts';
import type { PendingSession } from '../../client/pending.ts';
import { SECOND_MS } from '../../domain/limits.ts';
import type { PendingChange, PendingHello } from '../api/events.ts';
import { eventText } from './event-stream.ts';
import { pendingChange, type PendingList, pendingList } from './pending-list.ts';

const COUNT_EVERY_MS = 200;
const LIST_EVERY_MIN_MS = 1 * SECOND_MS;
const LIST_EVERY_MAX_MS = 5 * SECOND_MS;
/** A list may take this part of the time. */
const LIST_SHARE = 0.05;
const AGAIN_AFTER_MS = 1 * SECOND_MS;
/** A list that is not as long as what was counted with it was overtaken by a change: it is read anew at once, so often. */
const UNSURE_READS_MAX = 2;

/** As many as one visibility query gives. */
const PAGE_SIZE = 1_000;
const SESSIONS_MAX = 5_000;

/** What somebody may have missed while their connection was gone. */
const EVENTS_KEPT_MAX = 256;
const EVENT_CHARACTERS_MAX = 256 * 1024;

export type FeedListener = (text: string) => void;

/** What is asked of Temporal. */
export interface PendingSource extends Pick<HoldpointClient, 'pending'> {
  readonly sessions: Pick<HoldpointClient['sessions'], 'waitingCount'>;
}

export class PendingFeed {
  readonly #holdpoint: PendingSource;
  readonly #closing: AbortSignal;
  readonly #listeners = new Set<FeedListener>();
  /** Ids of another process mean nothing here. */
  readonly #epoch = randomBytes(6).toString('base64url');
  #lastId = 0;
  /** The latest events with their numbers, the oldest first. */
  readonly #kept: { readonly id: number; readonly text: string }[] = [];
  #list: PendingList | undefined;
  /** Sessions, as counted with the list. */
  #counted: number | undefined;
  #isSure = true;
  /** When a count was that of the list. */
  #confirmedAt = 0;
  #reading: Promise<PendingList> | undefined;
  #isRunning = false;
  #isReachable = true;
  /** Something was decided here: the list is not what it was, as soon as visibility knows. */
  #isTouched = false;

  constructor(holdpoint: PendingSource, closing: AbortSignal) {
    this.#holdpoint = holdpoint;
    this.#closing = closing;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /**
   * The list, read anew where it is older than that; while anyone listens, it is as old as the last count that was its own.
   * Rejects where it can't be read.
   */
  async latest(maxAgeMs: number): Promise<PendingList> {
    const list = this.#list;
    if (list === undefined || this.#isTouched || this.#reading !== undefined) return this.#read();
    const knownAt = Math.max(list.at, this.#confirmedAt);
    return Date.now() - knownAt <= maxAgeMs ? list : this.#read();
  }

  /** Looks soon, whatever the count says. */
  touch(): void {
    this.#isTouched = true;
  }

  /**
   * What to tell a listener first, and from then on every change. `lastEventId`: where its stream broke off; what it
   * missed is told, or that it has to read the list anew.
   */
  async listen(listener: FeedListener, lastEventId: string | undefined): Promise<string> {
    this.#listeners.add(listener);
    try {
      const { counts, at } = await this.latest(LIST_EVERY_MAX_MS);
      this.#run();
      const hello: PendingHello = { counts, at };
      if (lastEventId === undefined) return this.#event('hello', hello, this.#lastId);
      return (
        this.#missedSince(lastEventId) ?? this.#event('reload', { why: 'missed' }, this.#lastId)
      );
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
  }

  leave(listener: FeedListener): void {
    this.#listeners.delete(listener);
  }

  /** Undefined: it can't be told. */
  #missedSince(lastEventId: string): string | undefined {
    const [epoch, number] = lastEventId.split('.');
    if (epoch !== this.#epoch) return this.#event('reload', { why: 'restarted' }, this.#lastId);
    const last = Number(number);
    const isKnown = Number.isSafeInteger(last) && last <= this.#lastId;
    const oldest = this.#lastId - this.#kept.length;
    if (!isKnown || last < oldest) return undefined;
    const missed = this.#kept.filter(({ id }) => id > last).map(({ text }) => text);
    return missed.length === 0 ? ': nothing was missed\n\n' : missed.join('');
  }

  #event(name: string, data: unknown, id: number): string {
    return eventText(name, data, `${this.#epoch}.${id}`);
  }

  #tell(name: string, data: unknown): void {
    this.#lastId += 1;
    const whole = this.#event(name, data, this.#lastId);
    // A list that is another one altogether is better read anew.
    const isLarge = whole.length > EVENT_CHARACTERS_MAX;
    const text = isLarge ? this.#event('reload', { why: 'missed' }, this.#lastId) : whole;
    this.#kept.push({ id: this.#lastId, text });
    if (this.#kept.length > EVENTS_KEPT_MAX) this.#kept.shift();
    for (const listener of this.#listeners) listener(text);
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#loop().finally(() => {
      this.#isRunning = false;
    });
  }

  async #loop(): Promise<void> {
    let listedInMs = 0;
    let unsureReads = 0;
    while (this.#listeners.size > 0 && !this.#closing.aborted) {
      try {
        const now = await this.#holdpoint.sessions.waitingCount();
        const age = Date.now() - (this.#list?.at ?? 0);
        const isOld = age >= listEveryMs(listedInMs);
        const isOther = now !== this.#counted;
        if (isOther || this.#isSure) unsureReads = 0;
        const isUnsure = !this.#isSure && unsureReads < UNSURE_READS_MAX;
        if (isUnsure) unsureReads += 1;
        if (isOther || isUnsure || isOld || this.#isTouched) {
          const from = performance.now();
          await this.#read();
          listedInMs = performance.now() - from;
        } else if (this.#isSure) this.#confirmedAt = Date.now();
        this.#reached(true);
        await delay(COUNT_EVERY_MS);
      } catch {
        // Whatever it is, it is tried again, and who listens is told.
        this.#reached(false);
        await delay(AGAIN_AFTER_MS);
      }
    }
  }

  #reached(isReachable: boolean): void {
    if (isReachable === this.#isReachable) return;
    this.#isReachable = isReachable;
    this.#tell('unreachable', { unreachable: !isReachable });
  }

  /** One reading at a time: who comes meanwhile gets the same. */
  async #read(): Promise<PendingList> {
    this.#reading ??= this.#readAnew().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAnew(): Promise<PendingList> {
    this.#isTouched = false;
    const at = Date.now();
    const sessions: PendingSession[] = [];
    let sessionsCount: number;
    let pageToken: string | undefined;
    do {
      const page = await this.#holdpoint.pending({
        pageSize: PAGE_SIZE,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      sessions.push(...page.sessions);
      ({ sessionsCount } = page);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && sessions.length < SESSIONS_MAX);
    this.#counted = sessionsCount;
    this.#isSure = sessionsCount === sessions.length || pageToken !== undefined;
    const list = pendingList(sessions, { sessionsCount, at });
    const before = this.#list;
    this.#list = list;
    if (before !== undefined) this.#compare(before, list);
    return list;
  }

  #compare(before: PendingList, list: PendingList): void {
    const { added, changed, gone } = pendingChange(before, list);
    const isSame =
      added.length + changed.length + gone.length === 0 &&
      JSON.stringify(before.counts) === JSON.stringify(list.counts);
    if (isSame || this.#listeners.size === 0) return;
    const change: PendingChange = { added, changed, gone, counts: list.counts, at: list.at };
    this.#tell('pending', change);
  }
}

function listEveryMs(listedInMs: number): number {
  return Math.min(LIST_EVERY_MAX_MS, Math.max(LIST_EVERY_MIN_MS, listedInMs / LIST_SHARE));
}
