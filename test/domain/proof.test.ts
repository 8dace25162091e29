/**
 * Proves what a signature has to say, field by field: a good one counts, and one with anything changed, added or left out,
 * by whichever key, is refused with its reason. Nothing throws.
 */
import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../domain/text/json.ts';
import {
  checkClaims,
  checkProof,
  PROOF_TYPE,
  type ProofContext,
  readProof,
} from '../../domain/proof/decision-proof.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { DIGEST, NOW, OTHER_DIGEST, RUN } from './builders.ts';
import {
  AUDIENCE,
  claimsFor,
  encoded,
  HEADER,
  ISSUER,
  jws,
  parsedDecision,
  signedDecision,
  type SigningChanges,
  testKey,
} from './signing.ts';

const CONTEXT: ProofContext = {
  audience: AUDIENCE,
  sessionId: 'session-1',
  policyVersion: 'default@1#000000000000',
  now: NOW,
};

const ALICE = testKey('alice-1', { reviewerId: 'alice' });
const BOB = testKey('bob-1', { reviewerId: 'bob' });
const STRANGER = testKey('stranger');
const KEYS = [ISSUER.trusted, ALICE.trusted, BOB.trusted];

interface Trial extends SigningChanges {
  readonly said?: Readonly<Record<string, Json>>;
  readonly context?: Partial<ProofContext>;
  readonly keys?: readonly TrustedKey[];
}

/** `ok`, or why not. */
function checked(raw: JsonObject, { context, keys = KEYS }: Trial = {}): string {
  const check = checkProof(parsedDecision(raw), keys, { ...CONTEXT, ...context });
  return check.ok ? 'ok' : check.problem;
}

function tried(trial: Trial): string {
  return checked(signedDecision(trial.said, trial), trial);
}

/** A decision with this signature. */
function withSignature(signature: string): string {
  return checked({ ...signedDecision(), signature });
}

const [head = '', body = '', tail = ''] = signedDecision().signature.split('.');
const IAT = Math.floor(NOW / 1_000);
const DAY_S = 24 * 3_600;

describe('a good signature counts', () => {
  test.each<readonly [string, Trial]>([
    ['of an issuer', {}],
    ['of an issuer, with groups and a person', { claims: { person: 'alice', groups: ['ops'] } }],
    ['of an issuer, with how somebody logged in', { claims: { auth_time: IAT - 60, acr: 'mfa' } }],
    ['of a reviewer’s own key', { key: ALICE }],
    ['of a rejection', { said: { decision: 'rejected', rationale: 'no' } }],
    ['of a modification', { said: { decision: 'modified', modifications: { a: [1, 'ä'] } } }],
    ['in words of any alphabet', { said: { rationale: 'да, 好, \u{1f44d}' } }],
    ['issued by a clock that is a minute ahead', { claims: { iat: IAT + 60, exp: IAT + 120 } }],
    ['that ended less than a minute ago', { claims: { iat: IAT - 100, exp: IAT - 59 } }],
    ['good for a day', { claims: { exp: IAT + DAY_S } }],
    [
      'that has ended since it was taken',
      {
        claims: { iat: IAT - 2 * DAY_S, exp: IAT - DAY_S },
        context: { wasTimely: true },
      },
    ],
    [
      'of a key that is revoked tomorrow',
      {
        keys: [{ ...ISSUER.trusted, revokedAt: '2026-11-24T09:30:00Z' }],
      },
    ],
    [
      'of a key that was valid when it was made',
      {
        keys: [{ ...ISSUER.trusted, notBefore: new Date(NOW).toISOString() }],
      },
    ],
  ])('%s', (_what, trial) => {
    expect(tried(trial)).toBe('ok');
  });
});

