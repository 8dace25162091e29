/**
 * Keys and signatures as an attacker makes them: every part can be another one than it should be. Made with node:crypto
 * alone, which shares nothing with what verifies them in the workflow.
 */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Decision, decisionFingerprint } from '../domain/gate/decision.ts';
import { audienceOf, PROOF_ALGORITHM, PROOF_TYPE } from '../domain/proof/decision-proof.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';

export interface Key {
  readonly trusted: TrustedKey;
  readonly privateKey: KeyObject;
}

export function newKey(kid: string, changes: Partial<TrustedKey> = {}): Key {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = privateKey.export({ format: 'jwk' });
  return { privateKey, trusted: { kid, kty: 'OKP', crv: 'Ed25519', x, ...changes } };
}

/** The gate at which a decision is aimed. */
export interface Target {
  readonly namespace: string;
  readonly sessionId: string;
  readonly gateId: string;
  readonly runId: string;
  readonly payloadDigest: string;
  readonly policyVersion: string;
  /** Fresh for every try: a refusal is found in the trail by it. */
  readonly decisionId: string;
}

/** What an honest reviewer says to it. */
export function approvalOf(target: Target, changes: Partial<Decision> = {}): Decision {
  const { gateId, runId, payloadDigest, decisionId } = target;
  const said = { decisionId, gateId, runId, payloadDigest } as const;
  return { ...said, decision: 'approved', reviewerId: 'rita', ...changes };
}

export function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return Buffer.from(text).toString('base64url');
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

export function claimsOf(decision: Decision, target: Target): Readonly<Record<string, unknown>> {
  const { decisionId: jti, reviewerId: sub, gateId, runId, payloadDigest } = decision;
  const { namespace, sessionId, policyVersion } = target;
  const iat = nowSeconds();
  return {
    aud: audienceOf(namespace),
    jti,
    sub,
    iat,
    exp: iat + 600,
    sessionId,
    gateId,
    runId,
    payloadDigest,
    policyVersion,
    decision: decision.decision,
    decisionDigest: decisionFingerprint(decision),
  };
}

export interface Parts {
  readonly header: unknown;
  readonly claims: unknown;
}

export function headerOf(kid: string): Readonly<Record<string, unknown>> {
  return { alg: PROOF_ALGORITHM, kid, typ: PROOF_TYPE };
}

/** A compact JWS over the parts as they are; a part that is text is taken to the letter. */
export function jwsOf({ header, claims }: Parts, privateKey: KeyObject): string {
  const message = `${encoded(header)}.${encoded(claims)}`;
  return `${message}.${sign(null, Buffer.from(message), privateKey).toString('base64url')}`;
}

/** What is changed of an honest signature, before it is made and after. */
export interface Changes {
  readonly key?: Key;
  readonly header?: object;
  readonly claims?: object;
  readonly said?: Partial<Decision>;
  /** After it was signed. */
  readonly after?: object;
}

export function signedBy(key: Key, target: Target, changes: Changes = {}): Decision {
  const decision = approvalOf(target, changes.said);
  const signer = changes.key ?? key;
  const header = { ...headerOf(key.trusted.kid), ...changes.header };
  const claims = { ...claimsOf(decision, target), ...changes.claims };
  const signature = jwsOf({ header, claims }, signer.privateKey);
  return { ...decision, signature, ...changes.after };
}
