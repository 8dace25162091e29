/**
 * The forgeries, by name: what somebody sends who may send anything, knows every public key, and has keys of their own,
 * but none of a person who may decide. Each is made anew for the gate that it is aimed at.
 */
import { createHmac } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { Decision } from '../domain/gate/decision.ts';
import type { Cast } from './desk.ts';
import {
  approvalOf,
  type Changes,
  claimsOf,
  encoded,
  headerOf,
  jwsOf,
  nowSeconds,
  signedBy,
  type Target,
} from './signing.ts';

/** What is sent: a decision, or something that only looks like one. */
export type Forgery = (target: Target, cast: Cast) => object;

const DAY_S = 24 * 3_600;
const OTHER_DIGEST = 'c'.repeat(64);

/** With a signature that rita's own key has made over other parts than it should. */
const asRita =
  (changes: Changes): Forgery =>
  (target, { rita }) =>
    signedBy(rita, target, changes);

/** Signed by a key of the attacker's, under whatever header. */
const byStranger =
  (header: (cast: Cast) => object): Forgery =>
  (target, cast) =>
    signedBy(cast.rita, target, { key: cast.stranger, header: header(cast) });

/** With an honest signature that was changed afterwards. */
const broken =
  (change: (signature: string) => string): Forgery =>
  (target, { rita }) => {
    const decision = signedBy(rita, target);
    return { ...decision, signature: change(decision.signature ?? '') };
  };

/** With these bytes in place of the signature's. */
const withBytes = (change: (bytes: Buffer) => Buffer): Forgery =>
  broken((jws) => {
    const [head = '', body = '', tail = ''] = jws.split('.');
    return `${head}.${body}.${change(Buffer.from(tail, 'base64url')).toString('base64url')}`;
  });

const hmac =
  (secretOf: (cast: Cast) => Buffer, alg = 'HS256'): Forgery =>
  (target, cast) => {
    const decision = approvalOf(target);
    const header = { ...headerOf(cast.rita.trusted.kid), alg };
    const message = `${encoded(header)}.${encoded(claimsOf(decision, target))}`;
    const mac = createHmac('sha256', secretOf(cast)).update(message).digest('base64url');
    return { ...decision, signature: `${message}.${mac}` };
  };

/** The claims as this text, in whatever form JSON allows. */
const claimsAs =
  (textOf: (claims: Readonly<Record<string, unknown>>, decision: Decision) => string): Forgery =>
  (target, { rita }) => {
    const decision = approvalOf(target);
    const claims = textOf(claimsOf(decision, target), decision);
    const header = headerOf(rita.trusted.kid);
    return { ...decision, signature: jwsOf({ header, claims }, rita.privateKey) };
  };

const unsecured = (alg: string): Forgery =>
  broken((jws) => {
    const [, body = ''] = jws.split('.');
    return `${encoded({ ...headerOf('rita-1'), alg })}.${body}.`;
  });

const ALGORITHMS: Readonly<Record<string, Forgery>> = {
  'not signed at all, only claimed': (target) => approvalOf(target),
  'an empty signature': (target) => ({ ...approvalOf(target), signature: '' }),
  'alg none, and no signature': unsecured('none'),
  'alg nOnE, and no signature': unsecured('nOnE'),
  'alg none, over a true signature': asRita({ header: { alg: 'none' } }),
  'HS256 with the public key as its secret': hmac(({ rita }) =>
    Buffer.from(rita.trusted.x, 'base64url'),
  ),
  'HS256 with the text of the public key as its secret': hmac(({ rita }) =>
    Buffer.from(rita.trusted.x),
  ),
  'HS256 with the whole public JWK as its secret': hmac(({ rita }) =>
    Buffer.from(JSON.stringify(rita.trusted)),
  ),
  'an HMAC that calls itself EdDSA': hmac(
    ({ rita }) => Buffer.from(rita.trusted.x, 'base64url'),
    'EdDSA',
  ),
  'alg RS256': asRita({ header: { alg: 'RS256' } }),
  'alg ES256': asRita({ header: { alg: 'ES256' } }),
  'alg Ed25519': asRita({ header: { alg: 'Ed25519' } }),
  'alg in small letters': asRita({ header: { alg: 'eddsa' } }),
  'alg as a list': asRita({ header: { alg: ['EdDSA'] } }),
  'no alg': asRita({ header: { alg: undefined } }),
};

