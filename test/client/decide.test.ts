/**
 * What a person hears of a decision when nobody answers (H2, H4): no worker runs, or Temporal can't be reached. A
 * missing answer is never called a failure; sent again under its decisionId, the decision is taken once and answered.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, inject, test } from 'vitest';
import { type DecisionInput, HoldpointClient } from '../../client/index.ts';
import { type PendingApproval, SIGNALS } from '../../domain/messages.ts';
import { type Proxy, proxyTo } from '../evidence/proxy.ts';
import { until } from '../support/until.ts';
import { modes, REVIEWER, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const SOON = { withinMs: 1_000 };

async function gated({
  start,
  oneGate,
}: World): Promise<{ session: string; gate: PendingApproval; decision: DecisionInput }> {
  const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
  const gate = await oneGate(session);
  const { gateId, runId, payloadDigest } = gate;
  const how = { decision: 'approved', reviewerId: REVIEWER } as const;
  return { session, gate, decision: { gateId, runId, payloadDigest, ...how } };
}

async function historyLength({ client }: World, session: string): Promise<number> {
  return (await client.workflow.getHandle(session).describe()).historyLength;
}

/** The session ran its action once, on one decision. */
async function expectOnce(world: World, session: string): Promise<void> {
  expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  expect(world.desk.executionsOf(session)).toHaveLength(1);
  const types = (await world.wholeTrail(session)).map((event) => event.eventType);
  expect(types.filter((type) => type === 'approved')).toHaveLength(1);
  expect(types).not.toContain('decision_refused');
}

/** A client whose network a test can break. */
async function withBreakableNetwork(
  { taskQueue }: World,
  use: (remote: HoldpointClient, proxy: Proxy) => Promise<void>,
): Promise<void> {
  const proxy = await proxyTo(`http://${inject('temporalAddress')}`);
  const connection = await Connection.connect({ address: new URL(proxy.url).host });
  const client = new Client({ connection, namespace: inject('temporalNamespace') });
  try {
    await use(new HoldpointClient({ client, taskQueue }), proxy);
  } finally {
    await connection.close();
    await proxy.close();
  }
}

