/**
 * The policy as people write it (JSON, YAML or TypeScript): its schema, and how it becomes the complete {@link Policy}
 * that sessions pin. What is refused is refused with its path and the way out. A field that nothing implements is
 * refused too: a policy never promises what does not happen.
 */
import { z } from 'zod';
import { GATE_KINDS, JSON_POINTER } from '../policy/condition.ts';
import { BANDS, STAKES } from '../policy/confidence.ts';
import { DEFAULT_LIMITS, DEFAULT_RULES, DEFAULT_THRESHOLDS } from '../policy/default-policy.ts';
import { digestOfJson } from '../text/digest.ts';
import { INSPECTION } from '../text/inspect.ts';
import { isJson, type Json, type JsonObject, isWellFormed } from '../text/json.ts';
import {
  DAY_MS,
  QUORUM_MAX,
  RESPOND_WITHIN_MAX_MS,
  RESPOND_WITHIN_MIN_MS,
  SECOND_MS,
} from '../limits.ts';
import {
  LISTING,
  type Policy,
  type PolicyLimits,
  type Rule,
  type ToolPolicy,
} from '../policy/policy.ts';
import { REVERSIBILITIES, REVERSIBILITY } from '../policy/reversibility.ts';
import { DEFAULT_TIERS, NO_RESPONSES, PROOF_LEVELS, type Tier } from '../policy/tier.ts';
import { checkPolicy } from './policy-checks.ts';
import { identifierSchema } from './messages.ts';
import {
  afterRejectionSchema,
  agentsSchema,
  authoritySchema,
  grantsSchema,
  overloadSchema,
  peopleSchema,
} from './policy-people.ts';

const durationMs = z.int().min(RESPOND_WITHIN_MIN_MS).max(RESPOND_WITHIN_MAX_MS);
const line = z.string().min(1).refine(isWellFormed, 'contains a lone surrogate');
const pointer = z
  .string()
  .regex(JSON_POINTER, 'must be a JSON Pointer such as /customer/email')
  .refine(isWellFormed, 'contains a lone surrogate');
const amount = z.number().nonnegative();
const json = z.custom<Json>(isJson, 'must be JSON');
const list = <T extends z.ZodType>(item: T) => z.array(item).nonempty();

const toolSchema = z
  .strictObject({
    reversibility: z.enum(REVERSIBILITIES).optional(),
    readOnly: z.boolean().optional(),
    category: identifierSchema.optional(),
    value: pointer.optional(),
    highValueLimit: amount.optional(),
    allowedModifications: z.array(identifierSchema).optional(),
    grantable: z.boolean().optional(),
    opaque: z.array(pointer).optional(),
  })
  .refine((tool) => tool.reversibility !== undefined || tool.readOnly === true, {
    message: 'says neither: set reversibility, or readOnly: true',
    path: ['reversibility'],
  })
  .refine(
    (tool) => tool.readOnly !== true || (tool.reversibility ?? 'reversible') === 'reversible',
    {
      message: 'a read-only tool changes nothing: leave reversibility out',
      path: ['reversibility'],
    },
  );

const tierSchema = z
  .strictObject({
    name: identifierSchema,
    route: line,
    reviewers: z
      .union([z.literal('anyone'), list(identifierSchema)], {
        error: "must be 'anyone', or a list of people or accounts",
      })
      .optional(),
    groups: list(identifierSchema).optional(),
    quorum: z.int().min(1).max(QUORUM_MAX).optional(),
    proof: z.enum(PROOF_LEVELS).optional(),
    rationaleRequired: z.boolean().optional(),
    notify: list(identifierSchema).optional(),
    respondWithinMs: durationMs,
    remindAfterMs: durationMs.optional(),
    repeat: z.int().min(1).max(1_000).optional(),
    escalateAfterMs: durationMs.optional(),
    claimForMs: durationMs.optional(),
    onNoResponse: z.enum(NO_RESPONSES),
    escalateTo: identifierSchema.optional(),
  })
  .refine((tier) => tier.reviewers !== undefined || tier.groups !== undefined, {
    message: "says nobody: name reviewers ('anyone', or a list), groups, or both",
    path: ['reviewers'],
  })
  .refine((tier) => tier.reviewers !== 'anyone' || tier.groups === undefined, {
    message: 'are of no use where anyone may decide: list reviewers, or leave them out',
    path: ['groups'],
  });

