/**
 * While no worker runs: what waits is still listed, its trail is still read, and a decision by signal is kept for the
 * worker that comes (H4, H8). A query would have nobody to ask.
 */
import { expect, test } from 'vitest';
import { SIGNALS } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { modes, REVIEWER } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };

modes('while no worker runs', (world) => {
  test('H4, H8: a session is listed, its trail is read, and a decision by signal is kept', async () => {
    const { client, start, oneGate, holdpoint, stopWorker, startWorker, desk, trail } = world();
    const session = await start({ turns: [{ calls: [DELETE] }, { text: 'All done.' }] });
    const { gateId, runId, payloadDigest } = await oneGate(session);
    await stopWorker();
    const listed = await until('the session in the list', async () => {
      for await (const waiting of holdpoint.everyPending()) {
        if (waiting.sessionId === session) return waiting;
      }
      return undefined;
    });
    expect(listed).toMatchObject({ runId, gatesCount: 1, gates: [{ gateId, payloadDigest }] });
    const before = await trail(session);
    expect(before.map(({ eventType }) => eventType)).toEqual(['started', 'gate_presented']);
    const decision = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: REVIEWER };
    await client.workflow.getHandle(session).signal(SIGNALS.decide, decision);
    expect(await trail(session)).toEqual(before);
    await startWorker();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(desk.executionsOf(session)).toHaveLength(1);
  });
});
