/**
 * As many signals as the server takes for one run, before a worker gets to them: they are one workflow task. The
 * session lives, and goes on in a run that takes signals again (H4).
 */
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyChain } from '../../domain/index.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';
import { currentRun } from './session-runs.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const SENDERS = 64;
const PATIENCE_MS = 180_000;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => world.close());

/** Sends until the server takes no more, and answers with what it said then. */
async function untilRefused(send: (count: number) => Promise<void>): Promise<unknown> {
  let refused: unknown;
  let sent = 0;
  const sender = async (): Promise<void> => {
    while (refused === undefined) {
      try {
        await send((sent += 1));
      } catch (error) {
        refused ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return refused;
}

test(
  'ten thousand signals fill a run: the server refuses the next one, and the session goes on in a run of its own',
  { timeout: 2 * PATIENCE_MS },
  async () => {
    const { client, start, oneGate, holdpoint, stopWorker, startWorker, desk, trail } = world;
    const session = await start({ turns: [{ calls: [DELETE] }, { text: 'All done.' }] });
    const { gateId, runId, payloadDigest } = await oneGate(session);
    await stopWorker();
    const handle = client.workflow.getHandle(session);
    const decision = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rita' };
    const other = { ...decision, payloadDigest: 'd'.repeat(64) };
    const refused = await untilRefused(async (count) =>
      handle.signal(SIGNALS.decide, { ...other, decisionId: `flood-${count}` }),
    );
    const cause = refused instanceof ServiceError ? refused.cause : undefined;
    expect(isGrpcServiceError(cause) && cause.details).toContain('limit for signal events');
    await startWorker();
    await until(
      'the next run',
      async () => (await currentRun(client, session)) !== runId,
      PATIENCE_MS,
    );
    await handle.signal(SIGNALS.decide, decision);
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(desk.executionsOf(session)).toHaveLength(1);
    const events = await trail(session);
    expect(verifyChain(events)).toBeUndefined();
    const refusals = events.filter(({ eventType }) => eventType === 'decision_refused');
    expect(refusals).toHaveLength(257);
  },
);
