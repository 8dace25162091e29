/**
 * Proves that several people decide where the policy asks for several: people are counted, not accounts; one no ends it; a
 * changed payload starts anew; what was counted counts as long as its person may still give it, with the proof that is
 * asked for; and what a voter hears is what stands.
 */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../domain/text/json.ts';
import { afterModification } from '../../domain/gate/modification.ts';
import { quorumOf } from '../../domain/gate/gate.ts';
import { takeTrust } from '../../domain/session/session-opening.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { passTimeOver } from '../../domain/session/session-gates.ts';
import { gateOf, type SessionState } from '../../domain/session/session.ts';
import { pendingApprovals } from '../../domain/session/session-view.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import type { GateKind } from '../../domain/policy/condition.ts';
import { lateReply } from '../../domain/gate/late-reply.ts';
import {
  decisionOf,
  eventTypes,
  NOW,
  OTHER_DIGEST,
  policyOf,
  present,
  RUN,
  sealAll,
  sessionOf,
  tierOf,
  withGate,
} from './builders.ts';
import { AUDIENCE, ISSUER, signedDecision, testKey } from './signing.ts';

const MINUTE = 60_000;

const POLICY = policyOf({
  name: 'team',
  version: '1',
  people: {
    alice: { accounts: ['alice-gh', 'alice@corp'] },
    bob: {},
    carla: {},
    dora: { revokedSince: '2026-11-23T09:40:00Z' },
    bea: {},
  },
  tiers: [
    tierOf('async_review', {
      reviewers: ['alice', 'bob', 'carla', 'dora'],
      quorum: 2,
      respondWithinMs: 30 * MINUTE,
      onNoResponse: 'escalate',
      escalateTo: 'synchronous_gate',
    }),
    tierOf('synchronous_gate', {
      reviewers: ['bea'],
      onNoResponse: 'escalate',
      escalateTo: 'escalation',
    }),
    tierOf('escalation', { reviewers: ['bea', 'alice', 'bob'], quorum: 3, proof: 'signed' }),
  ],
});

function opened(tier = 'async_review', kind: GateKind = 'action'): SessionState {
  const session = sessionOf({ policy: POLICY, audience: AUDIENCE });
  return withGate(session, { tier, request: { kind } });
}

/** Decides by `reviewerId` under an id of their own. */
function say(
  state: SessionState,
  reviewerId: string,
  changes: Readonly<Record<string, Json>> = {},
  now = NOW + 1_000,
) {
  return receiveDecision(
    state,
    decisionOf({ decisionId: reviewerId, reviewerId, ...changes }),
    now,
  );
}

const gateIn = (state: SessionState) => present(gateOf(state, 'gate-1'));
const byAll = (...reviewers: readonly string[]): SessionState =>
  reviewers.reduce((state, reviewer) => say(state, reviewer).state, opened());

