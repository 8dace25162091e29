/** What makes a policy sound beyond its shape: names that meet, a ladder that ends, and no yes by silence. */
import { type Policy, UNINSPECTABLE } from '../policy/policy.ts';
import type { PathProblem } from './path-problem.ts';
import { peopleProblems } from './policy-people.ts';
import {
  AUTOMATED,
  climbFrom,
  DEFAULT_TIERS,
  strictnessOf,
  type Tier,
  tierNamed,
} from '../policy/tier.ts';

type Unsealed = Omit<Policy, 'digest'>;

/** Every problem of a completed policy. Rules from index `ownRules` on are the team's, the others are shipped. */
export function checkPolicy(policy: Unsealed, ownRules: number): readonly PathProblem[] {
  return [
    ...tierNames(policy),
    ...tierOrder(policy),
    ...ladder(policy),
    ...missingTiers(policy, ownRules),
    ...ruleProblems(policy, ownRules),
    ...thresholds(policy),
    ...silence(policy, ownRules),
    ...peopleProblems(policy),
  ];
}

function tierNames({ tiers }: Unsealed): readonly PathProblem[] {
  return tiers.flatMap(({ name }, index) => {
    const path = ['tiers', index, 'name'];
    if (name === AUTOMATED) {
      return [{ path, message: `${AUTOMATED} is the tier without a gate: it is not listed` }];
    }
    const isTwice = tiers.findIndex((tier) => tier.name === name) < index;
    return isTwice ? [{ path, message: `tier ${name} is listed twice` }] : [];
  });
}

/** The rows of the default stand on their tiers being ever stricter. */
function tierOrder({ tiers }: Unsealed): readonly PathProblem[] {
  const order = DEFAULT_TIERS.map((tier) => tier.name);
  const listed = tiers.map((tier) => tier.name).filter((name) => order.includes(name));
  const isOrdered = listed.every((name, index) => order.indexOf(name) >= index);
  const message = `the tiers of the default keep their order, from loosest to strictest: ${order.join(', ')}`;
  return isOrdered || listed.length !== order.length ? [] : [{ path: ['tiers'], message }];
}

function ladder({ tiers }: Unsealed): readonly PathProblem[] {
  return tiers.flatMap((tier, index) => [
    ...stepProblems(tiers, { tier, index }),
    ...clockProblems(tier, index),
  ]);
}

function stepProblems(
  tiers: readonly Tier[],
  { tier, index }: { readonly tier: Tier; readonly index: number },
): readonly PathProblem[] {
  const path = ['tiers', index, 'escalateTo'];
  const { onNoResponse, escalateAfterMs, escalateTo } = tier;
  if (onNoResponse !== 'escalate' && escalateAfterMs === undefined) {
    const message = `is only used with onNoResponse: escalate, or escalateAfterMs, not with ${onNoResponse} alone`;
    return escalateTo === undefined ? [] : [{ path, message }];
  }
  if (escalateTo === undefined) return [{ path, message: 'is missing: name the next tier' }];
  if (tierNamed(tiers, escalateTo) === undefined) {
    return [{ path, message: `unknown tier ${escalateTo}: ${known(tiers)}` }];
  }
  return climbFrom(tiers, tier).includes(tier.name)
    ? [{ path, message: 'the ladder comes back to this tier: it must end in another answer' }]
    : [];
}

/** A moment that never comes is a promise that nobody keeps. */
function clockProblems(tier: Tier, index: number): readonly PathProblem[] {
  const { respondWithinMs, escalateAfterMs, remindAfterMs, repeat, onNoResponse } = tier;
  const isLate = (ms: number | undefined): boolean =>
    onNoResponse !== 'hold' && ms !== undefined && ms >= respondWithinMs;
  const late = (name: string): readonly PathProblem[] => [
    {
      path: ['tiers', index, name],
      message: `never comes: the tier ends after ${respondWithinMs} ms (respondWithinMs)`,
    },
  ];
  return [
    ...(isLate(escalateAfterMs) ? late('escalateAfterMs') : []),
    ...(isLate(remindAfterMs) ? late('remindAfterMs') : []),
    ...(repeat !== undefined && remindAfterMs === undefined && onNoResponse !== 'hold'
      ? [
          {
            path: ['tiers', index, 'repeat'],
            message: 'repeats nothing: set remindAfterMs as well',
          },
        ]
      : []),
  ];
}

