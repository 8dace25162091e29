/**
 * The judgement of a decision that meets a pending gate: may this person decide this, in this way, over these bytes,
 * with what they can prove? An approval that is one of several needed is a vote: the gate goes on waiting.
 *
 * H1 only over the digest that the gate shows · H2 the answer is for this gate alone · H6 the agent never decides.
 */
import { type AuthorityContext, type Reviewer, whyNotReviewer } from '../authority/authority.ts';
import { isSamePerson, type Person } from '../authority/person.ts';
import { type Decision, REVIEWER_PLACEHOLDER } from './decision.ts';
import { whyNotContent } from './decision-content.ts';
import {
  type Gate,
  type GateStep,
  endGate,
  gateEvent,
  proofOf,
  quorumOf,
  type Vote,
} from './gate.ts';
import { tooFast } from './reading-time.ts';
import { type Proof, reviewerOf, standingVotes, voterOf, whyNotOnePerson } from './reviewer.ts';
import type { JsonObject } from '../text/json.ts';
import { LATE_CODES } from './late-reply.ts';
import type { Policy } from '../policy/policy.ts';
import { checkClaims, checkProof, type ProofContext } from '../proof/decision-proof.ts';
import type { TrustedKey } from '../proof/trusted-key.ts';
import { refusal, type Refusal } from '../refusal.ts';

export interface DecisionContext {
  readonly policy: Policy;
  /** Who started the session; may not decide unless the policy says so. */
  readonly requesterId?: string;
  /** The agents of the sessions above: what theirs asks for, they do not let pass. */
  readonly agentsAbove?: readonly string[];
  /** Everyone who is known: by the policy, or a directory. */
  readonly people?: readonly Person[];
  /** Whose signatures count. */
  readonly keys?: readonly TrustedKey[];
  /** For whom a signature has to be made. Left out: none counts. */
  readonly audience?: string;
  readonly now: number;
}

/** A decision meets a pending gate: it ends the gate, counts as a vote, or is refused and changes nothing. */
export function decideGate(
  gate: Gate,
  decision: Decision,
  context: DecisionContext,
): GateStep | Refusal {
  const no = whyNotAtOnce(gate, decision, context.policy);
  if (no !== undefined) return no;
  const proof = proofFor(gate, decision, context);
  if (isRefused(proof)) return proof;
  const { policy, people = [], keys = [], now } = context;
  const authority = authorityContext(gate, context);
  const reviewer = reviewerOf(decision, people, proof);
  const standing = standingVotes(gate, { policy, people, keys, authority });
  const refused =
    whyNotOnePerson(reviewer, people, proof) ??
    whyNotReviewer(gate, reviewer, authority) ??
    whyNotAgain(standing, { reviewer, decision, people }) ??
    whyNotContent(gate, decision, { policy, now });
  if (refused !== undefined) return refused;
  const vote: Vote = {
    decision,
    personId: reviewer.person.id,
    groups: reviewer.person.groups,
    tier: gate.tier,
    proof: proof === undefined ? 'claimed' : 'signed',
    at: now,
  };
  const counted = { gate, vote, standing, policy };
  return decision.decision === 'approved' && standing.length + 1 < quorumOf(policy, gate)
    ? voted(counted)
    : decided(counted);
}

/** What can be seen without knowing who anybody is, and before a signature is looked at. */
export function whyNotAtOnce(gate: Gate, decision: Decision, policy: Policy): Refusal | undefined {
  const { gateId, payloadDigest } = gate.request;
  if (gate.status !== 'pending') return refusal(LATE_CODES[gate.status]);
  if (decision.payloadDigest !== payloadDigest) {
    return refusal('DIGEST_MISMATCH', `Gate ${gateId} holds ${payloadDigest.slice(0, 12)}….`);
  }
  if (decision.reviewerId === REVIEWER_PLACEHOLDER) {
    return refusal('NOT_AUTHORIZED', 'reviewerId is still the placeholder: put your own id there.');
  }
  return decision.signature === undefined && proofOf(policy, gate) === 'signed'
    ? refusal('SIGNATURE_REQUIRED', `Tier ${gate.tier} asks for proof.`)
    : undefined;
}

/** What of a signature can be seen without verifying it, which is dear. */
export function whyNotClaims(
  gate: Gate,
  decision: Decision,
  context: DecisionContext,
): Refusal | undefined {
  if (decision.signature === undefined) return undefined;
  const { keys = [] } = context;
  const checked = checkClaims(decision, keys, proofContext(gate, context));
  return checked.ok ? undefined : refusal('SIGNATURE_INVALID', checked.problem);
}

/** Who may decide about a gate, and who stands behind its session. */
export function authorityContext(
  gate: Gate,
  { policy, people = [], requesterId, agentsAbove = [], now }: DecisionContext,
): AuthorityContext {
  const agentIds = [gate.request.agentId, ...agentsAbove];
  const parties = requesterId === undefined ? { agentIds } : { requesterId, agentIds };
  const { barred } = gate;
  return { policy, people, parties, now, ...(barred === undefined ? {} : { barred }) };
}