describe('H1: two of four', () => {
  const first = say(opened(), 'alice', { rationale: 'looks right' });

  test('the first yes is recorded: the gate waits, the vote stands in the trail', () => {
    expect(first.reply).toEqual({
      status: 'recorded',
      gateId: 'gate-1',
      message: '1 of 2 people have approved it.',
      votes: 1,
      needed: 2,
    });
    expect(gateIn(first.state).status).toBe('pending');
    expect(first.events).toMatchObject([
      {
        eventType: 'voted',
        decision: 'approved',
        reviewerId: 'alice',
        rationale: 'looks right',
        details: { decisionId: 'alice', votes: 1, needed: 2 },
      },
    ]);
  });

  test('the second one decides, and names the first', () => {
    const second = say(first.state, 'bob');
    expect(second.reply).toMatchObject({ status: 'decided', outcome: { status: 'approved' } });
    expect(second.events).toMatchObject([
      { eventType: 'approved', reviewerId: 'bob', details: { decisionId: 'bob', with: ['alice'] } },
    ]);
    const votes = gateIn(second.state).outcome?.votes ?? [];
    expect(votes.map(({ personId, proof }) => [personId, proof])).toEqual([
      ['alice', 'claimed'],
      ['bob', 'claimed'],
    ]);
  });

  test.each(['alice', 'alice-gh', 'alice@corp', 'ALICE-GH'])(
    'the same person is not two: %s',
    (account) => {
      const again = say(first.state, account, { decisionId: 'another' });
      expect(again.reply).toMatchObject({ status: 'refused' });
      expect(gateIn(again.state).votes).toHaveLength(1);
    },
  );

  test('an account of theirs is refused as ALREADY_VOTED', () => {
    const again = say(first.state, 'alice-gh');
    expect(again.reply).toMatchObject({ code: 'ALREADY_VOTED' });
  });

  test.each(['rosa', 'agent-smith', 'bea', 'mallory'])('nobody else’s yes is one: %s', (who) => {
    const step = say(first.state, who);
    expect(step.reply.status).toBe('refused');
    expect(gateIn(step.state).status).toBe('pending');
  });

  test('for other bytes it is none', () => {
    const step = say(first.state, 'bob', { payloadDigest: OTHER_DIGEST });
    expect(step.reply).toMatchObject({ code: 'DIGEST_MISMATCH' });
  });

  test('one no ends it, whoever had said yes', () => {
    const no = say(first.state, 'carla', { decision: 'rejected', rationale: 'wrong order' });
    expect(no.reply).toMatchObject({ status: 'decided', outcome: { status: 'rejected' } });
    expect(gateIn(no.state).outcome).not.toHaveProperty('votes');
    expect(eventTypes(no.events)).toEqual(['rejected']);
  });

  test('who has said yes may still say no', () => {
    const no = say(first.state, 'alice', { decisionId: 'alice-2', decision: 'rejected' });
    expect(no.reply).toMatchObject({ status: 'decided', outcome: { status: 'rejected' } });
  });

  test('a change ends it, with one voice: others approve what it is then', () => {
    const change = say(first.state, 'bob', { decision: 'modified', modifications: { id: 'c-18' } });
    expect(change.reply).toMatchObject({ status: 'decided', outcome: { status: 'modified' } });
    const gate = gateIn(change.state);
    const outcome = present(gate.outcome);
    expect(outcome.votes?.map(({ personId }) => personId)).toEqual(['bob']);
    const action = {
      actionType: 'delete_record',
      arguments: { id: 'c-18' },
      toolVersion: '1',
      payloadDigest: OTHER_DIGEST,
      readOnly: false,
      description: 'x',
      quick: false,
      timeoutMs: 1,
    };
    const found = { original: action, gate, outcome, prepared: { ok: true, action } as const };
    expect(afterModification(POLICY, found, 'medium_stakes')).toEqual({
      status: 'ask',
      action,
      note: 'Changed by bob: 2 people approve what it is now.',
    });
  });

  test('a question is answered by one', () => {
    const step = say(opened('async_review', 'question'), 'alice', {
      modifications: { answer: 'yes' },
    });
    expect(step.reply).toMatchObject({ status: 'decided' });
  });

  test('an answer and an effect take as many as an action', () => {
    for (const kind of ['answer', 'effect'] as const) {
      const step = say(opened('async_review', kind), 'alice');
      expect(step.reply).toMatchObject({ status: 'recorded', votes: 1, needed: 2 });
    }
  });
});

describe('H2: what a voter hears, sending the same again', () => {
  const first = say(opened(), 'alice');

  test('how many there are by now', () => {
    const again = say(first.state, 'alice', {}, NOW + 5_000);
    expect(again).toEqual({ state: first.state, events: [], reply: first.reply });
  });

  test('how it was decided', () => {
    const decided = say(first.state, 'bob').state;
    expect(say(decided, 'alice').reply).toMatchObject({
      status: 'decided',
      outcome: { status: 'approved', reviewerId: 'bob' },
    });
  });

  test('that it was rejected by another, or expired', () => {
    const rejected = say(first.state, 'bob', { decision: 'rejected' }).state;
    expect(say(rejected, 'alice').reply).toMatchObject({ outcome: { status: 'rejected' } });
  });

  test('that the id was used, for other words', () => {
    expect(say(first.state, 'alice', { rationale: 'x' }).reply).toMatchObject({
      code: 'DUPLICATE',
    });
  });

  test('after the session has ended, from the trail', () => {
    const second = say(first.state, 'bob');
    const trail = sealAll([...first.events, ...second.events]);
    const vote = { ...decisionOf({ decisionId: 'alice', reviewerId: 'alice' }) };
    expect(lateReply(trail, vote as never)).toMatchObject({
      status: 'decided',
      outcome: { status: 'approved', reviewerId: 'bob' },
    });
    const other = { ...vote, decisionId: 'other' };
    expect(lateReply(trail, other as never)).toMatchObject({ code: 'ALREADY_DECIDED' });
  });
});

