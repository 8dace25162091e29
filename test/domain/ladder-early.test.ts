/**
 * Proves the clocks of the ladder: reminders that are counted, the next tier asked early while the deadline stays, the
 * move after it, what a pause does to each, and the alarm where nobody, or too few, could decide.
 */
import { describe, expect, test } from 'vitest';
import {
  type Asking,
  deadlineOf,
  passTime,
  presentGate,
  shiftGate,
} from '../../domain/gate/ladder.ts';
import type { Gate } from '../../domain/gate/gate.ts';
import { reviewersOf } from '../../domain/gate/gate.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/limits.ts';
import type { Policy } from '../../domain/index.ts';
import {
  opening,
  NOW,
  policyOf,
  present,
  requestOf,
  sessionOf,
  tierOf,
  tiersWith,
} from './builders.ts';

function policyWith(first: object, second: object = {}, more: object = {}): Policy {
  return policyOf({
    name: 'ladder',
    version: '1',
    tiers: [
      tierOf('desk', { reviewers: ['dana', 'dirk'], respondWithinMs: HOUR_MS, ...first }),
      tierOf('boss', { reviewers: ['bea'], respondWithinMs: 30 * MINUTE_MS, ...second }),
      ...tiersWith({}),
    ],
    ...more,
  });
}

function gateIn(policy: Policy, tier = 'desk'): Gate {
  return presentGate(policy, requestOf(), { tier, now: NOW }).gate;
}

/** Everything that happens while nobody answers, minutes after the gate opened. */
function wait(policy: Policy, gate = gateIn(policy), looksMax = 12): readonly string[] {
  const seen: string[] = [];
  let current = gate;
  for (let look = 0; look < looksMax; look += 1) {
    const due = deadlineOf(current);
    if (due === undefined) break;
    expect(passTime(current, { policy, now: due - 1 })).toEqual({ gate: current, events: [] });
    const step = passTime(current, { policy, now: due });
    for (const { eventType, tier, details } of step.events) {
      const early = details?.['early'] === true ? ' early' : '';
      seen.push(`${(due - NOW) / MINUTE_MS} ${eventType}${early} ${tier ?? ''}`);
    }
    expect(step.gate).not.toEqual(current);
    current = step.gate;
  }
  return seen;
}

describe('while nobody answers', () => {
  test('reminders come as often as is said, and then no more', () => {
    const policy = policyWith({ remindAfterMs: 10 * MINUTE_MS, repeat: 3 });
    expect(wait(policy)).toEqual([
      '10 reminded desk',
      '20 reminded desk',
      '30 reminded desk',
      '60 expired desk',
    ]);
  });

  test('a tier that holds reminds as often as is said, and waits on', () => {
    const policy = policyWith({ onNoResponse: 'hold', repeat: 2 });
    expect(wait(policy)).toEqual(['60 reminded desk', '120 reminded desk']);
  });

  test('H3: the next tier is asked early, the deadline stays, and it ends as the first tier says', () => {
    const policy = policyWith({ escalateAfterMs: 30 * MINUTE_MS, escalateTo: 'boss' });
    expect(wait(policy)).toEqual(['30 escalated early boss', '60 expired boss']);
    const early = passTime(gateIn(policy), { policy, now: NOW + 30 * MINUTE_MS }).gate;
    expect(early).toMatchObject({
      tier: 'boss',
      clockTier: 'desk',
      earlierTiers: ['desk'],
      respondBy: NOW + HOUR_MS,
      noResponse: 'reject',
    });
    expect(early).not.toHaveProperty('escalateAt');
    expect(reviewersOf(policy, early)).toEqual(['bea', 'dana', 'dirk']);
  });

  test('after that the gate moves to the tier that was asked, with all its time, and named once', () => {
    const policy = policyWith({
      escalateAfterMs: 30 * MINUTE_MS,
      onNoResponse: 'escalate',
      escalateTo: 'boss',
    });
    expect(wait(policy)).toEqual([
      '30 escalated early boss',
      '60 escalated boss',
      '90 expired boss',
    ]);
    const early = passTime(gateIn(policy), { policy, now: NOW + 30 * MINUTE_MS }).gate;
    const moved = passTime(early, { policy, now: NOW + HOUR_MS }).gate;
    expect(moved).toMatchObject({
      tier: 'boss',
      earlierTiers: ['desk'],
      respondBy: NOW + 90 * MINUTE_MS,
    });
    expect(moved).not.toHaveProperty('clockTier');
  });

  test('each step of a longer ladder asks its next one early', () => {
    const policy = policyWith(
      { escalateAfterMs: 30 * MINUTE_MS, onNoResponse: 'escalate', escalateTo: 'boss' },
      { escalateAfterMs: 10 * MINUTE_MS, onNoResponse: 'escalate', escalateTo: 'escalation' },
    );
    expect(wait(policy)).toEqual([
      '30 escalated early boss',
      '60 escalated boss',
      '70 escalated early escalation',
      '90 escalated escalation',
      '120 expired escalation',
    ]);
  });

  test('reminders keep the rhythm of the tier whose clock runs, and end with it', () => {
    const policy = policyWith(
      {
        remindAfterMs: 20 * MINUTE_MS,
        escalateAfterMs: 30 * MINUTE_MS,
        onNoResponse: 'escalate',
        escalateTo: 'boss',
      },
      { remindAfterMs: 10 * MINUTE_MS, repeat: 1 },
    );
    expect(wait(policy)).toEqual([
      '20 reminded desk',
      '30 escalated early boss',
      '40 reminded boss',
      '60 escalated boss',
      '70 reminded boss',
      '90 expired boss',
    ]);
  });

  test('a tier that holds may ask the next one, and waits for either without end', () => {
    const policy = policyWith({
      onNoResponse: 'hold',
      escalateAfterMs: 90 * MINUTE_MS,
      escalateTo: 'boss',
    });
    expect(wait(policy, gateIn(policy), 4)).toEqual([
      '60 reminded desk',
      '90 escalated early boss',
      '120 reminded boss',
      '180 reminded boss',
    ]);
  });

  test('what is due at once comes one by one, the end first', () => {
    const policy = policyWith({
      remindAfterMs: 30 * MINUTE_MS,
      escalateAfterMs: 30 * MINUTE_MS,
      escalateTo: 'boss',
    });
    expect(wait(policy)).toEqual([
      '30 escalated early boss',
      '30 reminded boss',
      '60 expired boss',
    ]);
    const late = passTime(gateIn(policy), { policy, now: NOW + 2 * HOUR_MS });
    expect(late.events.map(({ eventType }) => eventType)).toEqual(['expired']);
  });

  test('a pause moves also the moment at which the next tier is asked', () => {
    const policy = policyWith({ escalateAfterMs: 30 * MINUTE_MS, escalateTo: 'boss' });
    const shifted = shiftGate(gateIn(policy), {
      from: NOW + MINUTE_MS,
      until: NOW + 11 * MINUTE_MS,
    });
    expect(wait(policy, shifted)).toEqual(['40 escalated early boss', '70 expired boss']);
  });
});

