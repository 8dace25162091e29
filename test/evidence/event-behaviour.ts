import { expect, test } from 'vitest';
import { verifyChain } from '../../domain/audit/audit-chain.ts';
import { GENESIS_HASH, type AuditEvent } from '../../domain/audit/audit-event.ts';
import { canonicalJson } from '../../domain/text/canonical-json.ts';
import { EvidenceConflict } from '../../evidence/store.ts';
import type { SessionKey } from '../../evidence/store.ts';
import type { Opened } from './conformance.ts';
import { AT_MS, chainOf, newSession, resealed, sliceOf } from './samples.ts';

export function eventBehaviour(store: Opened): void {
  const stored = async (session: SessionKey): Promise<readonly AuditEvent[]> =>
    (await store().events(session)).map(({ event }) => event);
  const headOf = (events: readonly AuditEvent[], seq: number) => {
    const event = events[seq - 1];
    if (event === undefined) throw new Error(`there is no event ${seq}`);
    return { seq, hash: event.hash };
  };
  const refuses = async (session: SessionKey, events: readonly AuditEvent[]): Promise<void> => {
    const before = await stored(session);
    await expect(store().append(sliceOf(session, events), 'run-1')).rejects.toThrow(
      EvidenceConflict,
    );
    expect(await stored(session)).toEqual(before);
  };

  test('H8: what was appended is read back, byte for byte, with its run and the time', async () => {
    const session = newSession();
    const events = chainOf(session, {
      length: 3,
      draft: {
        actionPayload: { 'ключ\0': ['\u{1f511}', 0.1, 1e21, null], b: true, a: '\\u0000' },
        actionType: 'a tool that\0the model\\made up',
        confidence: 0.25,
      },
    });
    await store().append(sliceOf(session, events), 'run-1');
    const read = await store().events(session);
    expect(read.map(({ event }) => canonicalJson({ ...event }))).toEqual(
      events.map((event) => canonicalJson({ ...event })),
    );
    expect(read.map(({ runId }) => runId)).toEqual(['run-1', 'run-1', 'run-1']);
    for (const { storedAt } of read) expect(Math.abs(storedAt - Date.now())).toBeLessThan(60_000);
    expect(verifyChain(await stored(session))).toBeUndefined();
  });

  test('H8: appending again, in parts or overlapping, changes nothing', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 5 });
    await store().append(sliceOf(session, events.slice(0, 3)), 'run-1');
    const first = await store().events(session);
    await store().append(sliceOf(session, events.slice(0, 3)), 'run-2');
    await store().append(sliceOf(session, events.slice(1, 2)), 'run-2');
    expect(await store().events(session)).toEqual(first);
    await store().append(sliceOf(session, events.slice(2)), 'run-2');
    expect(await stored(session)).toEqual(events);
    const runs = (await store().events(session)).map(({ runId }) => runId);
    expect(runs).toEqual(['run-1', 'run-1', 'run-1', 'run-2', 'run-2']);
  });

  test('an empty slice stores nothing', async () => {
    const session = newSession();
    await store().append(sliceOf(session, []), 'run-1');
    expect(await store().events(session)).toEqual([]);
  });

  test('the same slice from twenty appenders at once is stored once', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 8 });
    await Promise.all(
      Array.from({ length: 20 }, (_, run) => store().append(sliceOf(session, events), `r${run}`)),
    );
    expect(await stored(session)).toEqual(events);
  });

  test('a slice longer than one statement can carry is stored whole', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 1_203 });
    await store().append(sliceOf(session, events.slice(0, 7)), 'run-1');
    await store().append(sliceOf(session, events), 'run-1');
    expect(await stored(session)).toEqual(events);
  });

  test('H8: a gap is refused: before the slice, within it, and at the beginning', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 6 });
    await refuses(session, events.slice(1));
    await store().append(sliceOf(session, events.slice(0, 2)), 'run-1');
    await refuses(session, events.slice(3));
    await refuses(session, [...events.slice(0, 3), ...events.slice(4)]);
  });

  test('H8: an event that names a stored hash under another number is refused', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 3 });
    await store().append(sliceOf(session, events), 'run-1');
    const [skipping] = chainOf(session, { length: 1, from: { ...headOf(events, 3), seq: 4 } });
    await refuses(session, [skipping ?? unreachable()]);
    const [again] = chainOf(session, { length: 1, from: { seq: 1, hash: GENESIS_HASH } });
    await refuses(session, [again ?? unreachable()]);
  });

  test('H8: a slice whose events do not follow on each other is refused whole', async () => {
    const session = newSession();
    const [first, second] = chainOf(session, { length: 2 });
    const [, other] = chainOf(session, { length: 2, branch: 'other' });
    await refuses(session, [first ?? unreachable(), other ?? unreachable()]);
    await refuses(session, [second ?? unreachable(), first ?? unreachable()]);
    await refuses(session, [first ?? unreachable(), first ?? unreachable()]);
  });

  test('H8: a forged event is refused, whatever was changed, and all that came with it', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 4 });
    const third = events[2] ?? unreachable();
    for (const forged of [
      { ...third, reviewerId: 'mallory' },
      { ...third, at: AT_MS },
      { ...third, hash: 'f'.repeat(64) },
      { ...third, version: 2 as 1 },
      { ...third, rationale: undefined as unknown as string },
    ]) {
      await expect(
        store().append(sliceOf(session, [...events.slice(0, 2), forged]), 'run-1'),
      ).rejects.toThrow();
      expect(await stored(session)).toEqual([]);
    }
  });

  test('H8: events of another session are refused', async () => {
    const [session, other] = [newSession(), newSession()];
    const events = chainOf(session, { length: 2 });
    await refuses(other, events);
    const [, second] = events;
    await refuses(session, [
      ...events.slice(0, 1),
      resealed(second ?? unreachable(), { sessionId: other.sessionId }),
    ]);
  });

  test.each([{ at: -1 }, { at: 1.5 }, { at: 8e15 }, { seq: 0 }, { seq: -3 }])(
    'an event out of place or time is refused: %j',
    async (change) => {
      const session = newSession();
      const [first] = chainOf(session, { length: 1 });
      await refuses(session, [resealed(first ?? unreachable(), change)]);
    },
  );

  test('H8, H12: a Reset forks the tree, and each chain reads as if it were alone', async () => {
    const session = newSession();
    const main = chainOf(session, { length: 5 });
    const fork = chainOf(session, { length: 2, from: headOf(main, 3), branch: 'after reset' });
    await store().append(sliceOf(session, main), 'run-1');
    await store().append(sliceOf(session, [...main.slice(1, 3), ...fork]), 'run-2');

    const read = await store().events(session);
    expect(read.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 4, 5, 5]);
    expect(read.filter(({ runId }) => runId === 'run-2').map(({ event }) => event)).toEqual(fork);
    expect(await store().chainTo(session, headOf(main, 5).hash)).toEqual(main);
    expect(await store().chainTo(session, fork[1]?.hash ?? '')).toEqual([
      ...main.slice(0, 3),
      ...fork,
    ]);
    expect(await store().chainTo(session, headOf(main, 2).hash)).toEqual(main.slice(0, 2));
    expect(await store().chainTo(session, 'f'.repeat(64))).toEqual([]);
    expect(await store().chainTo(session, GENESIS_HASH)).toEqual([]);
  });

  test('H8: a Reset to the beginning makes a second first event', async () => {
    const session = newSession();
    const [main, fork] = [
      chainOf(session, { length: 2 }),
      chainOf(session, { length: 2, branch: 'after reset' }),
    ];
    await store().append(sliceOf(session, main), 'run-1');
    await store().append(sliceOf(session, fork), 'run-2');
    expect(await store().chainTo(session, fork[1]?.hash ?? '')).toEqual(fork);
    expect(await store().chainTo(session, main[1]?.hash ?? '')).toEqual(main);
  });

  test('the events of one gate are read alone, with those of every branch, and a payload that names it is none', async () => {
    const session = newSession();
    const gateId = 'gate "1"\\';
    const [presented] = chainOf(session, { length: 1, draft: { gateId } });
    if (presented === undefined) throw new Error('a chain of one has one');
    const from = { seq: 1, hash: presented.hash };
    const named = { actionPayload: { gateId } };
    const other = chainOf(session, { length: 2, from, draft: { gateId: 'gate', ...named } });
    const at = { seq: 3, hash: other[1]?.hash ?? '' };
    const ended = chainOf(session, { length: 1, from: at, draft: { gateId } });
    const fork = chainOf(session, { length: 1, from, branch: 'reset', draft: { gateId } });
    await store().append(sliceOf(session, [presented, ...other, ...ended]), 'run-1');
    await store().append(sliceOf(session, fork), 'run-2');
    const read = await store().gateEvents(session, gateId);
    expect(read.map(({ event }) => event)).toEqual([presented, ...fork, ...ended]);
    expect(read.map(({ runId }) => runId)).toEqual(['run-1', 'run-2', 'run-1']);
    expect(await store().gateEvents(session, 'ga')).toEqual([]);
    expect(await store().gateEvents(newSession(), gateId)).toEqual([]);
  });

  test('H8: the chain of a session that continued as new goes on across its runs', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 9 });
    for (const [run, from] of [0, 3, 6].entries()) {
      await store().append(sliceOf(session, events.slice(from, from + 3)), `run-${run}`);
    }
    expect(await store().chainTo(session, headOf(events, 9).hash)).toEqual(events);
    expect(new Set((await store().events(session)).map(({ runId }) => runId)).size).toBe(3);
  });

  test('two sessions with one id and different first runs share nothing', async () => {
    const earlier = newSession();
    const later = newSession(earlier.sessionId);
    const events = chainOf(earlier, { length: 4 });
    await store().append(sliceOf(earlier, events), 'run-1');
    expect(await store().events(later)).toEqual([]);
    await refuses(later, events.slice(1));
    await store().append(sliceOf(later, events.slice(0, 2)), 'run-2');
    expect(await stored(later)).toEqual(events.slice(0, 2));
    expect(await stored(earlier)).toEqual(events);
  });

  test('sessions of one id are listed, newest first', async () => {
    const earlier = newSession();
    const later = newSession(earlier.sessionId);
    await store().append(sliceOf(later, chainOf(later, { length: 5, agentId: 'agent\0' })), 'r2');
    await store().append(sliceOf(earlier, chainOf(earlier, { length: 3 })), 'r1');
    expect(await store().sessions(earlier.sessionId)).toEqual([
      { ...later, agentId: 'agent\0', events: 5, lastSeq: 5, lastAt: AT_MS + 4 },
      { ...earlier, agentId: 'agent', events: 3, lastSeq: 3, lastAt: AT_MS + 2 },
    ]);
    expect(await store().sessions('no such session')).toEqual([]);
  });
}

function unreachable(): never {
  throw new Error('the chain is as long as asked for');
}
