/**
 * Builders for the tests of domain/: a policy, a session, a gate, a decision as it travels, a sealed trail. Each gives
 * something valid; a test changes the one field that it is about. No builder decides anything.
 */
import {
  type AuditEvent,
  type EventDraft,
  GENESIS,
  sealEvent,
} from '../../domain/audit/audit-event.ts';
import type { ApprovalRequest, Gate } from '../../domain/gate/gate.ts';
import {
  type DeclaredAction,
  defaultPolicy,
  DEFAULT_TIERS,
  type Json,
  type JsonObject,
  MINUTE_MS,
  type Policy,
  readPolicy,
  type Tier,
} from '../../domain/index.ts';
import { presentGate } from '../../domain/gate/ladder.ts';
import {
  newSession,
  pinPolicy,
  type SessionState,
  type Step,
} from '../../domain/session/session.ts';
import { openGate } from '../../domain/session/session-opening.ts';

export const NOW = Date.UTC(2026, 10, 23, 9, 30);
export const RUN = '8a1f3c1e-0001-4000-8000-000000000001';
export const DIGEST = 'ab'.repeat(32);
export const OTHER_DIGEST = 'cd'.repeat(32);

export const DEFAULT_POLICY: Policy = defaultPolicy();

/** A policy from a document; throws what is wrong with it. */
export function policyOf(source: unknown): Policy {
  const reading = readPolicy(source);
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.policy;
}

/** The default tiers with another end of the strictest, and a rhythm of reminders. */
export function tiersWith(changes: Readonly<Record<string, Partial<Tier>>>): Tier[] {
  return DEFAULT_TIERS.map((tier) => {
    const { escalateTo, ...rest } = { ...tier, ...changes[tier.name] };
    const climbs = rest.onNoResponse === 'escalate' && escalateTo !== undefined;
    return climbs ? { ...rest, escalateTo } : rest;
  });
}

/** A tier as people write it. */
export function tierOf(name: string, changes: object = {}): object {
  return {
    name,
    route: 'somebody',
    reviewers: 'anyone',
    respondWithinMs: MINUTE_MS,
    onNoResponse: 'reject',
    ...changes,
  };
}

/** A rule as people write it, to the escalation tier. */
export function ruleOf(when: object, changes: object = {}): object {
  return { name: 'own', when, tier: 'escalation', ...changes };
}

/**
 * One tier per answer to silence, beside those of the default: `quick` (approve), `patient` (hold), `strict` (fail).
 * Each can be reached by naming it.
 */
export const SILENCE_POLICY: Policy = policyOf({
  name: 'silence',
  version: '1',
  tiers: [
    {
      name: 'quick',
      route: 'anyone awake',
      reviewers: 'anyone',
      respondWithinMs: 10 * MINUTE_MS,
      onNoResponse: 'approve',
    },
    {
      name: 'reminded',
      route: 'on-call queue',
      reviewers: 'anyone',
      respondWithinMs: 10 * MINUTE_MS,
      remindAfterMs: 4 * MINUTE_MS,
      onNoResponse: 'reject',
    },
    {
      name: 'patient',
      route: 'the team',
      reviewers: 'anyone',
      respondWithinMs: 10 * MINUTE_MS,
      onNoResponse: 'hold',
    },
    {
      name: 'strict',
      route: 'release manager',
      reviewers: ['rita'],
      respondWithinMs: 10 * MINUTE_MS,
      onNoResponse: 'fail',
    },
    ...tiersWith({}),
  ],
});

/** `desk` decides first; after it the `boss`. Everything else as in the default. */
export const NAMED_POLICY: Policy = policyOf({
  name: 'named',
  version: '1',
  tools: {
    refund: { reversibility: 'partially_reversible', allowedModifications: ['amount', 'note'] },
    lock: { reversibility: 'irreversible', allowedModifications: [] },
  },
  tiers: tiersWith({
    async_review: { reviewers: ['dana', 'dirk'] },
    synchronous_gate: { reviewers: ['dana'] },
    escalation: { reviewers: ['bea'] },
  }),
});

