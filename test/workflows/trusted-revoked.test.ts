/**
 * Between approval and execution: a key or a person is revoked, or found to stand behind the session. The session is paused
 * in between, so that its action has not started; after the resume the executing worker looks again, nothing runs, and a
 * new gate says why.
 */
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { PolicyPerson } from '../../domain/policy/policy.ts';
import { deskPolicy } from '../support/desk.ts';
import { decideSigned, newKey, trustFiles } from '../support/trust.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const ONE = { turns: [{ calls: [DELETE] }, { text: 'All done.' }] } as const;
const OPERATOR = { operatorId: 'oscar', reason: 'something was found' };

const base = { respondWithinMs: 300_000, onNoResponse: 'reject' } as const;
const POLICY = deskPolicy({
  people: 'directory',
  agents: { 'desk-agent': { owner: 'olaf' } },
  tiers: [
    { ...base, name: 'async_review', route: 'desk', reviewers: 'anyone' },
    { ...base, name: 'synchronous_gate', route: 'ops', groups: ['ops'], proof: 'signed' },
    { ...base, name: 'escalation', route: 'boss', reviewers: ['bea'], proof: 'signed' },
  ],
});

const files = trustFiles();
const RITA = await newKey('rita-1', { reviewerId: 'rita@corp' });
const BOB = await newKey('bob-1', { reviewerId: 'bob' });
const PEOPLE: Readonly<Record<string, PolicyPerson>> = {
  rita: { accounts: ['rita@corp'], groups: ['ops'] },
  bob: { groups: ['ops'] },
  requester: {},
  olaf: {},
};
beforeEach(() => {
  files.writeKeys(RITA.trusted, BOB.trusted);
  files.writePeople(PEOPLE);
});
afterAll(() => files.remove());

const NOW = (): string => new Date().toISOString();
const { rita: _rita, ...WITHOUT_RITA } = PEOPLE;

/** What happens while the approved action waits for the resume, and the code that stops it. */
const BETWEEN: readonly (readonly [string, () => void, string])[] = [
  [
    'its key is revoked',
    () => files.writeKeys({ ...RITA.trusted, revokedAt: NOW() }, BOB.trusted),
    'SIGNATURE_INVALID',
  ],
  ['its key is gone', () => files.writeKeys(BOB.trusted), 'SIGNATURE_INVALID'],
  [
    'its reviewer is revoked',
    () => files.writePeople({ ...PEOPLE, rita: { ...PEOPLE['rita'], revokedSince: NOW() } }),
    'NOT_AUTHORIZED',
  ],
  [
    'its reviewer has left the group',
    () => files.writePeople({ ...PEOPLE, rita: { accounts: ['rita@corp'] } }),
    'NOT_AUTHORIZED',
  ],
  ['its reviewer is gone', () => files.writePeople(WITHOUT_RITA), 'NOT_AUTHORIZED'],
  [
    'its reviewer is found to be who asked',
    () =>
      files.writePeople({
        ...WITHOUT_RITA,
        requester: { accounts: ['rita@corp'], groups: ['ops'] },
      }),
    'SELF_APPROVAL',
  ],
  [
    'its reviewer is found to own the agent',
    () =>
      files.writePeople({ ...WITHOUT_RITA, olaf: { accounts: ['rita@corp'], groups: ['ops'] } }),
    'SELF_APPROVAL',
  ],
  ['nobody can be found out any more', () => files.remove(), 'TRUST_UNAVAILABLE'],
  [
    'the directory is broken',
    () => files.writePeople({ rita: { accounts: ['bob'] }, bob: {} }),
    'TRUST_UNAVAILABLE',
  ],
];

async function approvedAndPaused(world: World): Promise<string> {
  const { start, oneGate, holdpoint } = world;
  const session = await start(ONE);
  const gate = await oneGate(session);
  await holdpoint.pause(session, OPERATOR);
  const answer = await decideSigned(world, session, gate, RITA, { reviewerId: 'rita@corp' });
  expect(answer).toMatchObject({ status: 'decided', outcome: { status: 'approved' } });
  return session;
}

modes(
  'between approval and execution',
  (world) => {
    test('nothing happens, and it runs after the resume', async () => {
      const session = await approvedAndPaused(world());
      const { holdpoint, desk } = world();
      expect(desk.executionsOf(session)).toEqual([]);
      await holdpoint.resume(session, OPERATOR);
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toHaveLength(1);
    });

    test.each(BETWEEN)(
      'H1: %s: it is not executed, and a new gate says why',
      async (_what, happens, code) => {
        const session = await approvedAndPaused(world());
        const { holdpoint, desk, oneGate, wholeTrail } = world();
        happens();
        await holdpoint.resume(session, OPERATOR);
        const again = await oneGate(session);
        expect(again.note).toMatch(NOTES[code] ?? /^$/);
        expect(again.note).not.toContain('bearer');
        expect(desk.executionsOf(session)).toEqual([]);
        files.writeKeys(RITA.trusted, BOB.trusted);
        files.writePeople(PEOPLE);
        // What is known of people is looked up for each account; Bob is another one.
        const answer = await until('Bob is let in', async () => {
          const said = await decideSigned(world(), session, again, BOB, { reviewerId: 'bob' });
          return said.status === 'decided' && said;
        });
        expect(answer).toMatchObject({ outcome: { reviewerId: 'bob' } });
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
        expect(desk.executionsOf(session)).toHaveLength(1);
        const trail = await wholeTrail(session);
        const told = trail.filter(
          ({ gateId, eventType }) => gateId !== undefined || eventType === 'executed',
        );
        expect(
          told.map(({ eventType, details }) => {
            const said = details?.['code'];
            return typeof said === 'string' ? `${eventType} ${said}` : eventType;
          }),
        ).toEqual([
          'gate_presented',
          'approved',
          `not_executed ${code}`,
          'gate_presented',
          'approved',
          'executed',
        ]);
      },
    );
  },
  { policy: POLICY, keys: files.keys, directory: files.directory },
);

const NOTES: Readonly<Record<string, RegExp>> = {
  SIGNATURE_INVALID: /revoked since|none that counts here/,
  NOT_AUTHORIZED: /rita@corp is (revoked since|no reviewer of tier synchronous_gate)/,
  SELF_APPROVAL: /rita@corp asked for, owns or does this work/,
  TRUST_UNAVAILABLE: /Who may decide could not be found out: .*(can not be read|is also)/,
};