describe('the alarm that nobody could decide', () => {
  const asking = (changes: Partial<Asking> = {}): Asking => ({
    people: [],
    parties: { requesterId: 'rosa', agentIds: ['agent-smith'] },
    ...changes,
  });
  const alarms = (policy: Policy, who: Asking | undefined, barred?: readonly string[]) => {
    const bars = barred === undefined ? {} : { barred };
    const asks = who === undefined ? {} : { asking: who };
    return presentGate(policy, requestOf(), { tier: 'desk', now: NOW, ...asks, ...bars })
      .events.filter(({ eventType }) => eventType === 'no_reviewer')
      .map(({ details }) => details);
  };
  const parties = (requesterId: string) => asking({ parties: { requesterId, agentIds: [] } });

  test.each<
    readonly [string, object, Asking | undefined, readonly string[] | undefined, readonly object[]]
  >([
    ['not where somebody can', {}, asking(), undefined, []],
    ['not where anyone may', { reviewers: 'anyone' }, parties('dana'), undefined, []],
    ['not where one of two can', {}, parties('dana'), undefined, []],
    [
      'where the only one asked for it',
      { reviewers: ['dana'] },
      parties('dana'),
      undefined,
      [{ able: 0, needed: 1 }],
    ],
    [
      'where one of two asked, and it takes two',
      { quorum: 2 },
      parties('Dana'),
      undefined,
      [{ able: 1, needed: 2 }],
    ],
    ['where the only others changed it', {}, parties('dana'), ['dirk'], [{ able: 0, needed: 1 }]],
    ['not where nobody says who is behind it', { reviewers: ['dana'] }, undefined, undefined, []],
  ])('%s', (_what, changes, who, barred, expected) => {
    expect(alarms(policyWith(changes), who, barred)).toEqual(expected);
  });

  test('counts people, not accounts, and not whom the policy has revoked', () => {
    const people = {
      dana: { accounts: ['dirk'] },
      dora: { groups: ['ops'], revokedSince: '2026-11-01T00:00:00Z' },
      emil: { groups: ['ops'] },
    };
    const tier = { quorum: 2, reviewers: ['dana', 'x'] };
    const policy = policyWith(tier, {}, { people });
    const of = (state = sessionOf({ policy, requesterId: 'x' })) =>
      opening(state, { tier: 'desk' }).events.filter((one) => one.eventType === 'no_reviewer');
    expect(of()).toMatchObject([{ details: { able: 1, needed: 2 } }]);
    const grouped = policyWith({ ...tier, groups: ['ops'] }, {}, { people });
    expect(of(sessionOf({ policy: grouped, requesterId: 'x' }))).toEqual([]);
  });

  test('comes again where the tier that it climbs to has nobody, and the clock goes on to its end', () => {
    const policy = policyWith(
      { reviewers: ['dana'], onNoResponse: 'escalate', escalateTo: 'boss' },
      { quorum: 1 },
    );
    const who = asking({ parties: { requesterId: 'bea', agentIds: ['dana'] } });
    const gate = presentGate(policy, requestOf(), { tier: 'desk', now: NOW, asking: who }).gate;
    const step = passTime(gate, { policy, now: present(gate.respondBy ?? undefined), asking: who });
    expect(step.events.map(({ eventType }) => eventType)).toEqual(['escalated', 'no_reviewer']);
    expect(deadlineOf(step.gate)).toBe(NOW + 90 * MINUTE_MS);
  });
});
