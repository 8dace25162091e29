/**
 * A desk at which decisions can be trusted: an early escalation, a standing grant, two people with keys of their own for
 * what can't be undone, a reviewer whose key is revoked between approval and execution, and what a "no" is worth.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DecisionAnswer, HoldpointClient, type PendingApproval } from 'holdpoint/client';
import { HOUR_MS, SECOND_MS } from 'holdpoint/policy';
import { startEmbedded, trustedKeysFrom } from 'holdpoint/worker';
import { confidenceModel, GOAL, model, tools } from './desk.ts';
import { deskPolicy } from './policy.ts';
import { decideSigned, revokeKey, type Reviewer, reviewerWithKey, type Said } from './reviewers.ts';

const POLL_MS = 150;
/** So that the demo sees the ladder climb. */
const RESPOND_WITHIN_MS = 8 * SECOND_MS;

const folder = await mkdtemp(join(tmpdir(), 'trusted-desk-'));
const trustedKeys = join(folder, 'trusted-keys.json');
const reviewer = (id: string): Promise<Reviewer> => reviewerWithKey(id, trustedKeys);
const [alice, bob, cleo, olga, mona] = [
  await reviewer('alice@example.com'),
  await reviewer('bob'),
  await reviewer('cleo'),
  await reviewer('olga'),
  await reviewer('mona'),
];

const embedded = await startEmbedded({
  progress: (line) => console.log(`· ${line}`),
  ui: false,
  tools,
  policy: deskPolicy({ respondWithinMs: RESPOND_WITHIN_MS }),
  keys: trustedKeysFrom(trustedKeys),
  model,
  confidenceModel,
});
const { address, namespace, taskQueue } = embedded;
const holdpoint = await HoldpointClient.connect({ address, namespace, taskQueue });
const sessionId = await holdpoint.start({ goal: GOAL, agentId: 'refund-bot', requesterId: 'ada' });
const operator = { operatorId: 'olga' };

/** The one gate that waits, once it is as it should be. */
async function gateThat(isIt: (gate: PendingApproval) => boolean): Promise<PendingApproval> {
  for (;;) {
    const gate = (await holdpoint.gates(sessionId)).find(isIt);
    if (gate !== undefined) return gate;
    await delay(POLL_MS);
  }
}

const gateFor = (id: string): Promise<PendingApproval> =>
  gateThat(({ payload }) => payload['id'] === id);

async function says(who: Reviewer, gate: PendingApproval, said: Said): Promise<DecisionAnswer> {
  const answer = await decideSigned(holdpoint, who, { gate, said });
  const code = 'code' in answer ? ` ${answer.code}` : '';
  const votes = 'votes' in answer ? ` (${answer.votes} of ${answer.needed})` : '';
  console.log(`${who.id}: ${said.decision} → ${answer.status}${code}${votes}`);
  return answer;
}

const yes: Said = { decision: 'approved', rationale: 'a duplicate, compared by hand' };

console.log('\nA refund waits for the desk, which does not answer for half of its time');
const refund = await gateThat(({ tier }) => tier === 'escalation');
console.log(`now asked as well: those in ${refund.groups.join(' and ')}`);
// region: grant
const grant = {
  scope: 'tool',
  tool: 'refund',
  bounds: [
    { pointer: '/amount', atMost: 300 },
    { pointer: '/order', equals: 'o-1' },
  ],
  times: 3,
  until: new Date(Date.now() + HOUR_MS).toISOString(),
} as const;
await says(mona, refund, { decision: 'approved', grant });
// endregion

console.log('\nThe next refund is within the grant. A deletion waits for two people');
const first = await gateFor('c-1');
const [standing] = (await holdpoint.status(sessionId)).grants ?? [];
console.log(`the grant: ${standing?.used} of ${standing?.terms.times} used`);
await says(olga, first, yes);
await says(alice, first, { decision: 'approved' });
await says(alice, first, yes);
await says(await reviewer('alice'), first, yes);
await says(bob, first, yes);

console.log(
  '\nTwo approve another one while the session is paused; then the key of one is revoked',
);
const second = await gateFor('c-2');
await holdpoint.pause(sessionId, { ...operator, reason: 'a call from a customer' });
await says(alice, second, yes);
await says(bob, second, yes);
await revokeKey(trustedKeys, bob.kid);
await holdpoint.resume(sessionId, { ...operator, reason: 'the call is over' });
const again = await gateThat(
  ({ payload, gateId }) => payload['id'] === 'c-2' && gateId !== second.gateId,
);
console.log(`not executed, and a new gate: ${again.note}`);
await says(alice, again, yes);
await says(cleo, again, yes);

console.log('\nOne "no" ends it, and the same call is not asked about again');
await says(cleo, await gateFor('c-3'), { decision: 'rejected', rationale: 'no duplicate' });
console.log(await holdpoint.result(sessionId));
console.log(await holdpoint.auditReport(sessionId));

await holdpoint.close();
await embedded.close();
await rm(folder, { recursive: true });
