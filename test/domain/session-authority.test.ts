/**
 * Proves that a page which asks before somebody decides hears what the decision would: the same judgement, over the same
 * state, for every kind of reviewer. Nothing changes by asking.
 */
import { describe, expect, test } from 'vitest';
import { mayDecide } from '../../domain/session/session-authority.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import type { SessionState } from '../../domain/session/session.ts';
import {
  COMMAND,
  decisionOf,
  NAMED_POLICY,
  NOW,
  policyOf,
  sessionOf,
  tierOf,
  withGate,
} from './builders.ts';
import { DEFAULT_TIERS } from '../../domain/index.ts';

const PEOPLE_POLICY = policyOf({
  name: 'people',
  version: '1',
  people: {
    ann: { accounts: ['ann@desk'], groups: ['desk'] },
    bob: { accounts: ['bob@desk'], groups: ['desk'], revokedSince: '2020-01-01T00:00:00Z' },
    rosa: { accounts: ['rosa@desk'], groups: ['desk'] },
    olaf: { groups: ['desk'] },
  },
  agents: { 'agent-smith': { owner: 'olaf' } },
  tiers: [tierOf('pair', { reviewers: undefined, groups: ['desk'], quorum: 2 }), ...DEFAULT_TIERS],
});

const ask = (state: SessionState, raw: object): ReturnType<typeof mayDecide> =>
  mayDecide(state, { gateId: 'gate-1', ...raw }, NOW);

const REVIEWERS = [
  'alice',
  'ann',
  'ann@desk',
  'bob@desk',
  'rosa',
  'rosa@desk',
  'olaf',
  'agent-smith',
  'dana',
  'bea',
];

describe('asked before there is a decision', () => {
  const states: readonly (readonly [string, SessionState])[] = [
    ['anyone may', withGate(sessionOf())],
    ['a tier that names people', withGate(sessionOf({ policy: NAMED_POLICY }))],
    ['two people of a group', withGate(sessionOf({ policy: PEOPLE_POLICY }), { tier: 'pair' })],
    [
      'two of a group, one of whom has voted',
      receiveDecision(
        withGate(sessionOf({ policy: PEOPLE_POLICY }), { tier: 'pair' }),
        decisionOf({ reviewerId: 'ann@desk', decisionId: 'first' }),
        NOW,
      ).state,
    ],
  ];

  test.each(states)('%s: each hears what their approval would be told', (_where, state) => {
    for (const reviewerId of REVIEWERS) {
      const { reply } = receiveDecision(state, decisionOf({ reviewerId }), NOW);
      const asked = ask(state, { reviewerId });
      if (reply.status === 'refused') {
        const { code, message } = reply;
        const no = { code, message };
        const expected =
          code === 'ALREADY_VOTED' ? { may: 'yes', butNotApprove: no } : { may: 'no', ...no };
        expect(asked, reviewerId).toEqual(expected);
      } else {
        expect(asked, reviewerId).toEqual({ may: 'yes' });
      }
    }
  });

  test('a group that only a signed login vouches for counts where the decision would be signed', () => {
    const policy = policyOf({
      name: 'signed',
      version: '1',
      tiers: [
        tierOf('proven', { reviewers: undefined, groups: ['ops'], proof: 'signed' }),
        ...DEFAULT_TIERS,
      ],
    });
    const state = withGate(sessionOf({ policy }), { tier: 'proven' });
    const login = { reviewerId: 'zoe', groups: ['ops'] };
    expect(ask(state, login)).toMatchObject({ may: 'no', code: 'SIGNATURE_REQUIRED' });
    expect(ask(state, { ...login, isSigned: true })).toEqual({ may: 'yes' });
    expect(ask(state, { ...login, groups: ['sales'], isSigned: true })).toMatchObject({
      may: 'no',
      code: 'NOT_AUTHORIZED',
    });
    expect(ask(state, { ...login, reviewerId: 'x', person: 'rosa', isSigned: true })).toMatchObject(
      { may: 'no', code: 'SELF_APPROVAL' },
    );
  });

  test('an account that the directory was not asked about is not known yet', () => {
    const policy = policyOf({ name: 'directory', version: '1', people: 'directory' });
    const state = withGate(sessionOf({ policy }));
    expect(ask(state, { reviewerId: 'zoe' })).toMatchObject({ may: 'unknown' });
    const trust = { keys: [], people: [], asked: ['zoe'], at: NOW };
    expect(ask({ ...state, trust }, { reviewerId: 'zoe' })).toEqual({ may: 'yes' });
  });

  test('what has ended, or never was, is said to be so', () => {
    const ended = receiveDecision(withGate(sessionOf()), decisionOf(), NOW).state;
    expect(ask(ended, { reviewerId: 'dana' })).toMatchObject({ code: 'ALREADY_DECIDED' });
    expect(ask(sessionOf(), { reviewerId: 'dana' })).toMatchObject({ code: 'UNKNOWN_GATE' });
  });

  test.each([[undefined], [null], ['gate-1'], [COMMAND], [{ gateId: 'gate-1' }]])(
    '%j is answered as malformed',
    (raw) => {
      expect(mayDecide(withGate(sessionOf()), raw, NOW)).toMatchObject({ code: 'MALFORMED' });
    },
  );
});
