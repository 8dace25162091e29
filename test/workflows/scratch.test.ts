import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../activities/index.ts';
import { verifyChain } from '../../domain/index.ts';
import { keepAsking } from '../support/asking.ts';
import { deskPolicy, type Script } from '../support/desk.ts';
import { openWorld } from '../support/world.ts';
import { appendFileSync } from 'node:fs';
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });
const ponder = (ms: number) => ({ name: 'ponder', arguments: { ms } });
const PONDER = defineTool({ name: 'ponder', description: 'x', input: z.object({ ms: z.number() }), readOnly: true, quick: true, execute: async ({ ms }) => { await delay(ms); return { ms }; } });
const script = (ms: number): Script => ({ turns: [ { calls: [ponder(1)] }, { calls: [ponder(ms), deletion('c-1'), ponder(1), ponder(ms / 4)] }, { calls: [ponder(ms / 2), ponder(1)] }, { calls: [deletion('c-2'), ponder(ms / 2)] }, { text: 'Done.' } ] });
const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };
const say = (...x: unknown[]) => appendFileSync('/tmp/w/p5tmp/scratch.log', x.map((y) => typeof y === 'string' ? y : JSON.stringify(y)).join(' ') + '\n');
test('x', async () => {
  const cache = Number(process.env['CACHE'] ?? 0);
  const world = await openWorld({ policy: deskPolicy({ tools: { ponder: { readOnly: true } } }), tools: [PONDER], ...(cache < 0 ? {} : { maxCachedWorkflows: cache }) });
  const sessions: string[] = [];
  for (const ms of (process.env['MS'] ?? '20,20,200,1200').split(',').map(Number)) sessions.push(await world.start(script(ms)));
  const asking = sessions.map((s) => keepAsking(world.client, s));
  let turns = 0;
  void (async () => { for (let i = 0; i < 3; i += 1) { await delay(4000); await world.stopWorker(); await world.startWorker(); } })();
  await Promise.race([delay(Number(process.env['DELAY'] ?? 140_000)), Promise.all(sessions.map(async (session) => {
    let over = false; world.holdpoint.result(session).then(() => { over = true; }, () => { over = true; });
    while (!over) {
      const [gate] = await world.holdpoint.gates(session).catch(() => []);
      turns += 1;
      if (turns % 3 === 0) { await world.holdpoint.pause(session, OPERATOR).catch(() => 0); await world.holdpoint.resume(session, OPERATOR).catch(() => 0); }
      if (gate) await world.decide(session, gate, {}).catch(() => 0);
      await delay(20);
    }
  }))]);
  void Promise.all(asking.map(async (a) => say('told', (await a.stop()).length)));
  for (const s of sessions) {
    const { events } = await world.client.workflow.getHandle(s).fetchHistory();
    const done = (await world.client.workflow.getHandle(s).describe()).status.name; const trail0 = await world.trail(s); const q = await world.client.workflow.getHandle(s).query('auditTrail').catch(() => []) as any[]; if (!verifyChain(trail0) && q.length === trail0.length && q.every((e, i) => e.hash === trail0[i]?.hash)) { const ev = (await world.client.workflow.getHandle(s).fetchHistory()).events ?? []; const marks = ev.filter((e) => e.markerRecordedEventAttributes?.markerName === 'core_patch').map((e) => Buffer.from((e as any).markerRecordedEventAttributes.details['patch-data']?.payloads?.[0]?.data ?? []).toString()); say('fine', done, s, q.length, ev.length, marks.join()); continue; }
    say('BAD', done, s, 'queried', q.map((e) => `${e.seq}${e.eventType}@${e.at % 1000000}#${e.hash.slice(0, 4)}`));
    const t0 = Number(events?.[0]?.eventTime?.seconds);
    say('-----', s);
    for (const e of events ?? []) {
      const k = Object.keys(e).find((n) => n.endsWith('EventAttributes') && (e as any)[n]) ?? '';
      const t = (Number(e.eventTime?.seconds) - t0) + (e.eventTime?.nanos ?? 0) / 1e9;
      const a = (e as any)[k];
      const m = a?.markerName === 'core_patch' ? Buffer.from(a.details['patch-data']?.payloads?.[0]?.data ?? []).toString() : a?.markerName === 'core_local_activity' ? Buffer.from(a.details['data']?.payloads?.[0]?.data ?? []).toString().slice(0, 300) : '';
      const f = a?.failure?.message ?? '';
      const memo = a?.upsertedMemo ? Buffer.from(a.upsertedMemo.fields.holdpoint.data).toString() : '';
      const audit = memo ? JSON.parse(memo).audit.map((x: any) => `${x.seq}${x.eventType}@${x.at % 1000000}#${x.hash.slice(0, 4)}`) : '';
      const cons = a?.header?.fields?.['holdpoint-consent']?.data ? JSON.parse(Buffer.from(a.header.fields['holdpoint-consent'].data).toString()).evidence.map((x: any) => `${x.seq}${x.eventType}@${x.at % 1000000}#${x.hash.slice(0, 4)}`) : '';
      say(String(e.eventId), t.toFixed(3), k.replace('EventAttributes', ''), a?.activityType?.name ?? '', m, f, audit, cons);
    }
    const trail = (await world.trail(s));
    say(verifyChain(trail) ?? 'ok', trail.map((e) => `${e.seq} ${e.eventType} ${e.actionType} ${e.at % 1000000} ${e.hash.slice(0, 4)}`).join('\n'));
  }
  await world.close();
}, 250_000);
