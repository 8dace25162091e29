/** A list of trusted keys as its keeper sees it agrees with what believes signatures. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readKeyList, standingOf } from '../../domain/proof/trusted-key-list.ts';
import { readTrustedKeys, type TrustedKey, whyKeyNot } from '../../domain/proof/trusted-key.ts';

const NOW = Date.parse('2026-11-23T09:30:00Z');
const KEY = { kid: 'k', kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } as const;

const entries = fc.oneof(
  fc.constantFrom<unknown>(
    KEY,
    { ...KEY, kid: 'other' },
    { ...KEY, d: 'A'.repeat(43) },
    { ...KEY, x: 'short' },
    { ...KEY, revokedAt: '2026-02-30T00:00:00Z' },
    { ...KEY, kid: 'issuer', revokedAt: '2026-02-28T00:00:00Z' },
    {},
    null,
  ),
  fc.jsonValue(),
);

test('it has a problem exactly where the list is refused, whatever stands in it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.record({ keys: fc.array(entries) }), fc.jsonValue()), (raw) => {
      expect(readKeyList(raw).problems.length > 0).toBe(!readTrustedKeys(raw).ok);
    }),
  );
});

test.each<[string, Partial<TrustedKey>, string]>([
  ['nothing else is said', {}, 'counts'],
  ['it is revoked later', { revokedAt: '2026-12-01T00:00:00Z' }, 'ending'],
  ['it was revoked', { revokedAt: '2026-11-23T09:30:00Z' }, 'revoked'],
  ['it counts later', { notBefore: '2026-12-01T00:00:00Z' }, 'waiting'],
  [
    'it counts later, and was revoked',
    { notBefore: '2026-12-01T00:00:00Z', revokedAt: '2026-11-01T00:00:00Z' },
    'revoked',
  ],
])('where %s it is said', (_what, more, standing) => {
  const key = { ...KEY, ...more };
  expect(standingOf(key, NOW)).toBe(standing);
  const isUsed = whyKeyNot(key, { signedAt: NOW, now: NOW }) === undefined;
  expect(isUsed).toBe(standing === 'counts' || standing === 'ending');
});
