/**
 * Proves that Ed25519 is verified as RFC 8032 says and as node:crypto does: the RFC's own vectors, what node signs, and
 * what is a bit off. Total: what is no key and no signature verifies nothing.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSignedBy } from '../../domain/proof/ed25519.ts';
import { testKey } from './signing.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** RFC 8032, section 7.1: public key, message, signature. */
const VECTORS = [
  [
    'TEST 1',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    'TEST 2',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'TEST 3',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    'TEST SHA(abc)',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
] as const;

const [, FIRST_KEY, , FIRST_SIGNATURE] = VECTORS[0];

/** L, the order of the group, little-endian: a signature with S + L is a second one of the same words. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function plusOrder(signature: Uint8Array): Uint8Array {
  const half = Buffer.from(signature.slice(32).toReversed()).toString('hex');
  const text = (BigInt(`0x${half}`) + ORDER).toString(16).padStart(64, '0');
  return Uint8Array.from([...signature.slice(0, 32), ...hex(text).toReversed()]);
}

describe('the vectors of RFC 8032', () => {
  test.each(VECTORS)('%s', (_name, key, message, signature) => {
    const publicKey = hex(key);
    const signed = { message: hex(message), signature: hex(signature) };
    expect(isSignedBy(publicKey, signed)).toBe(true);
    expect(isSignedBy(publicKey, { ...signed, message: hex(`${message}00`) })).toBe(false);
  });

  test('a signature has one form: with the order of the group added it is none', () => {
    const signature = plusOrder(hex(FIRST_SIGNATURE));
    expect(isSignedBy(hex(FIRST_KEY), { message: new Uint8Array(), signature })).toBe(false);
  });

  test('a key of small order signs nothing', () => {
    const small = ['00'.repeat(32), `01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`];
    for (const key of small) {
      for (const signature of [
        `${key}${'00'.repeat(32)}`,
        '00'.repeat(64),
        `01${'00'.repeat(63)}`,
      ]) {
        const signed = { message: hex('72'), signature: hex(signature) };
        expect(isSignedBy(hex(key), signed)).toBe(false);
      }
    }
  });
});

describe('beside node:crypto', () => {
  const { privateKey } = testKey('beside');
  const x = Buffer.from(testKey('beside').trusted.x, 'base64url');
  const publicKey = Uint8Array.from(x);

  test('what node signs is verified, and with one bit off it is not', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(511),
        fc.boolean(),
        (message, bit, inMessage) => {
          const signature = Uint8Array.from(sign(null, message, privateKey));
          expect(isSignedBy(publicKey, { message, signature })).toBe(true);
          const isInMessage = inMessage && message.length > 0;
          const target = Uint8Array.from(isInMessage ? message : signature);
          const at = (bit >> 3) % target.length;
          target[at] = (target[at] ?? 0) ^ (1 << (bit & 7));
          const off = isInMessage ? { message: target, signature } : { message, signature: target };
          expect(isSignedBy(publicKey, off)).toBe(false);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('another key’s signature is none', () => {
    const other = generateKeyPairSync('ed25519').privateKey;
    const message = hex('7272');
    const signature = Uint8Array.from(sign(null, message, other));
    expect(isSignedBy(publicKey, { message, signature })).toBe(false);
  });

  test('what is no key and no signature verifies nothing, and does not throw', () => {
    const bytes = fc.uint8Array({ maxLength: 70 });
    const key = fc.oneof(
      bytes,
      fc.constant(publicKey),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
    );
    const signature = fc.oneof(bytes, fc.uint8Array({ minLength: 64, maxLength: 64 }));
    fc.assert(
      fc.property(key, bytes, signature, (someKey, message, some) => {
        expect(isSignedBy(someKey, { message, signature: some })).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
