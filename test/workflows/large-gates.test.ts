/**
 * More gates with large payloads at once than one answer of a query, or one input of a run, can hold (2 MiB each): a
 * reviewer still sees all of each, and the run stays until it is little enough to be handed on. Before, the query failed
 * and the server terminated the workflow as it continued as new.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { runCommandLine } from '../../cli/program.ts';
import { verifyChain } from '../../domain/index.ts';
import { type PendingApproval, QUERIES } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes } from '../support/world.ts';
import { currentRun } from './session-runs.ts';

const COUNT = 8;
const CHARACTERS = 250 * 1_024;
/** Every task of 2 MB is replayed from its beginning in one of the modes. */
const PATIENCE_MS = 60_000;
/** As many as a run may hand on: 1,500 KiB in all. */
const PORTABLE = 5;

modes(
  'eight open gates of 250 KiB each',
  (world) => {
    test(
      'H1, H8: are shown whole, stay until three of them are decided, and go on in the next run',
      { timeout: 4 * PATIENCE_MS },
      async () => {
        const { client, taskQueue, gates, decide, holdpoint } = world();
        const id = `large-${randomUUID()}`;
        const left = Object.fromEntries(
          Array.from({ length: COUNT }, (_, index) => [`transfer-${index}`, CHARACTERS]),
        );
        const handle = await client.workflow.start('manyLargeGates', {
          workflowId: id,
          taskQueue,
          args: [deskPolicy(), left],
        });
        const open = await gates(id, COUNT);
        expect(open.map(({ payload }) => payload['to'])).toEqual(
          Object.keys(left).map((name) => `account of ${name}`),
        );
        expect(new Set(open.map(({ gateId }) => gateId)).size).toBe(COUNT);

        // One answer says how many more there are.
        const first = await handle.query<readonly PendingApproval[]>(QUERIES.pendingApprovals);
        expect(first.length).toBeLessThan(COUNT);
        expect(first.at(-1)?.gatesMore).toBe(COUNT - first.length);
        expect(open.every((gate) => gate.gatesMore === undefined)).toBe(true);

        let out = '';
        await runCommandLine(
          ['--address', inject('temporalAddress'), '--task-queue', taskQueue, 'gates', id],
          { out: (text) => (out += text), err: () => undefined, environment: {} },
        );
        for (const name of Object.keys(left)) expect(out).toContain(`/to = "account of ${name}"`);
        expect(out.length).toBeGreaterThan(COUNT * CHARACTERS);

        await handle.signal('leave');
        const run = await currentRun(client, id);
        await Promise.all(
          open.slice(0, COUNT - PORTABLE - 1).map(async (gate) => decide(id, gate, {})),
        );
        await gates(id, PORTABLE + 1);
        expect(await currentRun(client, id)).toBe(run);
        const [next] = await gates(id, PORTABLE + 1);
        if (next === undefined) throw new Error('A gate is missing');
        await decide(id, next, {});
        const isNext = async (): Promise<string | false> => {
          const current = await currentRun(client, id);
          return current !== run && current;
        };
        const runId = await until('the next run', isNext, PATIENCE_MS);
        const after = await gates(id, PORTABLE);
        expect(after).toEqual(open.slice(-PORTABLE).map((gate) => ({ ...gate, runId })));
        await Promise.all(after.map(async (gate) => decide(id, gate, {})));
        expect(await handle.result()).toBe('all decided');
        const { trail } = await holdpoint.history(id);
        expect(verifyChain(trail.map(({ event }) => event))).toBeUndefined();
      },
    );
  },
  {
    policy: deskPolicy(),
    workflowsPath: fileURLToPath(new URL('host-workflows.ts', import.meta.url)),
  },
);
