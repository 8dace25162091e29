/**
 * One gate for an action that somebody else executes, with and without the sticky cache: the same policy, ladder,
 * trail and inbox as any other gate.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ExternalGate } from '../../client/index.ts';
import type { Tier } from '../../domain/index.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, openWorld, REVIEWER, type World } from '../support/world.ts';

const REQUESTER = 'ci';
const WAIT_MS = 30_000;

const QUICK: readonly Tier[] = [
  {
    name: 'silence_lets_it',
    route: 'whoever is there',
    reviewers: 'anyone',
    respondWithinMs: 1_000,
    onNoResponse: 'approve',
  },
  {
    name: 'async_review',
    route: 'whoever is there',
    reviewers: 'anyone',
    respondWithinMs: 60_000,
    onNoResponse: 'reject',
  },
  {
    name: 'synchronous_gate',
    route: 'whoever is there',
    reviewers: 'anyone',
    respondWithinMs: 60_000,
    onNoResponse: 'reject',
  },
  {
    name: 'escalation',
    route: 'whoever is there',
    reviewers: 'anyone',
    respondWithinMs: 1_000,
    onNoResponse: 'fail',
  },
];

const POLICY = deskPolicy({
  tiers: QUICK,
  rules: [
    {
      name: 'drafts',
      when: { tools: ['create_draft'], reversibility: ['reversible'] },
      tier: 'silence_lets_it',
    },
    { name: 'exports', when: { tools: ['export_all'] }, tier: 'escalation' },
  ],
  tools: {
    search: { readOnly: true },
    create_draft: { reversibility: 'reversible' },
    refund: { reversibility: 'partially_reversible', value: '/amount' },
  },
});

modes(
  'externalGate',
  (world) => {
    const ask = async (
      actionType: string,
      args: Readonly<Record<string, string | number>>,
      more: { readonly value?: number; readonly reason?: string } = {},
    ): Promise<string> => {
      const input = { agentId: 'coder', requesterId: REQUESTER, actionType, arguments: args };
      const { id } = await world().holdpoint.requestGate(
        { ...input, ...more },
        { key: randomUUID() },
      );
      return id;
    };
    const settled = async (id: string): Promise<ExternalGate> => {
      const gate = await world().holdpoint.externalGate(id, { waitMs: WAIT_MS });
      if (gate === undefined || gate.status === 'pending') throw new Error(`${id} is not settled`);
      return gate;
    };
    const types = async (id: string): Promise<readonly string[]> =>
      (await world().wholeTrail(id)).map(({ eventType }) => eventType);

    test('what no policy names is irreversible and waits; approved, exactly its bytes may run (H1, H10)', async () => {
      const id = await ask('drop_table', { table: 'orders' }, { reason: 'It is in the way.' });
      const gate = await world().oneGate(id);
      expect(gate).toMatchObject({
        actionType: 'drop_table',
        payload: { table: 'orders' },
        reversibility: 'irreversible',
        agentId: 'coder',
        agentReason: 'It is in the way.',
      });
      expect(await world().holdpoint.externalGate(id)).toMatchObject({
        status: 'pending',
        proceed: false,
        gateId: gate.gateId,
      });
      await world().decide(id, gate, { decision: 'approved', rationale: 'I have a copy.' });
      expect(await settled(id)).toMatchObject({
        id,
        status: 'approved',
        proceed: true,
        arguments: { table: 'orders' },
        payloadDigest: gate.payloadDigest,
        gateId: gate.gateId,
        tier: gate.tier,
        decidedBy: REVIEWER,
        rationale: 'I have a copy.',
      });
      expect(await types(id)).toEqual(['started', 'gate_presented', 'approved', 'ended']);
      const [started] = await world().wholeTrail(id);
      expect(started?.details).toEqual({ execution: 'outside', requesterId: REQUESTER });
    });

    test('its evidence is stored before its outcome is told (H8)', async () => {
      const id = await ask('drop_table', { table: 'a' });
      await world().decide(id, await world().oneGate(id), { decision: 'approved' });
      await settled(id);
      const [session] = await world().evidence.sessions(id);
      if (session === undefined) throw new Error('Its evidence is stored');
      const stored = await world().evidence.events(session);
      expect(stored.map(({ event }) => event.eventType)).toEqual(await types(id));
    });

    test('rejected, nothing may run, and the reason is told', async () => {
      const id = await ask('drop_table', { table: 'b' });
      const gate = await world().oneGate(id);
      await world().decide(id, gate, { decision: 'rejected', rationale: 'not on a Friday' });
      const told = await settled(id);
      expect(told).toMatchObject({
        status: 'rejected',
        proceed: false,
        rationale: 'not on a Friday',
      });
      expect(told.arguments).toBeUndefined();
    });

    test('a modification is merged, digested anew and evaluated again (H5)', async () => {
      const id = await ask('refund', { order: 'o-1', amount: 500 });
      const gate = await world().oneGate(id);
      await world().decide(id, gate, { decision: 'modified', modifications: { amount: 50 } });
      const told = await settled(id);
      expect(told).toMatchObject({
        status: 'modified',
        proceed: true,
        arguments: { order: 'o-1', amount: 50 },
        decidedBy: REVIEWER,
      });
      expect(told.payloadDigest).not.toBe(gate.payloadDigest);
    });

    test('a modification that the tool of this name refuses is asked about again (H5)', async () => {
      const id = await ask('refund', { order: 'o-1', amount: 500 });
      const first = await world().oneGate(id);
      await world().decide(id, first, { decision: 'modified', modifications: { amount: -1 } });
      const second = await until('a second gate', async () => {
        const gate = await world().oneGate(id);
        return gate.gateId !== first.gateId && gate;
      });
      expect(second.note).toContain('The modification was refused');
      await world().decide(id, second, { decision: 'rejected' });
      expect(await settled(id)).toMatchObject({ status: 'rejected', gateId: second.gateId });
    });

    test('what the policy lets pass proceeds at once, and stands in the trail', async () => {
      const id = await ask('search', { query: 'ada' });
      expect(await settled(id)).toMatchObject({
        status: 'auto_proceeded',
        proceed: true,
        arguments: { query: 'ada' },
        rule: 'read-only',
      });
      expect(await types(id)).toEqual(['started', 'auto_proceeded', 'ended']);
    });

    test('a value that its caller declares can only make it stricter', async () => {
      const free = await ask('refund', { order: 'o-2', amount: 5 });
      expect(await settled(free)).toMatchObject({ status: 'auto_proceeded' });
      const held = await ask('refund', { order: 'o-2', amount: 5 }, { value: 5_000 });
      await world().oneGate(held);
      const still = await ask('refund', { order: 'o-2', amount: 500 }, { value: 0 });
      await world().oneGate(still);
    });

    test('arguments that the tool of this name refuses are refused, and nobody is asked', async () => {
      const id = await ask('refund', { order: 'o-3', amount: -5 });
      expect(await settled(id)).toMatchObject({
        status: 'refused',
        proceed: false,
        message: expect.stringContaining('amount'),
      });
      expect(await types(id)).toEqual(['started', 'not_executed', 'ended']);
    });

    test('silence is expired where it means no, and no approval of anybody where it means yes (H3)', async () => {
      const draft = await ask('create_draft', { text: 'hello' });
      const told = await settled(draft);
      expect(told).toMatchObject({
        status: 'auto_proceeded',
        proceed: true,
        noResponse: 'approve',
      });
      expect(told.decidedBy).toBeUndefined();
      const bulk = await ask('export_all', { to: 'disk' });
      expect(await settled(bulk)).toMatchObject({
        status: 'expired',
        proceed: false,
        noResponse: 'fail',
        gateId: expect.any(String),
      });
    });

    test('cancelled, by an operator or by Temporal, it is withdrawn', async () => {
      const ordered = await ask('drop_table', { table: 'c' });
      await world().oneGate(ordered);
      await world().holdpoint.cancel(ordered, { operatorId: REQUESTER, reason: 'not needed' });
      expect(await settled(ordered)).toMatchObject({ status: 'withdrawn', proceed: false });
      const cancelled = await ask('drop_table', { table: 'd' });
      await world().oneGate(cancelled);
      await world().client.workflow.getHandle(cancelled).cancel();
      expect(await settled(cancelled)).toMatchObject({ status: 'withdrawn', proceed: false });
      expect(await types(cancelled)).toContain('withdrawn');
    });

    test('a pause holds also an outcome that was given, and a cancel then says that nothing was done (H7)', async () => {
      const operator = { operatorId: 'olga', reason: 'a look at it' };
      const [resumed, ended] = [
        await ask('drop_table', { table: 'h' }),
        await ask('drop_table', { table: 'i' }),
      ];
      for (const id of [resumed, ended]) {
        const gate = await world().oneGate(id);
        await world().holdpoint.pause(id, operator);
        await world().decide(id, gate, { decision: 'approved' });
        expect(await world().holdpoint.externalGate(id)).toMatchObject({ status: 'pending' });
      }
      await world().holdpoint.resume(resumed, operator);
      expect(await settled(resumed)).toMatchObject({ status: 'approved', proceed: true });
      await world().holdpoint.cancel(ended, operator);
      expect(await settled(ended)).toMatchObject({ status: 'withdrawn', proceed: false });
      expect(await types(ended)).toEqual([
        'started',
        'gate_presented',
        'paused',
        'approved',
        'cancelled',
        'not_executed',
        'ended',
      ]);
    });

    test('a large payload stands in the evidence by its digest, let pass or asked about', async () => {
      const text = 'x'.repeat(20_000);
      for (const actionType of ['search', 'drop_table']) {
        const id = await ask(actionType, { query: text });
        if (actionType === 'drop_table') {
          await world().decide(id, await world().oneGate(id), { decision: 'approved' });
        }
        const { payloadDigest = '' } = await settled(id);
        expect(await world().evidence.content(payloadDigest)).toContain(text);
      }
    });

    test('terminated, it has failed, and nothing may run (H8)', async () => {
      const id = await ask('drop_table', { table: 'e' });
      await world().oneGate(id);
      await world().client.workflow.getHandle(id).terminate('cleaning up');
      expect(await settled(id)).toMatchObject({ status: 'failed', proceed: false });
    });

    test('who asked for it may not decide it (H6)', async () => {
      const id = await ask('drop_table', { table: 'f' });
      const gate = await world().oneGate(id);
      for (const reviewerId of [REQUESTER, 'coder']) {
        expect(await world().decide(id, gate, { reviewerId })).toMatchObject({
          status: 'refused',
          code: 'SELF_APPROVAL',
        });
      }
    });

    test('started by hand with anything else it fails as malformed, and loops on nothing', async () => {
      await expect(
        world().client.workflow.execute('externalGate', {
          taskQueue: world().taskQueue,
          workflowId: `gate-${randomUUID()}`,
          args: [{ actionType: 'x' }],
        }),
      ).rejects.toMatchObject({ cause: { type: 'MALFORMED' } });
    });

    test('it stands in the list of what waits, as any other gate', async () => {
      const id = await ask('drop_table', { table: 'g' });
      const gate = await world().oneGate(id);
      const listed = await until('the list to have it', async () => {
        for await (const session of world().holdpoint.everyPending()) {
          if (session.sessionId === id) return session;
        }
        return undefined;
      });
      expect(listed.gates).toMatchObject([{ gateId: gate.gateId, actionType: 'drop_table' }]);
    });
  },
  { policy: POLICY },
);

modes(
  'externalGate in a run that is full',
  (world) => {
    test('leaves for a new one with its gate open, and is found again under its id', async () => {
      const { id } = await world().holdpoint.requestGate(
        { agentId: 'coder', requesterId: REQUESTER, actionType: 'drop_table', arguments: {} },
        { key: randomUUID() },
      );
      const first = await world().oneGate(id);
      const second = await until('a new run', async () => {
        const gate = await openGateOf(world(), id);
        return gate !== undefined && gate.runId !== first.runId && gate;
      });
      expect(second.gateId).toBe(first.gateId);
      expect(await world().holdpoint.externalGate(id, { requesterId: REQUESTER })).toMatchObject({
        status: 'pending',
        gateId: first.gateId,
      });
      // Decided over what the first run showed.
      expect(await world().decide(id, first, { decision: 'approved' })).toMatchObject({
        status: 'decided',
      });
      expect(await world().holdpoint.externalGate(id, { waitMs: WAIT_MS })).toMatchObject({
        status: 'approved',
        proceed: true,
      });
    });
  },
  { policy: deskPolicy({ limits: { historyEventsMax: 50 } }) },
);

describe('a worker with workflows of a team', () => {
  test('serves external gates beside them', async () => {
    const workflowsPath = fileURLToPath(new URL('host-workflows.ts', import.meta.url));
    const team = await openWorld({ workflowsPath });
    try {
      const { id } = await team.holdpoint.requestGate(
        { agentId: 'coder', requesterId: REQUESTER, actionType: 'drop_table', arguments: {} },
        { key: randomUUID() },
      );
      await team.decide(id, await team.oneGate(id), { decision: 'approved' });
      expect(await team.holdpoint.externalGate(id, { waitMs: WAIT_MS })).toMatchObject({
        status: 'approved',
      });
    } finally {
      await team.close();
    }
  });
});

async function openGateOf(world: World, id: string) {
  // Fills the history: a refused decision is an event in it.
  const gates = await world.gates(id);
  const [gate] = gates;
  if (gate !== undefined) await world.decide(id, gate, { payloadDigest: '0'.repeat(64) });
  return gate;
}
