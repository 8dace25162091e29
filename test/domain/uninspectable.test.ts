/**
 * Proves what a policy makes of what nobody can read (H10): one tier stricter, as far as there is one, unless the tool's
 * policy expects it there; reads are not touched; a policy from before has nothing to do with it; and the gate says which
 * leaves they are.
 */
import { describe, expect, test } from 'vitest';
import {
  AUTOMATED,
  type DeclaredAction,
  evaluateAction,
  type JsonObject,
  type Policy,
  readPolicy,
} from '../../domain/index.ts';
import { actionQuestion, approvalRequest } from '../../domain/gate/gate-request.ts';
import { batchTier, inBatch } from '../../domain/policy/batch.ts';
import { isWorthScoring } from '../../domain/policy/policy.ts';
import { afterModification } from '../../domain/gate/modification.ts';
import type { PreparedAction } from '../../domain/activities.ts';
import type { Decision } from '../../domain/gate/decision.ts';
import type { Vote } from '../../domain/gate/gate.ts';
import type { Grant } from '../../domain/session/session.ts';
import { useGrant } from '../../domain/session/session-grants.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import { INSPECTION } from '../../domain/text/inspect.ts';
import { noise } from '../support/inspection-corpus.ts';
import { decisionOf, gateIn, NOW, policyOf, ruleOf, sessionOf } from './builders.ts';

const BLOB = noise(120).toString('base64');

const POLICY = policyOf({
  name: 'p',
  version: '1',
  tools: {
    note: { reversibility: 'reversible' },
    attach: { reversibility: 'reversible', opaque: ['/attachment', '/parts/0'] },
    anything: { reversibility: 'reversible', opaque: [''] },
    look: { readOnly: true },
    pay: { reversibility: 'partially_reversible', value: '/amount' },
  },
});

/** As it was pinned before there was an inspection. */
function before({ inspection: _new, ...policy }: Policy): Policy {
  return policy;
}

function actionOf(
  actionType: string,
  args: JsonObject,
  changes: Partial<DeclaredAction> = {},
): PreparedAction {
  return {
    actionType,
    arguments: args,
    readOnly: false,
    toolVersion: '1',
    payloadDigest: 'ab'.repeat(32),
    description: 'Note',
    quick: false,
    timeoutMs: 1_000,
    ...changes,
  };
}

function evaluated(policy: Policy, action: DeclaredAction) {
  return evaluateAction(policy, action, 'medium_stakes');
}

describe('a call with a leaf that nobody can read', () => {
  test.each([
    ['note', {}, AUTOMATED, 'async_review'],
    ['pay', { amount: 150 }, 'async_review', 'synchronous_gate'],
    ['delete_record', {}, 'synchronous_gate', 'escalation'],
    ['unheard_of', {}, 'synchronous_gate', 'escalation'],
  ])('is one tier stricter: %s with %j, from %s to %s', (actionType, args, own, stricter) => {
    expect(evaluated(POLICY, actionOf(actionType, args))).toMatchObject({ tier: own });
    const evaluation = evaluated(POLICY, actionOf(actionType, { ...args, a: [BLOB] }));
    expect(evaluation).toMatchObject({
      tier: stricter,
      rule: 'uninspectable',
      uninspectable: [{ pointer: '/a/0', opacity: 'encoded' }],
    });
  });

  test('stays at the strictest tier, by the rule that put it there', () => {
    const evaluation = evaluated(POLICY, actionOf('note', { BLOB }, { ambiguous: true }));
    expect(evaluation).toMatchObject({ tier: 'escalation', rule: 'ambiguous' });
    expect(evaluation.uninspectable).toHaveLength(1);
  });

  test('of a tier that the policy does not know stays there, which is stricter than all (H10)', () => {
    const lost = {
      ...POLICY,
      rules: [{ name: 'lost', when: { kinds: ['action'] }, tier: 'gone' }],
    };
    expect(evaluated(lost as Policy, actionOf('note', { BLOB }))).toMatchObject({ tier: 'gone' });
  });

  test('is not held where tool and policy both call it a read', () => {
    const read = { readOnly: true };
    expect(evaluated(POLICY, actionOf('look', { BLOB }, read))).toMatchObject({ tier: AUTOMATED });
    expect(evaluated(POLICY, actionOf('look', { BLOB }))).toMatchObject({ tier: 'async_review' });
    expect(evaluated(POLICY, actionOf('note', { BLOB }, read))).toMatchObject({
      tier: 'async_review',
    });
  });

  test('needs no score: a person looks anyway', () => {
    expect(isWorthScoring(POLICY, actionOf('note', {}), 'medium_stakes')).toBe(true);
    expect(isWorthScoring(POLICY, actionOf('note', { BLOB }), 'medium_stakes')).toBe(false);
  });

  test('goes by the tiers of its own policy', () => {
    const tier = (name: string, onNoResponse = 'reject') => ({
      name,
      route: 'somebody',
      reviewers: 'anyone',
      respondWithinMs: 60_000,
      onNoResponse,
    });
    const policy = policyOf({
      name: 'p',
      version: '1',
      tools: { note: { reversibility: 'reversible' } },
      tiers: ['first', 'async_review', 'synchronous_gate', 'escalation', 'last'].map((name) =>
        tier(name),
      ),
      rules: [ruleOf({ tools: ['note'], argument: { pointer: '/to', equals: 'all' } })],
    });
    expect(evaluated(policy, actionOf('note', { BLOB })).tier).toBe('first');
    expect(evaluated(policy, actionOf('note', { BLOB, to: 'all' })).tier).toBe('last');
  });
});