const argumentSchema = z
  .strictObject({
    pointer,
    equals: json.optional(),
    oneOf: list(json).optional(),
    matches: line.max(200).optional(),
  })
  .refine((argument) => Object.keys(argument).length > 1, 'needs equals, oneOf or matches');

const conditionSchema = z
  .strictObject({
    kinds: list(z.enum(GATE_KINDS)).optional(),
    tools: list(identifierSchema).optional(),
    categories: list(identifierSchema).optional(),
    reversibility: list(z.enum(REVERSIBILITIES)).optional(),
    valueAbove: z
      .union([amount, z.enum(['highValueLimit', 'escalationLimit'])], {
        error: 'must be a number, highValueLimit or escalationLimit',
      })
      .optional(),
    argument: argumentSchema.optional(),
    entityTypes: list(identifierSchema).optional(),
    confidence: list(z.enum(BANDS)).optional(),
    stakes: list(z.enum(STAKES)).optional(),
    ambiguous: z.literal(true).optional(),
    novel: z.literal(true).optional(),
  })
  .refine((when) => Object.keys(when).length > 0, 'must name at least one condition');

const ruleSchema = z.strictObject({
  name: identifierSchema,
  when: conditionSchema,
  tier: identifierSchema,
});

const threshold = z.number().min(0).max(1);

const limitsSchema = z.strictObject({
  highValue: amount,
  escalation: amount,
  stepsMax: z.int().min(1).max(10_000),
  toolCallsMax: z.int().min(1).max(100_000),
  tokensMax: z.int().min(1),
  workingTimeMs: z
    .int()
    .min(SECOND_MS)
    .max(30 * DAY_MS),
  historyEventsMax: z.int().min(50).max(40_000),
});

