/**
 * The second judgement of a consent, by the worker that is about to execute, with what it knows now: its own policy, keys
 * and directory. What the workflow said of tier, reviewers and groups is not taken on trust: whoever has a worker's
 * credential can say the same.
 *
 * H1 every yes that is needed is there, by people who may still give it, over these bytes · H2 a grant's use is one of
 * those that were granted · H6 where proof is asked for, nothing counts that a worker could have made.
 */
import { reviewerOf, whyNotOnePerson } from '../gate/reviewer.ts';
import { distinctPeople, type Reviewer, whyNotReviewer } from '../authority/authority.ts';
import type { Person } from '../authority/person.ts';
import { type Decision, readDecision } from '../gate/decision.ts';
import { isWithin, whyNotGranted } from '../gate/grant.ts';
import { mergeModifications } from '../gate/modification.ts';
import { STAKES } from '../policy/confidence.ts';
import {
  type DeclaredAction,
  evaluateAction,
  type Evaluation,
  gatedTier,
  noResponseFor,
  type Policy,
} from '../policy/policy.ts';
import { AUTOMATED, climbFrom, strictnessOf, tierNamed } from '../policy/tier.ts';
import type { ProofCheck } from '../proof/decision-proof.ts';
import { refusal, type Refusal } from '../refusal.ts';
import { payloadDigest } from '../text/digest.ts';
import { isPlainObject, type JsonObject } from '../text/json.ts';
import type { Consent, ConsentDecision } from './consent.ts';

export interface SecondLook {
  readonly consent: Consent;
  /** The call as its tool, or nobody, declares it now. */
  readonly action: DeclaredAction;
  readonly policy: Policy;
  readonly people: readonly Person[];
  /** What the signature of each vote proves, looked at by this worker itself. */
  readonly proofOf: (decision: Decision) => ProofCheck;
  /** The digest of arguments as the tool's schema puts them out; undefined: it does not take them. */
  readonly digestOf: (args: JsonObject) => string | undefined;
  readonly now: number;
}

/** Everyone whose yes a consent carries, as it arrived: read anew. Undefined: it can't be read. */
export function votesOf({
  decision,
  payloadDigest: digest,
}: Consent): readonly Decision[] | undefined {
  if (decision === undefined) return [];
  const { votes } = decision;
  if (votes === undefined) {
    // From a workflow of an earlier version. It names one person and proves nothing, which counts where that is enough.
    const { decisionId, gateId, runId, reviewerId, decision: kind } = decision;
    return [{ decisionId, gateId, runId, reviewerId, decision: kind, payloadDigest: digest }];
  }
  if (!Array.isArray(votes)) return undefined;
  const readings = votes.map((vote: unknown) =>
    readDecision(isPlainObject(vote) ? vote['decision'] : undefined),
  );
  const decisions = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
  return decisions.length === votes.length && decisions.length > 0 ? decisions : undefined;
}

export interface DecisionUse {
  readonly decisionId: string;
  /** The run in which its request was shown, which a signature names. */
  readonly runId: string;
}

/** H2: what the ledger spends. Each yes is used once, whichever of them are put together; of a grant, each use. */
export function decisionsUsed(consent: Consent): readonly DecisionUse[] {
  const { decision } = consent;
  if (decision === undefined) return [];
  const votes = decision.grantUse === undefined ? (votesOf(consent) ?? []) : [];
  const used = new Map([decision, ...votes].map(({ decisionId, runId }) => [decisionId, runId]));
  return [...used].map(([decisionId, runId]) => ({ decisionId, runId }));
}

/** Why this consent does not let the action run now; undefined: it does. */
export function whyNotNow(look: SecondLook): Refusal | undefined {
  const { consent, policy, action } = look;
  const demanded = demand(policy, action);
  const { decision } = consent;
  if (decision === undefined) {
    return demanded.tier === AUTOMATED || maySilenceApprove(policy, demanded)
      ? undefined
      : refusal('CONSENT_MISSING', byPolicy(policy, demanded));
  }
  const decisions = votesOf(consent);
  if (decisions === undefined) {
    return refusal('CONSENT_MISSING', 'The consent does not say who gave it.');
  }
  const given = { decision, decisions, demanded };
  return (
    whyNotThisDecision(given) ??
    whyNotBytes(look, given) ??
    whyNotGrantUse(look, given) ??
    whyNotPeople(look, given)
  );
}

