/**
 * A reset that meets an action on its way, an action that nobody was asked about, a pause, or a session that has
 * continued as new: still at most one effect, and a person wherever the ledger and the session disagree.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { verifyChain } from '../../domain/index.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { createHand } from './held-evidence.ts';
import {
  currentRun,
  isScheduled,
  isUpdate,
  nth,
  reset,
  runsOf,
  untilNextRun,
} from './session-runs.ts';

const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });
const refund = (amount: number) => ({ name: 'refund', arguments: { order: 'o-1', amount } });

const hand = createHand();
const policy = deskPolicy({ limits: { historyEventsMax: 50 } });

/** A session whose model proposes another refund each time it is asked, as models do. */
async function startUnsteady(world: World, amounts: readonly number[]): Promise<string> {
  let asked = 0;
  return world.start({
    turns: [
      () => {
        const amount = amounts[Math.min(asked, amounts.length - 1)] ?? 0;
        asked += 1;
        return { calls: [refund(amount)] };
      },
      DONE,
    ],
  });
}

modes(
  'reset in flight',
  (world) => {
    test('H12: while the activity is about to reserve: the effect of either run, once', async () => {
      const { client, start, oneGate, decide, holdpoint, desk } = world();
      const id = randomUUID();
      const session = await start({ turns: [{ calls: [deletion(id)] }, DONE] });
      const old = await oneGate(session);
      const reserve = hand.hold('reserve');
      await decide(session, old, {});
      await reserve.reached;
      await reset(client, session, { runId: old.runId, before: isUpdate });
      // The activity of the old run goes on: it was approved there, and nothing has fenced it.
      reserve.release();
      const gate = await oneGate(session);
      expect(gate.note).toContain('another run');
      await decide(session, gate, {});
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(1);
    });

    test('H11, H12: while the tool is at work: no second call, a person says what happened', async () => {
      const { client, start, oneGate, decide, holdpoint, desk, evidence } = world();
      const id = randomUUID();
      const letGo = desk.holdBack(id);
      const session = await start({ turns: [{ calls: [deletion(id)] }, DONE] });
      const old = await oneGate(session);
      await decide(session, old, {});
      await until('the tool at work', () => desk.executionsOf(session).length === 1);
      await reset(client, session, { runId: old.runId, before: isUpdate });
      const gate = await oneGate(session);
      expect(gate.note).toContain('delete_record 1/1 started');
      await decide(session, gate, {});
      const effect = await until('the question what happened', async () => {
        const [open] = await holdpoint.gates(session);
        return open?.kind === 'effect' && open;
      });
      await decide(session, effect, {});
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      letGo();
      expect(desk.executionsOf(session)).toHaveLength(1);
      const [execution] = desk.executionsOf(session);
      expect(await evidence.entry(execution?.key ?? '')).toMatchObject({ happened: true });
    });

    test('H12: an ungated one-shot action is not repeated: the recorded result is the answer', async () => {
      const { client, holdpoint, desk, trail } = world();
      const session = await startUnsteady(world(), [100, 100]);
      await holdpoint.result(session);
      const runId = await currentRun(client, session);
      await reset(client, session, { runId, before: isScheduled('modelTurn') });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(1);
      expect((await trail(session)).map((event) => event.eventType)).not.toContain(
        'gate_presented',
      );
    });

    test('H12: another proposal under the same key goes to a person, under a fresh key', async () => {
      const { client, oneGate, decide, holdpoint, desk, evidence } = world();
      const session = await startUnsteady(world(), [100, 99]);
      await holdpoint.result(session);
      const runId = await currentRun(client, session);
      await reset(client, session, { runId, before: isScheduled('modelTurn') });
      const gate = await oneGate(session);
      expect(gate).toMatchObject({ actionId: '1/1~2', payload: { amount: 99 } });
      // In a run that was reset the gate shows what earlier runs have executed (DESIGN §4).
      expect(gate.note).toContain('refund 1/1 done');
      expect(desk.executionsOf(session)).toMatchObject([{ args: { amount: 100 } }]);
      await decide(session, gate, {});
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      const key = `${session}/${runId}/1/1`;
      expect(desk.executionsOf(session)).toMatchObject([
        { key, args: { amount: 100 } },
        { key: `${key}~2`, args: { amount: 99 } },
      ]);
      expect(await evidence.entry(`${key}~2`)).toMatchObject({ state: 'done' });
    });

    test('H1: that gate is still asked about after continue-as-new, and its rejection holds', async () => {
      const { client, oneGate, decide, holdpoint, desk, trail } = world();
      const session = await startUnsteady(world(), [100, 99]);
      await holdpoint.result(session);
      const runId = await currentRun(client, session);
      await reset(client, session, { runId, before: isScheduled('modelTurn') });
      const gate = await oneGate(session);
      const next = await untilNextRun(client, session);
      expect(await oneGate(session)).toEqual({ ...gate, runId: next });
      await decide(session, gate, { decision: 'rejected' });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(1);
      const events = await trail(session);
      expect(events.filter((event) => event.eventType === 'gate_presented')).toHaveLength(1);
      expect(verifyChain(events)).toBeUndefined();
    });

    test('H5: a modification that is invalid there asks a person again, and lets nothing pass', async () => {
      const { client, oneGate, decide, holdpoint, desk } = world();
      const session = await startUnsteady(world(), [100, 99]);
      await holdpoint.result(session);
      const runId = await currentRun(client, session);
      await reset(client, session, { runId, before: isScheduled('modelTurn') });
      const gate = await oneGate(session);
      await untilNextRun(client, session);
      await decide(session, gate, { decision: 'modified', modifications: { amount: 'much' } });
      const again = await until('another gate', async () => {
        const [open] = await holdpoint.gates(session);
        return open?.gateId !== gate.gateId && open;
      });
      expect(again.note).toContain('modification');
      await decide(session, again, { decision: 'rejected' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
    });

    test('H7: a pause flag that the old run has raised does not hold the new one', async () => {
      const { client, start, oneGate, decide, holdpoint, desk } = world();
      const session = await start({ turns: [{ calls: [deletion(randomUUID())] }, DONE] });
      const old = await oneGate(session);
      const reserve = hand.hold('reserve');
      await decide(session, old, {});
      await reserve.reached;
      await holdpoint.pause(session, OPERATOR);
      await until('the flag in the history', async () => {
        const [run] = await runsOf(client, session);
        return run?.events.some((event) => event.markerRecordedEventAttributes != null);
      });
      await reset(client, session, { runId: old.runId, before: isUpdate, forget: true });
      reserve.release();
      await decide(session, await oneGate(session), {});
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(1);
    });

    test('of the last of several runs: decisions of its ancestors still count, its own do not', async () => {
      const { client, start, gates, decide, holdpoint, desk, trail } = world();
      const session = await start({ turns: [{ calls: [deletion('a'), deletion('b')] }, DONE] });
      const [a, b] = await gates(session, 2);
      if (a === undefined || b === undefined) throw new Error('A gate is missing');
      const last = await untilNextRun(client, session);
      const [aNow] = await gates(session, 2);
      if (aNow === undefined) throw new Error('A gate is missing');
      await decide(session, aNow, { runId: last });
      await decide(session, b, { runId: b.runId });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(2);
      await reset(client, session, { runId: last, before: isUpdate });
      // Both old decisions come again: that of the ancestor finds its action done, the other is refused.
      const [gate] = await gates(session, 1);
      expect(gate?.actionId).toBe(a.actionId);
      expect(gate?.note).toContain('done');
      if (gate !== undefined) await decide(session, gate, {});
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(2);
      expect(verifyChain(await trail(session))).toBeUndefined();
    });

    test('of a run that has been continued: what later runs executed is not executed again', async () => {
      const { client, start, gates, decide, holdpoint, desk, trail } = world();
      const session = await start({ turns: [{ calls: [deletion('a'), deletion('b')] }, DONE] });
      const [first] = await gates(session, 2);
      if (first === undefined) throw new Error('A gate is missing');
      const last = await untilNextRun(client, session);
      for (const gate of await gates(session, 2)) await decide(session, gate, { runId: last });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(2);
      const next = await reset(client, session, {
        runId: first.runId,
        before: nth(1, isScheduled('storeEvidence')),
        forget: true,
      });
      for (const gate of await gates(session, 2)) {
        expect(gate.runId).not.toBe(last);
        await decide(session, gate, {});
      }
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(2);
      expect(verifyChain(await trail(session))).toBeUndefined();
      const runs = await runsOf(client, session);
      expect(runs.map((run) => run.runId)).toContain(next);
      expect(new Set(runs.map((run) => run.firstExecutionRunId))).toEqual(new Set([first.runId]));
    });
  },
  { policy, evidence: hand.on },
);
