/**
 * What a session has to look up before it can judge: whose signatures count, and, where the policy leaves people to a
 * directory, who stands behind an account. It is asked for when a gate opens that needs it, and when a decision comes: for
 * a key or an account that is new, and where what is known is old. The decision is kept meanwhile, and judged then.
 *
 * H1 nobody is believed before it is known who they are, lately · H4 look-ups that strangers cause are counted.
 */
import { groupsNamed, partiesOf, peopleOf } from '../authority/authority.ts';
import type { Decision } from '../gate/decision.ts';
import { type Gate, proofOf } from '../gate/gate.ts';
import type { Asking } from '../gate/ladder.ts';
import { accountsBehind } from '../gate/reviewer.ts';
import {
  TRUST_ACCOUNTS_MAX,
  TRUST_AGAIN_AFTER_MS,
  TRUST_FRESH_MS,
  TRUST_LOOKUPS_MAX,
} from '../limits.ts';
import type { Policy } from '../policy/policy.ts';
import { readProof } from '../proof/decision-proof.ts';
import type { Trust, TrustFound, TrustQuestion } from '../authority/trust.ts';
import type { SessionState } from './session.ts';
import { oneMore } from './tries.ts';

/** How a decision comes to be judged: for the first time, sent again, or after what it needs was looked up. */
export type Arrival = 'first' | 'resent' | 'lookedUp';

/** The accounts behind a session that its policy knows of. */
function ownAccounts(state: SessionState, policy: Policy): readonly string[] {
  const { agentId, requesterId, lineage } = state;
  const agentIds = [agentId, ...(lineage?.agentIds ?? [])];
  return partiesOf(policy, requesterId === undefined ? { agentIds } : { requesterId, agentIds });
}

function isDirectoryAsked({ people }: Policy): boolean {
  return people === 'directory';
}

function isFresh({ trust }: SessionState, now: number, withinMs = TRUST_FRESH_MS): boolean {
  return trust !== undefined && now - trust.at < withinMs;
}

/** A gate opens: what judging it will need is looked up while people read it. */
export function wantTrust(
  state: SessionState,
  { policy, gate, now }: { readonly policy: Policy; readonly gate: Gate; readonly now: number },
): SessionState {
  const isNeeded = proofOf(policy, gate) === 'signed' || isDirectoryAsked(policy);
  return isNeeded && !isFresh(state, now) ? wanting(state, policy, []) : state;
}

function wanting(state: SessionState, policy: Policy, accounts: readonly string[]): SessionState {
  const asked = isDirectoryAsked(policy) ? [...ownAccounts(state, policy), ...accounts] : [];
  return { ...state, trustWanted: [...new Set([...(state.trustWanted ?? []), ...asked])] };
}

/**
 * What the next look-up asks about: the accounts that are wanted, and anew those that were asked about before, the
 * latest of them; and the groups that count here. Undefined: none is due.
 */
export function trustToLookUp({
  trust,
  trustWanted,
  policy,
}: SessionState): TrustQuestion | undefined {
  if (trustWanted === undefined) return undefined;
  const before = (trust?.asked ?? []).slice(-TRUST_ACCOUNTS_MAX);
  return {
    accounts: [...new Set([...before, ...trustWanted])],
    groups: policy === undefined ? [] : groupsNamed(policy),
  };
}

/** `known`: all is known that can be. `spent`: too much was looked up, so it can't be judged yet. */
export type TrustFor =
  | { readonly status: 'known' | 'spent' }
  | { readonly status: 'wanted'; readonly state: SessionState };

/** Whether a decision can be judged by what is known: of its key and its person, a moment ago and not days. */
export function trustFor(
  state: SessionState,
  {
    policy,
    decision,
    now,
    arrival,
  }: {
    readonly policy: Policy;
    readonly decision: Decision;
    readonly now: number;
    readonly arrival: Arrival;
  },
): TrustFor {
  const { signature } = decision;
  if (signature === undefined && !isDirectoryAsked(policy)) return { status: 'known' };
  const reading = signature === undefined ? undefined : readProof(signature);
  // What is no proof at all needs no key, and names nobody: it is refused as it stands.
  if (reading?.ok === false) return { status: 'known' };
  const proof = reading?.value;
  const accounts = accountsBehind(decision);
  const wanted = (): SessionState => wanting(state, policy, accounts);
  const isStale = !isFresh(state, now);
  const isUnknown =
    isAccountNew(state, policy, accounts) ||
    (proof !== undefined && isKeyNew(state, { kid: proof.kid, now, arrival }));
  if (!isStale && !isUnknown) return { status: 'known' };
  // It is on its way already; or time alone asks for it, which nobody can cause.
  if (state.trustWanted !== undefined || isStale) return { status: 'wanted', state: wanted() };
  const limit = { max: TRUST_LOOKUPS_MAX, againAfterMs: TRUST_AGAIN_AFTER_MS };
  const trustTries = oneMore(state.trustTries, limit, now);
  return trustTries === undefined
    ? { status: 'spent' }
    : { status: 'wanted', state: { ...wanted(), trustTries } };
}

/** An account that was not asked about may be anybody's: of those behind the session, too. */
export function isAccountNew(
  { trust }: SessionState,
  policy: Policy,
  accounts: readonly string[],
): boolean {
  return isDirectoryAsked(policy) && accounts.some((one) => trust?.asked.includes(one) !== true);
}

/** A key that is not among those that were looked up: it may be a new one. Looked up for this, or just now, it is none. */
function isKeyNew(
  state: SessionState,
  { kid, now, arrival }: { readonly kid: string; readonly now: number; readonly arrival: Arrival },
): boolean {
  if (state.trust?.keys.some((key) => key.kid === kid) === true) return false;
  switch (arrival) {
    case 'first':
      return true;
    case 'resent':
      return !isFresh(state, now, TRUST_AGAIN_AFTER_MS);
    case 'lookedUp':
      return false;
  }
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
