/**
 * The second look at signatures, in the worker that is about to execute: verified natively, over what runs, whatever a
 * workflow puts around them. A workflow here schedules the tool past every gate, with decisions that people really signed.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { Consent, ConsentDecision } from '../../domain/action/consent.ts';
import type { Decision } from '../../domain/gate/decision.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import { deskPolicy } from '../support/desk.ts';
import { newKey, type ReviewerKey, trustFiles } from '../support/trust.ts';
import { modes, type World } from '../support/world.ts';
import type { pastTheGate } from './consent-workflows.ts';

const ARGS = { id: 'c-1' };
const digestOf = (args: { readonly id: string }): string =>
  payloadDigest({ actionType: 'delete_record', toolVersion: '1', arguments: args });
const SHOWN_RUN = 'the-run-that-showed-it';

const base = { respondWithinMs: 60_000, onNoResponse: 'reject', reviewers: 'anyone' } as const;
const POLICY = deskPolicy({
  tools: { wire: { reversibility: 'irreversible' }, take_note: { reversibility: 'reversible' } },
  tiers: [
    { ...base, name: 'async_review', route: 'desk' },
    {
      ...base,
      name: 'synchronous_gate',
      route: 'two of the team',
      reviewers: ['rita', 'bob', 'carla'],
      quorum: 2,
      proof: 'signed',
    },
    { ...base, name: 'escalation', route: 'boss', reviewers: ['bea'], proof: 'signed' },
  ],
});

const files = trustFiles();
const GATEWAY = await newKey('gateway-1');
const STRANGER = await newKey('gateway-1');
files.writeKeys(GATEWAY.trusted);
afterAll(() => files.remove());

interface Saying extends Partial<Decision> {
  readonly key?: ReviewerKey;
  /** What is changed after it was signed. */
  readonly after?: Partial<Decision>;
}

/** What a person signed, in the session with this id. */
async function vote(
  { client }: World,
  sessionId: string,
  { key = GATEWAY, after = {}, ...changes }: Saying,
): Promise<Decision> {
  const decision: Decision = {
    decisionId: `d-${changes.reviewerId ?? 'rita'}`,
    gateId: 'gate-1',
    runId: SHOWN_RUN,
    payloadDigest: digestOf(ARGS),
    decision: 'approved',
    reviewerId: 'rita',
    ...changes,
  };
  const { namespace } = client.options;
  const context = { namespace, sessionId, policyVersion: 'desk@1#0' };
  return { ...(await key.signer.sign(decision, context)), ...after };
}

interface Trial {
  readonly sayings: readonly Saying[];
  readonly decision?: Partial<ConsentDecision>;
  readonly consent?: Partial<Consent>;
  readonly args?: { readonly id: string };
}

/** `ran`, or the code with which the executing activity refused it. */
async function tried(world: World, trial: Trial, session = newSession()): Promise<string> {
  const { sayings, args = ARGS } = trial;
  const votes = await Promise.all(sayings.map((saying) => vote(world, session, saying)));
  const last = votes.at(-1);
  const decision = {
    decisionId: last?.decisionId ?? '',
    gateId: 'gate-1',
    runId: SHOWN_RUN,
    reviewerId: last?.reviewerId ?? '',
    decision: last?.decision ?? 'approved',
    votes: votes.map((one) => ({
      decision: one,
      personId: one.reviewerId,
      groups: ['admins'],
      tier: 'automated',
      proof: 'signed' as const,
      at: 0,
    })),
    ...trial.decision,
  };
  const consent = {
    payloadDigest: digestOf(args),
    policyVersion: 'desk@1#0',
    ancestorRuns: [SHOWN_RUN],
    decision,
    ...trial.consent,
  };
  return world.client.workflow.execute<typeof pastTheGate>('pastTheGate', {
    workflowId: session,
    taskQueue: world.taskQueue,
    args: [{ tool: 'delete_record', args, consent }],
  });
}

function newSession(): string {
  return `past-the-gate-${randomUUID()}`;
}

const RITA: Saying = { reviewerId: 'rita' };
const BOB: Saying = { reviewerId: 'bob' };

