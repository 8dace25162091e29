/**
 * Proves the evaluation of one action beyond the default table: what is declared and what the policy says meet in the
 * stricter of the two, what is unknown is strictest (H10), and what an evaluation carries is JSON.
 */
import { describe, expect, test } from 'vitest';
import {
  AUTOMATED,
  type DeclaredAction,
  evaluateAction,
  type Evaluation,
  type Policy,
  policyVersion,
} from '../../domain/index.ts';
import { isJson } from '../../domain/text/json.ts';
import { CONFIDENCE_FAILED } from '../../domain/policy/confidence.ts';
import {
  evaluateOther,
  gatedTier,
  isWorthScoring,
  noResponseFor,
  toolPolicy,
} from '../../domain/policy/policy.ts';
import { NO_RESPONSES } from '../../domain/policy/tier.ts';
import { actionOf, DEFAULT_POLICY, policyOf, present, tiersWith } from './builders.ts';

const POLICY = policyOf({
  name: 'shop',
  version: '3',
  tools: {
    refund: {
      reversibility: 'partially_reversible',
      value: '/amount',
      highValueLimit: 20,
      category: 'payment',
    },
    note: { reversibility: 'reversible' },
    look: { readOnly: true },
  },
  rules: [
    { name: 'payments', when: { categories: ['payment'], valueAbove: 15 }, tier: 'async_review' },
    { name: 'mails', when: { categories: ['external_communication'] }, tier: 'escalation' },
    {
      name: 'outside',
      when: { argument: { pointer: '/to', matches: '*@evil.example' } },
      tier: 'escalation',
    },
    { name: 'people', when: { entityTypes: ['person'] }, tier: 'async_review' },
  ],
});

function of(changes: Partial<DeclaredAction>, policy: Policy = POLICY): Evaluation {
  return evaluateAction(policy, actionOf(changes), 'medium_stakes');
}

const REFUND = { actionType: 'refund', reversibility: 'partially_reversible' } as const;

describe('H10: a tool that the policy does not name', () => {
  test.each(['new_tool', '', '__proto__', 'constructor', 'toString', 'Refund', 'refund '])(
    '%j is irreversible, whatever it says of itself',
    (actionType) => {
      const evaluation = of({ actionType, reversibility: 'reversible', readOnly: true });
      expect(evaluation).toMatchObject({
        tier: 'synchronous_gate',
        rule: 'irreversible-or-unknown',
        reversibility: 'irreversible',
        gateLevel: 'mandatory_review',
        estimatedImpact: 'high',
        readOnly: false,
      });
      expect(toolPolicy(POLICY, actionType)).toBeUndefined();
    },
  );
});

test('of what tool and policy say of reversibility the stricter stands', () => {
  expect(of({ actionType: 'note', reversibility: 'irreversible' }).reversibility).toBe(
    'irreversible',
  );
  expect(of({ ...REFUND, arguments: { amount: 1 }, reversibility: 'reversible' })).toMatchObject({
    reversibility: 'partially_reversible',
  });
});