interface Given {
  readonly decision: ConsentDecision;
  /** Everyone whose yes it carries. */
  readonly decisions: readonly Decision[];
  readonly demanded: Evaluation;
}

/** H2: what the ledger is to spend is what was decided, and what was decided is a yes. */
function whyNotThisDecision({ decision, decisions }: Given): Refusal | undefined {
  const { decision: kind, gateId, grantUse } = decision;
  const isYes = kind === 'approved' || kind === 'modified';
  const isOfOneGate = decisions.every((one) => one.gateId === gateId && one.decision === kind);
  const last = decisions.at(-1);
  const isLast =
    last !== undefined &&
    last.reviewerId === decision.reviewerId &&
    last.runId === decision.runId &&
    (grantUse !== undefined || last.decisionId === decision.decisionId);
  return isYes && isOfOneGate && isLast
    ? undefined
    : refusal('CONSENT_MISSING', 'The consent is none of the decisions that it carries.');
}

/**
 * What the worker's policy asks of this call, at least: its score and its stakes are not known here, and can only make
 * it stricter.
 */
function demand(policy: Policy, action: DeclaredAction): Evaluation {
  const evaluations = STAKES.map((stakes) => evaluateAction(policy, action, stakes));
  const [first, ...others] = evaluations;
  if (first === undefined) throw new Error('There are stakes');
  return others.reduce(
    (loosest, one) =>
      strictnessOf(policy.tiers, one.tier) < strictnessOf(policy.tiers, loosest.tier)
        ? one
        : loosest,
    first,
  );
}

/** H6: whether nothing but a signed decision lets this call run, so that it has to come with one, whoever schedules it. */
export function isProofDemanded(policy: Policy, action: DeclaredAction): boolean {
  const { tier } = demand(policy, action);
  return tier !== AUTOMATED && gatedTier(policy, tier).proof === 'signed';
}

/** H3: nobody has to have said yes to what can be undone, where the policy takes silence for one. */
function maySilenceApprove(policy: Policy, { tier: name, reversibility }: Evaluation): boolean {
  const tier = gatedTier(policy, name);
  const ladder = [tier, ...climbFrom(policy.tiers, tier).map((next) => gatedTier(policy, next))];
  return ladder.some((one) => noResponseFor(one, reversibility) === 'approve');
}

function byPolicy({ name, version }: Policy, { tier, rule }: Evaluation): string {
  return `By policy ${name}@${version}, rule ${rule}, it waits for tier ${tier}.`;
}

/** H1: each yes is for the bytes that run, or for those that a reviewer changed into them. */
function whyNotBytes(
  { consent, policy, digestOf }: SecondLook,
  { decision: { decision: kind, shown, grantUse }, decisions }: Given,
): Refusal | undefined {
  if (grantUse !== undefined || consent.decision?.votes === undefined) return undefined;
  const mismatch = refusal('DIGEST_MISMATCH', 'What was approved is not what is about to run.');
  if (kind === 'approved') {
    const isForThese = decisions.every((one) => one.payloadDigest === consent.payloadDigest);
    return isForThese ? undefined : mismatch;
  }
  if (policy.separationOfDuties.modifierMayDecide === false) {
    return refusal('SELF_APPROVAL', 'Who changed it does not approve it as well.');
  }
  const [change, ...more] = decisions;
  if (change === undefined || more.length > 0 || shown === undefined) return mismatch;
  const { actionType, toolVersion } = consent;
  const before = payloadDigest({ actionType, toolVersion, arguments: shown });
  const after = digestOf(mergeModifications(shown, change.modifications ?? {}));
  const isDerived = before === change.payloadDigest && after === consent.payloadDigest;
  return isDerived ? undefined : mismatch;
}

