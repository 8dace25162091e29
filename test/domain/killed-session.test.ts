/** Proves what is said of a session that was killed: what is unknown is never called quiet (H7), and who is meant. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SessionStatus } from '../../domain/messages.ts';
import {
  hasTakenCancel,
  killState,
  type RunningSession,
  type SeenSession,
  sessionsMeant,
} from '../../domain/session/killed-session.ts';
import { type Phase, PHASES } from '../../domain/session/phase.ts';

const WORK = [{ workId: '1/1', actionType: 'pay', since: 1 }];

function status(phase: Phase, more: Partial<SessionStatus> = {}): SessionStatus {
  const nothing = { openGates: 0, inFlight: [], workedMs: 0, lastSeq: 1 };
  return { sessionId: 's', agentId: 'a', phase, ...nothing, ...more };
}

/** What was seen: the state, and whether the cancel was taken. */
const SEEN: readonly (readonly [SeenSession, string, boolean])[] = [
  ['ended', 'quiet', true],
  ['silent', 'unknown', false],
  ['unseen', 'unknown', false],
  [status('running'), 'not_quiet', false],
  [status('paused'), 'not_quiet', false],
  [status('cancelling'), 'quiet', true],
  [status('closed'), 'quiet', true],
  [status('cancelling', { inFlight: WORK }), 'not_quiet', true],
  [status('closed', { inFlight: WORK }), 'not_quiet', true],
  // A workflow under the plugin: it was told, and may go on.
  [status('running', { cancelledBy: 'olga' }), 'not_quiet', true],
];

describe('a session under a kill', () => {
  test.each(SEEN)('H7: seen as %j is %s; the cancel was taken: %s', (seen, state, isTaken) => {
    expect(killState(seen)).toBe(state);
    expect(hasTakenCancel(seen)).toBe(isTaken);
  });

  test('every phase is in the table', () => {
    const phases = SEEN.map(([seen]) => (typeof seen === 'string' ? seen : seen.phase));
    for (const phase of PHASES) expect(phases).toContain(phase);
  });
});

describe('who is meant', () => {
  const root = { sessionId: 'root', agentId: 'a' };
  const child = { sessionId: 'child', agentId: 'b', parentSessionId: 'root' };
  const grandchild = { sessionId: 'grandchild', parentSessionId: 'child' };
  const other = { sessionId: 'other', agentId: 'c' };
  const silent = { sessionId: 'silent' };
  const all = [root, child, grandchild, other, silent];

  test.each([
    ['a', ['root', 'child', 'grandchild']],
    ['b', ['child', 'grandchild']],
    ['c', ['other']],
    ['d', []],
  ])('H7: by a kill of %s: %j', (agentId, meant) => {
    expect([...sessionsMeant({ agentId }, all)].toSorted()).toEqual(meant.toSorted());
  });

  test('H7: by a kill of all: all, whatever is known of them', () => {
    expect(sessionsMeant({ all: true }, all).size).toBe(all.length);
  });

  test('is found whatever the order, also in a circle', () => {
    const circle: readonly RunningSession[] = [
      { sessionId: 'x', agentId: 'a', parentSessionId: 'y' },
      { sessionId: 'y', parentSessionId: 'x' },
    ];
    const shuffled = fc.shuffledSubarray([...all, ...circle], { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(shuffled, (running) => {
        const meant = [...sessionsMeant({ agentId: 'a' }, running)].toSorted();
        expect(meant).toEqual(['child', 'grandchild', 'root', 'x', 'y']);
      }),
    );
  });
});