describe('the value of a call', () => {
  test('is read where the policy says it is, against the limit of the tool', () => {
    expect(of({ ...REFUND, arguments: { amount: 20 } })).toMatchObject({
      value: 20,
      rule: 'payments',
      gateLevel: 'auto_proceed',
    });
    expect(of({ ...REFUND, arguments: { amount: 20.01 } })).toMatchObject({
      value: 20.01,
      gateLevel: 'review_if_high_value',
    });
    expect(of({ ...REFUND, arguments: { amount: 15 } }).tier).toBe(AUTOMATED);
  });

  test.each([
    ['missing', {}],
    ['a text', { amount: '5' }],
    ['null', { amount: null }],
    ['a list', { amount: [5] }],
    ['in another case', { Amount: 5 }],
  ])('H10: that is %s lies above every limit', (_what, args) => {
    expect(of({ ...REFUND, arguments: args })).toMatchObject({ value: null, tier: 'escalation' });
  });

  test.each([
    [5, 10, 10],
    [10, 5, 10],
    [-50, 10, -50],
    [10, -50, -50],
    [null, 10, null],
    [0, 0, 0],
  ])('declared %s, at the pointer %s: %s counts', (declared, amount, value) => {
    expect(of({ ...REFUND, value: declared, arguments: { amount } }).value).toBe(value);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'H10: declared as %s is unreadable, escalates, and stays JSON for the trail',
    (value) => {
      const evaluation = of({ actionType: 'note', value });
      expect(evaluation.tier).toBe('escalation');
      expect(isJson(evaluation)).toBe(true);
    },
  );
});

test('rules look at category, arguments and entity types; the strictest that hits is named', () => {
  expect(of({ actionType: 'note', category: 'external_communication' })).toMatchObject({
    tier: 'escalation',
    rule: 'mails',
  });
  expect(
    of({ actionType: 'note', arguments: { to: ['a@x.example', 'b@EVIL.example'] } }),
  ).toMatchObject({ tier: 'escalation', rule: 'outside' });
  expect(of({ actionType: 'note', entityTypes: ['person'] })).toMatchObject({ rule: 'people' });
  const both = of({ actionType: 'note', entityTypes: ['person'], ambiguous: true });
  expect(both.rule).toBe('ambiguous');
});

test('of rules that lead to the same tier the first is named', () => {
  expect(of({ actionType: 'note', ambiguous: true, value: 2_000 }).rule).toBe('value-escalation');
});

describe('H9: confidence', () => {
  test('stands in the evaluation with its band, and only where there is a score', () => {
    const scored = of({ actionType: 'note', confidence: { score: 0.7 } });
    expect(scored).toMatchObject({ confidence: { score: 0.7 }, band: 'medium' });
    expect(of({ actionType: 'note' })).not.toHaveProperty('band');
  });

  test('that could not be had counts as low, even under a threshold of 0', () => {
    const lax = policyOf({
      name: 'lax',
      version: '1',
      confidence: { thresholds: { low_stakes: 0, medium_stakes: 0, high_stakes: 0 } },
    });
    const failed = { confidence: CONFIDENCE_FAILED };
    const action = evaluateAction(lax, actionOf(failed), 'low_stakes');
    const answer = evaluateOther(lax, {
      kind: 'answer',
      actionType: 'final_answer',
      arguments: {},
      stakes: 'low_stakes',
      reversibility: 'reversible',
      ...failed,
    });
    expect([action.tier, answer.tier]).toEqual(['synchronous_gate', 'synchronous_gate']);
  });

  test('is asked for only where it could change the tier', () => {
    const worth = (changes: Partial<DeclaredAction>): boolean =>
      isWorthScoring(POLICY, actionOf(changes), 'medium_stakes');
    expect(worth({ actionType: 'note' })).toBe(true);
    expect(worth({ ...REFUND, arguments: { amount: 1 } })).toBe(true);
    expect(worth({ actionType: 'note', confidence: { score: 0 } })).toBe(true);
    expect(worth({ actionType: 'look', readOnly: true })).toBe(false);
    expect(worth({ ...REFUND, arguments: { amount: 50 } })).toBe(false);
    expect(worth({ actionType: 'delete_record', reversibility: 'irreversible' })).toBe(false);
    expect(worth({ actionType: 'new_tool' })).toBe(false);
    expect(worth({ actionType: 'note', ambiguous: true })).toBe(false);
  });
});

describe('H3: what silence means', () => {
  test.each(NO_RESPONSES)('%s stands for what is reversible', (onNoResponse) => {
    const tier = { ...gatedTier(POLICY, 'escalation'), onNoResponse };
    expect(noResponseFor(tier, 'reversible')).toBe(onNoResponse);
  });

  test.each(NO_RESPONSES)('%s is never yes for what can’t be undone', (onNoResponse) => {
    const tier = { ...gatedTier(POLICY, 'escalation'), onNoResponse };
    const expected = onNoResponse === 'approve' ? 'reject' : onNoResponse;
    expect(noResponseFor(tier, 'partially_reversible')).toBe(expected);
    expect(noResponseFor(tier, 'irreversible')).toBe(expected);
  });
});

test.each(['nowhere', '', AUTOMATED, '__proto__'])(
  'H10: a gate in a tier called %j is in the strictest one',
  (name) => {
    expect(gatedTier(POLICY, name).name).toBe('escalation');
  },
);

test('a policy without any tier is a bug, not a way through', () => {
  expect(() => gatedTier({ ...POLICY, tiers: [] }, 'escalation')).toThrow('at least one');
});

test('H10: where no rule decides, the strictest tier does', () => {
  const bare = { ...DEFAULT_POLICY, rules: [] };
  expect(of({}, bare)).toMatchObject({ tier: 'escalation', rule: 'no-rule' });
});

test('the version of a policy names it, its version and what it says', () => {
  expect(policyVersion(POLICY)).toBe(`shop@3#${POLICY.digest.slice(0, 12)}`);
  const other = policyOf({
    name: 'shop',
    version: '3',
    tiers: tiersWith({ escalation: { route: 'x' } }),
  });
  expect(policyVersion(other)).not.toBe(policyVersion(POLICY));
});

test('known actions are in every policy, and a policy’s own word about them stands', () => {
  expect(present(toolPolicy(POLICY, 'send_email')).reversibility).toBe('irreversible');
  const own = policyOf({
    name: 'p',
    version: '1',
    tools: { send_email: { reversibility: 'partially_reversible' } },
  });
  expect(present(toolPolicy(own, 'send_email')).reversibility).toBe('partially_reversible');
});

test('a tool that says nothing of how it can be undone is what the policy says, and irreversible where it says nothing', () => {
  const silent = { arguments: {}, readOnly: false } as const;
  const classified = evaluateAction(POLICY, { ...silent, actionType: 'note' }, 'medium_stakes');
  expect(classified.reversibility).toBe('reversible');
  const unknown = evaluateAction(POLICY, { ...silent, actionType: 'unheard_of' }, 'medium_stakes');
  expect(unknown).toMatchObject({ reversibility: 'irreversible', tier: 'synchronous_gate' });
});
