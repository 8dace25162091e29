/**
 * A task that its worker lost, and a question that brings the next worker what came with it (H8). A worker that shuts
 * down, or dies, may have been given a task; the server finds out after ten seconds. What waits in the queue meanwhile
 * shows the next worker a history in which that task has begun.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASK_AGAIN, QUERIES, SIGNALS, wireName } from '../../domain/messages.ts';
import { oneTrail } from '../support/asking.ts';
import { openWorld, REVIEWER, type World } from '../support/world.ts';

const PATIENCE_MS = 120_000;

/** The queue hands them out in no order: this many, so that some are left when the task goes. */
const QUESTIONS = 8;

const QUERY_FAILED = 2;

describe('a task that a worker lost', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  }, PATIENCE_MS);
  afterAll(async () => world.close(), PATIENCE_MS);

  /** Takes the next task of the workflow from the queue, and whatever question comes before it. */
  async function lose(): Promise<void> {
    const { client, taskQueue } = world;
    const { namespace } = client.options;
    const isTask = await client.withDeadline(Date.now() + 20_000, async () => {
      const { query, taskToken } = await client.workflowService.pollWorkflowTaskQueue({
        namespace,
        taskQueue: { name: taskQueue },
        identity: 'about to die',
      });
      if (!query) return true;
      await client.workflowService.respondQueryTaskCompleted({
        namespace,
        taskToken,
        completedType: QUERY_FAILED,
        errorMessage: 'lost as well',
      });
      return false;
    });
    if (!isTask) await lose();
  }

  test(
    'H8: is not begun by a question that knows of it: who asks, asks again, and the trail is one',
    async () => {
      const session = await world.start({
        turns: [
          { calls: [{ name: 'delete_record', arguments: { id: 'c-17' } }] },
          { text: 'Done.' },
        ],
      });
      const { gateId, runId, payloadDigest } = await world.oneGate(session);
      await world.stopWorker();
      const handle = world.client.workflow.getHandle(session);
      const over = new AbortController();
      const refusals = Array.from({ length: QUESTIONS }, async () =>
        world.client.withAbortSignal(over.signal, async () =>
          handle.query(wireName(QUERIES.auditTrail)).then(() => 'answered', String),
        ),
      );
      // Asked while a task waits, they would be kept for that.
      await delay(1_000);
      await handle.signal(wireName(SIGNALS.decide), {
        gateId,
        runId,
        payloadDigest,
        decision: 'approved',
        reviewerId: REVIEWER,
        decisionId: 'while nobody was there',
      });
      await lose();
      await world.startWorker();
      expect(await world.holdpoint.gates(session)).toEqual([]);
      // A poll that was called off may have taken some with it.
      await Promise.any(
        refusals.map(async (refusal) => expect(await refusal).toContain(ASK_AGAIN)),
      );
      over.abort();
      await Promise.all(refusals);
      await world.holdpoint.result(session);
      await world.stopWorker();
      await world.startWorker();
      await oneTrail({ ...world, people: world.holdpoint }, session, []);
    },
    PATIENCE_MS,
  );
});