modes(
  'a tool that is scheduled past the gate, with decisions that people signed',
  (world) => {
    test('runs where they are what they seem, and the ledger spends each of them', async () => {
      const session = newSession();
      expect(await tried(world(), { sayings: [RITA, BOB] }, session)).toBe('ran');
      // As another action, in whichever order, of the session that the ledger knows.
      const { runId: first } = await world().client.workflow.getHandle(session).describe();
      const again = { sayings: [BOB, RITA], consent: { actionId: '2/1' } };
      const spent = { ...again, consent: { ...again.consent, firstExecutionRunId: first } };
      expect(await tried(world(), spent, session)).toBe('CONSENT_SPENT');
      // H2: and of one that calls itself another session, by its first run.
      const elsewhere = { ...again, consent: { firstExecutionRunId: 'made-up' } };
      expect(await tried(world(), elsewhere, session)).toBe('CONSENT_SPENT');
      expect(world().desk.executionsOf(session)).toHaveLength(1);
    });

    test.each<readonly [string, Trial, string]>([
      ['one of two', { sayings: [RITA] }, 'NOT_AUTHORIZED'],
      ['one twice', { sayings: [RITA, { ...RITA, decisionId: 'd-2' }] }, 'NOT_AUTHORIZED'],
      [
        'rejections',
        {
          sayings: [
            { ...RITA, decision: 'rejected' },
            { ...BOB, decision: 'rejected' },
          ],
          decision: { shown: ARGS },
        },
        'CONSENT_MISSING',
      ],
      [
        'a rejection that calls itself a change',
        {
          sayings: [{ ...RITA, decision: 'rejected' }],
          decision: { decision: 'modified', shown: ARGS },
        },
        'CONSENT_MISSING',
      ],
      [
        'a rejection made an approval',
        { sayings: [RITA, { ...BOB, decision: 'rejected', after: { decision: 'approved' } }] },
        'SIGNATURE_INVALID',
      ],
      [
        'the words of another under one signature',
        { sayings: [RITA, { ...RITA, after: { reviewerId: 'bob' } }] },
        'SIGNATURE_INVALID',
      ],
      [
        'the same, the other way round',
        { sayings: [{ ...RITA, after: { reviewerId: 'bob' } }, RITA] },
        'SIGNATURE_INVALID',
      ],
      [
        'a key that only has the name',
        { sayings: [RITA, { ...BOB, key: STRANGER }] },
        'SIGNATURE_INVALID',
      ],
      [
        'none',
        { sayings: [RITA, { ...BOB, after: { signature: undefined as never } }] },
        'SIGNATURE_REQUIRED',
      ],
      [
        'a group that only the workflow knows',
        { sayings: [RITA, { reviewerId: 'mallory' }] },
        'NOT_AUTHORIZED',
      ],
      ['other bytes', { sayings: [RITA, BOB], args: { id: 'c-2' } }, 'DIGEST_MISMATCH'],
      [
        'another session',
        { sayings: [RITA, BOB], consent: { policyVersion: 'desk@2#0' } },
        'SIGNATURE_INVALID',
      ],
      [
        'a decision that the ledger does not know',
        { sayings: [RITA, BOB], decision: { decisionId: 'fresh' } },
        'CONSENT_MISSING',
      ],
      [
        'a run that nobody came from',
        { sayings: [RITA, BOB], consent: { ancestorRuns: [] } },
        'DECISION_FROM_OTHER_RUN',
      ],
    ])('H1, H2, H6: is refused, and does not run: with %s', async (_what, trial, code) => {
      const session = newSession();
      expect(await tried(world(), trial, session)).toBe(code);
      expect(world().desk.executionsOf(session)).toEqual([]);
    });

    test('H6: an activity of a team’s own runs without a consent only where no signature is asked for it', async () => {
      const { client, taskQueue } = world();
      const alone = async (tool: string): Promise<string> =>
        client.workflow.execute<typeof pastTheGate>('pastTheGate', {
          workflowId: newSession(),
          taskQueue,
          args: [{ tool, args: { to: 'acme' } }],
        });
      expect(await alone('wire')).toBe('CONSENT_MISSING');
      expect(await alone('take_note')).toBe('ran');
      expect(await alone('not_named')).toBe('ran');
    });

    test('H1: is refused where the keys can’t be had', async () => {
      files.remove();
      const session = newSession();
      expect(await tried(world(), { sayings: [RITA, BOB] }, session)).toBe('TRUST_UNAVAILABLE');
      files.writeKeys(GATEWAY.trusted);
      expect(world().desk.executionsOf(session)).toEqual([]);
    });
  },
  {
    policy: POLICY,
    keys: files.keys,
    activities: {
      wire: async () => 'wired',
      take_note: async () => 'noted',
      not_named: async () => 'done',
    },
    workflowsPath: fileURLToPath(new URL('consent-workflows.ts', import.meta.url)),
  },
);
