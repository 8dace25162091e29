/** A session in a tree: what it is told of where it stands, what it hands on, and who is kept from deciding in it. */
import { describe, expect, test } from 'vitest';
import { SESSION_DEPTH_MAX } from '../../domain/limits.ts';
import { beginWork, endWork, newSession, workedUntil } from '../../domain/session/session.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { type Lineage } from '../../domain/session/lineage.ts';
import {
  childInput,
  childResult,
  childSessionId,
  isDeepest,
  originOf,
  readOrigin,
} from '../../domain/session/sub-agent.ts';
import { NOW } from './builders.ts';

const ROOT = newSession({ sessionId: 'root', agentId: 'chief', requesterId: 'rosa' });

function below(agentIds: readonly string[]): ReturnType<typeof newSession> {
  const lineage: Lineage = { rootSessionId: 'root', parentSessionId: 'above', agentIds };
  return newSession({ sessionId: 'child', agentId: 'researcher', lineage });
}

describe('what a child is told', () => {
  test('H6: every agent above it, the root first', () => {
    expect(originOf(ROOT)).toEqual({ version: 1, rootSessionId: 'root', agentIds: ['chief'] });
    expect(originOf(below(['chief']))).toEqual({
      version: 1,
      rootSessionId: 'root',
      agentIds: ['chief', 'researcher'],
    });
  });

  test('what a session hands on, its child can read, down to the last level', () => {
    for (let depth = 0; depth < SESSION_DEPTH_MAX; depth += 1) {
      const session = depth === 0 ? ROOT : below(Array.from({ length: depth }, () => 'a'));
      expect(isDeepest(session)).toBe(false);
      expect(readOrigin(originOf(session))).toMatchObject({ ok: true });
    }
    expect(isDeepest(below(Array.from({ length: SESSION_DEPTH_MAX }, () => 'a')))).toBe(true);
  });

  test.each([
    undefined,
    null,
    'root',
    {},
    { version: 2, rootSessionId: 'root', agentIds: ['a'] },
    { version: 1, rootSessionId: '', agentIds: ['a'] },
    { version: 1, rootSessionId: 'a\nb', agentIds: ['a'] },
    { version: 1, rootSessionId: 'root', agentIds: [] },
    { version: 1, rootSessionId: 'root', agentIds: [' a'] },
    { version: 1, rootSessionId: 'root', agentIds: Array(SESSION_DEPTH_MAX + 1).fill('a') },
    { version: 1, rootSessionId: 'root', agentIds: ['a'], parentSessionId: 'mine' },
  ])('%j is no origin', (raw) => {
    expect(readOrigin(raw)).toMatchObject({ ok: false });
  });

  test('who asked for the whole asked for the part; its stakes are the tool’s, or the parent’s', () => {
    const child = { goal: 'look', stakes: 'high_stakes' } as const;
    expect(childInput(ROOT, { ...child, agent: { agentId: 'r' } })).toEqual({
      goal: 'look',
      agentId: 'r',
      stakes: 'high_stakes',
      requesterId: 'rosa',
    });
    const agent = { agentId: 'r', stakes: 'low_stakes' } as const;
    expect(childInput(ROOT, { ...child, agent })).toMatchObject({ stakes: 'low_stakes' });
  });

  test('H12: its id is that of its action, in every run, and of no other', () => {
    const action = {
      sessionId: 'root',
      firstExecutionRunId: 'run',
      actionId: '1/1',
      actionType: 'research',
    };
    const id = childSessionId(ROOT, action);
    expect(id).toMatch(/^root:research:[0-9a-f]{16}$/);
    expect(childSessionId(ROOT, { ...action })).toBe(id);
    expect(childSessionId(ROOT, { ...action, actionId: '1/2' })).not.toBe(id);
    expect(childSessionId(ROOT, { ...action, firstExecutionRunId: 'other' })).not.toBe(id);
  });
});

test('what nobody confirmed comes back as such', () => {
  const progress = { steps: 1, toolCalls: 0, tokens: 0 };
  expect(childResult('c', { status: 'completed', answer: 'a', ...progress })).toEqual({
    session: 'c',
    status: 'completed',
    answer: 'a',
  });
  expect(childResult('c', { status: 'unconfirmed', unconfirmedAnswer: 'a', ...progress })).toEqual({
    session: 'c',
    status: 'unconfirmed',
    unconfirmedAnswer: 'a',
  });
  expect(
    childResult('c', { status: 'incomplete', answer: 'a', limit: 'steps', ...progress }),
  ).toEqual({ session: 'c', status: 'incomplete', answer: 'a', limit: 'steps' });
});

test('the time of a sub-agent is none of its parent’s working time', () => {
  const child = { workId: '1/1', actionType: 'research', since: NOW, childSessionId: 'c' };
  const tool = { workId: '1/2', actionType: 'search', since: NOW + 10 };
  const both = beginWork(beginWork(ROOT, child), tool);
  expect(workedUntil(both, NOW + 15)).toBe(5);
  const one = endWork(both, '1/2', NOW + 20);
  expect(workedUntil(one, NOW + 500)).toBe(10);
  expect(one.inFlight).toEqual([child]);
  expect(workedUntil(endWork(one, '1/1', NOW + 900), NOW + 900)).toBe(10);
});

describe('an order that came by a session above', () => {
  const relayed = { operatorId: 'oscar', reason: 'look', relayedBy: 'root' };
  const given = { operatorId: 'olga', reason: 'this one' };
  const pause = (state: typeof ROOT, raw: object) =>
    receiveCommand(state, { verb: 'pause', raw }, NOW);
  const resume = (state: typeof ROOT, raw: object) =>
    receiveCommand(state, { verb: 'resume', raw }, NOW + 50);

  test('says so in the trail, beside who gave it and why', () => {
    expect(pause(ROOT, relayed).events).toMatchObject([
      {
        eventType: 'paused',
        reviewerId: 'oscar',
        rationale: 'look',
        details: { relayedBy: 'root' },
      },
    ]);
  });

  test.each([
    ['relayed', [relayed], relayed, 'running'],
    ['given here', [given], given, 'running'],
    ['relayed, ended here', [relayed], given, 'running'],
    ['given here, ended above', [given], relayed, 'paused'],
    ['relayed, then given here, ended above', [relayed, given], relayed, 'paused'],
    ['given here, then relayed, ended above', [given, relayed], relayed, 'paused'],
    ['relayed, then given here, ended here', [relayed, given], given, 'running'],
  ])('H7: a pause that was %s', (_what, pauses, end, phase) => {
    const paused = pauses.reduce((state, raw) => pause(state, raw).state, ROOT);
    expect(resume(paused, end).state.phase).toBe(phase);
  });
});
