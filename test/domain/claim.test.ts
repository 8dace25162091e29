/**
 * Proves claim and release: who looks at a gate is told to the others, keeps nobody from deciding, stops no clock, and
 * ends by itself after its time.
 */
import { describe, expect, test } from 'vitest';
import { deadlineOf } from '../../domain/gate/ladder.ts';
import { HOUR_MS, MINUTE_MS, REFUSALS_RECORDED_MAX } from '../../domain/limits.ts';
import { memoOf } from '../../domain/audit/memo.ts';
import { receiveClaim } from '../../domain/session/session-claims.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { nextDeadline, passTimeOver, takeOutcome } from '../../domain/session/session-gates.ts';
import { gateOf, openGates, type SessionState } from '../../domain/session/session.ts';
import { pendingApprovals } from '../../domain/session/session-view.ts';
import {
  COMMAND,
  decisionOf,
  eventTypes,
  NOW,
  policyOf,
  present,
  RUN,
  sessionOf,
  tierOf,
  tiersWith,
  withGate,
} from './builders.ts';

const POLICY = policyOf({
  name: 'team',
  version: '1',
  people: { alice: { accounts: ['alice-gh'] }, bob: {}, gus: { groups: ['ops'] } },
  tiers: [
    tierOf('quick', {
      reviewers: ['alice', 'bob'],
      claimForMs: MINUTE_MS,
      respondWithinMs: HOUR_MS,
    }),
    tierOf('grouped', { reviewers: ['alice'], groups: ['ops'] }),
    tierOf('pair', { reviewers: ['alice', 'bob'], quorum: 2, respondWithinMs: HOUR_MS }),
    ...tiersWith({}),
  ],
});

const opened = (tier = 'quick'): SessionState => withGate(sessionOf({ policy: POLICY }), { tier });

function say(
  state: SessionState,
  verb: 'claim' | 'release',
  reviewerId: string,
  { now = NOW + 1_000, ...changes }: { now?: number; reason?: string; gateId?: string } = {},
) {
  return receiveClaim(state, { verb, raw: { gateId: 'gate-1', reviewerId, ...changes } }, now);
}

const gateIn = (state: SessionState) => present(gateOf(state, 'gate-1'));
const claimed = say(opened(), 'claim', 'alice').state;

describe('a claim', () => {
  test('tells who looks at a gate, and until when', () => {
    const step = say(opened(), 'claim', 'alice', { reason: 'on it' });
    expect(step.reply).toEqual({ status: 'done', phase: 'running' });
    const until = NOW + 1_000 + MINUTE_MS;
    expect(step.events).toMatchObject([
      { eventType: 'claimed', reviewerId: 'alice', rationale: 'on it', details: { until } },
    ]);
    expect(pendingApprovals(step.state, RUN)).toMatchObject([
      { claim: { reviewerId: 'alice', until } },
    ]);
    const memo = memoOf({ open: openGates(step.state), isIndexed: true }, []);
    expect(memo.pending).toMatchObject([{ claimedBy: 'alice' }]);
  });

  test('lasts ten minutes where the tier does not say', () => {
    const step = say(opened('grouped'), 'claim', 'alice');
    expect(gateIn(step.state).claim?.until).toBe(NOW + 1_000 + 10 * MINUTE_MS);
  });

  test('of another is not taken over, and its end is said', () => {
    const step = say(claimed, 'claim', 'bob');
    expect(step.reply).toMatchObject({ status: 'refused', code: 'CLAIMED' });
    expect(step.reply).toMatchObject({
      message: expect.stringMatching(/^alice has it until 2026-11-23T09:31:01/),
    });
    expect(gateIn(step.state).claim?.reviewerId).toBe('alice');
    expect(step.events).toMatchObject([
      {
        eventType: 'message_refused',
        reviewerId: 'bob',
        details: { code: 'CLAIMED', message: 'claim' },
      },
    ]);
  });

  test('is kept for longer by whoever has it, under any account', () => {
    const step = say(claimed, 'claim', 'alice-gh', { now: NOW + 30_000 });
    expect(gateIn(step.state).claim).toMatchObject({
      reviewerId: 'alice-gh',
      personId: 'alice',
      until: NOW + 30_000 + MINUTE_MS,
    });
  });

  test('keeps nobody from deciding', () => {
    const step = receiveDecision(claimed, decisionOf({ reviewerId: 'bob' }), NOW + 2_000);
    expect(step.reply).toMatchObject({ status: 'decided' });
    expect(gateIn(step.state)).not.toHaveProperty('claim');
  });

  test('ends with the vote of who has it, and stays with that of another', () => {
    const pair = say(opened('pair'), 'claim', 'alice').state;
    const vote = (reviewerId: string) =>
      receiveDecision(pair, decisionOf({ reviewerId }), NOW + 2_000).state;
    expect(gateIn(vote('alice'))).not.toHaveProperty('claim');
    expect(gateIn(vote('bob')).claim?.reviewerId).toBe('alice');
  });

  test('stops no clock', () => {
    expect(gateIn(claimed).respondBy).toBe(gateIn(opened()).respondBy);
  });
});

