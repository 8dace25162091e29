/**
 * The kill switch: an operator's order that nothing more starts, of one agent or of all, until it is lifted. It stands
 * in the evidence store, outside every run, where actions meet it when they reserve and again when they start (H7).
 *
 * 1. There is a switch for each agent and one for all. An order moves the switch that it names and no other: to lift
 *    the kill of an agent ends none of all, and to lift the one of all ends none of an agent.
 * 2. An agent is killed while its own switch is on, or that of all.
 * 3. A switch is as the order left it that was stored last. A lift counts only for kills that were ordered before it:
 *    one that was left with Temporal, and arrives after a newer kill, is refused.
 */
import { identifier, oneOf, readFields, type Reading, someWords } from '../text/reading.ts';
import { refusal, type Refusal } from '../refusal.ts';
import type { LedgerEntry, ReservationAnswer } from './ledger.ts';

/** Which switch. */
export type KillScope = { readonly agentId: string } | { readonly all: true };

const KILL_VERBS = ['kill', 'lift'] as const;
export type KillVerb = (typeof KILL_VERBS)[number];

export type KillOrder = KillScope & {
  readonly verb: KillVerb;
  readonly operatorId: string;
  readonly reason: string;
};

/** An order as the workflow that brings it names it: a repeat has the same id, and changes nothing. */
export type IssuedKill = KillOrder & {
  readonly orderId: string;
  /** When Temporal took the order, ms since 1970. */
  readonly orderedAt: number;
};

export type StoredKill = IssuedKill & {
  /** The database's time, ms since 1970: what started before had started by then, and nothing after it. */
  readonly storedAt: number;
};

/** What came of an order. `inForce`: kills, of whatever agents, that stand after it. */
export type KillReply =
  | { readonly status: 'stored'; readonly order: StoredKill; readonly inForce: number }
  | ({ readonly status: 'refused' } & Refusal);

const FIELDS = {
  verb: { read: oneOf(KILL_VERBS) },
  agentId: { read: identifier, optional: true },
  all: { read: (value: unknown) => (value === true ? undefined : 'must be true'), optional: true },
  operatorId: { read: identifier },
  reason: { read: someWords },
} as const;

/** Whoever forgets the agent has not said "all". */
export function readKillOrder(raw: unknown): Reading<KillOrder> {
  const reading = readFields<KillOrder>(raw, FIELDS);
  if (!reading.ok) return reading;
  const { value } = reading;
  if ('agentId' in value !== 'all' in value) return reading;
  return { ok: false, problem: 'must name either agentId, or all: true' };
}

/** The agent of a switch; undefined: it is the one of all. */
export function agentOf(scope: KillScope): string | undefined {
  return 'agentId' in scope ? scope.agentId : undefined;
}

/** Why an order is not stored. `last`: what was stored last of its switch. */
export function killRefusal(
  last: StoredKill | undefined,
  { verb, orderedAt }: IssuedKill,
): Refusal | undefined {
  const isStale = verb === 'lift' && last?.verb === 'kill' && orderedAt <= last.orderedAt;
  if (!isStale) return undefined;
  return refusal(
    'KILLED',
    'This lift was ordered before the kill that stands. Look, and lift again.',
  );
}

/** The kills that stand. `last`: of each switch, what was stored last. */
export function killsInForce(last: readonly StoredKill[]): readonly StoredKill[] {
  return last.filter(({ verb }) => verb === 'kill');
}

/** What keeps an agent from starting anything; undefined: nothing does. */
export function killOf(last: readonly StoredKill[], agentId: string): StoredKill | undefined {
  const meant = killsInForce(last).filter((kill) => (agentOf(kill) ?? agentId) === agentId);
  return meant.find((kill) => 'all' in kill) ?? meant[0];
}

/** What an action of a killed agent is told where it would have been told `go`. What had begun is not called undone. */
export function answerUnderKill(entry: LedgerEntry | undefined): ReservationAnswer {
  return entry?.state === 'started' ? { status: 'unknown' } : { status: 'refused', code: 'KILLED' };
}
