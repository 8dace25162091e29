/** The gateway's public key, as a JSON Web Key Set (RFC 7517, RFC 8037): what HOLDPOINT_TRUSTED_KEYS may point at. */
import { z } from 'zod';

export const keySetSchema = z
  .object({
    keys: z.array(
      z.object({
        kid: z.string(),
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
      }),
    ),
  })
  .meta({ description: 'The keys that decisions of this gateway are signed with.' });