describe('H6: a claim is refused', () => {
  test.each([
    ['of who asked', 'rosa', 'SELF_APPROVAL'],
    ['of the agent', 'agent-smith', 'SELF_APPROVAL'],
    ['of a stranger', 'mallory', 'NOT_AUTHORIZED'],
  ])('%s', (_who, reviewerId, code) => {
    const step = say(opened(), 'claim', reviewerId);
    expect(step.reply).toMatchObject({ status: 'refused', code });
    expect(gateIn(step.state)).not.toHaveProperty('claim');
  });

  test('in a tier of groups, of whom is known to be in none; whom nobody knows is believed, since it lets nothing pass', () => {
    expect(say(opened('grouped'), 'claim', 'bob').reply).toMatchObject({ code: 'NOT_AUTHORIZED' });
    expect(say(opened('grouped'), 'claim', 'rosa').reply).toMatchObject({ code: 'SELF_APPROVAL' });
    expect(say(opened('grouped'), 'claim', 'gus').reply.status).toBe('done');
    expect(say(opened('grouped'), 'claim', 'somebody').reply.status).toBe('done');
  });

  test('of a gate that nobody knows, or that has ended, truthfully', () => {
    expect(say(opened(), 'claim', 'alice', { gateId: 'gate-9' }).reply).toMatchObject({
      code: 'UNKNOWN_GATE',
    });
    const decided = receiveDecision(opened(), decisionOf(), NOW).state;
    expect(say(decided, 'claim', 'alice').reply).toMatchObject({ code: 'ALREADY_DECIDED' });
    const taken = present(takeOutcome(decided, 'gate-1')).state;
    expect(say(taken, 'claim', 'alice').reply).toMatchObject({ code: 'ALREADY_DECIDED' });
    const expired = passTimeOver(opened(), NOW + HOUR_MS).state;
    expect(say(expired, 'release', 'alice').reply).toMatchObject({ code: 'EXPIRED' });
  });

  test.each([
    ['nothing', undefined],
    ['text', 'gate-1'],
    ['no reviewer', { gateId: 'gate-1' }],
    ['a field that nobody reads', { gateId: 'gate-1', reviewerId: 'alice', forMs: 1 }],
    ['a reviewer that is no name', { gateId: 'gate-1', reviewerId: '' }],
  ])('that is none: %s', (_what, raw) => {
    for (const verb of ['claim', 'release'] as const) {
      const step = receiveClaim(opened(), { verb, raw }, NOW);
      expect(step.reply).toMatchObject({ status: 'refused', code: 'MALFORMED' });
      expect(eventTypes(step.events)).toEqual(['message_refused']);
    }
  });

  test('H4: and recorded up to a budget', () => {
    let state = opened();
    const recorded: string[] = [];
    for (let count = 0; count < REFUSALS_RECORDED_MAX + 5; count += 1) {
      const step = say(state, 'claim', 'mallory');
      recorded.push(...step.events.map(({ details }) => JSON.stringify(details?.['code'])));
      state = step.state;
    }
    expect(recorded).toHaveLength(REFUSALS_RECORDED_MAX + 1);
    expect(recorded.at(-1)).toBe('"LIMIT_REACHED"');
    expect(say(state, 'claim', 'alice').reply.status).toBe('done');
  });
});

describe('a release', () => {
  test('gives it back to the queue', () => {
    const step = say(claimed, 'release', 'alice-gh', { reason: 'lunch' });
    expect(step.events).toMatchObject([
      { eventType: 'released', reviewerId: 'alice-gh', rationale: 'lunch' },
    ]);
    expect(say(step.state, 'claim', 'bob').reply.status).toBe('done');
  });

  test.each([
    ['of what another has', claimed, 'bob'],
    ['of what nobody has', opened(), 'alice'],
  ])('%s is refused', (_what, state, who) => {
    expect(say(state, 'release', who).reply).toMatchObject({ code: 'NOT_CLAIMED' });
  });
});

describe('the end of a claim', () => {
  const until = NOW + 1_000 + MINUTE_MS;

  test('comes by itself, as its own, and the gate waits on', () => {
    expect(nextDeadline(claimed)).toBe(until);
    const step = passTimeOver(claimed, until);
    expect(step.events).toMatchObject([
      { eventType: 'released', reviewerId: 'alice', details: { expired: true } },
    ]);
    expect(gateIn(step.state)).toEqual(gateIn(opened()));
    expect(deadlineOf(gateIn(step.state))).toBe(NOW + HOUR_MS);
  });

  test('lies later by the length of a pause', () => {
    const paused = receiveCommand(claimed, { verb: 'pause', raw: COMMAND }, NOW + 2_000).state;
    const resumed = receiveCommand(paused, { verb: 'resume', raw: COMMAND }, NOW + 502_000).state;
    expect(gateIn(resumed).claim?.until).toBe(until + 500_000);
  });

  test('lies later by as much of a pause as it was held in', () => {
    const paused = receiveCommand(opened(), { verb: 'pause', raw: COMMAND }, NOW).state;
    const held = say(paused, 'claim', 'alice', { now: NOW + HOUR_MS }).state;
    const resumed = receiveCommand(held, { verb: 'resume', raw: COMMAND }, NOW + HOUR_MS + 5_000);
    expect(gateIn(resumed.state)).toMatchObject({
      claim: { until: NOW + HOUR_MS + MINUTE_MS + 5_000 },
      respondBy: NOW + 2 * HOUR_MS + 5_000,
    });
  });

  test('comes with the gate’s own, without a word', () => {
    const step = passTimeOver(claimed, NOW + HOUR_MS);
    expect(eventTypes(step.events)).toEqual(['expired']);
    expect(gateIn(step.state)).not.toHaveProperty('claim');
  });
});
