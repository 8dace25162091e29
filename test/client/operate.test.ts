/**
 * What an operator hears when nobody answers (H7): an order that ends or stops something is left with Temporal and
 * counts later; an instruction, which would count twice, is not.
 */
import { expect, test } from 'vitest';
import { modes, type World } from '../support/world.ts';

const SCRIPT = {
  turns: [{ calls: [{ name: 'delete_record', arguments: { id: 'c-1' } }] }, { text: 'All done.' }],
} as const;
const ORDER = { operatorId: 'olga', reason: 'nobody is there' };
const SOON = { withinMs: 1_000 };

async function gatedAlone({ start, oneGate, stopWorker }: World): Promise<string> {
  const session = await start(SCRIPT);
  await oneGate(session);
  await stopWorker();
  return session;
}

modes('an order while no worker runs', (world) => {
  test('H7: a cancel is left with Temporal, and counts when a worker comes back', async () => {
    const { holdpoint, startWorker, desk, trail } = world();
    const session = await gatedAlone(world());
    expect(await holdpoint.cancel(session, ORDER, SOON)).toMatchObject({ status: 'sent' });
    await startWorker();
    await expect(holdpoint.result(session)).rejects.toMatchObject({
      cause: { type: 'AgentCancelled' },
    });
    expect(desk.executionsOf(session)).toEqual([]);
    const events = await trail(session);
    expect(events.find(({ eventType }) => eventType === 'cancelled')).toMatchObject({
      reviewerId: 'olga',
    });
  });

  test('an instruction is not: its sender hears that nobody knows', async () => {
    const { holdpoint, startWorker, oneGate, decide } = world();
    const session = await gatedAlone(world());
    const answer = await holdpoint.instruct(session, { ...ORDER, message: 'Be quick.' }, SOON);
    expect(answer).toMatchObject({ status: 'unknown' });
    await startWorker();
    await decide(session, await oneGate(session), { decision: 'rejected' });
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
  });
});
