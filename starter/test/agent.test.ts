/** The agent on a real Temporal server, with a script for its model and one for the person at its gates. */
import { fileURLToPath } from 'node:url';
import { openTestbed, scriptedModel, scriptedReviewer, type Testbed } from 'holdpoint/testing';
import { readPolicyFile } from 'holdpoint/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orders, tools } from '../tools.ts';

let testbed: Testbed;

beforeAll(async () => {
  testbed = await openTestbed({
    tools,
    policy: await readPolicyFile(fileURLToPath(new URL('../policy.yaml', import.meta.url))),
    model: scriptedModel([
      { calls: [{ name: 'refund', arguments: { order: 'o-1', amount: 240 } }] },
      { text: 'Done.' },
    ]),
  });
}, 10 * 60_000);

afterAll(async () => testbed.close());

test('a refund above 100 waits for a person, and pays what that person says', async () => {
  const reviewer = scriptedReviewer({
    refund: { decision: 'modified', modifications: { amount: 120 }, rationale: 'Charged twice.' },
  });
  const { result, events } = await testbed.run({ goal: 'Pay Ada back.' }, reviewer);
  expect(result.status).toBe('completed');
  expect(orders.get('o-1')?.refunded).toBe(120);
  expect(events.map(({ eventType }) => eventType)).toContain('modified');
}, 60_000);