describe('what a tool’s policy expects to be opaque', () => {
  test.each([
    ['the leaf', 'attach', { attachment: BLOB }],
    ['what is within', 'attach', { attachment: { data: [BLOB] } }],
    ['one of a list', 'attach', { parts: [BLOB, 'fine'] }],
    ['all of it', 'anything', { a: { b: BLOB } }],
  ])('raises nothing: %s', (_what, actionType, args) => {
    expect(evaluated(POLICY, actionOf(actionType, args)).tier).toBe(AUTOMATED);
    expect(evaluated(POLICY, actionOf(actionType, args))).not.toHaveProperty('uninspectable');
  });

  test.each([
    ['beside it', { attachments: BLOB }],
    ['another of the list', { parts: ['fine', BLOB] }],
    ['both', { attachment: BLOB, body: BLOB }],
  ])('does not cover what stands elsewhere: %s', (_what, args) => {
    const evaluation = evaluated(POLICY, actionOf('attach', args));
    expect(evaluation.tier).toBe('async_review');
    expect(evaluation.uninspectable).toHaveLength(1);
  });

  test('is of this tool alone', () => {
    expect(evaluated(POLICY, actionOf('note', { attachment: BLOB })).tier).toBe('async_review');
  });
});

describe('a policy', () => {
  test('names the version of what is found, from now on, which nobody chooses', () => {
    expect(POLICY.inspection).toBe(INSPECTION);
    expect(readPolicy({ name: 'p', version: '1', inspection: INSPECTION })).toMatchObject({
      ok: false,
      problems: [{ path: 'inspection' }],
    });
  });

  test('that was pinned before evaluates as before: nothing is looked at', () => {
    for (const [actionType, args] of [
      ['note', {}],
      ['pay', { amount: 150 }],
      ['gone', {}],
    ] as const) {
      const action = actionOf(actionType, { ...args, BLOB });
      const evaluation = evaluated(before(POLICY), action);
      expect(evaluation).toEqual(evaluated(POLICY, actionOf(actionType, args)));
      expect(evaluation).not.toHaveProperty('uninspectable');
    }
  });
});