const KEYS: Readonly<Record<string, Forgery>> = {
  'no kid': byStranger(() => ({ kid: undefined })),
  'the kid of a key that nobody trusts': byStranger(({ stranger }) => ({
    kid: stranger.trusted.kid,
  })),
  'the kid of rita, by another key': byStranger(() => ({})),
  'the kid of the login, by another key': byStranger(({ issuer }) => ({ kid: issuer.trusted.kid })),
  'a kid that is a path': byStranger(() => ({ kid: '../../dev/null' })),
  'a kid that is an address': byStranger(() => ({ kid: 'https://evil.example/jwks.json' })),
  'a kid that is a query': byStranger(() => ({ kid: "x' or '1'='1" })),
  'a kid that is a list': byStranger(() => ({ kid: ['rita-1'] })),
  'a kid named __proto__': byStranger(() => ({ kid: '__proto__' })),
  'a kid named constructor': byStranger(() => ({ kid: 'constructor' })),
  'a kid with a blank behind it': byStranger(() => ({ kid: 'rita-1 ' })),
  'a kid with a zero byte': byStranger(() => ({ kid: 'rita-1\0' })),
  'a kid in other letters': byStranger(() => ({ kid: 'RITA-1' })),
  'the public key of the attacker in the header': byStranger(({ stranger }) => ({
    jwk: stranger.trusted,
  })),
  'an address of keys in the header': byStranger(() => ({ jku: 'https://evil.example/jwks.json' })),
  'a certificate in the header': byStranger(() => ({ x5c: ['MII='] })),
  'the key of somebody else who may decide': (target, { rita, bob }) =>
    signedBy(rita, target, { key: bob }),
  'the key and kid of somebody else who may decide': (target, { bob }) => signedBy(bob, target),
  'a key that was revoked': (target, { revoked }) => signedBy(revoked, target),
  'a key that was revoked, with a date from before': (target, { revoked }) => {
    const iat = Math.floor(Date.parse('2025-12-31T00:00:00Z') / 1_000);
    return signedBy(revoked, target, { claims: { iat, exp: iat + 600 } });
  },
  'a key that is not valid yet': (target, { notYet }) => signedBy(notYet, target),
  'a key of one person, for a group': asRita({ claims: { groups: ['ops'] } }),
  'a key of one person, for another person': asRita({ claims: { person: 'bob' } }),
};

const PEOPLE: Readonly<Record<string, Forgery>> = {
  'who was revoked, with their own key': (target, { rex }) =>
    signedBy(rex, target, { said: { reviewerId: 'rex' } }),
  'who asked for it, with their own key': (target, { rosa }) =>
    signedBy(rosa, target, { said: { reviewerId: 'rosa' } }),
  'whom the agent belongs to, with their own key': (target, { olga }) =>
    signedBy(olga, target, { said: { reviewerId: 'olga' } }),
  'who is in no group that may, with their own key': (target, { sam }) =>
    signedBy(sam, target, { said: { reviewerId: 'sam' } }),
  'who asked for it, under another account, by the login': (target, { issuer }) =>
    signedBy(issuer, target, { said: { reviewerId: 'rosa-alt' } }),
  'the agent itself, by the login': (target, { issuer }) =>
    signedBy(issuer, target, {
      said: { reviewerId: 'attacked-agent' },
      claims: { groups: ['ops'] },
    }),
  'who was revoked, by the login, with the group': (target, { issuer }) =>
    signedBy(issuer, target, { said: { reviewerId: 'rex' }, claims: { groups: ['ops'] } }),
  'a name with a letter of another alphabet': (target, { rita }) =>
    signedBy(rita, target, { said: { reviewerId: 'r\u0456ta' } }),
  'a name with an invisible character': (target, { rita }) =>
    signedBy(rita, target, { said: { reviewerId: 'rita\u200b' } }),
  'a name that is written backwards': (target, { rita }) =>
    signedBy(rita, target, { said: { reviewerId: '\u202eatir' } }),
  'the placeholder of the template': (target, { rita }) =>
    signedBy(rita, target, { said: { reviewerId: 'REPLACE-WITH-YOUR-ID' } }),
};

