/**
 * The shipped default: the table of the source, row by row, as rules. A team's policy always contains these rows
 * and adds its own; since the strictest row wins, adding can only tighten. Documented in docs/design/default-policy.md.
 */
import { ESCALATION_THRESHOLDS } from './confidence.ts';
import { HOUR_MS } from '../limits.ts';
import type { PolicyLimits, Rule } from './policy.ts';
import { ESCALATION_LIMIT, HIGH_VALUE_LIMIT } from './reversibility.ts';
import { AUTOMATED } from './tier.ts';

export const DEFAULT_THRESHOLDS = ESCALATION_THRESHOLDS;

export const DEFAULT_LIMITS: PolicyLimits = {
  highValue: HIGH_VALUE_LIMIT,
  escalation: ESCALATION_LIMIT,
  stepsMax: 10,
  toolCallsMax: 100,
  tokensMax: 1_000_000,
  workingTimeMs: HOUR_MS,
  historyEventsMax: 4_000,
};

export const DEFAULT_RULES: readonly Rule[] = [
  {
    name: 'partially-reversible',
    when: { reversibility: ['partially_reversible'] },
    tier: AUTOMATED,
  },
  { name: 'reversible', when: { reversibility: ['reversible'] }, tier: AUTOMATED },
  { name: 'confidence-medium', when: { confidence: ['medium'] }, tier: 'async_review' },
  {
    name: 'partially-reversible-high-value',
    when: { reversibility: ['partially_reversible'], valueAbove: 'highValueLimit' },
    tier: 'async_review',
  },
  { name: 'confidence-low', when: { confidence: ['low'] }, tier: 'synchronous_gate' },
  {
    name: 'irreversible-or-unknown',
    when: { reversibility: ['irreversible'] },
    tier: 'synchronous_gate',
  },
  { name: 'value-escalation', when: { valueAbove: 'escalationLimit' }, tier: 'escalation' },
  { name: 'ambiguous', when: { ambiguous: true }, tier: 'escalation' },
  {
    name: 'answer-confident',
    when: { kinds: ['answer'], confidence: ['medium', 'high'] },
    tier: AUTOMATED,
  },
  {
    name: 'answer-confidence-low',
    when: { kinds: ['answer'], confidence: ['low'] },
    tier: 'synchronous_gate',
  },
  { name: 'question', when: { kinds: ['question'] }, tier: 'synchronous_gate' },
  { name: 'effect-unknown', when: { kinds: ['effect'] }, tier: 'escalation' },
];

/** For policies that ask for it: the first use of a tool by an agent goes to the escalation tier. */
export const NOVELTY_RULE: Rule = { name: 'novel', when: { novel: true }, tier: 'escalation' };
