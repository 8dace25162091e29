/**
 * The judgement of a decision that meets a pending gate: may this person decide this, in this way, over these bytes,
 * with what they can prove? An approval that is one of several needed is a vote: the gate goes on waiting.
 *
 * H1 only over the digest that the gate shows · H2 the answer is for this gate alone · H6 the agent never decides.
 */
import { type AuthorityContext, type Reviewer, whyNotReviewer } from '../authority/authority.ts';
import { findPerson, isSamePerson, type Person, personOf } from '../authority/person.ts';
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
import type { JsonObject } from '../text/json.ts';
import { LATE_CODES } from './late-reply.ts';
import type { Policy } from '../policy/policy.ts';
import { checkProof, type DecisionProof } from '../proof/decision-proof.ts';
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
  /** Too many signatures were looked at: this one is not. */
  readonly isProofSpent?: boolean;
  readonly now: number;
}

/** A decision meets a pending gate: it ends the gate, counts as a vote, or is refused and changes nothing. */
export function decideGate(
  gate: Gate,
  decision: Decision,
  context: DecisionContext,
): GateStep | Refusal {
  const no = whyNotAtOnce(gate, decision, context);
  if (no !== undefined) return no;
  const proof = proofFor(gate, decision, context);
  if (isRefused(proof)) return proof;
  const { policy, people = [], now } = context;
  const reviewer = reviewerOf(decision, people, proof);
  const refused =
    whyNotReviewer(gate, reviewer, authorityContext(gate, context)) ??
    whyNotAgain(gate, reviewer, people) ??
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
  const votes = [...(gate.votes ?? []), vote];
  const needed = quorumOf(policy, gate);
  return decision.decision === 'approved' && votes.length < needed
    ? voted(gate, votes, { policy, needed })
    : decided(gate, votes, policy);
}

/** What can be seen without knowing who anybody is, and before a signature is looked at. */
export function whyNotAtOnce(
  gate: Gate,
  decision: Decision,
  context: Pick<DecisionContext, 'policy' | 'isProofSpent'>,
): Refusal | undefined {
  return whyNotTheseBytes(gate, decision) ?? whyNotAsWritten(gate, decision, context);
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

function whyNotTheseBytes(gate: Gate, decision: Decision): Refusal | undefined {
  const { gateId, payloadDigest } = gate.request;
  if (gate.status !== 'pending') return refusal(LATE_CODES[gate.status]);
  if (decision.payloadDigest !== payloadDigest) {
    return refusal('DIGEST_MISMATCH', `Gate ${gateId} holds ${payloadDigest.slice(0, 12)}….`);
  }
  if (decision.reviewerId === REVIEWER_PLACEHOLDER) {
    return refusal('NOT_AUTHORIZED', 'reviewerId is still the placeholder: put your own id there.');
  }
  return undefined;
}

function whyNotAsWritten(
  gate: Gate,
  decision: Decision,
  { policy, isProofSpent = false }: Pick<DecisionContext, 'policy' | 'isProofSpent'>,
): Refusal | undefined {
  if (decision.signature === undefined) {
    return proofOf(policy, gate) === 'signed'
      ? refusal('SIGNATURE_REQUIRED', `Tier ${gate.tier} asks for proof.`)
      : undefined;
  }
  return isProofSpent
    ? refusal('LIMIT_REACHED', 'Too many signatures came for this gate. Send it again in a moment.')
    : undefined;
}

interface Proof {
  readonly proof: DecisionProof;
  readonly key: TrustedKey;
}

/** A signature that is there has to be good, also where none is asked for. Undefined: there is none. */
function proofFor(
  gate: Gate,
  decision: Decision,
  { keys = [], audience = '', now }: DecisionContext,
): Proof | Refusal | undefined {
  if (decision.signature === undefined) return undefined;
  const { sessionId, policyVersion } = gate.request;
  const checked = checkProof(decision, keys, { audience, sessionId, policyVersion, now });
  return checked.ok ? checked : refusal('SIGNATURE_INVALID', checked.problem);
}

function isRefused(proof: Proof | Refusal | undefined): proof is Refusal {
  return proof !== undefined && 'code' in proof;
}

/**
 * Who decides: the person that is known to stand behind the account; else whom the issuer of the signature names, with
 * the groups of their login; else the account by itself.
 */
export function reviewerOf(
  { reviewerId: account }: Pick<Decision, 'reviewerId'>,
  people: readonly Person[],
  signed: Proof | undefined,
): Reviewer {
  return reviewerNamed(account, people, signed?.proof.claims);
}

/** The same, by what the issuer of a signature says of them; undefined: there is none. */
export function reviewerNamed(
  account: string,
  people: readonly Person[],
  claims: Pick<DecisionProof['claims'], 'person' | 'groups'> | undefined,
): Reviewer {
  const known = findPerson(people, account);
  if (known !== undefined || claims === undefined) {
    return { account, person: known ?? personOf([], account) };
  }
  const { person: id = account, groups = [] } = claims;
  return { account, person: findPerson(people, id) ?? { id, accounts: [account], groups } };
}

/** A vote counts people, not accounts. */
export function whyNotAgain(
  gate: Gate,
  { account, person }: Reviewer,
  people: readonly Person[],
): Refusal | undefined {
  const isHere = gate.votes?.some(({ personId }) =>
    isSamePerson(personOf(people, personId), person),
  );
  return isHere === true
    ? refusal('ALREADY_VOTED', `${account} is, or belongs to, somebody who has approved it.`)
    : undefined;
}

interface Counted {
  readonly policy: Policy;
  readonly needed: number;
}

function voted(gate: Gate, votes: readonly Vote[], { policy, needed }: Counted): GateStep {
  const [vote] = votes.slice(-1);
  if (vote === undefined) throw new Error('A vote is counted');
  const counted = withoutClaimOf({ ...gate, votes }, vote);
  const details = { ...voteDetails(gate, vote, policy), votes: votes.length, needed };
  return { gate: counted, events: [voteEvent(counted, vote, { eventType: 'voted', details })] };
}

function decided(gate: Gate, votes: readonly Vote[], policy: Policy): GateStep {
  const [vote] = votes.slice(-1);
  if (vote === undefined) throw new Error('A decision is counted');
  const { decision } = vote;
  const { decisionId, reviewerId, runId, rationale, modifications } = decision;
  // A change makes another payload: who approved the one before has not approved it.
  const counting = decision.decision === 'approved' ? votes : [vote];
  const ended = endGate(gate, {
    status: decision.decision,
    at: vote.at,
    tier: gate.tier,
    decisionId,
    reviewerId,
    runId,
    ...(rationale === undefined ? {} : { rationale }),
    ...(modifications === undefined ? {} : { modifications }),
    ...(decision.decision === 'rejected' ? {} : { votes: counting }),
  });
  const others = counting.slice(0, -1).map((one) => one.decision.decisionId);
  const details = {
    ...voteDetails(gate, vote, policy),
    ...(others.length === 0 ? {} : { with: others }),
  };
  return {
    gate: ended,
    events: [voteEvent(ended, vote, { eventType: decision.decision, details })],
  };
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
