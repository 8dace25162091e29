/** Answers of the gateway as unit tests of the inbox need them: one gate, one person, one session, and what differs. */
import type { GateView, OpenGate } from '../../gateway/api/gates.ts';
import type { Me } from '../../gateway/api/me.ts';
import type { PendingGate, PendingGatesPage } from '../../gateway/api/pending.ts';
import type { SessionView } from '../../gateway/api/sessions.ts';
import { payloadDigest, payloadText } from '../../domain/text/digest.ts';
import { fingerprintOf } from '../../domain/text/fingerprint.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import type { TrailEntry, TrailEvent } from '../../inbox/model/trail.ts';

const AT = 1_700_000_000_000;

export function me(changes: Partial<Me> = {}): Me {
  return {
    as: 'login',
    subject: 'rita',
    groups: [],
    roles: ['reviewer'],
    may: ['view', 'decide', 'operate', 'audit'],
    login: { kind: 'development' },
    signs: true,
    evidence: true,
    at: AT,
    ...changes,
  };
}

function openGate(changes: Partial<OpenGate> = {}): OpenGate {
  return {
    runId: 'run-1',
    respondBy: AT + 300_000,
    noResponse: 'reject',
    ifNobodyAnswers: 'it does not run',
    reviewers: 'anyone',
    groups: [],
    decisionsNeeded: 1,
    votes: [],
    proof: 'claimed',
    rationaleRequired: false,
    ...changes,
  };
}

export interface GateChanges extends Partial<Omit<GateView, 'facts' | 'open'>> {
  readonly facts?: Partial<GateView['facts']>;
  /** Null: it does not wait. */
  readonly open?: Partial<OpenGate> | null;
}

export function gate({ facts = {}, open = {}, ...changes }: GateChanges = {}): GateView {
  const payload: JsonObject = changes.payload ?? { order: 'W-1', amount: 129.9 };
  const { actionType = 'refund', toolVersion = '1' } = facts;
  const bytes = { actionType, toolVersion, arguments: payload };
  const digest = payloadDigest(bytes);
  return {
    status: 'pending',
    facts: {
      gateId: 'gate-1',
      actionId: '1/1',
      sessionId: 'session-1',
      agentId: 'agent-1',
      requesterId: 'nadia',
      kind: 'action',
      actionType,
      toolVersion,
      description: 'Refund: order = "W-1", amount = 129.9',
      reversibility: 'partially_reversible',
      estimatedImpact: 'medium',
      gateLevel: 'review_if_high_value',
      tier: 'async_review',
      rule: 'above-limit',
      policyVersion: 'desk@1',
      presentedAt: AT,
      ...facts,
    },
    ...(open === null ? {} : { open: openGate(open) }),
    payload,
    payloadDigest: digest,
    fingerprint: fingerprintOf(digest),
    canonical: payloadText(bytes),
    isIntact: true,
    you: { may: 'yes' },
    related: [],
    at: AT,
    ...changes,
  };
}

export function session(changes: Partial<SessionView> = {}): SessionView {
  return {
    sessionId: 'session-1',
    runId: 'run-1',
    workflowType: 'agentSession',
    state: 'running',
    phase: 'running',
    openGates: 0,
    startedAt: AT,
    isAnswering: true,
    gates: [],
    ended: [],
    at: AT,
    ...changes,
  };
}

export function pendingGate(id: string, changes: Partial<PendingGate> = {}): PendingGate {
  return {
    sessionId: `session-${id}`,
    runId: 'run-1',
    gateId: `gate-${id}`,
    agentId: 'agent-1',
    kind: 'action',
    actionType: 'refund',
    description: `Refund ${id}`,
    payloadDigest: '0'.repeat(64),
    fingerprint: '00000 00000 00000 00000',
    estimatedImpact: 'medium',
    tier: 'async_review',
    presentedAt: AT,
    respondBy: AT + 60_000,
    ...changes,
  };
}

export function pendingPage(
  gates: readonly PendingGate[],
  changes: Partial<PendingGatesPage> = {},
): PendingGatesPage {
  const counts = { gates: gates.length, sessions: gates.length, byTier: {}, claimed: 0 };
  return { gates, matched: gates.length, counts, hidden: [], isWhole: true, at: 1, ...changes };
}

/** A trail of these events, in order, a second apart. */
export function trailOf(...events: readonly Partial<TrailEvent>[]): readonly TrailEntry[] {
  return events.map((event, index) => ({
    runId: 'run-1',
    recordedAt: AT,
    event: {
      version: 1,
      seq: index + 1,
      sessionId: 'session-1',
      agentId: 'agent-1',
      eventType: 'started',
      actionType: 'session',
      at: AT + index * 1_000,
      previousHash: '',
      hash: String(index),
      ...event,
    },
  }));
}
