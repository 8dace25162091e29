/** Claims, several approvals and standing grants from the command line, on a real server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT, EXIT_OF_REFUSAL } from '../../cli/exit-codes.ts';
import { askGrant } from '../../cli/grant-question.ts';
import type { ShownGrant } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { openSigningDesk, shown, type SigningDesk } from './signing-desk.ts';

const call = (order: string, amount: number) =>
  ({ name: 'refund', arguments: { order, amount } }) as const;
/** Takes two people. */
const SHARED = call('o-1', 240);
/** Takes one, and may be granted. */
const LARGE = call('o-1', 1_200);

let desk: SigningDesk;
beforeAll(async () => {
  desk = await openSigningDesk();
});
afterAll(async () => desk.close());

async function withdrawn(session: string): Promise<void> {
  await desk.world.holdpoint.cancel(session, { operatorId: 'olga', reason: 'the test is over' });
}

describe('a claim', () => {
  test('is seen by the others, in the list too, and given back', async () => {
    const { session, gate } = await desk.gateOf(SHARED);
    const claimed = await desk.as('rita', 'claim', session, gate.gateId, '--reason', 'looking');
    expect(claimed.code).toBe(EXIT.done);
    expect((await desk.as('ben', 'gates', session)).out).toMatch(/claimed {5}by rita until 20/);
    await until('the claim in the list', async () => {
      const { out } = await desk.as('ben', 'pending');
      return out.includes('[0 of 2 approved, claimed by rita]');
    });
    const taken = await desk.as('ben', 'claim', session, gate.gateId);
    expect(taken.code).toBe(EXIT_OF_REFUSAL.CLAIMED);
    const notTheirs = await desk.as('ben', 'release', session, gate.gateId);
    expect(notTheirs.code).toBe(EXIT_OF_REFUSAL.NOT_CLAIMED);
    expect((await desk.as('rita', 'release', session, gate.gateId)).code).toBe(EXIT.done);
    expect((await desk.as('ben', 'gates', session)).out).not.toContain('claimed    by');
    const events = await desk.world.trail(session);
    expect(events.map(({ eventType }) => eventType)).toEqual(
      expect.arrayContaining(['claimed', 'released']),
    );
    await withdrawn(session);
  });

  test('is not for who may not decide', async () => {
    const { session, gate } = await desk.gateOf(SHARED);
    const said = await desk.as('mallory', 'claim', session, gate.gateId);
    expect(said.code).toBe(EXIT_OF_REFUSAL.NOT_AUTHORIZED);
    await withdrawn(session);
  });
});