describe('a tier that the gate climbs to', () => {
  const climbed = (state: SessionState, at = NOW + 30 * MINUTE): SessionState =>
    passTimeOver(state, at).state;

  test('asks for no less: one does not do for two, whatever the next tier takes', () => {
    const state = climbed(byAll('alice'));
    expect(gateIn(state)).toMatchObject({
      tier: 'synchronous_gate',
      earlierTiers: ['async_review'],
    });
    expect(quorumOf(POLICY, gateIn(state))).toBe(2);
    const alone = say(climbed(opened()), 'bob');
    expect(alone.reply).toMatchObject({ status: 'recorded', votes: 1, needed: 2 });
    const both = say(state, 'bea', {}, NOW + 31 * MINUTE);
    expect(both.reply).toMatchObject({ status: 'decided', outcome: { status: 'approved' } });
  });

  test('keeps the votes, counts more people where it takes more, and drops what nobody proved', () => {
    const second = climbed(byAll('alice'));
    const third = passTimeOver(second, NOW + 40 * MINUTE);
    expect(gateIn(third.state)).toMatchObject({ tier: 'escalation' });
    expect(gateIn(third.state)).not.toHaveProperty('votes');
    expect(third.events).toMatchObject([
      { eventType: 'escalated', details: { needed: 3, proof: 'signed', dropped: ['alice'] } },
    ]);
    // Who had said yes without proof says it again, with one.
    const looked = takeTrust(third.state, { keys: [ISSUER.trusted], people: [], asked: [] }, NOW);
    const signed = signedDecision({ decisionId: 'alice-2', reviewerId: 'alice' });
    const step = receiveDecision(looked.state, signed, NOW + 1_000);
    expect(step.reply).toMatchObject({ status: 'recorded', votes: 1, needed: 3 });
  });
});

describe('H1: a vote counts as long as its person may give it', () => {
  test('not after they were revoked: the gate waits for somebody else', () => {
    const state = byAll('dora');
    const later = say(state, 'alice', {}, NOW + 11 * MINUTE);
    expect(later.reply).toMatchObject({ status: 'recorded', votes: 1, needed: 2 });
    expect(later.events).toMatchObject([
      { eventType: 'voted', details: { votes: 1, needed: 2, dropped: ['dora'] } },
    ]);
    const before = say(state, 'alice', {}, NOW + 9 * MINUTE);
    expect(before.reply).toMatchObject({ status: 'decided' });
  });

  const keyed = (key: TrustedKey): SessionState => {
    const session = sessionOf({ policy: POLICY, audience: AUDIENCE });
    const state = withGate(session, { tier: 'escalation' });
    return takeTrust(state, { keys: [key, testKey('other').trusted], people: [], asked: [] }, NOW)
      .state;
  };
  const signedBy = (reviewerId: string, key = ISSUER) =>
    signedDecision({ decisionId: reviewerId, reviewerId }, { key });

  test('not after its key was revoked', () => {
    const voted = receiveDecision(keyed(ISSUER.trusted), signedBy('alice'), NOW + 1_000);
    expect(voted.reply).toMatchObject({ votes: 1, needed: 3 });
    const revoked = { ...ISSUER.trusted, revokedAt: new Date(NOW).toISOString() };
    const keys = [revoked, testKey('other').trusted];
    const looked = takeTrust(voted.state, { keys, people: [], asked: [] }, NOW + 2_000).state;
    const next = receiveDecision(looked, signedBy('bob', testKey('other')), NOW + 3_000);
    expect(next.reply).toMatchObject({ votes: 1, needed: 3 });
    expect(next.events).toMatchObject([{ details: { dropped: ['alice'] } }]);
  });

  test('one person is not two by a login and a key of their own', () => {
    const tiers = [tierOf('open', { quorum: 2, proof: 'signed' }), ...POLICY.tiers];
    const policy = { ...POLICY, tiers: tiers as never };
    const session = sessionOf({ policy, audience: AUDIENCE });
    const own = testKey('own', { reviewerId: 'a1' });
    const keys = [ISSUER.trusted, own.trusted];
    const state = takeTrust(
      withGate(session, { tier: 'open' }),
      { keys, people: [], asked: [] },
      NOW,
    ).state;
    const login = signedDecision(
      { decisionId: 'one', reviewerId: 'a1' },
      { claims: { person: 'zoe' } },
    );
    const voted = receiveDecision(state, login, NOW + 1_000);
    expect(voted.events).toMatchObject([{ details: { person: 'zoe', proof: 'signed' } }]);
    for (const other of [
      signedDecision({ decisionId: 'two', reviewerId: 'a1' }, { key: own }),
      signedDecision({ decisionId: 'three', reviewerId: 'a2' }, { claims: { person: 'zoe' } }),
      signedDecision({ decisionId: 'four', reviewerId: 'zoe' }),
    ]) {
      expect(receiveDecision(voted.state, other, NOW + 2_000).reply).toMatchObject({
        code: 'ALREADY_VOTED',
      });
    }
  });
});

test('what waits shows who has approved it, and what is asked of whom comes next', () => {
  const [shown] = pendingApprovals(byAll('alice'), RUN);
  expect(shown).toMatchObject({
    decisionsNeeded: 2,
    votes: [{ reviewerId: 'alice', at: NOW + 1_000, proof: 'claimed' }],
    proof: 'claimed',
    rationaleRequired: false,
    grantable: false,
  });
});
