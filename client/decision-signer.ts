/**
 * Signs decisions: with a reviewer's own key, or that of a gateway that has logged somebody in. The key stays here; a
 * worker has its public part alone. What is signed, and what it binds, stands in domain/proof/decision-proof.ts.
 */
import { CompactSign, importJWK, type JWK } from 'jose';
import { type Decision, decisionFingerprint } from '../domain/gate/decision.ts';
import { MINUTE_MS, PROOF_LIFETIME_MAX_MS, SECOND_MS } from '../domain/limits.ts';
import {
  audienceOf,
  PROOF_ALGORITHM,
  PROOF_TYPE,
  type ProofClaims,
} from '../domain/proof/decision-proof.ts';

/** An Ed25519 key as a JSON Web Key (RFC 8037), the private part `d` and its `kid` included. */
export interface SigningKey {
  readonly kid: string;
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

/** Where a decision is to count, and what is known of who makes it. */
export interface SigningContext {
  readonly namespace: string;
  readonly sessionId: string;
  /** As the gate shows it. */
  readonly policyVersion: string;
  /** How long the signature is good for, ms: until it has reached the session. Default 10 minutes, at most a day. */
  readonly validForMs?: number;
  /** Of an issuer's login: who is behind the account, their groups, when and how strongly they logged in. */
  readonly login?: Pick<ProofClaims, 'person' | 'groups' | 'auth_time' | 'acr'>;
}

export interface DecisionSigner {
  readonly kid: string;
  /** The decision with its signature. */
  sign(decision: Decision, context: SigningContext): Promise<Decision>;
}

const VALID_FOR_MS = 10 * MINUTE_MS;

/** Throws a TypeError where the key is none. */
export async function decisionSigner(key: SigningKey): Promise<DecisionSigner> {
  const { kid, kty, crv, x, d } = key;
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof d !== 'string') {
    throw new TypeError(
      'A signing key is a private Ed25519 JSON Web Key: { kid, kty: "OKP", crv: "Ed25519", x, d }. Make one: holdpoint keys new',
    );
  }
  const jwk: JWK = { kty, crv, x, d };
  const privateKey = await importJWK(jwk, PROOF_ALGORITHM);
  return {
    kid,
    sign: async ({ signature: _before, ...decision }, context) => {
      const claims = claimsOf(decision, context);
      const payload = new TextEncoder().encode(JSON.stringify(claims));
      const header = { alg: PROOF_ALGORITHM, kid, typ: PROOF_TYPE };
      const signature = await new CompactSign(payload).setProtectedHeader(header).sign(privateKey);
      return { ...decision, signature };
    },
  };
}

function claimsOf(decision: Decision, context: SigningContext): ProofClaims {
  const { namespace, sessionId, policyVersion, validForMs = VALID_FOR_MS, login } = context;
  if (!(validForMs > 0) || validForMs > PROOF_LIFETIME_MAX_MS) {
    throw new TypeError(`validForMs is above 0, and at most ${PROOF_LIFETIME_MAX_MS}`);
  }
  const iat = Math.floor(Date.now() / SECOND_MS);
  const { decisionId: jti, reviewerId: sub, gateId, runId, payloadDigest } = decision;
  return {
    aud: audienceOf(namespace),
    jti,
    sub,
    iat,
    exp: iat + Math.ceil(validForMs / SECOND_MS),
    sessionId,
    gateId,
    runId,
    payloadDigest,
    policyVersion,
    decision: decision.decision,
    decisionDigest: decisionFingerprint(decision),
    ...login,
  };
}