test('of two who have to approve the first is recorded, and shown to the second', async () => {
  const { session, gate } = await desk.gateOf(SHARED);
  const decide = ['decide', session, gate.gateId, ...shown(gate), '--approve'];
  const first = await desk.as('rita', ...decide);
  expect(first).toMatchObject({
    code: EXIT.done,
    out: 'recorded: 1 of 2 people have approved it.\n',
  });
  const { out } = await desk.as('ben', 'gates', session);
  expect(out).toContain('approved    1 of 2 people: rita');
  expect(out).toContain('proof       CLAIMED: nothing proves who decides');
  expect((await desk.as('rita', ...decide)).code).toBe(EXIT_OF_REFUSAL.ALREADY_VOTED);
  await until('the vote in the list', async () =>
    (await desk.as('ben', 'pending')).out.includes('[1 of 2 approved]'),
  );
  expect((await desk.as('cleo', ...decide)).out).toBe('decided: approved\n');
  expect(await desk.world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
});

describe('a standing grant', () => {
  const grantFlags = ['--grant', 'tool', '--times', '2', '--until', '2h'];
  const bounds = ['--bound', '/amount<=2000', '--bound', '/order=o-1'];

  test('given with an approval lets such calls pass; it is listed, and revoked', async () => {
    const session = await desk.world.start({
      turns: [
        { calls: [LARGE] },
        { calls: [call('o-1', 1_500)] },
        { calls: [call('o-2', 1_500)] },
        { calls: [call('o-1', 1_700)] },
        { text: 'All done.' },
      ],
    });
    const gate = await desk.world.oneGate(session);
    const decide = ['decide', session, gate.gateId, ...shown(gate), '--approve'];
    expect((await desk.as('ben', ...decide, ...grantFlags, ...bounds)).code).toBe(EXIT.done);
    const outside = await until('the call outside of the bounds', async () =>
      (await desk.world.holdpoint.gates(session)).find(({ payload }) => payload['order'] === 'o-2'),
    );
    expect(desk.world.desk.executionsOf(session)).toHaveLength(2);
    const { out } = await desk.as('ben', 'grants', session);
    expect(out).toMatch(/refund, \/amount<=2000, \/order="o-1": 1 of 2 used, until .*, by ben/);
    const listed = await desk.as('ben', '--json', 'grants', session);
    const [grant] = JSON.parse(listed.out) as readonly ShownGrant[];
    const revoke = ['revoke', session, grant?.grantId ?? '', '--reason', 'enough'];
    expect((await desk.as('rita', ...revoke)).code).toBe(EXIT.done);
    expect((await desk.as('rita', ...revoke)).code).toBe(EXIT_OF_REFUSAL.UNKNOWN_GRANT);
    expect((await desk.as('ben', 'grants', session)).out).toBe('No standing grant.\n');
    const over = ['decide', session, outside.gateId, ...shown(outside), '--approve'];
    expect((await desk.as('ben', ...over)).code).toBe(EXIT.done);
    const last = await until('the call that was granted before', async () =>
      (await desk.world.holdpoint.gates(session)).find(
        ({ payload }) => payload['amount'] === 1_700,
      ),
    );
    const approve = ['decide', session, last.gateId, ...shown(last), '--approve'];
    await desk.as('ben', ...approve);
    expect(await desk.world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  });

  test.each<[string, readonly string[], string]>([
    ['without how often', ['--grant', 'exact', '--until', '2h'], '--times'],
    ['for a tool without bounds', grantFlags, 'needs tool and bounds'],
    [
      'for this call with bounds',
      ['--grant', 'exact', '--times', '1', '--until', '2h', ...bounds],
      'no bounds',
    ],
    ['of nothing', ['--times', '2'], '--grant'],
    ['with a bound that is none', [...grantFlags, '--bound', 'amount 50'], '/amount<=50'],
    [
      'with a bound that no number is within',
      [...grantFlags, '--bound', '/amount<=many'],
      'number',
    ],
    ['with a list that is none', [...grantFlags, '--bound', '/shop in a'], '/shop in'],
    ['that is over', ['--grant', 'exact', '--times', '1', '--until', 'yesterday'], 'moment'],
    ['as often as never', ['--grant', 'exact', '--times', '0', '--until', '2h'], 'whole number'],
  ])('%s is wrong usage, and nothing is sent', async (_what, flags, problem) => {
    const { session, gate } = await desk.gateOf(LARGE);
    const decide = ['decide', session, gate.gateId, ...shown(gate), '--approve'];
    const { code, err } = await desk.as('ben', ...decide, ...flags);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(problem);
    expect(await desk.world.holdpoint.gates(session)).toHaveLength(1);
    await withdrawn(session);
  });

  test('with a rejection, or beyond the policy, is refused by the session', async () => {
    const { session, gate } = await desk.gateOf(LARGE);
    const decide = ['decide', session, gate.gateId, ...shown(gate)];
    const exact = (times: string): readonly string[] => [
      '--grant',
      'exact',
      '--times',
      times,
      '--until',
      '2h',
    ];
    const rejected = await desk.as('ben', ...decide, '--reject', ...exact('1'));
    expect(rejected.code).toBe(EXIT_OF_REFUSAL.MALFORMED);
    const often = await desk.as('ben', ...decide, '--approve', ...exact('999'));
    expect(often.code).toBe(EXIT_OF_REFUSAL.GRANT_NOT_ALLOWED);
    await withdrawn(session);
  });

  test('goes under a signature, too', async () => {
    const session = await desk.world.start({
      turns: [{ calls: [LARGE] }, { calls: [LARGE] }, { text: 'All done.' }],
    });
    const gate = await desk.world.oneGate(session);
    const flags = ['--grant', 'exact', '--times', '1', '--until', '1h'];
    const script = ['--yes', '--digest', gate.payloadDigest];
    const said = await desk.as(
      'rita',
      'sign',
      session,
      gate.gateId,
      '--approve',
      ...flags,
      ...script,
    );
    await desk.world.client.workflow.getHandle(session).signal('decide', JSON.parse(said.out));
    expect(await desk.world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
    const used = (await desk.world.trail(session)).filter(
      ({ eventType }) => eventType === 'grant_used',
    );
    expect(used).toHaveLength(1);
  });
});

describe('asked at a terminal', () => {
  const granting = { grantable: true, actionType: 'refund' };
  const asking = (...answers: readonly string[]) => {
    const left = [...answers];
    return async (): Promise<string> => left.shift() ?? '';
  };

  test('a grant is offered where it is possible, and Enter gives none', async () => {
    expect(await askGrant(asking(''), granting)).toEqual({});
    const never = async (): Promise<string> => Promise.reject(new Error('asked'));
    expect(await askGrant(never, { ...granting, grantable: false })).toEqual({});
  });

  test('whoever leaves in the middle has given none, and approved nothing', async () => {
    for (const said of [[], ['t'], ['t', '/amount<=50'], ['e', '2']]) {
      const left = [...said];
      expect(await askGrant(async () => left.shift(), granting)).toBeUndefined();
    }
  });

  test('it is said in a few words, and asked again where they make no sense', async () => {
    const end = '2100-01-01T00:00:00Z';
    expect(await askGrant(asking('e', '3', end), granting)).toEqual({
      grant: { scope: 'exact', times: 3, until: end },
    });
    const odd = ['x', 't', '', '1', end, '', 'e', 'often', end, ''];
    const bounds = ['t', '/amount<=50', '/shop in ["a", "b"]', '', '2', end];
    expect(await askGrant(asking(...odd, ...bounds), granting)).toEqual({
      grant: {
        scope: 'tool',
        tool: 'refund',
        times: 2,
        until: end,
        bounds: [
          { pointer: '/amount', atMost: 50 },
          { pointer: '/shop', oneOf: ['a', 'b'] },
        ],
      },
    });
  });
});
