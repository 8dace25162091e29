import { expect, test } from 'vitest';
import {
  type AuditEvent,
  type EventDraft,
  GENESIS,
  sealEvent,
} from '../../domain/audit/audit-event.ts';
import type { SessionKey } from '../../evidence/store.ts';
import type { Opened } from './conformance.ts';
import { newSession, sliceOf } from './samples.ts';

/** Days that no other test of the suite uses. */
const DAY_1 = Date.UTC(2031, 4, 1, 23, 59, 59);
const DAY_2 = DAY_1 + 1_000;
const WINDOW = { from: DAY_1 - 60_000, to: DAY_2 + 3_600_000 };
const HOSTILE = { actionPayload: { 'ключ\0': 'a\0"gateId":"other"' } };

interface Gate {
  readonly gateId: string;
  readonly tier: string;
  readonly at: number;
  readonly ends?: readonly (readonly [EventDraft['eventType'], number, string?])[];
}

function eventsOf(session: SessionKey, gates: readonly Gate[]): readonly AuditEvent[] {
  const drafts = gates.flatMap(({ gateId, tier, at, ends = [] }) => [
    { at, draft: { eventType: 'gate_presented', gateId, tier, ...HOSTILE } as const },
    ...ends.map(([eventType, after, endTier = tier]) => ({
      at: at + after,
      draft: { eventType, gateId, tier: endTier } as const,
    })),
  ]);
  const events: AuditEvent[] = [];
  for (const { at, draft } of drafts) {
    const last = events.at(-1);
    const head = last === undefined ? GENESIS : { seq: last.seq, hash: last.hash };
    const context = { sessionId: session.sessionId, agentId: 'agent', at };
    events.push(sealEvent(head, context, { actionType: 'transfer', ...draft }));
  }
  return events;
}

export function figuresBehaviour(store: Opened): void {
  test('are none where nothing was presented', async () => {
    const { all, byTier, byDay } = await store().gateFigures({ from: 0, to: 1 });
    expect(all.presented).toBe(0);
    expect(all).not.toHaveProperty('responseMs');
    expect([...byTier, ...byDay]).toEqual([]);
  });

  test('count gates by how they ended, by tier and by day, with how fast people were', async () => {
    const session = newSession();
    const events = eventsOf(session, [
      { gateId: 'g1', tier: 'desk', at: DAY_1, ends: [['approved', 1_000]] },
      {
        gateId: 'g2',
        tier: 'desk',
        at: DAY_1,
        ends: [
          ['voted', 500],
          ['rejected', 3_000],
        ],
      },
      {
        gateId: 'g3',
        tier: 'desk',
        at: DAY_2,
        ends: [
          ['escalated', 10, 'boss'],
          ['modified', 5_000, 'boss'],
        ],
      },
      { gateId: 'g4', tier: 'boss', at: DAY_2, ends: [['expired', 60_000]] },
      { gateId: 'g5', tier: 'boss', at: DAY_2, ends: [['withdrawn', 60_000]] },
      { gateId: 'g6', tier: 'boss', at: DAY_2 },
      { gateId: 'g7', tier: 'desk', at: WINDOW.to },
    ]);
    await store().append(sliceOf(session, events), 'run-1');
    const { all, byTier, byDay } = await store().gateFigures(WINDOW);
    const counts = {
      presented: 6,
      approved: 1,
      modified: 1,
      rejected: 1,
      expired: 1,
      withdrawn: 1,
    };
    expect(all).toEqual({ ...counts, responseMs: { p50: 3_000, p90: 4_600, p99: 4_960 } });
    expect(byTier).toMatchObject([
      { name: 'boss', presented: 4, modified: 1, responseMs: { p50: 5_000 } },
      { name: 'desk', presented: 2, approved: 1, rejected: 1, responseMs: { p50: 2_000 } },
    ]);
    expect(byDay).toMatchObject([
      { name: '2031-05-01', presented: 2, approved: 1 },
      { name: '2031-05-02', presented: 4, approved: 0 },
    ]);
  });

  test('take a gate that a Reset presented again for one', async () => {
    const session = newSession();
    const at = DAY_1 + 86_400_000 * 40;
    const gate = { gateId: 'g1', tier: 'desk', at };
    const before = eventsOf(session, [{ ...gate, ends: [['approved', 1_000]] }]);
    const after = eventsOf(session, [{ ...gate, ends: [['rejected', 2_000]] }]);
    await store().append(sliceOf(session, before), 'run-1');
    await store().append(sliceOf(session, after), 'run-2');
    const { all } = await store().gateFigures({ from: at, to: at + 1 });
    expect(all).toMatchObject({ presented: 1, approved: 1, rejected: 0 });
  });
}
