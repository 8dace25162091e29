/**
 * What waits, as one list over all sessions: sorted by deadline, searched and paged here, since visibility knows neither
 * deadlines nor tiers. Pure.
 */
import { fingerprintOf } from '../../domain/text/fingerprint.ts';
import type { PendingSession } from '../../client/pending.ts';
import type {
  CLAIMED_FILTERS,
  PendingCounts,
  PendingGate,
  PendingGatesPage,
} from '../api/pending.ts';

export interface PendingList {
  /** By deadline, then by when they opened. */
  readonly gates: readonly PendingGate[];
  readonly hidden: PendingGatesPage['hidden'];
  readonly counts: PendingCounts;
  /** False: more sessions wait than are listed. */
  readonly isWhole: boolean;
  /** ms since 1970. */
  readonly at: number;
}

export function pendingList(
  sessions: readonly PendingSession[],
  { sessionsCount, at }: { readonly sessionsCount: number; readonly at: number },
): PendingList {
  const gates = sessions.flatMap(gatesOf).toSorted(byDeadline);
  const hidden = sessions.flatMap(({ sessionId, gates: shown, gatesCount }) =>
    gatesCount > shown.length ? [{ sessionId, gatesCount: gatesCount - shown.length }] : [],
  );
  const byTier: Record<string, number> = {};
  for (const { tier } of gates) byTier[tier] = (byTier[tier] ?? 0) + 1;
  const more = hidden.reduce((sum, { gatesCount }) => sum + gatesCount, 0);
  return {
    gates,
    hidden,
    counts: {
      gates: gates.length + more,
      sessions: Math.max(sessionsCount, sessions.length),
      byTier,
      claimed: gates.filter(({ claimedBy }) => claimedBy !== undefined).length,
    },
    isWhole: sessionsCount <= sessions.length,
    at,
  };
}

function gatesOf(session: PendingSession): readonly PendingGate[] {
  const { sessionId, runId, agentId, requesterId, rootSessionId, parentSessionId, phase } = session;
  const whose = {
    sessionId,
    runId,
    ...(agentId === undefined ? {} : { agentId }),
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(rootSessionId === undefined ? {} : { rootSessionId }),
    ...(parentSessionId === undefined ? {} : { parentSessionId }),
    ...(phase === 'paused' ? { isPaused: true as const } : {}),
  };
  return session.gates.map((gate) => ({
    ...whose,
    ...gate,
    fingerprint: fingerprintOf(gate.payloadDigest),
  }));
}

/** A place in the list, which stays one when what stood there is gone. */
type Place = readonly [
  respondBy: number | null,
  presentedAt: number,
  sessionId: string,
  gateId: string,
];

function placeOf({ respondBy, presentedAt, sessionId, gateId }: PendingGate): Place {
  return [respondBy, presentedAt, sessionId, gateId];
}

function byDeadline(a: PendingGate, b: PendingGate): number {
  return comparePlaces(placeOf(a), placeOf(b));
}

function comparePlaces(a: Place, b: Place): number {
  const deadlines = (a[0] ?? Infinity) - (b[0] ?? Infinity);
  // Infinity less itself is no number: neither has a deadline.
  if (deadlines !== 0 && !Number.isNaN(deadlines)) return deadlines;
  if (a[1] !== b[1]) return a[1] - b[1];
  const [left, right] = [`${a[2]}\0${a[3]}`, `${b[2]}\0${b[3]}`];
  return left === right ? 0 : left < right ? -1 : 1;
}

export interface PendingFilter {
  readonly tiers?: readonly string[];
  readonly agent?: string;
  readonly kind?: string;
  readonly search?: string;
  readonly claimed?: (typeof CLAIMED_FILTERS)[number];
  /** This session and those below it. */
  readonly under?: string;
}

export interface PendingView {
  readonly filter: PendingFilter;
  /** Whose `me` it is. */
  readonly subject: string;
  readonly limit: number;
  /** Of the page before; undefined is the first. */
  readonly page?: string;
}

/** Undefined: the page is no page of this list. */
export function pendingPageOf(
  list: PendingList,
  { filter, subject, limit, page }: PendingView,
): PendingGatesPage | undefined {
  const after = page === undefined ? undefined : readPage(page);
  if (page !== undefined && after === undefined) return undefined;
  const matching = list.gates.filter((gate) => matches(gate, filter, subject));
  const rest =
    after === undefined
      ? matching
      : matching.filter((gate) => comparePlaces(placeOf(gate), after) > 0);
  const gates = rest.slice(0, limit);
  const last = gates.at(-1);
  const { counts, hidden, isWhole, at } = list;
  return {
    gates,
    matched: matching.length,
    counts,
    hidden,
    isWhole,
    at,
    ...(rest.length > limit && last !== undefined ? { nextPage: pageAfter(last) } : {}),
  };
}

function matches(gate: PendingGate, filter: PendingFilter, subject: string): boolean {
  const { tiers, agent, kind, search, claimed, under } = filter;
  return (
    (tiers === undefined || tiers.includes(gate.tier)) &&
    (agent === undefined || gate.agentId === agent) &&
    (kind === undefined || gate.kind === kind) &&
    (under === undefined || gate.sessionId === under || gate.rootSessionId === under) &&
    (claimed === undefined || claimed === claimOf(gate, subject)) &&
    (search === undefined || hasWords(gate, search))
  );
}

function claimOf(
  { claimedBy }: PendingGate,
  subject: string,
): NonNullable<PendingFilter['claimed']> {
  if (claimedBy === undefined) return 'nobody';
  return claimedBy === subject ? 'me' : 'others';
}

/** Every word, anywhere, in any case. */
function hasWords(gate: PendingGate, search: string): boolean {
  const { description, actionType, agentId, requesterId, sessionId, gateId } = gate;
  const text = [description, actionType, agentId, requesterId, sessionId, gateId]
    .join('\n')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function pageAfter(gate: PendingGate): string {
  return Buffer.from(JSON.stringify(placeOf(gate))).toString('base64url');
}

function readPage(page: string): Place | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(page, 'base64url').toString('utf8'));
    if (!Array.isArray(value) || value.length !== 4) return undefined;
    const [respondBy, presentedAt, sessionId, gateId]: readonly unknown[] = value;
    const isPlace =
      (respondBy === null || typeof respondBy === 'number') &&
      typeof presentedAt === 'number' &&
      typeof sessionId === 'string' &&
      typeof gateId === 'string';
    return isPlace ? [respondBy, presentedAt, sessionId, gateId] : undefined;
  } catch {
    return undefined;
  }
}

/** What has changed from one list to the next. */
export function pendingChange(
  before: PendingList,
  after: PendingList,
): {
  readonly added: readonly PendingGate[];
  readonly changed: readonly PendingGate[];
  readonly gone: readonly { readonly sessionId: string; readonly gateId: string }[];
} {
  const [old, now] = [byKey(before), byKey(after)];
  const kept = after.gates.filter((gate) => old.has(keyOf(gate)));
  return {
    added: after.gates.filter((gate) => !old.has(keyOf(gate))),
    changed: kept.filter((gate) => JSON.stringify(old.get(keyOf(gate))) !== JSON.stringify(gate)),
    gone: before.gates
      .filter((gate) => !now.has(keyOf(gate)))
      .map(({ sessionId, gateId }) => ({ sessionId, gateId })),
  };
}

function byKey({ gates }: PendingList): ReadonlyMap<string, PendingGate> {
  return new Map(gates.map((gate) => [keyOf(gate), gate]));
}

function keyOf({ sessionId, gateId }: PendingGate): string {
  return `${sessionId}\0${gateId}`;
}
