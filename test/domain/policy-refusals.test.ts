/**
 * Proves that a policy is checked before it is used: each bad policy of the issue is refused with its path and the way
 * out, and all that is wrong comes in one error.
 */
import { describe, expect, test } from 'vitest';
import { definePolicy, type Policy, readPolicy } from '../../domain/index.ts';
import { ruleOf, tierOf, tiersWith, withProto } from './builders.ts';

const NAMED = { name: 'shop', version: '1' };
const quick = tierOf('quick', { onNoResponse: 'approve' });
const climbing = (name: string, to: string): object =>
  tierOf(name, { onNoResponse: 'escalate', escalateTo: to });

/** What is wrong, where it is said to be, and a part of what the message says to do. */
const BAD: readonly (readonly [string, object, string, string])[] = [
  [
    'a tier that is not there',
    { rules: [ruleOf({ tools: ['x'] }, { tier: 'boss' })] },
    'rules[0].tier',
    'use one of automated, async_review',
  ],
  [
    'a tier by another case',
    { rules: [ruleOf({ tools: ['x'] }, { tier: 'Escalation' })] },
    'rules[0].tier',
    'use one of',
  ],
  [
    'a ladder to a tier that is not there',
    { tiers: [climbing('a', 'boss'), ...tiersWith({})] },
    'tiers[0].escalateTo',
    'use one of',
  ],
  [
    'a ladder to the tier without a gate',
    { tiers: [climbing('a', 'automated'), ...tiersWith({})] },
    'tiers[0].escalateTo',
    'unknown tier automated',
  ],
  [
    'a ladder of one that comes back',
    { tiers: [climbing('a', 'a'), ...tiersWith({})] },
    'tiers[0].escalateTo',
    'must end in another answer',
  ],
  [
    'a ladder of two that comes back',
    { tiers: [climbing('a', 'b'), climbing('b', 'a'), ...tiersWith({})] },
    'tiers[1].escalateTo',
    'must end in another answer',
  ],
  [
    'a ladder of three that comes back',
    { tiers: [climbing('a', 'b'), climbing('b', 'c'), climbing('c', 'a'), ...tiersWith({})] },
    'tiers[2].escalateTo',
    'must end in another answer',
  ],
  [
    'escalation to nowhere',
    { tiers: [tierOf('a', { onNoResponse: 'escalate' }), ...tiersWith({})] },
    'tiers[0].escalateTo',
    'name the next tier',
  ],
  [
    'a next tier without escalation',
    { tiers: [tierOf('a', { escalateTo: 'escalation' }), ...tiersWith({})] },
    'tiers[0].escalateTo',
    'only used with onNoResponse: escalate',
  ],
  [
    'a threshold of 1.2',
    { confidence: { thresholds: { medium_stakes: 1.2 } } },
    'confidence.thresholds.medium_stakes',
    '<=1',
  ],
  [
    'a threshold below 0',
    { confidence: { thresholds: { low_stakes: -0.1 } } },
    'confidence.thresholds.low_stakes',
    '>=0',
  ],
  [
    'a threshold that is no number',
    { confidence: { thresholds: { low_stakes: Number.NaN } } },
    'confidence.thresholds.low_stakes',
    'number',
  ],
  [
    'a higher stake with a lower threshold',
    { confidence: { thresholds: { low_stakes: 0.9 } } },
    'confidence.thresholds',
    'at least as high',
  ],
  [
    'yes by silence where irreversible actions go',
    { tiers: tiersWith({ synchronous_gate: { onNoResponse: 'approve' } }) },
    'tiers[1].onNoResponse',
    'use reject',
  ],
  [
    'yes by silence in the strictest tier',
    { tiers: tiersWith({ escalation: { onNoResponse: 'approve' } }) },
    'tiers[2].onNoResponse',
    'use reject',
  ],
  [
    'yes by silence where an irreversible action climbs to',
    {
      tiers: [
        quick,
        ...tiersWith({ synchronous_gate: { onNoResponse: 'escalate', escalateTo: 'quick' } }),
      ],
    },
    'tiers[0].onNoResponse',
    'use reject',
  ],
  [
    'a rule that sends what can’t be undone to a yes by silence',
    {
      tiers: [quick, ...tiersWith({})],
      rules: [ruleOf({ tools: ['delete_record'] }, { tier: 'quick' })],
    },
    'rules[0].tier',
    "delete_record can't be undone",
  ],
  [
    'a rule that sends an unknown tool to a yes by silence',
    {
      tiers: [quick, ...tiersWith({})],
      rules: [ruleOf({ tools: ['new_tool'] }, { tier: 'quick' })],
    },
    'rules[0].tier',
    "new_tool can't be undone",
  ],
  [
    'a rule that sends what is partly undone to a yes by silence',
    {
      tiers: [quick, ...tiersWith({})],
      rules: [ruleOf({ reversibility: ['partially_reversible'] }, { tier: 'quick' })],
    },
    'rules[0].tier',
    'undone',
  ],
  [
    'a default row that sends what is partly undone to a yes by silence',
    { tiers: tiersWith({ async_review: { onNoResponse: 'approve' } }) },
    'tiers[0].onNoResponse',
    'undone',
  ],
  [
    'no time to answer',
    { tiers: tiersWith({ escalation: { respondWithinMs: 0 } }) },
    'tiers[2].respondWithinMs',
    '>=1000',
  ],
  [
    'less than no time',
    { tiers: tiersWith({ escalation: { respondWithinMs: -5 } }) },
    'tiers[2].respondWithinMs',
    '>=1000',
  ],
  [
    'part of a millisecond',
    { tiers: tiersWith({ escalation: { respondWithinMs: 1_000.5 } }) },
    'tiers[2].respondWithinMs',
    'int',
  ],
  [
    'endless time',
    { tiers: tiersWith({ escalation: { respondWithinMs: Number.POSITIVE_INFINITY } }) },
    'tiers[2].respondWithinMs',
    'number',
  ],
  [
    'more than 30 days',
    { tiers: tiersWith({ escalation: { respondWithinMs: 31 * 86_400_000 } }) },
    'tiers[2].respondWithinMs',
    '<=2592000000',
  ],
  [
    'no time to remind',
    { tiers: tiersWith({ escalation: { remindAfterMs: 0 } }) },
    'tiers[2].remindAfterMs',
    '>=1000',
  ],
  [
    'an unknown answer to silence',
    { tiers: [tierOf('a', { onNoResponse: 'maybe' }), ...tiersWith({})] },
    'tiers[0].onNoResponse',
    '"reject"|"approve"',
  ],
  [
    'nobody who may decide',
    { tiers: tiersWith({ escalation: { reviewers: [] } }) },
    'tiers[2].reviewers',
    '>=1',
  ],
  [
    'a reviewer without a name',
    { tiers: tiersWith({ escalation: { reviewers: [''] } }) },
    'tiers[2].reviewers[0]',
    '>=1',
  ],
  [
    'reviewers by a wrong word',
    { tiers: [tierOf('a', { reviewers: 'everyone' }), ...tiersWith({})] },
    'tiers[0].reviewers',
    'anyone',
  ],
  [
    'a tier twice',
    { tiers: [...tiersWith({}), tierOf('escalation')] },
    'tiers[3].name',
    'listed twice',
  ],
  [
    'a tier called automated',
    { tiers: [tierOf('automated'), ...tiersWith({})] },
    'tiers[0].name',
    'is not listed',
  ],
  [
    'a tier of the default missing',
    { tiers: tiersWith({}).slice(1) },
    'tiers',
    'async_review is missing',
  ],
  ['no tiers at all', { tiers: [] }, 'tiers', '>=1'],
  ['the default tiers in another order', { tiers: tiersWith({}).toReversed() }, 'tiers', 'order'],
  [
    'a rule called like a row of the default',
    { rules: [ruleOf({ tools: ['x'] }, { name: 'ambiguous' })] },
    'rules[0].name',
    'exists already',
  ],
  [
    'a rule twice',
    { rules: [ruleOf({ tools: ['x'] }), ruleOf({ tools: ['y'] })] },
    'rules[1].name',
    'exists already',
  ],
  [
    'a rule called like the word for no rule',
    { rules: [ruleOf({ tools: ['x'] }, { name: 'no-rule' })] },
    'rules[0].name',
    'no-rule',
  ],
  [
    'a rule called like the word for reads',
    { rules: [ruleOf({ tools: ['x'] }, { name: 'read-only' })] },
    'rules[0].name',
    'read-only',
  ],
  [
    'a rule called like the word for what nobody can read',
    { rules: [ruleOf({ tools: ['x'] }, { name: 'uninspectable' })] },
    'rules[0].name',
    'uninspectable',
  ],
  [
    'an opaque argument that is no pointer',
    { tools: { attach: { reversibility: 'reversible', opaque: ['attachment'] } } },
    'tools.attach.opaque[0]',
    'JSON Pointer such as',
  ],
  ['a rule without conditions', { rules: [ruleOf({})] }, 'rules[0].when', 'at least one condition'],
  ['a condition on no tool', { rules: [ruleOf({ tools: [] })] }, 'rules[0].when.tools', '>=1'],
  [
    'a condition on an unknown kind',
    { rules: [ruleOf({ kinds: ['thought'] })] },
    'rules[0].when.kinds[0]',
    '"action"|"answer"',
  ],
  [
    'a condition that something is not',
    { rules: [ruleOf({ ambiguous: false })] },
    'rules[0].when.ambiguous',
    'true',
  ],
  [
    'a negative value limit',
    { rules: [ruleOf({ valueAbove: -1 })] },
    'rules[0].when.valueAbove',
    '>=0',
  ],
  [
    'a value limit by a wrong name',
    { rules: [ruleOf({ valueAbove: 'high' })] },
    'rules[0].when.valueAbove',
    'highValueLimit',
  ],
  [
    'an argument without a question',
    { rules: [ruleOf({ argument: { pointer: '/a' } })] },
    'rules[0].when.argument',
    'needs equals, oneOf or matches',
  ],
  [
    'a pointer that is none',
    { rules: [ruleOf({ argument: { pointer: 'a', equals: 1 } })] },
    'rules[0].when.argument.pointer',
    'such as /customer/email',
  ],
  [
    'a tool that says nothing',
    { tools: { x: {} } },
    'tools.x.reversibility',
    'set reversibility, or readOnly',
  ],
  [
    'a read that can’t be undone',
    { tools: { x: { readOnly: true, reversibility: 'irreversible' } } },
    'tools.x.reversibility',
    'leave reversibility out',
  ],
  [
    'an unknown reversibility',
    { tools: { x: { reversibility: 'mostly' } } },
    'tools.x.reversibility',
    '"reversible"|"partially_reversible"',
  ],
  ['a tool with a blank name', { tools: { ' x': { readOnly: true } } }, 'tools. x', 'blank'],
  ['a tool called __proto__', { tools: withProto({}) }, 'tools.__proto__', '__proto__'],
  ['no steps', { limits: { stepsMax: 0 } }, 'limits.stepsMax', '>=1'],
  ['a name without text', { name: '' }, 'name', '>=1'],
  ['a version that is a number', { version: 1 }, 'version', 'string'],
];