describe('the gate says which leaves they are', () => {
  const questionOf = (args: JsonObject, changes: Partial<PreparedAction> = {}) => {
    const action = { ...actionOf('note', args), ...changes };
    return actionQuestion(action, evaluated(POLICY, action));
  };

  test('by their pointers, before what the tool says', () => {
    const { note } = questionOf({ a: BLOB, b: { 'c d': BLOB } }, { note: 'From a form.' });
    expect(note).toBe(
      'Uninspectable: /a (encoded), /b/c d (encoded). Nobody can read what stands there. From a form.',
    );
    expect(questionOf({ a: 'fine' }, { note: 'From a form.' }).note).toBe('From a form.');
    expect(questionOf({ a: 'fine' })).not.toHaveProperty('note');
  });

  test('four of them, and how many more; names that nobody reads are cut, with what is not visible marked', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, BLOB]));
    expect(questionOf(many).note).toContain('/k3 (encoded) and 5 more. Nobody');
    const { note = '' } = questionOf({ [`\u202E${'k'.repeat(500)}`]: BLOB });
    expect(note).toContain('/⟦U+202E⟧kkk');
    expect(note).toContain('more characters) (encoded)');
  });

  test('in a batch as well', () => {
    const action = actionOf('note', { a: BLOB });
    const evaluations = [
      evaluated(POLICY, action),
      evaluated(POLICY, actionOf('gone', { a: BLOB })),
    ];
    const [own] = evaluations;
    if (own === undefined) throw new Error('There are two');
    const { evaluation, note } = inBatch(POLICY, own, batchTier(POLICY, evaluations));
    expect(evaluation).toMatchObject({ tier: 'escalation', rule: 'batch' });
    const opening = {
      gateId: 'g',
      actionId: 'a',
      now: NOW,
      ...(note === undefined ? {} : { note }),
    };
    const request = approvalRequest(
      sessionOf(),
      POLICY,
      actionQuestion(action, evaluation),
      opening,
    );
    expect(request.note).toMatch(
      /^Proposed in one turn .* by rule uninspectable\. Uninspectable: \/a /u,
    );
  });
});

test('H9: a standing grant lets it pass only as the very bytes that were approved with it', () => {
  const policy = {
    ...POLICY,
    rules: [{ name: 'all', when: { kinds: ['action'] }, tier: 'escalation' }],
  };
  const approved = actionOf('note', { text: BLOB, to: 'a' });
  const decision = {
    ...decisionOf({ reviewerId: 'rita' }),
    payloadDigest: payloadDigest(approved),
  };
  const until = '2026-12-31T00:00:00Z';
  const grant: Grant = {
    grantId: 'grant-1',
    terms: {
      scope: 'tool',
      tool: 'note',
      times: 9,
      until,
      bounds: [{ pointer: '/to', equals: 'a' }],
    },
    gateId: 'gate-1',
    actionType: 'note',
    payloadDigest: payloadDigest(approved),
    tier: 'escalation',
    vote: { decision: decision as unknown as Decision, at: NOW, proof: 'claimed' } as Vote,
    used: 0,
  };
  const isLetPass = (args: JsonObject): boolean => {
    const action = actionOf('note', { ...args, to: 'a' });
    const call = { ...action, actionId: 'a', payloadDigest: payloadDigest(action) };
    const evaluation = evaluated(policy as Policy, action);
    const asked = { policy: policy as Policy, evaluation, now: NOW };
    return useGrant({ ...sessionOf(), grants: [grant] }, call, asked) !== undefined;
  };
  expect(isLetPass({ text: 'fine' })).toBe(true);
  expect(isLetPass({ text: BLOB })).toBe(true);
  expect(isLetPass({ text: noise(120, 2).toString('base64') })).toBe(false);
});

test('H5: a modification that nobody can read asks again, at the stricter tier', () => {
  const original = actionOf('delete_record', { id: 'c-1' });
  const modified = actionOf('delete_record', { id: BLOB });
  const gate = gateIn('synchronous_gate', { policy: POLICY });
  const outcome = { status: 'modified', at: NOW, tier: gate.tier, reviewerId: 'rita' } as const;
  const prepared = { ok: true, action: modified } as const;
  expect(
    afterModification(POLICY, { original, gate, outcome, prepared }, 'medium_stakes'),
  ).toMatchObject({
    status: 'ask',
    note: expect.stringContaining('(rule uninspectable)') as string,
  });
});
