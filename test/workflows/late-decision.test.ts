/**
 * A decision that comes after the end of a workflow of a team's own, whose bundle is theirs: it is kept and answered
 * there as it is for an agent's session (H4).
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { deskPolicy } from '../support/desk.ts';
import { modes } from '../support/world.ts';

modes(
  'a workflow of one’s own that has ended',
  (world) => {
    test('H4: who decides it late is told how its gate had ended, and that is kept', async () => {
      const { client, taskQueue, oneGate, decide, evidence } = world();
      const id = `own-${randomUUID()}`;
      const handle = await client.workflow.start('gated', {
        workflowId: id,
        taskQueue,
        args: [deskPolicy()],
      });
      const gate = await oneGate(id);
      await decide(id, gate, { decision: 'rejected' });
      await handle.result();
      expect(await decide(id, gate, { decisionId: 'late' })).toMatchObject({
        status: 'refused',
        code: 'ALREADY_DECIDED',
        outcome: { status: 'rejected' },
      });
      expect(await evidence.lateDecisions(id)).toMatchObject([
        { decision: { decisionId: 'late' } },
      ]);
    });
  },
  { workflowsPath: fileURLToPath(new URL('host-workflows.ts', import.meta.url)) },
);