/** Fields that sound right and that nothing implements. */
const UNIMPLEMENTED: readonly (readonly [object, string])[] = [
  [{ quorum: 2 }, 'quorum'],
  [{ sampling: { rate: 0.1 } }, 'sampling'],
  [{ tiers: tiersWith({}).map((one) => ({ ...one, weight: 2 })) }, 'tiers[0].weight'],
  [{ people: { ada: { email: 'ada@example.com' } } }, 'people.ada.email'],
  [{ tools: { x: { reversibility: 'reversible', sensitive: ['/card'] } } }, 'tools.x.sensitive'],
  [{ rules: [ruleOf({ tools: ['x'], minutes: 5 })] }, 'rules[0].when.minutes'],
  [{ rules: [ruleOf({ tools: ['x'] }, { priority: 1 })] }, 'rules[0].priority'],
  [{ limits: { costMax: 5 } }, 'limits.costMax'],
  [{ confidence: { thresholds: {}, model: 'fast' } }, 'confidence.model'],
  [
    { separationOfDuties: { requesterMayDecide: true, agentMayDecide: true } },
    'separationOfDuties.agentMayDecide',
  ],
  [withProto(NAMED) as object, '__proto__'],
];

function problemsOf(
  source: unknown,
): readonly { readonly path: string; readonly message: string }[] {
  const reading = readPolicy(source);
  return reading.ok ? [] : reading.problems;
}

