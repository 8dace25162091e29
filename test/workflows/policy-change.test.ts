/**
 * A policy that changes while sessions are open: what was pinned in a session's history applies to its end (H1, H10), and
 * the policy of the worker that executes is the least that is asked for: whoever can write a history can't write that one
 * (H6). The next session is under the new one.
 */
import { NativeConnection } from '@temporalio/worker';
import { expect, inject, test } from 'vitest';
import { type Policy, policyVersion } from '../../domain/policy/policy.ts';
import { createHoldpointWorker } from '../../workers/worker.ts';
import { deskPolicy } from '../support/desk.ts';
import { modes, type World } from '../support/world.ts';

const DONE = { text: 'All done.' };
const refund = (amount: number) => ({ name: 'refund', arguments: { order: 'o-1', amount } });
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });

const before = deskPolicy();
/** Lets a refund of any size up to 1,000 pass. */
const looser = deskPolicy({
  version: '2',
  tools: { refund: { reversibility: 'reversible' } },
});
/** Sends every draft to a person. */
const stricter = deskPolicy({
  version: '3',
  rules: [{ name: 'drafts', when: { tools: ['create_draft'] }, tier: 'escalation' }],
});

/** Replaces the worker for as long as `act` takes. */
async function underWorkerOf(
  { desk, evidence, taskQueue, stopWorker, startWorker }: World,
  policy: Policy,
  act: () => Promise<void>,
): Promise<void> {
  await stopWorker();
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const worker = await createHoldpointWorker({
    connection,
    namespace: inject('temporalNamespace'),
    taskQueue,
    evidence,
    tools: desk.tools,
    model: desk.model,
    confidenceModel: desk.confidenceModel,
    workflowBundle: { codePath: inject('workflowBundlePath') },
    policy,
  });
  const running = worker.run();
  try {
    await act();
  } finally {
    worker.shutdown();
    await running;
    await connection.close();
    await startWorker();
  }
}

modes(
  'a session whose worker gets another policy',
  (world) => {
    test('H1: a looser one: what its own policy holds is held on', async () => {
      const { start, oneGate, decide, holdpoint, desk, wholeTrail } = world();
      const turns = [{ calls: [deletion('c-1')] }, { calls: [refund(150)] }, DONE] as const;
      const session = await start({ turns });
      const first = await oneGate(session);
      await underWorkerOf(world(), looser, async () => {
        await decide(session, first, {});
        const second = await oneGate(session);
        expect(second).toMatchObject({
          actionType: 'refund',
          rule: 'partially-reversible-high-value',
          policyVersion: policyVersion(before),
        });
        expect(await holdpoint.status(session)).toMatchObject({
          policyVersion: policyVersion(before),
        });
        // A session that begins now is under the policy of now.
        const next = await start({ turns: [{ calls: [refund(150)] }, DONE] });
        expect(await holdpoint.result(next)).toMatchObject({ status: 'completed' });
        expect(desk.executionsOf(next)).toHaveLength(1);
        await decide(session, second, { decision: 'rejected' });
        await holdpoint.result(session);
      });
      expect(desk.executionsOf(session)).toMatchObject([{ tool: 'delete_record' }]);
      const versions = (await wholeTrail(session)).map((event) => event.policyVersion);
      expect(new Set(versions.filter((one) => one !== undefined))).toEqual(
        new Set([policyVersion(before)]),
      );
    });

    test('H6: a stricter one: what its own policy lets pass waits for a person all the same', async () => {
      const { start, oneGate, decide, holdpoint, desk, trail } = world();
      const draft = { name: 'create_draft', arguments: { text: 'Dear' } };
      const turns = [{ calls: [deletion('c-1')] }, { calls: [draft] }, DONE] as const;
      const session = await start({ turns });
      const gate = await oneGate(session);
      await underWorkerOf(world(), stricter, async () => {
        await decide(session, gate, {});
        const second = await oneGate(session);
        expect(second).toMatchObject({
          actionType: 'create_draft',
          policyVersion: policyVersion(before),
          note: expect.stringContaining('rule drafts, it waits for tier escalation.'),
        });
        expect(desk.executionsOf(session)).toMatchObject([{ tool: 'delete_record' }]);
        await decide(session, second, {});
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      });
      const refused = (await trail(session)).filter(
        ({ eventType }) => eventType === 'not_executed',
      );
      expect(refused).toMatchObject([{ details: { code: 'CONSENT_MISSING' } }]);
      expect(desk.executionsOf(session)).toMatchObject([
        { tool: 'delete_record' },
        { tool: 'create_draft' },
      ]);
    });
  },
  { policy: before },
);