const HEADERS: Readonly<Record<string, Forgery>> = {
  'crit in the header': asRita({ header: { crit: ['exp'] } }),
  'b64 in the header': asRita({ header: { b64: false, crit: ['b64'] } }),
  'the typ of another token': asRita({ header: { typ: 'JWT' } }),
  'no typ': asRita({ header: { typ: undefined } }),
  'a claim in the header': asRita({ header: { sub: 'rita' } }),
};

const CLAIMS: Readonly<Record<string, Forgery>> = {
  'another audience': asRita({ claims: { aud: 'holdpoint:production' } }),
  'several audiences': (target, { rita }) =>
    signedBy(rita, target, { claims: { aud: [`holdpoint:${target.namespace}`, 'x'] } }),
  'the audience of another namespace': (target, { rita }) =>
    signedBy(rita, { ...target, namespace: 'elsewhere' }),
  expired: (target, { rita }) => {
    const iat = nowSeconds() - 3_600;
    return signedBy(rita, target, { claims: { iat, exp: iat + 600 } });
  },
  'not valid yet': (target, { rita }) => {
    const iat = nowSeconds() + 3_600;
    return signedBy(rita, target, { claims: { iat, exp: iat + 600 } });
  },
  'valid for two days': (target, { rita }) => {
    const iat = nowSeconds();
    return signedBy(rita, target, { claims: { iat, exp: iat + 2 * DAY_S } });
  },
  'ended before it began': (target, { rita }) => {
    const iat = nowSeconds();
    return signedBy(rita, target, { claims: { iat, exp: iat - 1 } });
  },
  'valid for ever': asRita({ claims: { exp: Number.MAX_SAFE_INTEGER } }),
  'a time that is text': (target, { rita }) =>
    signedBy(rita, target, { claims: { exp: String(nowSeconds() + 600) } }),
  'another gate': asRita({ claims: { gateId: 'another-gate' } }),
  'another session': asRita({ claims: { sessionId: 'another-session' } }),
  'another run': asRita({ claims: { runId: '8a1f3c1e-0001-4000-8000-000000000001' } }),
  'another version of the policy': asRita({ claims: { policyVersion: 'attacked@2#000000000000' } }),
  'another decisionId': asRita({ claims: { jti: 'another-decision' } }),
  'another digest': asRita({ claims: { payloadDigest: OTHER_DIGEST } }),
  'a rejection': asRita({ claims: { decision: 'rejected' } }),
  'other words': asRita({ claims: { decisionDigest: OTHER_DIGEST } }),
  'no words': asRita({ claims: { decisionDigest: undefined } }),
  'a claim more': asRita({ claims: { admin: true } }),
  'a claim less': asRita({ claims: { sessionId: undefined } }),
};

