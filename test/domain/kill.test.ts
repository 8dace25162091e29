/**
 * Proves the kill switch as a table: which orders leave which agent killed (H7), which lift is too old to count, what an
 * action is told that meets a kill, and what is no order at all.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  agentOf,
  answerUnderKill,
  type IssuedKill,
  killOf,
  killRefusal,
  killsInForce,
  readKillOrder,
  type StoredKill,
} from '../../domain/action/kill.ts';
import { LEDGER_STATES, type LedgerEntry, newEntry } from '../../domain/action/ledger.ts';
import { DIGEST, NOW } from './builders.ts';

const BY = { operatorId: 'olga', reason: 'it deletes too much' };

/** `kill all`, `lift a`: ordered and stored one after the other, a second apart. */
function ordersOf(words: readonly string[]): readonly StoredKill[] {
  return words.map((order, n) => issued(order, n));
}

function issued(order: string, n: number): StoredKill {
  const [verb, whom = ''] = order.split(' ');
  const at = NOW + n * 1_000;
  return {
    ...BY,
    ...(whom === 'all' ? { all: true } : { agentId: whom }),
    verb: verb === 'kill' ? 'kill' : 'lift',
    orderId: `order-${n}`,
    orderedAt: at,
    storedAt: at,
  };
}

/** As the store keeps them: of each switch, the last order that was not refused. */
function lastOf(orders: readonly StoredKill[]): readonly StoredKill[] {
  const last = new Map<string | undefined, StoredKill>();
  for (const order of orders) {
    const scope = agentOf(order);
    if (killRefusal(last.get(scope), order) === undefined) last.set(scope, order);
  }
  return [...last.values()];
}

/** Orders, and who is killed then: of the agents a and b. */
const TABLE: readonly (readonly [readonly string[], readonly string[]])[] = [
  [[], []],
  [['kill a'], ['a']],
  [['kill all'], ['a', 'b']],
  [
    ['kill a', 'kill b'],
    ['a', 'b'],
  ],
  [['kill a', 'lift a'], []],
  [['kill all', 'lift all'], []],
  [['lift a'], []],
  [['lift all'], []],
  [['kill a', 'lift b'], ['a']],
  [['kill a', 'lift all'], ['a']],
  [
    ['kill all', 'lift a'],
    ['a', 'b'],
  ],
  [['kill all', 'kill a', 'lift all'], ['a']],
  [
    ['kill all', 'kill a', 'lift a'],
    ['a', 'b'],
  ],
  [['kill all', 'kill a', 'lift all', 'lift a'], []],
  [['kill a', 'kill a'], ['a']],
  [['kill a', 'kill a', 'lift a'], []],
  [['kill a', 'lift a', 'lift a'], []],
  [['kill a', 'lift a', 'kill a'], ['a']],
  [
    ['kill all', 'lift all', 'kill all'],
    ['a', 'b'],
  ],
  [['lift a', 'kill a'], ['a']],
  [
    ['lift all', 'kill all', 'lift b'],
    ['a', 'b'],
  ],
];

describe('who is killed', () => {
  test.each(TABLE)('H7: after %j: %j', (words, killed) => {
    const last = lastOf(ordersOf(words));
    expect(['a', 'b'].filter((agent) => killOf(last, agent) !== undefined)).toEqual(killed);
  });

  test('H7: is told by the kill of all where both stand', () => {
    const [a, all] = ordersOf(['kill a', 'kill all']);
    if (a === undefined || all === undefined) throw new Error('Two orders');
    expect(killOf([a, all], 'a')).toBe(all);
    expect(killOf([a, all], 'b')).toBe(all);
    expect(killOf([a], 'a')).toBe(a);
    expect(killsInForce([a, issued('lift b', 2), all])).toEqual([a, all]);
  });

  test('is a matter of the exact name: an agent called all is one agent', () => {
    const named = { ...issued('kill a', 0), agentId: 'all' };
    expect(killOf([named], 'all')).toBe(named);
    expect(killOf([named], 'a')).toBeUndefined();
    expect(killOf([named], 'ALL')).toBeUndefined();
  });

  test('H7: whatever was ordered before, a kill that is stored stands, until a later lift of its own switch', () => {
    const order = fc
      .tuple(fc.constantFrom('kill', 'lift'), fc.constantFrom('a', 'b', 'all'))
      .map((words) => words.join(' '));
    const past = fc.array(order, { maxLength: 8 });
    const after = fc.array(order, { maxLength: 4 });
    fc.assert(
      fc.property(past, fc.constantFrom('a', 'all'), after, (before, whom, then) => {
        const lifts = then.filter((each) => each === `lift ${whom}`);
        const last = lastOf(ordersOf([...before, `kill ${whom}`, ...then]));
        expect(killOf(last, 'a') !== undefined || lifts.length > 0).toBe(true);
      }),
    );
  });
});

