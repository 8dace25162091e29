/**
 * A session that is reset (observed in DESIGN §4): the workflow can't tell, the server applies old messages again, and
 * yet nothing executes on an old decision and nothing that can't be undone happens twice. The ledger and the check of
 * the run, both outside the workflow, see to that.
 */
import { describe, expect, test } from 'vitest';
import { type AuditEvent, verifyChain } from '../../domain/index.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { modes, REVIEWER, type World } from '../support/world.ts';
import {
  currentRun,
  isMemoWrite,
  isScheduled,
  isUpdate,
  nth,
  reset,
  runsOf,
  scheduledCount,
} from './session-runs.ts';

const DONE = { text: 'All done.' };
const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const ONE = { turns: [{ calls: [DELETE] }, DONE] } as const;

function types(events: readonly AuditEvent[]): readonly string[] {
  return events.map((event) => event.eventType);
}

/** A session that is over: its one deletion was approved and executed. */
async function executed(world: World, by: 'update' | 'signal'): Promise<string> {
  const { client, start, oneGate, decide, holdpoint } = world;
  const session = await start(ONE);
  const gate = await oneGate(session);
  if (by === 'update') await decide(session, gate, {});
  else {
    const { gateId, runId, payloadDigest } = gate;
    const decision = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: REVIEWER };
    await client.workflow.getHandle(session).signal(SIGNALS.decide, decision);
  }
  await holdpoint.result(session);
  return session;
}

