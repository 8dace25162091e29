/** What the metrics count, and that their labels stay bounded whatever comes. */
import { describe, expect, test } from 'vitest';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import type { KillScope, StoredKill } from '../../domain/action/kill.ts';
import type { AuditEvent, EventDraft } from '../../domain/audit/audit-event.ts';
import { createMetrics } from '../../workers/telemetry/metrics.ts';
import { chainOf, newSession, sliceOf } from '../evidence/samples.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';

function eventsOf(...drafts: readonly EventDraft[]): readonly AuditEvent[] {
  const [template] = chainOf(newSession(), { length: 1 });
  if (template === undefined) throw new Error('A chain of one event has one');
  return drafts.map((draft) => ({ ...template, ...draft }));
}

const GATE = { actionType: 'pay', tier: 'sync' } as const;

describe('metrics', () => {
  const metrics = () => createMetrics({ tiers: ['sync'], tools: ['pay'] });

  test('count gates, decisions, expiries and refusals from events', async () => {
    const counted = metrics();
    counted.stored(
      eventsOf(
        { ...GATE, eventType: 'gate_presented' },
        { ...GATE, eventType: 'rejected' },
        { ...GATE, eventType: 'expired' },
        { ...GATE, eventType: 'decision_refused', details: { code: 'SELF_APPROVAL' } },
        { ...GATE, eventType: 'not_executed' },
      ),
    );
    const text = await counted.text({ openGates: undefined, kills: undefined });
    expect(text).toContain('holdpoint_gates_opened_total{tier="sync"} 1');
    expect(text).toContain('holdpoint_decisions_total{decision="rejected",tier="sync"} 1');
    expect(text).toContain('holdpoint_decisions_total{decision="approved",tier="sync"} 0');
    expect(text).toContain('holdpoint_gates_expired_total{tier="sync"} 1');
    expect(text).toContain('holdpoint_refusals_total{code="SELF_APPROVAL"} 1');
    expect(text).toContain('holdpoint_gates_list_complete 0');
  });

  test('H7: say which kills stand, and nothing where that could not be had', async () => {
    const counted = metrics();
    const kill = (scope: KillScope): StoredKill => ({
      ...scope,
      verb: 'kill',
      operatorId: 'olga',
      reason: 'r',
      orderId: 'o',
      orderedAt: 1,
      storedAt: 1,
    });
    const kills = [kill({ all: true }), kill({ agentId: 'a' }), kill({ agentId: 'b' })];
    const text = await counted.text({ openGates: undefined, kills });
    expect(text).toContain('holdpoint_kills_in_force{scope="all"} 1');
    expect(text).toContain('holdpoint_kills_in_force{scope="agent"} 2');
    const none = await counted.text({ openGates: undefined, kills: [] });
    expect(none).toContain('holdpoint_kills_in_force{scope="all"} 0');
    const unknown = await counted.text({ openGates: undefined, kills: undefined });
    expect(unknown).not.toContain('holdpoint_kills_in_force{');
  });

  test('put what they do not know under other: no text from outside becomes a label', async () => {
    const counted = metrics();
    const strange = `tier-${'x'.repeat(50)}`;
    counted.stored(
      eventsOf(
        { actionType: strange, tier: strange, eventType: 'gate_presented' },
        { ...GATE, eventType: 'message_refused', details: { code: strange } },
      ),
    );
    const action = { sessionId: 's', runId: 'r', tool: strange, attempt: 1 };
    counted.ended(action, { outcome: 'executed', tookMs: 1 });
    const tiers = [{ tier: strange, count: 3, oldestAgeMs: 5_000 }];
    const text = await counted.text({
      openGates: { sessions: 1, isComplete: true, tiers },
      kills: [],
    });
    expect(text).not.toContain(strange);
    expect(text).toContain('holdpoint_gates_opened_total{tier="other"} 1');
    expect(text).toContain('holdpoint_refusals_total{code="other"} 1');
    expect(text).toContain('holdpoint_actions_total{tool="other",outcome="executed"} 1');
    expect(text).toContain('holdpoint_gates_open{tier="other"} 3');
    expect(text).toContain('holdpoint_gates_oldest_age_seconds{tier="other"} 5');
  });
});

describeWith('each event is heard of once', await startPostgres(), (postgres) => {
  test('from any number of stores that bring it at the same time', async () => {
    const heard: string[] = [];
    const onStored = (events: readonly AuditEvent[]): void => {
      heard.push(...events.map(({ hash }) => hash));
    };
    const options = { url: postgres.url, onStored };
    const stores = await Promise.all([
      openPostgresEvidence(options),
      openPostgresEvidence(options),
    ]);
    const session = newSession();
    const chain = chainOf(session, { length: 40 });
    await Promise.all(
      stores.flatMap((store) => [
        store.append(sliceOf(session, chain), 'run'),
        store.append(sliceOf(session, chain.slice(0, 20)), 'run'),
      ]),
    );
    expect(heard.toSorted()).toEqual(chain.map(({ hash }) => hash).toSorted());
    await Promise.all(stores.map((store) => store.close()));
    await postgres.close();
  });
});
