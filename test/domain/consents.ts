/**
 * Consents for the tests of the second judgement: honest ones, of a desk in which two of three sign for refunds and the
 * boss for large ones. A test changes what it lies about. What else stands in a vote is the workflow's word alone.
 */
import type { Consent, ConsentDecision } from '../../domain/action/consent.ts';
import { whyNotNow } from '../../domain/action/second-judgement.ts';
import type { Person } from '../../domain/authority/person.ts';
import { peopleOf } from '../../domain/authority/authority.ts';
import type { Decision } from '../../domain/gate/decision.ts';
import type { Policy } from '../../domain/index.ts';
import { checkProof, type ProofContext } from '../../domain/proof/decision-proof.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';
import { NOW, policyOf, RUN, tiersWith } from './builders.ts';
import {
  AUDIENCE,
  ISSUER,
  parsedDecision,
  signedDecision,
  type SigningChanges,
  testKey,
} from './signing.ts';

export const TOOLS = {
  refund: { reversibility: 'partially_reversible', value: '/amount' },
} as const;

/** Refunds up to 1,000 by desk, above by boss; `desk` takes two of three, with proof. */
export const POLICY = policyOf({
  name: 'desk',
  version: '1',
  tools: {
    ...TOOLS,
    lock: { reversibility: 'irreversible', grantable: true },
    look: { readOnly: true },
  },
  people: {
    alice: { accounts: ['alice-gh'] },
    bob: {},
    carla: {},
    bea: {},
    rosa: { accounts: ['rosa-alt'] },
    olaf: {},
  },
  agents: { 'agent-smith': { owner: 'olaf' } },
  tiers: tiersWith({
    async_review: {
      reviewers: ['alice', 'bob', 'carla', 'rosa', 'olaf'],
      proof: 'signed',
      quorum: 2,
    },
    synchronous_gate: { reviewers: ['alice', 'bob'], proof: 'signed' },
    escalation: { reviewers: ['bea'], proof: 'signed' },
  }),
});

export const REFUND = { order: 'o-1', amount: 300 };
export const OWN = testKey('alice-own', { reviewerId: 'alice' });
const KEYS = [ISSUER.trusted, OWN.trusted];

export const digestOf = (args: JsonObject, actionType = 'refund'): string =>
  payloadDigest({ actionType, toolVersion: '1', arguments: args });

/** A vote as it travels: what else stands in it is the workflow's word. */
export function voteOf(
  reviewerId: string,
  changes: Readonly<Record<string, Json>> = {},
  how: SigningChanges = {},
): NonNullable<ConsentDecision['votes']>[number] {
  const raw = {
    decisionId: `by-${reviewerId}`,
    reviewerId,
    payloadDigest: digestOf(REFUND),
    ...changes,
  };
  const decision = parsedDecision(signedDecision(raw, how));
  return {
    decision,
    personId: reviewerId,
    groups: [],
    tier: 'async_review',
    proof: 'signed',
    at: NOW,
  };
}

export function unsigned(vote: ReturnType<typeof voteOf>): ReturnType<typeof voteOf> {
  const { signature: _none, ...decision } = vote.decision;
  return { ...vote, decision };
}

export function decided(
  votes: readonly ReturnType<typeof voteOf>[],
  changes: Partial<ConsentDecision> = {},
): ConsentDecision {
  const { decisionId = 'x', reviewerId = 'x' } = votes.at(-1)?.decision ?? {};
  return {
    decisionId,
    gateId: 'gate-1',
    runId: RUN,
    reviewerId,
    decision: 'approved',
    votes,
    ...changes,
  };
}

export interface Trial {
  readonly decision?: ConsentDecision | undefined;
  readonly consent?: Partial<Consent>;
  readonly args?: JsonObject;
  readonly actionType?: string;
  readonly policy?: Policy;
  readonly people?: readonly Person[];
  readonly keys?: readonly TrustedKey[];
  readonly now?: number;
}

/** `runs`, or the code of the refusal. */
export function judged(trial: Trial): string {
  const { args = REFUND, actionType = 'refund', policy = POLICY, keys = KEYS, now = NOW } = trial;
  const consent: Consent = {
    version: 1,
    sessionId: 'session-1',
    agentId: 'agent-smith',
    firstExecutionRunId: RUN,
    ancestorRuns: [],
    actionId: '1/1',
    actionType,
    toolVersion: '1',
    payloadDigest: digestOf(args, actionType),
    policyVersion: 'default@1#000000000000',
    tier: 'async_review',
    oneShot: true,
    requesterId: 'rosa',
    evidence: [],
    ...(trial.decision === undefined ? {} : { decision: trial.decision }),
    ...trial.consent,
  };
  const { sessionId, policyVersion } = consent;
  const context: ProofContext = {
    audience: AUDIENCE,
    sessionId,
    policyVersion,
    now,
    wasTimely: true,
  };
  const no = whyNotNow({
    consent,
    policy,
    now,
    people: trial.people ?? peopleOf(policy),
    action: { actionType, arguments: args, readOnly: actionType === 'look' },
    proofOf: (decision: Decision) => checkProof(decision, keys, context),
    digestOf: (changed) => digestOf(changed, actionType),
  });
  return no?.code ?? 'runs';
}

export const PAIR = [voteOf('alice'), voteOf('bob')];