describe('a header other than the one there is', () => {
  test.each<readonly [string, object, RegExp]>([
    ['alg none', { alg: 'none' }, /^The signature header: alg must be one of EdDSA/],
    ['alg None', { alg: 'None' }, /alg must be/],
    ['alg HS256', { alg: 'HS256' }, /alg must be/],
    ['alg ES256', { alg: 'ES256' }, /alg must be/],
    ['alg RS256', { alg: 'RS256' }, /alg must be/],
    ['alg Ed25519', { alg: 'Ed25519' }, /alg must be/],
    ['alg Ed448', { alg: 'Ed448' }, /alg must be/],
    ['alg EdDSA in other letters', { alg: 'eddsa' }, /alg must be/],
    ['no alg', { alg: undefined }, /alg is missing/],
    ['alg as a list', { alg: ['EdDSA'] }, /alg must be/],
    ['typ JWT', { typ: 'JWT' }, new RegExp(`typ must be one of ${PROOF_TYPE.replace('+', '\\+')}`)],
    ['no typ', { typ: undefined }, /typ is missing/],
    ['no kid', { kid: undefined }, /kid is missing/],
    ['an unknown kid', { kid: 'nobody' }, /^Its key is none that counts here\.$/],
    ['a kid that is a path', { kid: '../gateway' }, /none that counts/],
    ['a kid that is an address', { kid: 'https://evil.example/jwks.json' }, /none that counts/],
    ['a kid that is a query', { kid: "x' OR '1'='1" }, /none that counts/],
    ['a kid of a prototype', { kid: '__proto__' }, /none that counts/],
    ['a kid in other letters', { kid: 'Gateway' }, /none that counts/],
    ['a kid with a blank', { kid: 'gateway ' }, /kid must not begin or end with a blank/],
    ['a kid that is a number', { kid: 1 }, /kid must be a string/],
    ['jku', { jku: 'https://evil.example/jwks.json' }, /unknown field jku/],
    ['jwk', { jwk: STRANGER.trusted }, /unknown field jwk/],
    ['x5u', { x5u: 'https://evil.example/c.pem' }, /unknown field x5u/],
    ['x5c', { x5c: ['MII'] }, /unknown field x5c/],
    ['crit', { crit: ['exp'] }, /unknown field crit/],
    ['b64', { b64: false }, /unknown field b64/],
    ['cty', { cty: 'JWT' }, /unknown field cty/],
    ['any other field', { note: 'x' }, /unknown field note/],
  ])('is refused: %s', (_what, header, problem) => {
    expect(tried({ header })).toMatch(problem);
  });
});

describe('claims about something else', () => {
  test.each<readonly [string, object, RegExp]>([
    ['aud', { aud: 'holdpoint:other' }, /^Its aud is another one\.$/],
    ['aud of no namespace', { aud: 'holdpoint' }, /aud is another/],
    ['jti', { jti: 'decision-2' }, /jti is another/],
    ['sub', { sub: 'bob' }, /sub is another/],
    ['sub in other letters', { sub: 'Alice' }, /sub is another/],
    ['sessionId', { sessionId: 'session-2' }, /sessionId is another/],
    ['gateId', { gateId: 'gate-2' }, /gateId is another/],
    ['runId', { runId: RUN.replace(/1$/, '2') }, /runId is another/],
    ['payloadDigest', { payloadDigest: OTHER_DIGEST }, /payloadDigest is another/],
    ['policyVersion', { policyVersion: 'default@2#000000000000' }, /policyVersion is another/],
    ['decision', { decision: 'rejected' }, /decision is another/],
    ['decisionDigest', { decisionDigest: DIGEST }, /decisionDigest is another/],
    ['iat in the future', { iat: IAT + 61, exp: IAT + 600 }, /issued in the future/],
    ['exp that is past', { iat: IAT - 600, exp: IAT - 60 }, /It has expired: sign it anew/],
    ['exp before iat', { exp: IAT - 1 }, /too long, or for no time/],
    ['exp at iat', { exp: IAT }, /too long, or for no time/],
    ['exp more than a day after iat', { exp: IAT + DAY_S + 1 }, /too long, or for no time/],
    ['iat long ago and exp far off', { iat: 0, exp: IAT + 60 }, /too long, or for no time/],
    ['iat with a fraction', { iat: IAT + 0.5 }, /iat must be whole seconds/],
    ['iat below zero', { iat: -1 }, /iat must be whole seconds/],
    ['iat as text', { iat: String(IAT) }, /iat must be whole seconds/],
    ['exp beyond what is counted', { exp: 2 ** 53 }, /exp must be whole seconds/],
    ['groups that are no list', { groups: 'ops' }, /groups must be a list/],
    ['groups that are no names', { groups: [1] }, /groups must be a string/],
    [
      'more groups than anybody is in',
      {
        groups: Array.from({ length: 65 }, (_one, index) => `g${index}`),
      },
      /groups must be a list of at most/,
    ],
    ['a person that is no name', { person: '' }, /person must have/],
    ['auth_time that is no time', { auth_time: 'now' }, /auth_time must be/],
    ['a claim that nobody reads', { admin: true }, /unknown field admin/],
    ['nbf', { nbf: IAT }, /unknown field nbf/],
  ])('is refused: %s', (_what, claims, problem) => {
    expect(tried({ claims })).toMatch(problem);
  });

  const REQUIRED = Object.keys(claimsFor(parsedDecision(signedDecision())));
  test.each(REQUIRED)('is refused: no %s', (name) => {
    expect(tried({ claims: { [name]: undefined } })).toBe(
      `The signature claims: ${name} is missing.`,
    );
  });

  // The words are in it by their digest: none can be changed, added or taken away after it was signed.
  test.each<readonly [string, JsonObject]>([
    ['decisionId', { decisionId: 'decision-2' }],
    ['gateId', { gateId: 'gate-2' }],
    ['runId', { runId: 'another' }],
    ['payloadDigest', { payloadDigest: OTHER_DIGEST }],
    ['decision', { decision: 'rejected' }],
    ['reviewerId', { reviewerId: 'bob' }],
    ['rationale', { rationale: 'because' }],
    ['modifications', { modifications: { id: 'c-18' } }],
    ['decidedAt', { decidedAt: '2026-11-23T09:30:00Z' }],
    ['grant', { grant: { scope: 'exact', times: 5, until: '2026-11-23T17:00:00Z' } }],
  ])('H1: after %s was changed, it is no signature of that decision', (_name, changes) => {
    expect(checked({ ...signedDecision(), ...changes })).toMatch(/^Its \w+ is another one\.$/);
  });
});

