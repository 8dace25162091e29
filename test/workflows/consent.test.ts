/**
 * The second look, in the worker that is about to execute: a tool that is scheduled past the gate does not run, whatever
 * the workflow hands over in place of a consent that fits (H1, H2, H10).
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Consent } from '../../domain/action/consent.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import { modes, type World } from '../support/world.ts';
import type { PastTheGate, pastTheGate } from './consent-workflows.ts';

const DELETION = { tool: 'delete_record', args: { id: 'c-1' } };
const FITTING = payloadDigest({
  actionType: DELETION.tool,
  toolVersion: '1',
  arguments: DELETION.args,
});
const decision = {
  decisionId: 'd-1',
  gateId: 'g-1',
  runId: 'another-run',
  reviewerId: 'rita',
  decision: 'approved',
} as const;

const REFUSED: Readonly<Record<string, readonly [Partial<Consent> | undefined, string]>> = {
  'no consent': [undefined, 'CONSENT_MISSING'],
  'a consent that nobody decided': [{ payloadDigest: FITTING }, 'CONSENT_MISSING'],
  'a consent that calls it harmless': [
    { payloadDigest: FITTING, oneShot: false },
    'CONSENT_MISSING',
  ],
  'a consent of another version': [
    { payloadDigest: FITTING, decision, version: 2 as 1 },
    'CONSENT_MISSING',
  ],
  'a consent to other arguments': [{ payloadDigest: 'c'.repeat(64), decision }, 'DIGEST_MISMATCH'],
  'a consent to another version of the tool': [
    { payloadDigest: FITTING, decision, toolVersion: '2' },
    'DIGEST_MISMATCH',
  ],
  'a consent to another tool': [
    { payloadDigest: FITTING, decision, actionType: 'create_draft' },
    'DIGEST_MISMATCH',
  ],
  'a consent of another session': [
    { payloadDigest: FITTING, decision, sessionId: 'another-session' },
    'DIGEST_MISMATCH',
  ],
  'a decision of another run': [{ payloadDigest: FITTING, decision }, 'DECISION_FROM_OTHER_RUN'],
};

async function passed(
  { client, taskQueue }: World,
  what: PastTheGate,
): Promise<{ readonly session: string; readonly said: string }> {
  const session = `past-the-gate-${randomUUID()}`;
  const said = await client.workflow.execute<typeof pastTheGate>('pastTheGate', {
    workflowId: session,
    taskQueue,
    args: [what],
  });
  return { session, said };
}

modes(
  'an irreversible tool that is scheduled past the gate',
  (world) => {
    test.each(Object.entries(REFUSED))(
      'H1: with %s: is refused, and does not run',
      async (_what, [consent, code]) => {
        const what = consent === undefined ? DELETION : { ...DELETION, consent };
        const { session, said } = await passed(world(), what);
        expect(said).toBe(code);
        expect(world().desk.executionsOf(session)).toEqual([]);
      },
    );

    test('H10: a read needs no consent, where tool and policy both call it one', async () => {
      const read = { tool: 'search', args: { query: 'x' } };
      const { session, said } = await passed(world(), read);
      expect(said).toBe('ran');
      expect(world().desk.executionsOf(session)).toHaveLength(1);
    });
  },
  { workflowsPath: fileURLToPath(new URL('consent-workflows.ts', import.meta.url)) },
);
