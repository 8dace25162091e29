/**
 * Records the saved histories anew, from sessions on a real server. By hand, when a change of the workflow code is
 * meant to change them (before a release; later versions replay the older ones, which stay):
 *
 *   HOLDPOINT_RECORD_HISTORIES=1 npx vitest run --project server test/workflows/replay.test.ts
 */
import { randomUUID } from 'node:crypto';
import { ERRANDS } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { openWorld, REVIEWER, type World } from '../support/world.ts';
import { runsOf, untilNextRun } from './session-runs.ts';
import { saveHistory } from './saved-histories.ts';

const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });

export async function recordHistories(): Promise<void> {
  const world = await openWorld();
  const small = await openWorld({ policy: deskPolicy({ limits: { historyEventsMax: 50 } }) });
  try {
    await recordEverything(world);
    await recordCancelled(world);
    await recordContinued(small);
    await recordLate(world);
    await recordExternal(world);
    await recordKill(world);
  } finally {
    await small.close();
    await world.close();
  }
}

async function save(
  { client }: World,
  name: string,
  run: { readonly workflowId: string; readonly runId?: string },
): Promise<void> {
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  await saveHistory(name, await handle.fetchHistory());
}

/** Gates of every kind that a session has, every decision, a pause, an instruction, refusals. */
async function recordEverything(world: World): Promise<void> {
  const { start, gates, oneGate, decide, holdpoint } = world;
  const refund = { name: 'refund', arguments: { order: 'o-1', amount: 150 } };
  const session = await start({
    turns: [
      {
        text: 'A duplicate, and a refund.',
        calls: [
          { name: 'search', arguments: { query: 'c-1' } },
          { name: 'glance', arguments: { id: 'c-1' } },
          deletion('c-1'),
          deletion('c-2'),
          refund,
          { name: 'launch_rocket', arguments: {} },
        ],
      },
      { calls: [{ name: 'publish_publicly', arguments: { text: 'news' } }] },
      { text: 'Perhaps done.' },
    ],
    confidence: '0.5',
  });
  const [a, b, c] = await gates(session, 3);
  if (a === undefined || b === undefined || c === undefined) throw new Error('Three gates');
  await decide(session, a, { payloadDigest: 'f'.repeat(64) });
  await holdpoint.pause(session, OPERATOR);
  await holdpoint.instruct(session, { ...OPERATOR, message: 'Be brief.' });
  await decide(session, a, { rationale: 'checked' });
  await holdpoint.resume(session, OPERATOR);
  await decide(session, b, { decision: 'rejected', rationale: 'Legal hold.' });
  await decide(session, c, { decision: 'modified', modifications: { amount: 50 } });
  await decide(session, await oneGate(session), { rationale: 'publish it' });
  await decide(session, await oneGate(session), { decision: 'rejected' });
  await decide(session, await oneGate(session), { decision: 'rejected', rationale: 'Look again.' });
  const answer = { decision: 'modified', modifications: { answer: 'Done.' } } as const;
  await decide(session, await oneGate(session), answer);
  await holdpoint.result(session);
  await save(world, 'session', { workflowId: session });
}

/** A cancel while one gate is open. */
async function recordCancelled(world: World): Promise<void> {
  const { start, oneGate, holdpoint } = world;
  const session = await start({ turns: [{ calls: [deletion('c-1')] }, { text: 'Done.' }] });
  await oneGate(session);
  await holdpoint.cancel(session, OPERATOR);
  await holdpoint.result(session).catch(() => undefined);
  await save(world, 'session-cancelled', { workflowId: session });
}

/** An external gate with a refused decision, a modification and a callback. */
async function recordExternal(world: World): Promise<void> {
  const { holdpoint, oneGate, decide } = world;
  const { id } = await holdpoint.requestGate(
    {
      agentId: 'coder',
      requesterId: 'ci',
      actionType: 'drop_table',
      arguments: { table: 'orders' },
      reason: 'In the way.',
      callbackUrl: 'http://127.0.0.1:9/',
    },
    { key: randomUUID() },
  );
  const gate = await oneGate(id);
  await decide(id, gate, { reviewerId: 'ci' });
  await decide(id, gate, { decision: 'modified', modifications: { table: 'orders_old' } });
  await holdpoint.externalGate(id, { waitMs: 30_000 });
  await save(world, 'external-gate', { workflowId: id });
  // This worker may send nowhere: the delivery ends at once.
  const workflowId = `${id}/callback`;
  await world.client.workflow
    .getHandle(workflowId)
    .result()
    .catch(() => undefined);
  await save(world, 'deliver-outcome', { workflowId });
}

/** Two gates over two runs, the second of them begun in a pause. */
async function recordContinued(world: World): Promise<void> {
  const { client, start, gates, decide, holdpoint } = world;
  const calls = [deletion('c-1'), deletion('c-2')];
  const session = await start({ turns: [{ calls }, { text: 'Done.' }] });
  await gates(session, 2);
  await holdpoint.pause(session, OPERATOR);
  await untilNextRun(client, session);
  await holdpoint.resume(session, OPERATOR);
  for (const gate of await gates(session, 2)) await decide(session, gate, {});
  await holdpoint.result(session);
  const [first, second] = await runsOf(client, session);
  if (first === undefined || second === undefined) throw new Error('Two runs');
  await save(world, 'session-continued-1', { workflowId: session, runId: first.runId });
  await save(world, 'session-continued-2', { workflowId: session, runId: second.runId });
}

/** An order of the kill switch, and the list of what stands. */
async function recordKill(world: World): Promise<void> {
  const { client, holdpoint, taskQueue } = world;
  const orderId = randomUUID();
  await holdpoint.liftKill({ agentId: 'coder' }, OPERATOR, { orderId });
  await save(world, 'kill-switch', { workflowId: `lift/${orderId}/${taskQueue}` });
  const workflowId = `kills/${orderId}`;
  await client.workflow.execute(ERRANDS.standingKills, { workflowId, taskQueue, args: [] });
  await save(world, 'standing-kills', { workflowId });
}

async function recordLate(world: World): Promise<void> {
  const { start, oneGate, decide, holdpoint } = world;
  const session = await start({ turns: [{ calls: [deletion('c-1')] }, { text: 'Done.' }] });
  const gate = await oneGate(session);
  await decide(session, gate, {});
  await holdpoint.result(session);
  const decisionId = randomUUID();
  await decide(session, gate, { decisionId, decision: 'rejected', reviewerId: REVIEWER });
  await save(world, 'late-decision', { workflowId: `late-decision/${session}/${decisionId}` });
}
