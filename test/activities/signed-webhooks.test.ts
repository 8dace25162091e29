/** What signs outcomes: a secret that is one, or an error that says how to make one. */
import { expect, test } from 'vitest';
import { signedWebhooks } from '../../activities/adapters/signed-webhooks.ts';

const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

test('a secret has 24 to 64 bytes', () => {
  for (const bytes of [24, 32, 64]) expect(() => signedWebhooks(secretOf(bytes))).not.toThrow();
});

test.each(['', 'whsec_', secretOf(23), secretOf(65), secretOf(32).slice(6), 'whsec_not base64'])(
  '%j is none, and the error says how to make one without repeating it',
  (secret) => {
    const make = (): unknown => signedWebhooks(secret);
    expect(make).toThrow('openssl rand -base64 32');
    if (secret.length > 6) expect(make).not.toThrow(secret);
  },
);