/** The default rows always apply, so the tiers they route to must be there. */
function missingTiers({ rules, tiers }: Unsealed, ownRules: number): readonly PathProblem[] {
  const routed = new Set(rules.slice(0, ownRules).map((rule) => rule.tier));
  const missing = [...routed].filter((name) => !isTier(tiers, name));
  return missing.map((name) => ({
    path: ['tiers'],
    message: `tier ${name} is missing: rows of the default policy route to it`,
  }));
}

/** What an evaluation says where no rule decided, or where what nobody can read did. */
const RESERVED = ['read-only', 'no-rule', UNINSPECTABLE];

function ruleProblems({ rules, tiers }: Unsealed, ownRules: number): readonly PathProblem[] {
  return rules.slice(ownRules).flatMap(({ name, tier }, index) => {
    const isTwice = rules.findIndex((other) => other.name === name) < index + ownRules;
    return [
      ...(RESERVED.includes(name)
        ? [
            {
              path: ['rules', index, 'name'],
              message: `${name} stands for no rule: use another name`,
            },
          ]
        : []),
      ...(isTwice
        ? [
            {
              path: ['rules', index, 'name'],
              message: `rule ${name} exists already (the rows of the default policy have names, too)`,
            },
          ]
        : []),
      ...(isTier(tiers, tier)
        ? []
        : [{ path: ['rules', index, 'tier'], message: `unknown tier ${tier}: ${known(tiers)}` }]),
    ];
  });
}

function isTier(tiers: readonly Tier[], name: string): boolean {
  return name === AUTOMATED || tierNamed(tiers, name) !== undefined;
}

function known(tiers: readonly Tier[]): string {
  return `use one of ${[AUTOMATED, ...tiers.map((tier) => tier.name)].join(', ')}`;
}

function thresholds({ confidence }: Unsealed): readonly PathProblem[] {
  const { low_stakes, medium_stakes, high_stakes } = confidence.thresholds;
  const isOrdered = low_stakes <= medium_stakes && medium_stakes <= high_stakes;
  const path = ['confidence', 'thresholds'];
  return isOrdered ? [] : [{ path, message: 'higher stakes need a threshold at least as high' }];
}

/**
 * H3: silence is a yes only for what is reversible. An irreversible action gets at least the tier of its default row,
 * so no tier from there on, and none that such a gate can climb to, may answer silence with `approve`. A rule that
 * names a tool which is not reversible may not send it there either.
 */
function silence(policy: Unsealed, ownRules: number): readonly PathProblem[] {
  const { tiers, rules, tools } = policy;
  const floor = rules.find((rule) => rule.name === 'partially-reversible-high-value')?.tier ?? '';
  const reached = new Set(
    tiers
      .filter((tier) => strictnessOf(tiers, tier.name) >= strictnessOf(tiers, floor))
      .flatMap((tier) => [tier.name, ...climbFrom(tiers, tier)]),
  );
  const approving = tiers.filter((tier) => tier.onNoResponse === 'approve');
  const byTier = approving
    .filter((tier) => reached.has(tier.name))
    .map((tier) => ({
      path: ['tiers', tiers.indexOf(tier), 'onNoResponse'],
      message: `approve is only for what can be undone, and irreversible actions reach tier ${tier.name}: use reject, or put the tier before ${floor}`,
    }));
  const byRule = rules.slice(ownRules).flatMap((rule, index) => {
    const tier = tierNamed(tiers, rule.tier);
    const ends = tier === undefined ? [] : [tier.name, ...climbFrom(tiers, tier)];
    const named =
      (rule.when.tools ?? []).find((name) => !isReversible(tools, name)) ??
      rule.when.reversibility?.find((one) => one !== 'reversible');
    if (named === undefined || !approving.some(({ name }) => ends.includes(name))) return [];
    const message = `tier ${rule.tier} answers silence with approve, and ${named} can't be undone: use a tier that rejects`;
    return [{ path: ['rules', index, 'tier'], message }];
  });
  return [...byTier, ...byRule];
}

function isReversible(tools: Unsealed['tools'], name: string): boolean {
  return Object.hasOwn(tools, name) && tools[name]?.reversibility === 'reversible';
}
