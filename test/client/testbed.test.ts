/** What teams test their agents with: reviewers by script, with keys of their own where a tier takes proof. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool, scriptedModel } from '../../activities/index.ts';
import { createSigningKey, decisionSigner, type DecisionSigner } from '../../client/index.ts';
import { DEFAULT_TIERS, definePolicy } from '../../domain/index.ts';
import { openTestbed, scriptedReviewer, type Testbed } from '../../testing/index.ts';

const policy = definePolicy({
  name: 'testbed',
  version: '1',
  tiers: DEFAULT_TIERS.map((tier) => ({
    ...tier,
    reviewers: ['alice', 'bob'],
    quorum: 2,
    proof: 'signed',
  })),
});
const erased: string[] = [];
const erase = defineTool({
  name: 'erase',
  description: 'Erases a record for good.',
  input: z.object({ id: z.string() }),
  execute: ({ id }) => {
    erased.push(id);
    return `erased ${id}`;
  },
});

let testbed: Testbed;
const signers: Record<string, DecisionSigner> = {};
beforeAll(async () => {
  const keys = await Promise.all(
    ['alice', 'bob'].map(async (reviewerId) => {
      const { key, entry } = await createSigningKey({ reviewerId });
      signers[reviewerId] = await decisionSigner(key);
      return entry;
    }),
  );
  testbed = await openTestbed({
    tools: [erase],
    policy,
    keys: { keys: async () => keys },
    model: scriptedModel([
      { calls: [{ name: 'erase', arguments: { id: 'c-1' } }] },
      { text: 'All done.' },
    ]),
  });
});
afterAll(async () => testbed.close());

const yes = { erase: { decision: 'approved' } } as const;
const signed = (id: string) => {
  const signer = signers[id];
  if (signer === undefined) throw new Error(`${id} has a key`);
  return { id, signer };
};

test('two reviewers who sign let pass what takes two signatures', async () => {
  const reviewers = ['alice', 'bob'].map((id) => scriptedReviewer(yes, signed(id)));
  const { result, events } = await testbed.run({ goal: 'Erase c-1.' }, reviewers);
  expect(result.status).toBe('completed');
  expect(erased).toEqual(['c-1']);
  const proven = events.flatMap(({ eventType, details, reviewerId }) =>
    details?.['proof'] === 'signed' ? [[eventType, reviewerId]] : [],
  );
  expect(proven).toEqual([
    ['gate_presented', undefined],
    ['voted', 'alice'],
    ['approved', 'bob'],
  ]);
});

test('one who only says so does not, and neither does one under another’s name', async () => {
  const reviewers = [
    scriptedReviewer(yes, 'alice'),
    scriptedReviewer(yes, { ...signed('bob'), id: 'alice' }),
    scriptedReviewer({ erase: { decision: 'rejected', rationale: 'not today' } }, signed('bob')),
  ];
  const { events } = await testbed.run({ goal: 'Erase c-1.' }, reviewers);
  expect(events.flatMap(({ details }) => details?.['code'] ?? [])).toEqual([
    'SIGNATURE_REQUIRED',
    'SIGNATURE_INVALID',
  ]);
  expect(events.map(({ eventType }) => eventType)).toContain('rejected');
  expect(erased).toEqual(['c-1']);
});