export const policySourceSchema = z
  .strictObject({
    name: identifierSchema,
    version: identifierSchema,
    tools: z.record(identifierSchema, toolSchema).default({}),
    /** The gated tiers, from loosest to strictest; left out: the three of the source. */
    tiers: list(tierSchema).optional(),
    /** Rows beside those of the default policy, which always apply. The strictest row wins. */
    rules: z.array(ruleSchema).default([]),
    confidence: z
      .strictObject({
        thresholds: z.strictObject({
          low_stakes: threshold.default(DEFAULT_THRESHOLDS.low_stakes),
          medium_stakes: threshold.default(DEFAULT_THRESHOLDS.medium_stakes),
          high_stakes: threshold.default(DEFAULT_THRESHOLDS.high_stakes),
        }),
      })
      .default({ thresholds: DEFAULT_THRESHOLDS }),
    separationOfDuties: z
      .strictObject({
        requesterMayDecide: z.boolean().default(false),
        modifierMayDecide: z.boolean().default(true),
      })
      .prefault({}),
    limits: limitsSchema.partial().default({}),
    people: peopleSchema.optional(),
    agents: agentsSchema.optional(),
    authority: authoritySchema.optional(),
    afterRejection: afterRejectionSchema.prefault({}),
    /** `false`: nobody gives standing grants. */
    grants: z.union([z.literal(false), grantsSchema]).prefault({}),
    overload: overloadSchema.prefault({}),
  })
  .superRefine((source, context) => {
    const { policy, ownRules } = completed(source);
    for (const { path, message } of checkPolicy(policy, ownRules)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

/** A policy as people write it. */
export type PolicySource = DeepReadonly<z.input<typeof policySourceSchema>>;
/** Down to JSON of any shape, which is read-only by itself, and too deep to be mapped. */
type DeepReadonly<T> = [Json] extends [T]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
type ParsedSource = z.output<typeof policySourceSchema>;

export interface PolicyProblem {
  /** Where, as in `tiers[0].respondWithinMs`. */
  readonly path: string;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

export type PolicyReading =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Reads a policy document of any origin. Total: what is wrong comes back as a list. */
export function readPolicy(raw: unknown): PolicyReading {
  const parsed = policySourceSchema.safeParse(raw);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(problemOf) };
  return { ok: true, policy: sealed(completed(parsed.data).policy) };
}

/** A policy written in TypeScript. Throws one error that lists every problem with its path. */
export function definePolicy(source: PolicySource): Policy {
  const reading = readPolicy(source);
  if (reading.ok) return reading.policy;
  const lines = reading.problems.map(({ path, message }) => `  ${path}: ${message}`);
  throw new TypeError(`The policy is refused:\n${lines.join('\n')}`);
}

/** The table of the source and nothing else. */
export function defaultPolicy(): Policy {
  return definePolicy({ name: 'default', version: '1' });
}

function completed(source: ParsedSource): {
  readonly policy: Omit<Policy, 'digest'>;
  readonly ownRules: number;
} {
  const known = Object.entries(REVERSIBILITY).map(
    ([name, reversibility]) => [name, { reversibility, readOnly: false }] as const,
  );
  const own = Object.entries(source.tools).map(([name, tool]) => [name, toolOf(tool)] as const);
  const policy = {
    name: source.name,
    version: source.version,
    tools: Object.fromEntries([...known, ...own]),
    tiers:
      source.tiers === undefined
        ? DEFAULT_TIERS
        : source.tiers.map((tier) => defined<Tier>({ ...tier, reviewers: tier.reviewers ?? [] })),
    rules: [...DEFAULT_RULES, ...source.rules.map((rule) => defined<Rule>(rule))],
    confidence: source.confidence,
    separationOfDuties: source.separationOfDuties,
    listing: LISTING,
    ...peopleParts(source),
    inspection: INSPECTION,
    limits: { ...DEFAULT_LIMITS, ...defined<Partial<PolicyLimits>>(source.limits) },
  };
  return { policy, ownRules: DEFAULT_RULES.length };
}

function peopleParts(
  source: ParsedSource,
): Pick<Policy, 'people' | 'agents' | 'authority' | 'afterRejection' | 'grants' | 'overload'> {
  const { people, agents, authority, afterRejection, grants, overload } = source;
  const given = { people, agents, authority, afterRejection, overload };
  return defined(grants === false ? given : { ...given, grants });
}

function toolOf(tool: z.output<typeof toolSchema>): ToolPolicy {
  const { reversibility = 'reversible', readOnly = false, ...rest } = tool;
  return defined<ToolPolicy>({ ...rest, reversibility, readOnly });
}

/** Without the members that zod leaves `undefined`: a policy is JSON, and is hashed as such. */
function defined<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function sealed(policy: Omit<Policy, 'digest'>): Policy {
  const plain = defined<Omit<Policy, 'digest'>>(policy);
  return { ...plain, digest: digestOfJson(defined<JsonObject>(plain)) };
}

function problemOf(issue: z.core.$ZodIssue): PolicyProblem {
  const path = pathText(issue.path);
  if (issue.code === 'invalid_key') {
    return { path, message: issue.issues.map((one) => one.message).join(', ') };
  }
  if (issue.code !== 'unrecognized_keys') return { path, message: issue.message };
  const keys = issue.keys.join(', ');
  return {
    path: pathText([...issue.path, ...issue.keys.slice(0, 1)]),
    message: `nothing implements ${keys}: remove it, or correct the name`,
  };
}

function pathText(path: readonly PropertyKey[]): string {
  return (
    path.reduce<string>((text, part) => {
      if (typeof part === 'number') return `${text}[${part}]`;
      return text === '' ? String(part) : `${text}.${String(part)}`;
    }, '') || 'policy'
  );
}
