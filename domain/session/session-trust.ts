/**
 * What a session has to look up before it can judge: whose signatures count, and, where the policy leaves people to a
 * directory, who stands behind an account. It is asked for when a gate opens that needs it, and again for a key or an
 * account that is new; a decision that needs it is kept meanwhile, and judged when it is there.
 *
 * H1 nobody is believed before it is known who they are · H4 look-ups that strangers cause are counted.
 */
import { partiesOf, peopleOf } from '../authority/authority.ts';
import type { Person } from '../authority/person.ts';
import type { Decision } from '../gate/decision.ts';
import { type Gate, proofOf } from '../gate/gate.ts';
import type { Asking } from '../gate/ladder.ts';
import { TRUST_AGAIN_AFTER_MS, TRUST_FRESH_MS, TRUST_LOOKUPS_MAX } from '../limits.ts';
import type { Policy } from '../policy/policy.ts';
import { readProof } from '../proof/decision-proof.ts';
import type { TrustedKey } from '../proof/trusted-key.ts';
import type { SessionState } from './session.ts';
import { oneMore } from './tries.ts';

/** What was found: for the accounts that were asked about, and all keys. */
export interface TrustFound {
  readonly keys: readonly TrustedKey[];
  readonly people: readonly Person[];
}

export interface Trust extends TrustFound {
  /** The accounts that were asked about, known or not. */
  readonly asked: readonly string[];
  readonly at: number;
}

/** The accounts behind a session that its policy knows of. */
function ownAccounts(state: SessionState, policy: Policy): readonly string[] {
  const { agentId, requesterId, lineage } = state;
  const agentIds = [agentId, ...(lineage?.agentIds ?? [])];
  return partiesOf(policy, requesterId === undefined ? { agentIds } : { requesterId, agentIds });
}

function isDirectoryAsked({ people }: Policy): boolean {
  return people === 'directory';
}

/** A gate opens: what judging it will need is looked up while people read it. */
export function wantTrust(
  state: SessionState,
  { policy, gate, now }: { readonly policy: Policy; readonly gate: Gate; readonly now: number },
): SessionState {
  const isNeeded = proofOf(policy, gate) === 'signed' || isDirectoryAsked(policy);
  const isFresh = state.trust !== undefined && now - state.trust.at < TRUST_FRESH_MS;
  return isNeeded && !isFresh ? wanting(state, policy, []) : state;
}

function wanting(state: SessionState, policy: Policy, accounts: readonly string[]): SessionState {
  const asked = isDirectoryAsked(policy) ? [...ownAccounts(state, policy), ...accounts] : [];
  return { ...state, trustWanted: [...new Set([...(state.trustWanted ?? []), ...asked])] };
}

/** Every account that the next look-up asks about: what was known before is looked at anew. Undefined: none is due. */
export function accountsToLookUp({
  trust,
  trustWanted,
}: SessionState): readonly string[] | undefined {
  if (trustWanted === undefined) return undefined;
  return [...new Set([...(trust?.asked ?? []), ...trustWanted])];
}

/**
 * A decision that can't be judged yet: the session that looks up what it needs. Undefined: all is known that can be, or
 * too much was looked up.
 */
export function wantTrustFor(
  state: SessionState,
  {
    policy,
    decision,
    now,
  }: { readonly policy: Policy; readonly decision: Decision; readonly now: number },
): SessionState | undefined {
  const account = decision.reviewerId;
  const isAccountNew = isAccountUnknown(state, policy, account);
  const isKeyNew = decision.signature !== undefined && !isKeyKnown(state, decision.signature);
  if (!isAccountNew && !isKeyNew) return undefined;
  // It is on its way already.
  if (state.trustWanted !== undefined) return wanting(state, policy, [account]);
  const limit = { max: TRUST_LOOKUPS_MAX, againAfterMs: TRUST_AGAIN_AFTER_MS };
  const trustTries = oneMore(state.trustTries, limit, now);
  return trustTries === undefined
    ? undefined
    : { ...wanting(state, policy, [account]), trustTries };
}

/** The directory has not been asked about this account. */
export function isAccountUnknown(state: SessionState, policy: Policy, account: string): boolean {
  return isDirectoryAsked(policy) && state.trust?.asked.includes(account) !== true;
}

/** What is no proof at all needs no key: it is refused as it stands. */
function isKeyKnown(state: SessionState, signature: string): boolean {
  const reading = readProof(signature);
  return !reading.ok || state.trust?.keys.some(({ kid }) => kid === reading.value.kid) === true;
}

/** It was looked up, for the accounts that were `asked` about; one that came meanwhile is still wanted. */
export function withTrust(
  state: SessionState,
  { asked, ...found }: TrustFound & { readonly asked: readonly string[] },
  now: number,
): SessionState {
  const { trustWanted = [], ...rest } = state;
  const left = trustWanted.filter((account) => !asked.includes(account));
  const trust: Trust = { ...found, asked, at: now };
  return { ...rest, trust, ...(left.length === 0 ? {} : { trustWanted: left }) };
}

/** Who stands behind a session, as far as is known. */
export function askingOf(
  { agentId, requesterId, lineage, trust }: SessionState,
  policy: Policy,
): Asking {
  const agentIds = [agentId, ...(lineage?.agentIds ?? [])];
  return {
    people: [...peopleOf(policy), ...(trust?.people ?? [])],
    parties: requesterId === undefined ? { agentIds } : { requesterId, agentIds },
  };
}
