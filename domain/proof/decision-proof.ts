/**
 * The proof of a decision: a JWS (RFC 7515, compact, EdDSA over Ed25519) by a key that no worker holds. It binds who
 * decides what about which bytes, in which gate, run and session, under which policy, from when until when, for whom.
 *
 * H1 every byte of the decision is under the signature, its words and modifications by their digest · H2 it counts for
 * one gate of one run, and its `jti` once · H6 whoever may signal a workflow can't make one.
 */
import { type Decision, decisionFingerprint, DECISIONS } from '../gate/decision.ts';
import {
  PROOF_CHARACTERS_MAX,
  PROOF_GROUPS_MAX,
  PROOF_LIFETIME_MAX_MS,
  PROOF_SKEW_MS,
  SECOND_MS,
} from '../limits.ts';
import { bytesOfBase64url } from '../text/base64url.ts';
import {
  digest,
  type FieldReader,
  type FieldRule,
  identifier,
  oneOf,
  readFields,
  type Reading,
  sessionIdentifier,
} from '../text/reading.ts';
import { isSignedBy } from './ed25519.ts';
import { type TrustedKey, whyKeyNot } from './trusted-key.ts';

export const PROOF_TYPE = 'holdpoint-decision+jws';
/** As RFC 8037 names it, which every library knows; the type of the key says which curve. No other is looked at. */
export const PROOF_ALGORITHM = 'EdDSA';

/** What is signed. Times in seconds since 1970, as in every JWT. */
export interface ProofClaims {
  /** {@link audienceOf} the namespace. */
  readonly aud: string;
  /** The decisionId: used once. */
  readonly jti: string;
  /** The reviewerId. */
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly sessionId: string;
  readonly gateId: string;
  readonly runId: string;
  readonly payloadDigest: string;
  readonly policyVersion: string;
  readonly decision: Decision['decision'];
  /** {@link decisionFingerprint}: everything that the decision says, its words and modifications too. */
  readonly decisionDigest: string;
  /** Who is behind the account, and their groups, as an issuer's login knows them. Only an issuer's key says so. */
  readonly person?: string;
  readonly groups?: readonly string[];
  /** When and how strongly they logged in, where a login gave it. */
  readonly auth_time?: number;
  readonly acr?: string;
}