function whyNotGrantUse(
  { consent, action, policy, now }: SecondLook,
  { decision, decisions, demanded }: Given,
): Refusal | undefined {
  const { grantUse } = decision;
  if (grantUse === undefined) return undefined;
  const [given, ...more] = decisions;
  const terms = given?.grant;
  const no = (why: string): Refusal => refusal('GRANT_NOT_ALLOWED', why);
  if (given === undefined || terms === undefined || more.length > 0)
    return no('There is no grant.');
  const isNumbered = decision.decisionId === `${given.decisionId}#${grantUse}`;
  const isOneOf = Number.isSafeInteger(grantUse) && grantUse >= 1 && grantUse <= terms.times;
  const isApproval = given.decision === 'approved';
  if (!isNumbered || !isOneOf || !isApproval)
    return no('It is none of the uses that were granted.');
  const { actionType, payloadDigest: digest } = consent;
  const call = { actionType, arguments: action.arguments, payloadDigest: digest };
  if (!isWithin(terms, given.payloadDigest, call)) return no('The call is outside of its bounds.');
  const { reversibility, tier } = demanded;
  const quorum = tier === AUTOMATED ? 1 : (gatedTier(policy, tier).quorum ?? 1);
  const why = whyNotGranted(policy, terms, { actionType, reversibility, quorum, now });
  return why === undefined ? undefined : no(why);
}

/** H1: as many people as it takes, who may still decide this, with the proof that is asked for. */
function whyNotPeople(look: SecondLook, { decisions, demanded }: Given): Refusal | undefined {
  const { consent, policy, people, proofOf, now } = look;
  const asked = [demanded.tier, consent.tier].filter((name) => name !== AUTOMATED);
  const tiers = asked.map((name) => gatedTier(policy, name));
  const isProofAsked = tiers.some(({ proof }) => proof === 'signed');
  const { agentId, agentsAbove = [], requesterId } = consent;
  const agentIds = [agentId, ...agentsAbove];
  const parties = requesterId === undefined ? { agentIds } : { requesterId, agentIds };
  const reviewers: Reviewer[] = [];
  for (const decision of decisions) {
    const proof = decision.signature === undefined ? undefined : proofOf(decision);
    if (proof === undefined && isProofAsked) return refusal('SIGNATURE_REQUIRED');
    if (proof?.ok === false) return refusal('SIGNATURE_INVALID', proof.problem);
    const reviewer = reviewerOf(decision, people, proof);
    const place = placeOf(policy, asked);
    const no =
      whyNotOnePerson(reviewer, people, proof) ??
      whyNotReviewer(place, reviewer, { policy, people, parties, now });
    if (no !== undefined) return no;
    reviewers.push(reviewer);
  }
  const needed = Math.max(1, ...tiers.map(({ quorum = 1 }) => quorum));
  const found = distinctPeople(reviewers.map(({ person }) => person)).length;
  return found >= needed
    ? undefined
    : refusal('NOT_AUTHORIZED', `It takes ${needed} people, and ${found} have approved it.`);
}

/**
 * The tiers in which a yes may have been given: the strictest that was asked for, those its ladder climbs to, and stricter
 * ones, to which a batch or a second look may have raised it.
 */
function placeOf(
  policy: Policy,
  asked: readonly string[],
): { readonly tier: string; readonly earlierTiers: readonly string[] } {
  const { tiers } = policy;
  const [base = tiers.at(-1)?.name ?? ''] = asked.toSorted(
    (a, b) => strictnessOf(tiers, b) - strictnessOf(tiers, a),
  );
  const known = tierNamed(tiers, base);
  const climb = known === undefined ? [] : climbFrom(tiers, known);
  const stricter = tiers
    .filter(({ name }) => strictnessOf(tiers, name) > strictnessOf(tiers, base))
    .map(({ name }) => name);
  return { tier: base, earlierTiers: [...new Set([...climb, ...stricter])] };
}