const FORMS: Readonly<Record<string, Forgery>> = {
  'a member twice, the first one false': claimsAs((claims) =>
    JSON.stringify(claims).replace('{', '{"sub":"bob",'),
  ),
  'a member twice, the last one false': claimsAs((claims) =>
    JSON.stringify(claims).replace(/\}$/, ',"gateId":"another-gate"}'),
  ),
  'a member twice, once with escapes': claimsAs((claims) =>
    JSON.stringify(claims).replace('{', '{"\\u0073ub":"bob",'),
  ),
  'a member named __proto__': claimsAs((claims) =>
    JSON.stringify(claims).replace('{', '{"__proto__":{"admin":true},'),
  ),
  'claims that are a list': claimsAs((claims) => JSON.stringify([claims])),
  'claims that are text': claimsAs((claims) => JSON.stringify(JSON.stringify(claims))),
  'claims with a comment': claimsAs((claims) => `${JSON.stringify(claims)}//`),
  'claims with a byte order mark': claimsAs((claims) => `\ufeff${JSON.stringify(claims)}`),
  'spaces around the signature': broken((jws) => ` ${jws} `),
  'a line break within it': broken((jws) => jws.replace('.', '.\n')),
  'padding behind it': broken((jws) => `${jws}==`),
  'the other base64': broken((jws) => `${jws.slice(0, -1)}+`),
  'four parts': broken((jws) => `${jws}.${jws.split('.')[1] ?? ''}`),
  'five parts, as if encrypted': broken((jws) => `${jws}.a.b`),
  'the JSON form of a JWS': broken((jws) => {
    const [head, body, tail] = jws.split('.');
    return JSON.stringify({ protected: head, payload: body, signature: tail });
  }),
  'one bit off': withBytes((bytes) => {
    bytes.writeUInt8(bytes.readUInt8(7) ^ 1, 7);
    return bytes;
  }),
  'cut short': withBytes((bytes) => bytes.subarray(0, 63)),
  'a byte more': withBytes((bytes) => Buffer.concat([bytes, Buffer.from([0])])),
  'all zero': withBytes(() => Buffer.alloc(64)),
  'S with the order of the group added': withBytes(plusOrder),
  'R and S of the neutral point': withBytes(() =>
    Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]),
  ),
  'R of small order': withBytes((bytes) =>
    Buffer.concat([Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex'), bytes.subarray(32)]),
  ),
  'R that is no point in one form': withBytes((bytes) =>
    Buffer.concat([Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex'), bytes.subarray(32)]),
  ),
};

/** The same signature in another form: S + L, which some verifiers take as well. */
function plusOrder(bytes: Buffer): Buffer {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const big = Buffer.from(bytes.subarray(32).toReversed()).toString('hex');
  const sum = (BigInt(`0x${big}`) + order).toString(16).padStart(64, '0');
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(sum, 'hex').toReversed()]);
}

/** What was signed honestly, and changed on its way. */
const CHANGED: Readonly<Record<string, Forgery>> = {
  'the reviewer exchanged': asRita({ after: { reviewerId: 'bob' } }),
  'the same person by another account': asRita({ after: { reviewerId: 'rita-alt' } }),
  'a rejection made an approval': asRita({
    said: { decision: 'rejected' },
    after: { decision: 'approved' },
  }),
  'a modification put in': asRita({
    after: { decision: 'modified', modifications: { id: 'c-9' } },
  }),
  'a modification exchanged': asRita({
    said: { decision: 'modified', modifications: { id: 'c-2' } },
    after: { modifications: { id: 'c-9' } },
  }),
  'a standing grant put in': asRita({
    after: { grant: { scope: 'exact', times: 9, until: '2999-01-01T00:00:00Z' } },
  }),
  'a rationale put in': asRita({ after: { rationale: 'it is fine' } }),
  'a rationale taken away': asRita({
    said: { rationale: 'not before the audit' },
    after: { rationale: undefined },
  }),
  'a date put in': asRita({ after: { decidedAt: '2026-01-01T00:00:00Z' } }),
  'a field that nobody knows': asRita({ after: { approvedBy: 'everyone' } }),
};

/** Every one, under its whole name. */
export const FORGERIES: ReadonlyMap<string, Forgery> = new Map(
  Object.entries({ ALGORITHMS, KEYS, PEOPLE, HEADERS, CLAIMS, FORMS, CHANGED }).flatMap(
    ([group, forgeries]) =>
      Object.entries(forgeries).map(
        ([name, forgery]) => [`${group.toLowerCase()}: ${name}`, forgery] as const,
      ),
  ),
);