/** A signature that is there has to be good, also where none is asked for. Undefined: there is none. */
function proofFor(
  gate: Gate,
  decision: Decision,
  context: DecisionContext,
): Proof | Refusal | undefined {
  if (decision.signature === undefined) return undefined;
  const checked = checkProof(decision, context.keys ?? [], proofContext(gate, context));
  return checked.ok ? checked : refusal('SIGNATURE_INVALID', checked.problem);
}

function proofContext({ request }: Gate, { audience = '', now }: DecisionContext): ProofContext {
  const { sessionId, policyVersion } = request;
  return { audience, sessionId, policyVersion, now };
}

function isRefused(proof: Proof | Refusal | undefined): proof is Refusal {
  return proof !== undefined && 'code' in proof;
}

/** Approvals count people, not accounts. Who has approved may still say no, or change it. */
export function whyNotAgain(
  standing: readonly Vote[],
  {
    reviewer: { account, person },
    decision,
    people,
  }: {
    readonly reviewer: Reviewer;
    readonly decision: Pick<Decision, 'decision'>;
    readonly people: readonly Person[];
  },
): Refusal | undefined {
  if (decision.decision !== 'approved') return undefined;
  return standing.some((vote) => isSamePerson(voterOf(vote, people).person, person))
    ? refusal('ALREADY_VOTED', `${account} is, or belongs to, somebody who has approved it.`)
    : undefined;
}

interface Counted {
  readonly gate: Gate;
  readonly vote: Vote;
  /** The votes before it that still count. */
  readonly standing: readonly Vote[];
  readonly policy: Policy;
}

function voted({ gate, vote, standing, policy }: Counted): GateStep {
  const votes = [...standing, vote];
  const counted = withoutClaimOf({ ...gate, votes }, vote);
  const details = {
    ...voteDetails(gate, vote, policy),
    ...droppedDetails(gate, standing),
    votes: votes.length,
    needed: quorumOf(policy, gate),
  };
  return { gate: counted, events: [voteEvent(counted, vote, { eventType: 'voted', details })] };
}

function decided({ gate, vote, standing, policy }: Counted): GateStep {
  const { decision } = vote;
  const { decisionId, reviewerId, runId, rationale, modifications } = decision;
  const isApproval = decision.decision === 'approved';
  // A change makes another payload: who approved the one before has not approved it.
  const votes = isApproval ? [...standing, vote] : [vote];
  const ended = endGate(gate, {
    status: decision.decision,
    at: vote.at,
    tier: gate.tier,
    decisionId,
    reviewerId,
    runId,
    ...(rationale === undefined ? {} : { rationale }),
    ...(modifications === undefined ? {} : { modifications }),
    ...(decision.decision === 'rejected' ? {} : { votes }),
  });
  const others = votes.slice(0, -1).map((one) => one.decision.decisionId);
  const details = {
    ...voteDetails(gate, vote, policy),
    ...(isApproval ? droppedDetails(gate, standing) : {}),
    ...(others.length === 0 ? {} : { with: others }),
  };
  return {
    gate: ended,
    events: [voteEvent(ended, vote, { eventType: decision.decision, details })],
  };
}

/** Votes that were counted before and count no longer. */
export function droppedDetails({ votes = [] }: Gate, standing: readonly Vote[]): JsonObject {
  const dropped = votes.filter((vote) => !standing.includes(vote));
  return dropped.length === 0
    ? {}
    : { dropped: dropped.map(({ decision }) => decision.decisionId) };
}

function voteEvent(
  gate: Gate,
  { decision }: Vote,
  {
    eventType,
    details,
  }: { readonly eventType: 'voted' | Decision['decision']; readonly details: JsonObject },
): GateStep['events'][number] {
  const { reviewerId, rationale } = decision;
  return gateEvent(gate, {
    eventType,
    decision: decision.decision,
    reviewerId,
    ...(rationale === undefined ? {} : { rationale }),
    details,
  });
}

function voteDetails(gate: Gate, vote: Vote, policy: Policy): JsonObject {
  const { decision, personId, groups, proof } = vote;
  const { decisionId, modifications, decidedAt, grant, signature, reviewerId } = decision;
  // To say no takes no reading.
  const fast = decision.decision === 'rejected' ? undefined : tooFast(policy, gate, vote.at);
  return {
    decisionId,
    ...(modifications === undefined ? {} : { modifications }),
    ...(decidedAt === undefined ? {} : { decidedAt }),
    ...(grant === undefined ? {} : { grant: { ...grant } as unknown as JsonObject }),
    ...(proof === 'signed' && signature !== undefined ? { proof, signature } : {}),
    ...(personId === reviewerId ? {} : { person: personId }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(fast === undefined ? {} : { tooFast: fast }),
  };
}

/** Who has spoken looks at it no longer. */
function withoutClaimOf(gate: Gate, { personId }: Vote): Gate {
  const { claim, ...rest } = gate;
  return claim?.personId === personId ? rest : gate;
}

export function isRefusal(step: GateStep | Refusal): step is Refusal {
  return 'code' in step;
}