export interface DecisionProof {
  readonly kid: string;
  readonly claims: ProofClaims;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

/** For whom a proof is made: the sessions of one namespace. */
export function audienceOf(namespace: string): string {
  return `holdpoint:${namespace}`;
}

const seconds: FieldReader = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'must be whole seconds';

const groups: FieldReader = (value) =>
  Array.isArray(value) && value.length <= PROOF_GROUPS_MAX
    ? value.map(identifier).find((problem) => problem !== undefined)
    : `must be a list of at most ${PROOF_GROUPS_MAX}`;

const CLAIMS = {
  aud: { read: identifier },
  jti: { read: identifier },
  sub: { read: identifier },
  iat: { read: seconds },
  exp: { read: seconds },
  sessionId: { read: sessionIdentifier },
  gateId: { read: identifier },
  runId: { read: identifier },
  payloadDigest: { read: digest },
  policyVersion: { read: identifier },
  decision: { read: oneOf(DECISIONS) },
  decisionDigest: { read: digest },
  person: { read: identifier, optional: true },
  groups: { read: groups, optional: true },
  auth_time: { read: seconds, optional: true },
  acr: { read: identifier, optional: true },
} as const;

const HEADER = {
  alg: { read: oneOf([PROOF_ALGORITHM]) },
  kid: { read: identifier },
  typ: { read: oneOf([PROOF_TYPE]) },
} as const;

/** Reads a proof without believing it. Exactly three header fields: no `crit`, `jku`, `jwk`, `x5c` or `b64`. */
export function readProof(jws: string): Reading<DecisionProof> {
  const no = (problem: string): Reading<DecisionProof> => ({ ok: false, problem });
  if (jws.length > PROOF_CHARACTERS_MAX) return no('is too long');
  const [head = '', body = '', tail = '', ...more] = jws.split('.');
  if (more.length > 0 || tail === '') return no('is no compact JWS of three parts');
  const header = readMembers<{ readonly kid: string }>(head, HEADER);
  if (!header.ok) return no(`header: ${header.problem}`);
  const claims = readMembers<ProofClaims>(body, CLAIMS);
  if (!claims.ok) return no(`claims: ${claims.problem}`);
  const signature = bytesOfBase64url(tail);
  if (signature === undefined) return no('signature is no base64url');
  const message = asciiBytes(`${head}.${body}`);
  return { ok: true, value: { kid: header.value.kid, claims: claims.value, message, signature } };
}

/** A part that is one flat JSON object. Of two members of one name, one reader takes the first, another the last. */
function readMembers<T>(part: string, fields: Readonly<Record<string, FieldRule>>): Reading<T> {
  const text = textOf(part);
  const raw = text === undefined ? undefined : parsed(text);
  const reading = readFields<T>(raw, fields);
  if (!reading.ok || text === undefined) return reading;
  return Object.keys(reading.value as object).length === membersIn(text)
    ? reading
    : { ok: false, problem: 'names a member twice' };
}

/** UTF-8 in base64url. The sandbox has no TextDecoder that fails. */
function textOf(part: string): string | undefined {
  const bytes = bytesOfBase64url(part);
  if (bytes === undefined) return undefined;
  const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function membersIn(text: string): number {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Where a decision is about to count. */
export interface ProofContext {
  readonly audience: string;
  readonly sessionId: string;
  /** Under which the gate was opened. */
  readonly policyVersion: string;
  readonly now: number;
  /** It counted when it came: that its time has passed since then takes nothing from it. */
  readonly wasTimely?: true;
}

/** Whether a proof is about this decision, here and now; the signature is another question. Undefined: it is. */
function whyNotAbout(
  { claims }: DecisionProof,
  decision: Decision,
  context: ProofContext,
): string | undefined {
  const expected: Readonly<Record<string, string>> = {
    aud: context.audience,
    sessionId: context.sessionId,
    policyVersion: context.policyVersion,
    jti: decision.decisionId,
    sub: decision.reviewerId,
    gateId: decision.gateId,
    runId: decision.runId,
    payloadDigest: decision.payloadDigest,
    decision: decision.decision,
    decisionDigest: decisionFingerprint(decision),
  };
  const said: Readonly<Record<string, unknown>> = { ...claims };
  const other = Object.entries(expected).find(([name, value]) => said[name] !== value);
  if (other !== undefined) return `Its ${other[0]} is another one.`;
  const [issuedAt, expiresAt] = [claims.iat * SECOND_MS, claims.exp * SECOND_MS];
  if (issuedAt > context.now + PROOF_SKEW_MS) return 'It is issued in the future.';
  if (expiresAt <= issuedAt || expiresAt - issuedAt > PROOF_LIFETIME_MAX_MS) {
    return 'It is valid for too long, or for no time at all.';
  }
  const isOver = context.wasTimely !== true && context.now >= expiresAt + PROOF_SKEW_MS;
  return isOver ? 'It has expired: sign it anew.' : undefined;
}

/** Why a key that signed this may not; undefined: it speaks for whom the proof names. */
function whyNotItsKey(key: TrustedKey, { claims }: DecisionProof, now: number): string | undefined {
  const isOwn = key.reviewerId !== undefined;
  if (isOwn && key.reviewerId !== claims.sub) return `Key ${key.kid} is another reviewer's.`;
  if (isOwn && (claims.groups !== undefined || claims.person !== undefined)) {
    return 'A key of one reviewer vouches for no group and no other name.';
  }
  return whyKeyNot(key, { signedAt: claims.iat * SECOND_MS, now });
}

export type ProofCheck =
  | { readonly ok: true; readonly proof: DecisionProof; readonly key: TrustedKey }
  | { readonly ok: false; readonly problem: string };

/** The whole check but for the signature itself, which is dear, and which each side verifies with what it has. */
export function checkClaims(
  decision: Decision,
  keys: readonly TrustedKey[],
  context: ProofContext,
): ProofCheck {
  const reading = readProof(decision.signature ?? '');
  if (!reading.ok) return { ok: false, problem: `The signature ${reading.problem}.` };
  const proof = reading.value;
  const key = keys.find(({ kid }) => kid === proof.kid);
  if (key === undefined) return { ok: false, problem: 'Its key is none that counts here.' };
  const problem = whyNotAbout(proof, decision, context) ?? whyNotItsKey(key, proof, context.now);
  return problem === undefined ? { ok: true, proof, key } : { ok: false, problem };
}

/** The whole check, in plain JavaScript. */
export function checkProof(
  decision: Decision,
  keys: readonly TrustedKey[],
  context: ProofContext,
): ProofCheck {
  const claimed = checkClaims(decision, keys, context);
  if (!claimed.ok) return claimed;
  const publicKey = bytesOfBase64url(claimed.key.x) ?? new Uint8Array();
  return isSignedBy(publicKey, claimed.proof) ? claimed : { ok: false, problem: NOT_SIGNED };
}

export const NOT_SIGNED = 'It was not made by that key, over these words.';
