/**
 * Keys and signatures for the tests of proof: made by node:crypto, which shares nothing with what verifies them. Valid as
 * they come; a test changes the one claim or header field that it is about.
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { type Decision, decisionFingerprint, readDecision } from '../../domain/gate/decision.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';
import {
  audienceOf,
  PROOF_ALGORITHM,
  PROOF_TYPE,
  type ProofClaims,
} from '../../domain/proof/decision-proof.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { decisionOf, NOW } from './builders.ts';

export const AUDIENCE = audienceOf('default');

export interface TestKey {
  readonly trusted: TrustedKey;
  readonly privateKey: KeyObject;
}

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same key for the same kid, always. */
export function testKey(kid: string, changes: Partial<TrustedKey> = {}): TestKey {
  const seed = Buffer.alloc(32, kid);
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = privateKey.export({ format: 'jwk' });
  return { privateKey, trusted: { kid, kty: 'OKP', crv: 'Ed25519', x, ...changes } };
}

export const ISSUER = testKey('gateway');

export function encoded(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  );
}

export const HEADER = { alg: PROOF_ALGORITHM, kid: ISSUER.trusted.kid, typ: PROOF_TYPE };

/** What a good proof of this decision claims, at {@link NOW}. */
export function claimsFor(decision: Decision, changes: object = {}): ProofClaims & JsonObject {
  const { decisionId: jti, reviewerId: sub, gateId, runId, payloadDigest } = decision;
  const iat = Math.floor(NOW / 1_000);
  return {
    aud: AUDIENCE,
    jti,
    sub,
    iat,
    exp: iat + 600,
    sessionId: 'session-1',
    gateId,
    runId,
    payloadDigest,
    policyVersion: 'default@1#000000000000',
    decision: decision.decision,
    decisionDigest: decisionFingerprint(decision),
    ...changes,
  };
}

/** A compact JWS over two parts as they stand. */
export function jws(head: string, body: string, key: TestKey = ISSUER): string {
  const message = `${head}.${body}`;
  return `${message}.${sign(null, Buffer.from(message), key.privateKey).toString('base64url')}`;
}

export interface SigningChanges {
  readonly key?: TestKey;
  readonly claims?: object;
  readonly header?: object;
}

export function parsedDecision(raw: JsonObject): Decision {
  const reading = readDecision(raw);
  if (!reading.ok) throw new Error(reading.problem);
  return reading.value;
}

/** A decision of {@link decisionOf}, signed. */
export function signedDecision(
  changes: Readonly<Record<string, Json>> = {},
  { key = ISSUER, claims = {}, header = {} }: SigningChanges = {},
): JsonObject & { readonly decisionId: string; readonly signature: string } {
  const raw = decisionOf(changes);
  const head = encoded({ ...HEADER, kid: key.trusted.kid, ...header });
  const body = encoded(claimsFor(parsedDecision(raw), claims));
  return { ...raw, signature: jws(head, body, key) };
}
