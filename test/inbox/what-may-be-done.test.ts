import { describe, expect, test } from 'vitest';
import {
  ACTIONS_OF,
  GATE_ACTIONS,
  type GateAction,
  SESSION_ACTIONS,
  type SessionAction,
  whoMayDecide,
  whyNotGate,
  whyNotSession,
} from '../../inbox/model/what-may-be-done.ts';
import { shownBytes } from '../../inbox/model/intact-payload.ts';
import { gate, type GateChanges, me, session } from './builders.ts';

const ALL = Object.keys(GATE_ACTIONS) as GateAction[];
const allowed = (changes: GateChanges, who = me(), isWhatRuns = true): readonly GateAction[] =>
  ALL.filter(
    (action) => whyNotGate(action, { gate: gate(changes), me: who, isWhatRuns }) === undefined,
  );
const grant = { timesMax: 5, withinMs: 60_000 };
const EVERY_DECISION = ALL.filter((action) => !['release', 'claim', 'grant'].includes(action));
const EVERY_NO: readonly GateAction[] = ['reject', 'sendBack', 'decline', 'didNot'];

describe('what may be done to a gate, state by state', () => {
  test.each<[string, GateChanges, readonly GateAction[]]>([
    ['waits', {}, [...EVERY_DECISION, 'claim']],
    ['waits and may be granted', { open: { grant } }, [...EVERY_DECISION, 'grant', 'claim']],
    [
      'is claimed by me',
      { open: { claim: { reviewerId: 'rita', until: 1 } } },
      [...EVERY_DECISION, 'release'],
    ],
    [
      'is claimed by another',
      { open: { claim: { reviewerId: 'omar', until: 1 } } },
      EVERY_DECISION,
    ],
    [
      'may not be changed',
      { open: { allowedModifications: [] } },
      [...EVERY_DECISION.filter((one) => one !== 'modify'), 'claim'],
    ],
    ['is not mine to decide', { you: { may: 'no', message: 'Not you.' } }, ['claim']],
    ['is approved', { status: 'approved', open: null }, []],
    ['has expired', { status: 'expired', open: null }, []],
    ['is withdrawn', { status: 'withdrawn', open: null }, []],
    ['has a session that does not answer', { open: null }, []],
  ])('that %s', (_state, changes, expected) => {
    expect(allowed(changes).toSorted()).toEqual([...expected].toSorted());
  });

  test('a login without the role may look, and nothing else', () => {
    expect(allowed({ open: { grant } }, me({ may: ['view'] }))).toEqual([]);
  });

  test('H1: where the payload is not what the digest names, nothing can be approved; a no is still a no', () => {
    expect(allowed({}, me(), false).toSorted()).toEqual([...EVERY_NO, 'claim'].toSorted());
  });

  test('every reason is a sentence, and names who had decided', () => {
    const over = gate({
      status: 'rejected',
      open: null,
      outcome: { status: 'rejected', at: 1, reviewerId: 'omar' },
    });
    expect(whyNotGate('approve', { gate: over, me: me(), isWhatRuns: true })).toBe(
      'It is over: rejected by omar.',
    );
    const no = gate({ you: { may: 'no', message: 'nadia asked for it.' } });
    expect(whyNotGate('approve', { gate: no, me: me(), isWhatRuns: true })).toBe(
      'nadia asked for it.',
    );
  });

  test('each kind has a yes, a no, and each action belongs to a kind or to claiming', () => {
    const used = new Set<string>(Object.values(ACTIONS_OF).flat());
    expect(ALL.filter((action) => !used.has(action))).toEqual(['claim', 'release']);
    for (const actions of Object.values(ACTIONS_OF)) {
      expect(actions.some((action) => EVERY_NO.includes(action))).toBe(true);
    }
  });
});

describe('H1: the page hashes what it shows', () => {
  test('what is shown is what the digest names', () => {
    expect(shownBytes(gate())).toMatchObject({ isWhatRuns: true, bytes: expect.any(Number) });
  });

  test.each<[string, GateChanges]>([
    [
      'another payload',
      { payload: { order: 'W-2', amount: 129.9 }, payloadDigest: gate().payloadDigest },
    ],
    [
      'another tool',
      { facts: { actionType: 'delete_record' }, payloadDigest: gate().payloadDigest },
    ],
    ['another version', { facts: { toolVersion: '2' }, payloadDigest: gate().payloadDigest }],
  ])('with %s it is not, whatever the gateway says', (_what, changes) => {
    expect(shownBytes(gate({ isIntact: true, ...changes })).isWhatRuns).toBe(false);
  });
});

describe('what may be done to a session, phase by phase', () => {
  const can = (changes: Parameters<typeof session>[0], who = me()): readonly SessionAction[] =>
    (Object.keys(SESSION_ACTIONS) as SessionAction[]).filter(
      (action) => whyNotSession(action, { session: session(changes), me: who }) === undefined,
    );

  test.each([
    ['running', ['pause', 'instruct', 'cancel', 'revoke', 'audit']],
    ['paused', ['resume', 'instruct', 'cancel', 'revoke', 'audit']],
    ['cancelling', ['revoke', 'audit']],
    ['closed', ['audit']],
  ] as const)('%s', (phase, expected) => {
    expect(can({ phase })).toEqual(expected);
  });

  test('one that is over can only be looked at, whatever phase was last written', () => {
    expect(can({ state: 'terminated', phase: 'running' })).toEqual(['audit']);
  });

  test('a workflow without an agent can not be told anything', () => {
    expect(can({ workflowType: 'orderFlow' })).not.toContain('instruct');
  });

  test('a viewer may do none of it', () => {
    expect(can({}, me({ may: ['view'] }))).toEqual([]);
  });
});

describe('who may decide, in words', () => {
  test.each<[GateChanges, string]>([
    [{}, 'anyone but who asked for it (nadia) and the agent.'],
    [{ open: { reviewers: ['omar'], groups: ['leads'] } }, 'omar, members of leads.'],
    [
      { open: { reviewers: ['omar', 'rita'], decisionsNeeded: 2 } },
      '2 different people of: omar, rita.',
    ],
    [{ open: { reviewers: ['omar'], barred: ['rita'] } }, 'omar; not rita, who changed it.'],
    [{ open: null }, 'Nobody any more.'],
  ])('%#', (changes, words) => {
    expect(whoMayDecide(gate(changes))).toBe(words);
  });
});