describe('a policy is refused', () => {
  test.each(BAD)('for %s', (_what, source, path, fix) => {
    const problem = problemsOf({ ...NAMED, ...source }).find((one) => one.path === path);
    expect(problem?.message ?? `nothing at ${path}`).toContain(fix);
  });

  test.each(UNIMPLEMENTED)('for a field that nothing implements: %j', (source, path) => {
    const problem = problemsOf(
      Object.hasOwn(source, '__proto__') ? source : { ...NAMED, ...source },
    ).find((one) => one.path === path);
    expect(problem?.message ?? `nothing at ${path}`).toContain('nothing implements');
  });

  test.each([undefined, null, 'policy', 7, [], true])('when it is %o', (raw) => {
    expect(problemsOf(raw).map((problem) => problem.path)).toContain('policy');
  });

  test('with everything that is wrong in one error', () => {
    const source = {
      ...NAMED,
      tiers: tiersWith({
        async_review: { respondWithinMs: 0 },
        escalation: { onNoResponse: 'approve' },
      }),
      tools: { x: {} },
      rules: [ruleOf({ tools: ['x'] }, { tier: 'boss' }), ruleOf({})],
      confidence: { thresholds: { medium_stakes: 1.2 } },
    };
    const define = (): Policy => definePolicy(source as never);
    const paths = [
      'tiers[0].respondWithinMs',
      'tiers[2].onNoResponse',
      'tools.x.reversibility',
      'rules[0].tier',
      'rules[1].when',
      'confidence.thresholds.medium_stakes',
    ];
    for (const path of paths) expect(define).toThrow(`\n  ${path}: `);
    expect(define).toThrow(/^The policy is refused:\n/);
    expect(define).toThrow(TypeError);
  });
});