describe('a lift', () => {
  const kill = issued('kill a', 5);
  const lift = (orderedAt: number): IssuedKill => ({ ...issued('lift a', 6), orderedAt });

  test.each([
    ['before the kill', kill.orderedAt - 1, true],
    ['at the same moment', kill.orderedAt, true],
    ['after it', kill.orderedAt + 1, false],
  ])('H7: that was ordered %s and comes after it: refused is %s', (_when, orderedAt, isRefused) => {
    const refused = killRefusal(kill, lift(orderedAt));
    expect(refused?.code).toBe(isRefused ? 'KILLED' : undefined);
  });

  test('has nothing to be refused for where no kill stands, and a kill never has', () => {
    expect(killRefusal(undefined, lift(0))).toBeUndefined();
    expect(killRefusal(issued('lift a', 5), lift(0))).toBeUndefined();
    expect(killRefusal(kill, { ...issued('kill a', 6), orderedAt: 0 })).toBeUndefined();
  });
});

test('H11: an action that has begun is not told that a kill kept it from it', () => {
  const consent = {
    version: 1,
    sessionId: 's',
    agentId: 'a',
    firstExecutionRunId: 'r',
    ancestorRuns: [],
    actionId: '1/1',
    actionType: 'refund',
    toolVersion: '1',
    payloadDigest: DIGEST,
    policyVersion: 'p',
    tier: 'automated',
    oneShot: false,
    evidence: [],
  } as const;
  const entry: LedgerEntry = newEntry({ consent, runId: 'r' }, NOW);
  const killed = { status: 'refused', code: 'KILLED' };
  expect(answerUnderKill(undefined)).toEqual(killed);
  for (const state of LEDGER_STATES) {
    expect(answerUnderKill({ ...entry, state })).toEqual(
      state === 'started' ? { status: 'unknown' } : killed,
    );
  }
});

describe('what arrives as an order', () => {
  const order = { verb: 'kill', ...BY };

  test.each([
    [{ ...order, agentId: 'a' }],
    [{ ...order, all: true }],
    [{ ...order, verb: 'lift', agentId: 'a' }],
  ])('%j is one', (raw) => {
    expect(readKillOrder(raw)).toEqual({ ok: true, value: raw });
  });

  test.each([
    [undefined, 'must be one JSON object'],
    [[], 'must be one JSON object'],
    [order, 'must name either'],
    [{ ...order, all: true, agentId: 'a' }, 'must name either'],
    [{ ...order, all: false }, 'all must be true'],
    [{ ...order, agent: 'a' }, 'unknown field agent'],
    [{ ...order, agentId: '' }, 'agentId must have'],
    [{ ...order, agentId: ' a' }, 'agentId must not begin'],
    [{ ...order, all: true, verb: 'raise' }, 'verb must be one of'],
    [{ ...order, all: true, reason: ' ' }, 'reason must not be empty'],
    [{ verb: 'kill', all: true, reason: 'x' }, 'operatorId is missing'],
  ])('%j is none: it %s', (raw, problem) => {
    const reading = readKillOrder(raw);
    expect(reading.ok ? '' : reading.problem).toContain(problem);
  });
});