describe('a key that may not', () => {
  const past = '2026-11-22T09:30:00Z';
  const future = '2026-11-24T09:30:00Z';
  test.each<readonly [string, Trial, RegExp]>([
    ['of another reviewer', { key: BOB }, /^Key bob-1 is another reviewer's\.$/],
    [
      'of one reviewer, for groups',
      { key: ALICE, claims: { groups: ['ops'] } },
      /vouches for no group/,
    ],
    [
      'of one reviewer, for no groups',
      { key: ALICE, claims: { groups: [] } },
      /vouches for no group/,
    ],
    [
      'of one reviewer, for a person',
      { key: ALICE, claims: { person: 'alice' } },
      /vouches for no group/,
    ],
    ['that nobody trusts', { key: STRANGER }, /none that counts/],
    ['that is revoked', { keys: [{ ...ISSUER.trusted, revokedAt: past }] }, /is revoked since/],
    [
      'that is revoked right now',
      {
        keys: [{ ...ISSUER.trusted, revokedAt: new Date(NOW).toISOString() }],
      },
      /is revoked since/,
    ],
    [
      'that is revoked, though it signs an earlier date',
      {
        keys: [{ ...ISSUER.trusted, revokedAt: past }],
        claims: { iat: IAT - 2 * DAY_S, exp: IAT - DAY_S - 1 },
        context: { wasTimely: true },
      },
      /is revoked since/,
    ],
    [
      'that is not valid yet',
      { keys: [{ ...ISSUER.trusted, notBefore: future }] },
      /is valid from/,
    ],
    ['where none is trusted', { keys: [] }, /none that counts/],
    [
      'under the kid of another',
      {
        key: testKey('stranger'),
        header: { kid: 'gateway' },
      },
      /It was not made by that key, over these words/,
    ],
  ])('is refused: one %s', (_what, trial, problem) => {
    expect(tried(trial)).toMatch(problem);
  });
});

describe('what is no such signature at all', () => {
  const part = (value: JsonObject): string => encoded(value);
  const claims = claimsFor(parsedDecision(signedDecision()));
  const hmac = (header: JsonObject, secret: string | Buffer): string => {
    const message = `${part(header)}.${body}`;
    return `${message}.${createHmac('sha256', secret).update(message).digest('base64url')}`;
  };
  const twice = (text: string): string => encoded(`{"aud":"holdpoint:other",${text.slice(1)}`);
  const x = Buffer.from(ISSUER.trusted.x, 'base64url');
  test.each([
    ['nothing', '', /no compact JWS of three parts/],
    ['one part', head, /three parts/],
    ['two parts', `${head}.${body}`, /three parts/],
    ['an empty third part', `${head}.${body}.`, /three parts/],
    ['four parts', `${head}.${body}.${tail}.${tail}`, /three parts/],
    ['five parts, as an encrypted one', `${head}....${tail}`, /three parts/],
    ['an empty header', `.${body}.${tail}`, /header: must be one JSON object/],
    ['an empty body', `${head}..${tail}`, /claims: must be one JSON object/],
    ['padding', `${head}=.${body}.${tail}`, /header: must be/],
    ['padding at the end', `${head}.${body}.${tail}==`, /signature is no base64url/],
    ['base64', `${head}.${body}.${Buffer.alloc(64, 0xfb).toString('base64')}`, /no base64url/],
    ['a header that is no JSON', `${encoded('{alg:1}')}.${body}.${tail}`, /header: must be/],
    ['a header that is a list', `${encoded([HEADER])}.${body}.${tail}`, /header: must be/],
    [
      'a header that is no UTF-8',
      `${Buffer.from([0xff]).toString('base64url')}.${body}.${tail}`,
      /header: must be/,
    ],
    [
      'a header with one field twice',
      jws(encoded(`{"alg":"none",${JSON.stringify(HEADER).slice(1)}`), body),
      /header: names a member twice/,
    ],
    [
      'claims with one claim twice',
      jws(head, twice(JSON.stringify(claims))),
      /claims: names a member twice/,
    ],
    [
      'claims with one claim twice, escaped',
      jws(head, encoded(`{"\\u0061ud":"x",${JSON.stringify(claims).slice(1)}`)),
      /names a member twice/,
    ],
    ['claims in claims', jws(head, part({ ...claims, groups: { a: 1 } })), /groups must be a list/],
    [
      'a member __proto__',
      jws(head, encoded(`{"__proto__":{},${JSON.stringify(claims).slice(1)}`)),
      /unknown field __proto__/,
    ],
    [
      'the signature of other claims',
      `${head}.${part({ ...claims, iat: IAT - 1 })}.${tail}`,
      /not made by that key/,
    ],
    ['a signature cut short', `${head}.${body}.${tail.slice(0, 84)}`, /not made by that key/],
    [
      'a signature of zeros',
      `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
      /not made by that key/,
    ],
    ['HS256 with the public key as secret', hmac({ ...HEADER, alg: 'HS256' }, x), /alg must be/],
    [
      'HS256 with its base64url as secret',
      hmac({ ...HEADER, alg: 'HS256' }, ISSUER.trusted.x),
      /alg must be/,
    ],
    ['an HMAC that calls itself EdDSA', hmac(HEADER, x), /not made by that key/],
    ['alg none without a signature', `${part({ ...HEADER, alg: 'none' })}.${body}.`, /three parts/],
    [
      'more than one may be',
      `${head}.${encoded({ ...claims, acr: 'x'.repeat(5_000) })}.${tail}`,
      /is too long/,
    ],
    ['blanks around it', ` ${head}.${body}.${tail}`, /header: must be/],
    ['a line break in it', `${head}.\n${body}.${tail}`, /claims: must be/],
  ])('is refused: %s', (_what, signature, problem) => {
    expect(withSignature(signature)).toMatch(problem);
  });

  test('whatever stands there, it is refused with a reason, and nothing throws', () => {
    const segment = fc.oneof(
      fc.constantFrom(head, body, tail, ''),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.json().map(encoded),
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        const signature = segments.join('.');
        const outcome = withSignature(signature.slice(0, 8_000).replaceAll(/\p{Surrogate}/gu, '?'));
        if (signature !== `${head}.${body}.${tail}`) expect(outcome).not.toBe('ok');
        expect(outcome).not.toBe('');
      }),
      { numRuns: 150 },
    );
  });

  test('one letter changed anywhere, and it counts no more', () => {
    const good = signedDecision().signature;
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'),
        (at, letter) => {
          const changed = `${good.slice(0, at)}${letter}${good.slice(at + 1)}`;
          if (changed !== good) expect(withSignature(changed)).not.toBe('ok');
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('the dear part comes last: without it, the claims are looked at alone', () => {
  const other = { ...signedDecision(), signature: `${head}.${body}.${'A'.repeat(86)}` };
  const decision = parsedDecision(other);
  expect(checkClaims(decision, KEYS, CONTEXT).ok).toBe(true);
  expect(checkProof(decision, KEYS, CONTEXT).ok).toBe(false);
  const unsigned = parsedDecision({ ...other, signature: '' });
  expect(checkProof(unsigned, KEYS, CONTEXT)).toMatchObject({ ok: false });
});

test('a proof that is read is read whole', () => {
  const reading = readProof(signedDecision({}, { claims: { groups: ['ops'] } }).signature);
  expect(reading).toMatchObject({
    ok: true,
    value: { kid: 'gateway', claims: { groups: ['ops'] } },
  });
});