modes('decide', (world) => {
  describe('while no worker runs', () => {
    test('H2: says that it is unknown, and sent again it is taken once and answered', async () => {
      const { holdpoint, stopWorker, startWorker } = world();
      const { session, gate, decision } = await gated(world());
      await stopWorker();
      const before = await historyLength(world(), session);
      const answer = await holdpoint.decide(session, decision, SOON);
      expect(answer).toMatchObject({ status: 'unknown', gateId: gate.gateId });
      expect(await historyLength(world(), session)).toBe(before);
      const decisionId = answer.status === 'unknown' ? answer.decisionId : '';
      expect(decisionId).not.toBe('');
      await startWorker();
      const again = { ...decision, decisionId };
      const decided = await holdpoint.decide(session, again);
      expect(decided).toMatchObject({
        status: 'decided',
        outcome: { status: 'approved', reviewerId: REVIEWER },
      });
      await expectOnce(world(), session);
      expect(await holdpoint.decide(session, again)).toEqual(decided);
      await expectOnce(world(), session);
    });

    test('goes on asking until a worker is there', async () => {
      const { holdpoint, stopWorker, startWorker } = world();
      const { session, decision } = await gated(world());
      await stopWorker();
      const answer = holdpoint.decide(session, decision);
      await startWorker();
      expect(await answer).toMatchObject({ status: 'decided' });
      await expectOnce(world(), session);
    });

    test('H4: a session that has ended does not answer either; with a worker it tells what had happened', async () => {
      const { holdpoint, evidence, stopWorker, startWorker } = world();
      const { session, decision } = await gated(world());
      await holdpoint.decide(session, decision);
      await holdpoint.result(session);
      await stopWorker();
      const late = { ...decision, reviewerId: 'robert', decisionId: randomUUID() };
      expect(await holdpoint.decide(session, late, SOON)).toMatchObject({ status: 'unknown' });
      await startWorker();
      expect(await holdpoint.decide(session, late)).toMatchObject({
        status: 'refused',
        code: 'ALREADY_DECIDED',
        outcome: { status: 'approved', reviewerId: REVIEWER },
      });
      expect(await evidence.lateDecisions(session)).toHaveLength(1);
    });
  });

  describe('an answer', () => {
    const ASK = { name: 'ask_person', arguments: { question: 'Which colour?' } };

    test('H2: to a question goes to the agent as it was written, and sent again it is the same decision', async () => {
      const { start, oneGate, holdpoint } = world();
      const heard: unknown[] = [];
      const session = await start({
        turns: [
          { calls: [ASK] },
          ({ messages }) => {
            heard.push(messages.at(-1));
            return DONE;
          },
        ],
      });
      const { kind, gateId, runId, payloadDigest } = await oneGate(session);
      if (kind !== 'question') throw new Error(`A question is a question, not ${kind}`);
      const shown = { gateId, runId, payloadDigest, reviewerId: REVIEWER };
      const words = { ...shown, answer: 'Blue.', rationale: 'I asked.', decisionId: randomUUID() };
      const asFinal = await holdpoint.answer(session, {
        ...words,
        kind: 'answer',
        decisionId: 'x',
      });
      expect(asFinal).toMatchObject({ status: 'refused', code: 'MALFORMED' });
      const decided = await holdpoint.answer(session, { ...words, kind });
      expect(decided).toMatchObject({ status: 'decided', outcome: { status: 'approved' } });
      expect(await holdpoint.answer(session, { ...words, kind })).toEqual(decided);
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(heard.map((message) => JSON.stringify(message)).at(-1)).toContain('Blue.');
      const approved = (await world().wholeTrail(session)).filter(
        ({ eventType }) => eventType === 'approved',
      );
      expect(approved).toMatchObject([
        { gateId, reviewerId: REVIEWER, rationale: 'I asked.', decision: 'approved' },
      ]);
    });

    test('in place of the agent’s final answer is what is delivered', async () => {
      const { start, oneGate, holdpoint } = world();
      const session = await start({ turns: [{ text: 'It is green.' }], confidence: '0.1' });
      const { kind, gateId, runId, payloadDigest } = await oneGate(session);
      if (kind !== 'answer') throw new Error(`An answer is an answer, not ${kind}`);
      const shown = { gateId, runId, payloadDigest, reviewerId: REVIEWER, answer: 'It is blue.' };
      const asQuestion = await holdpoint.answer(session, { ...shown, kind: 'question' });
      expect(asQuestion).toMatchObject({ status: 'refused', code: 'MALFORMED' });
      expect(await holdpoint.answer(session, { ...shown, kind })).toMatchObject({
        status: 'decided',
        outcome: { status: 'modified', reviewerId: REVIEWER },
      });
      expect(await holdpoint.result(session)).toMatchObject({
        status: 'completed',
        answer: 'It is blue.',
      });
    });

    test('that no worker takes is sent again under its decisionId', async () => {
      const { start, oneGate, holdpoint, stopWorker, startWorker } = world();
      const session = await start({ turns: [{ calls: [ASK] }, DONE] });
      const { gateId, runId, payloadDigest } = await oneGate(session);
      await stopWorker();
      const shown = { gateId, runId, payloadDigest, reviewerId: REVIEWER };
      const words = { ...shown, kind: 'question', answer: 'Blue.' } as const;
      const unknown = await holdpoint.answer(session, words, SOON);
      expect(unknown).toMatchObject({ status: 'unknown', gateId });
      await startWorker();
      const decisionId = unknown.status === 'unknown' ? unknown.decisionId : '';
      expect(await holdpoint.answer(session, { ...words, decisionId })).toMatchObject({
        status: 'decided',
      });
      await holdpoint.result(session);
    });
  });

  test('H2: sent by signal, and again by update after the session has ended: it is told that it decided', async () => {
    const { client, holdpoint, evidence } = world();
    const { session, decision } = await gated(world());
    const same = { ...decision, decisionId: randomUUID() };
    await client.workflow.getHandle(session).signal(SIGNALS.decide, same);
    await holdpoint.result(session);
    expect(await holdpoint.decide(session, same)).toMatchObject({
      status: 'decided',
      outcome: { status: 'approved', reviewerId: REVIEWER },
    });
    expect(await evidence.lateDecisions(session)).toEqual([]);
    await expectOnce(world(), session);
  });

  test('H2: over a gate as it was shown it names what was shown, and a modification runs', async () => {
    const { holdpoint, desk } = world();
    const { session, gate } = await gated(world());
    const said = { decision: 'modified', reviewerId: REVIEWER } as const;
    const other = { ...gate, payloadDigest: 'b'.repeat(64) };
    expect(await holdpoint.decide(other, { ...said, modifications: { id: 'c-2' } })).toMatchObject({
      status: 'refused',
      code: 'DIGEST_MISMATCH',
    });
    expect(await holdpoint.decide(gate, { ...said, modifications: { id: 'c-2' } })).toMatchObject({
      status: 'decided',
      gateId: gate.gateId,
    });
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toMatchObject([{ args: { id: 'c-2' } }]);
  });

  test('H4: a refusal is an answer, given at once', async () => {
    const { holdpoint } = world();
    const { session, decision } = await gated(world());
    const refused = await holdpoint.decide(session, { ...decision, reviewerId: 'requester' });
    expect(refused).toMatchObject({ status: 'refused', code: 'SELF_APPROVAL' });
    await holdpoint.decide(session, { ...decision, decision: 'rejected' });
    await holdpoint.result(session);
  });

  describe('over a network that breaks', () => {
    test.each([
      ['cuts every connection', 'cut'],
      ['swallows what is sent', 'drop'],
    ] as const)(
      'H2: that %s: says that Temporal is unreachable, and sent again later it decides',
      async (_how, what) => {
        const { session, gate, decision } = await gated(world());
        await withBreakableNetwork(world(), async (remote, proxy) => {
          proxy.behaviour = () => what;
          const answer = await remote.decide(session, decision, SOON);
          expect(answer).toMatchObject({ status: 'unreachable', gateId: gate.gateId });
          expect(await world().oneGate(session)).toEqual(gate);
        });
        await withBreakableNetwork(world(), async (remote) => {
          expect(await remote.decide(session, decision)).toMatchObject({ status: 'decided' });
        });
        await expectOnce(world(), session);
      },
    );

    test('H2: that breaks while the decision is on its way: it goes on asking, and hears what became of it', async () => {
      const { stopWorker, startWorker } = world();
      const { session, decision } = await gated(world());
      await stopWorker();
      await withBreakableNetwork(world(), async (remote, proxy) => {
        let cuts = 0;
        // What is sent arrives, and nothing comes back.
        proxy.behaviour = () => ((cuts += 1) <= 3 ? 'pass and cut' : 'pass');
        const answer = remote.decide(session, decision);
        await until('the line is whole again', () => proxy.connections() > 3);
        await startWorker();
        expect(await answer).toMatchObject({ status: 'decided' });
      });
      await expectOnce(world(), session);
    });
  });
});