export function requestOf(changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    gateId: 'gate-1',
    actionId: 'step-1/call-1',
    sessionId: 'session-1',
    agentId: 'agent-smith',
    kind: 'action',
    actionType: 'delete_record',
    toolVersion: '1',
    description: 'Delete record: id = "c-17"',
    payload: { id: 'c-17' },
    payloadDigest: DIGEST,
    reversibility: 'irreversible',
    estimatedImpact: 'high',
    gateLevel: 'mandatory_review',
    rule: 'irreversible-or-unknown',
    policyVersion: 'default@1#000000000000',
    presentedAt: NOW,
    ...changes,
  };
}

export function gateIn(
  tier: string,
  options: { readonly policy?: Policy; readonly request?: Partial<ApprovalRequest> } = {},
): Gate {
  const { policy = DEFAULT_POLICY, request } = options;
  return presentGate(policy, requestOf(request), { tier, now: NOW }).gate;
}

export function sessionOf(changes: Partial<SessionState> = {}): SessionState {
  const fresh = newSession({
    sessionId: 'session-1',
    agentId: 'agent-smith',
    requesterId: 'rosa',
  });
  return { ...pinPolicy(fresh, DEFAULT_POLICY), ...changes };
}

/** The session after a gate opened in it. */
export function withGate(
  state: SessionState,
  options: {
    readonly request?: Partial<ApprovalRequest>;
    readonly tier?: string;
    readonly now?: number;
  } = {},
): SessionState {
  return opening(state, options).state;
}

export function opening(
  state: SessionState,
  options: {
    readonly request?: Partial<ApprovalRequest>;
    readonly tier?: string;
    readonly now?: number;
  } = {},
): Step {
  const { tier = 'synchronous_gate', now = NOW } = options;
  const request = requestOf({ presentedAt: now, ...options.request });
  return openGate(state, { policy: state.policy ?? DEFAULT_POLICY, request, tier, now });
}

/** A decision as it travels: an approval of {@link requestOf} by `alice`. */
export function decisionOf(
  changes: Readonly<Record<string, Json>> = {},
): JsonObject & { readonly decisionId: string } {
  return {
    decisionId: 'decision-1',
    gateId: 'gate-1',
    runId: RUN,
    payloadDigest: DIGEST,
    decision: 'approved',
    reviewerId: 'alice',
    ...changes,
  };
}

/** The same without the named members. */
export function without(value: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** What only JSON.parse makes: a member whose own name is `__proto__`. */
export function withProto(value: JsonObject): unknown {
  const text = JSON.stringify(value);
  const comma = text === '{}' ? '' : ',';
  return JSON.parse(`${text.slice(0, -1)}${comma}"__proto__":{"polluted":true}}`);
}

/** `levels` objects, one in the other. */
export function nested(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

export function actionOf(changes: Partial<DeclaredAction> = {}): DeclaredAction {
  return {
    actionType: 'create_draft',
    arguments: {},
    reversibility: 'reversible',
    readOnly: false,
    ...changes,
  };
}

export const COMMAND = { operatorId: 'olga', reason: 'the customer called' } as const;

export function eventTypes(events: readonly { readonly eventType: string }[]): readonly string[] {
  return events.map((event) => event.eventType);
}

/** Seals drafts into one chain, as a run does. Throws where a draft has no canonical form. */
export function sealAll(
  drafts: readonly EventDraft[],
  context: { readonly sessionId?: string; readonly at?: number } = {},
): readonly AuditEvent[] {
  const events: AuditEvent[] = [];
  for (const draft of drafts) {
    const last = events.at(-1);
    const head = last === undefined ? GENESIS : { seq: last.seq, hash: last.hash };
    const at = context.at ?? NOW;
    const { sessionId = 'session-1' } = context;
    events.push(sealEvent(head, { sessionId, agentId: 'agent-smith', at }, draft));
  }
  return events;
}

/** A value that the test knows to be there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The test expects a value here');
  return value;
}
