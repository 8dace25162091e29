/**
 * domain/: the pure core. Policy, gate, decision, interrupts, audit chain, reports, refusals: what happens, never
 * when or with what. It runs in the workflow sandbox, in Node and in the browser.
 *
 * May import: domain/ itself, @noble/hashes, and zod in schema/ alone. Never: Temporal, node:*, a clock, randomness;
 * time and ids come in as arguments.
 *
 * This file is the package entry `holdpoint/policy`: how a team writes, checks and evaluates a policy, and reads a
 * trail. Workflow code imports the files beside it, never this one, which brings zod.
 */
export {
  type AuditEvent,
  type AuditEventType,
  AUDIT_EVENT_TYPES,
  GENESIS,
} from './audit/audit-event.ts';
export { type ChainProblem, verifyChain } from './audit/audit-chain.ts';
export {
  buildAuditTrail,
  type Carrier,
  exportAuditReport,
  type TrailEntry,
} from './audit/audit-trail.ts';
export { type DerivedEvent, derivedEvents, type UngatedAction } from './audit/derived-events.ts';
export type { Condition, GateKind } from './policy/condition.ts';
export {
  type Band,
  bandOf,
  type Confidence,
  confidenceReason,
  ESCALATION_THRESHOLDS,
  parseConfidence,
  type Stakes,
} from './policy/confidence.ts';
export { DEFAULT_LIMITS, DEFAULT_RULES, NOVELTY_RULE } from './policy/default-policy.ts';
export { assessImpact, buildHumanDescription, type Impact } from './policy/description.ts';
export type { Json, JsonObject } from './text/json.ts';
export { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './limits.ts';
export {
  type DeclaredAction,
  evaluateAction,
  type Evaluation,
  type Policy,
  policyVersion,
  type Rule,
  type ToolPolicy,
} from './policy/policy.ts';
export { type RefusalCode, REFUSALS } from './refusal.ts';
export {
  type GateLevel,
  gateLevelFor,
  type Reversibility,
  REVERSIBILITY,
} from './policy/reversibility.ts';
export {
  defaultPolicy,
  definePolicy,
  type PolicyProblem,
  type PolicyReading,
  type PolicySource,
  readPolicy,
} from './schema/policy.ts';
export { silenceText } from './gate/silence.ts';
export { AUTOMATED, DEFAULT_TIERS, type NoResponse, type Tier } from './policy/tier.ts';
export { fingerprintOf } from './text/fingerprint.ts';
export { leafLines, type PayloadLeaf, payloadLeaves } from './text/payload-leaves.ts';
export { shownLines, shownText } from './text/shown-text.ts';