modes('reset', (world) => {
  describe('of a session whose action has been executed', () => {
    test.each(['update', 'signal'] as const)(
      'H2, H12: to before its decision: the old one (by %s) is refused, a new one gets the recorded result',
      async (by) => {
        const { client, oneGate, decide, holdpoint, desk, trail } = world();
        const session = await executed(world(), by);
        const old = await trail(session);
        const runId = await currentRun(client, session);
        // The task that took the decision scheduled the action.
        const before = isScheduled('delete_record');
        const next = await reset(client, session, { runId, before });
        const gate = await oneGate(session);
        // The request was kept; that it is asked about again, and why, is new.
        expect(gate.runId).toBe(next);
        expect(gate.note).toContain('delete_record 1/1 done');
        expect(gate.payload).toEqual({ id: 'c-1' });
        expect(gate.gateId).not.toBe(old.find((event) => event.gateId)?.gateId);
        await decide(session, gate, {});
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 2 });
        expect(desk.executionsOf(session)).toHaveLength(1);
        expect(types(await trail(session))).toEqual([
          'started',
          'gate_presented',
          'approved',
          'not_executed',
          'gate_presented',
          'approved',
          'executed',
          'auto_proceeded',
          'ended',
        ]);
      },
    );

    test('H12: to before its gate: another gate opens, and the recorded result answers its approval', async () => {
      const { client, oneGate, decide, holdpoint, desk } = world();
      const session = await executed(world(), 'update');
      const runId = await currentRun(client, session);
      await reset(client, session, { runId, before: isMemoWrite });
      const gate = await oneGate(session);
      await decide(session, gate, {});
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(1);
    });

    test('to before everything: the model is asked again, the action is not executed again', async () => {
      const { client, oneGate, decide, holdpoint, desk } = world();
      const session = await executed(world(), 'signal');
      const runId = await currentRun(client, session);
      await reset(client, session, { runId, before: isScheduled('modelTurn') });
      const gate = await oneGate(session);
      await decide(session, gate, { rationale: 'once more' });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(1);
    });

    test('to after its execution: the session goes on from there, nobody is asked', async () => {
      const { client, holdpoint, desk, trail } = world();
      const session = await executed(world(), 'update');
      const runId = await currentRun(client, session);
      // The second model turn came after the execution.
      const before = nth(2, isScheduled('modelTurn'));
      const next = await reset(client, session, { runId, before });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 2 });
      expect(await currentRun(client, session)).toBe(next);
      expect(desk.executionsOf(session)).toHaveLength(1);
      expect(types(await trail(session))).toContain('executed');
    });

    test('H8: the evidence store holds both branches, and gives each of them whole', async () => {
      const { client, oneGate, decide, holdpoint, evidence, trail } = world();
      const session = await executed(world(), 'update');
      const runId = await currentRun(client, session);
      const first = await trail(session);
      const next = await reset(client, session, { runId, before: isUpdate });
      await decide(session, await oneGate(session), { decision: 'rejected' });
      await holdpoint.result(session);
      const second = await trail(session);
      const key = { sessionId: session, firstExecutionRunId: runId };
      const stored = await evidence.events(key);
      expect(stored).toHaveLength(first.length + second.length - 2);
      for (const branch of [first, second]) {
        expect(verifyChain(branch)).toBeUndefined();
        expect(await evidence.chainTo(key, branch.at(-1)?.hash ?? '')).toEqual(branch);
      }
      // What both branches begin with is the same, to the byte, though the second was written by another run.
      expect(second.slice(0, 2)).toEqual(first.slice(0, 2));
      const [runOfReset] = await runsOf(client, session, next);
      expect(runOfReset?.firstExecutionRunId).toBe(runId);
    });
  });

  describe('of a session whose action waits', () => {
    test('to before its gate: the old gate is gone, and a decision for it waits in vain', async () => {
      const { client, start, oneGate, decide, holdpoint, desk, trail } = world();
      const session = await start(ONE);
      const old = await oneGate(session);
      const next = await reset(client, session, { runId: old.runId, before: isMemoWrite });
      const gate = await oneGate(session);
      expect(gate.runId).toBe(next);
      if (gate.gateId !== old.gateId) {
        expect(await decide(session, old, {})).toMatchObject({ status: 'recorded' });
      }
      await decide(session, gate, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      expect(verifyChain(await trail(session))).toBeUndefined();
    });

    test('H2: to after its gate: a decision that shows the old run is refused when it would execute', async () => {
      const { client, start, gates, decide, holdpoint, desk, trail } = world();
      const session = await start({
        turns: [{ calls: [DELETE, { name: 'delete_record', arguments: { id: 'c-2' } }] }, DONE],
      });
      const [a, b] = await gates(session, 2);
      if (a === undefined || b === undefined) throw new Error('A gate is missing');
      await decide(session, a, { decision: 'rejected' });
      await reset(client, session, { runId: a.runId, before: isUpdate, forget: true });
      await gates(session, 2);
      // The page of a reviewer who has not reloaded: another run, the same gate.
      expect(await decide(session, b, {})).toMatchObject({ status: 'decided' });
      const again = (await gates(session, 2)).find(({ note }) => note !== undefined);
      expect(again).toMatchObject({ actionId: b.actionId, payload: b.payload });
      expect(again?.note).toContain('Nothing was executed');
      expect(desk.executionsOf(session)).toEqual([]);
      for (const gate of await gates(session, 2)) await decide(session, gate, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(2);
      const codes = (await trail(session)).map(({ details }) => details?.['code']);
      expect(codes).toContain('DECISION_FROM_OTHER_RUN');
    });

    test('to after its gate, the old decision forgotten: the same gate takes a new one', async () => {
      const { client, start, oneGate, decide, holdpoint, desk } = world();
      const session = await start(ONE);
      const old = await oneGate(session);
      await decide(session, old, { decision: 'rejected' });
      await holdpoint.result(session);
      const { runId } = old;
      const next = await reset(client, session, { runId, before: isUpdate, forget: true });
      const gate = await oneGate(session);
      expect(gate).toEqual({ ...old, runId: next });
      await decide(session, gate, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const [run] = await runsOf(client, session);
      expect(run === undefined ? 0 : scheduledCount(run, 'delete_record')).toBe(1);
    });
  });
});
