/**
 * zod schemas of every message that comes from outside, for the edges: client, gateway, activities. Workflow code
 * reads the same messages with the small readers of domain/; a property test holds the two to each other.
 */
import { z } from 'zod';
import { STAKES } from '../policy/confidence.ts';
import { DECISIONS } from '../gate/decision.ts';
import { JSON_POINTER } from '../policy/condition.ts';
import { isJson, isJsonObject, type Json, type JsonObject, isWellFormed } from '../text/json.ts';
import {
  GRANT_BOUNDS_MAX,
  GRANT_CHARACTERS_MAX,
  GRANT_TIMES_MAX,
  ID_CHARACTERS_MAX,
  PAYLOAD_BYTES_MAX,
  RATIONALE_CHARACTERS_MAX,
  SESSION_ID_CHARACTERS_MAX,
} from '../limits.ts';
import { isInstant } from '../text/reading.ts';
import { isVisible } from '../text/visible-text.ts';

export const identifierSchema = z
  .string()
  .min(1)
  // Not `max`: zod counts code points, the readers count UTF-16 units.
  .refine(
    (id) => id.length <= ID_CHARACTERS_MAX,
    `must have at most ${ID_CHARACTERS_MAX} characters`,
  )
  .refine((id) => id.trim() === id, 'must not begin or end with a blank')
  .refine(isVisible, 'must not contain control or invisible characters');

export const wordsSchema = z
  .string()
  .refine(
    (text) => text.length <= RATIONALE_CHARACTERS_MAX,
    `must have at most ${RATIONALE_CHARACTERS_MAX} characters`,
  )
  .refine(isWellFormed, 'contains a lone surrogate');

const someWordsSchema = wordsSchema.refine((text) => text.trim() !== '', 'must not be empty');

const sessionIdSchema = z
  .string()
  .min(1)
  .refine(
    (id) => id.length <= SESSION_ID_CHARACTERS_MAX,
    `must have at most ${SESSION_ID_CHARACTERS_MAX} characters`,
  )
  .refine(isVisible, 'must not contain control or invisible characters');

export const jsonObjectSchema = z
  .custom<JsonObject>(isJsonObject, 'must be a JSON object')
  .refine((value) => JSON.stringify(value).length <= PAYLOAD_BYTES_MAX, 'is too large');

const boundSchema = z
  .strictObject({
    pointer: z.string().regex(JSON_POINTER, 'must be a JSON Pointer such as /amount'),
    equals: z.custom<Json>(isJson, 'must be JSON').optional(),
    oneOf: z.array(z.custom<Json>(isJson, 'must be JSON')).nonempty().optional(),
    atMost: z.number().nonnegative().optional(),
  })
  .refine((bound) => Object.keys(bound).length > 1, 'needs equals, oneOf or atMost');

/** {@link GrantTerms}. */
export const grantTermsSchema = z
  .strictObject({
    scope: z.enum(['exact', 'tool']),
    tool: identifierSchema.optional(),
    bounds: z.array(boundSchema).nonempty().max(GRANT_BOUNDS_MAX).optional(),
    times: z.int().min(1).max(GRANT_TIMES_MAX),
    until: z.string().refine(isInstant, 'must be an ISO 8601 instant'),
  })
  .refine(
    ({ scope, tool, bounds }) =>
      scope === 'tool'
        ? tool !== undefined && bounds !== undefined
        : tool === undefined && bounds === undefined,
    'scope tool needs tool and bounds, scope exact has neither',
  )
  .refine((terms) => JSON.stringify(terms).length <= GRANT_CHARACTERS_MAX, 'is too large');

/** {@link Decision} as it travels: `decisionId` may be left out by people who paste. */
export const decisionSchema = z.strictObject({
  decisionId: identifierSchema.optional(),
  gateId: identifierSchema,
  runId: identifierSchema,
  payloadDigest: z.string().regex(/^[0-9a-f]{64}$/),
  decision: z.enum(DECISIONS),
  modifications: jsonObjectSchema.optional(),
  rationale: wordsSchema.optional(),
  reviewerId: identifierSchema,
  decidedAt: z.string().refine(isInstant, 'must be an ISO 8601 instant').optional(),
  grant: grantTermsSchema.optional(),
  signature: wordsSchema.optional(),
});

export const claimSchema = z.strictObject({
  gateId: identifierSchema,
  reviewerId: identifierSchema,
  reason: wordsSchema.optional(),
});

export const grantRevocationSchema = z.strictObject({
  grantId: identifierSchema,
  operatorId: identifierSchema,
  reason: someWordsSchema,
});

export const operatorCommandSchema = z.strictObject({
  operatorId: identifierSchema,
  reason: someWordsSchema,
  relayedBy: sessionIdSchema.optional(),
});

export const instructionSchema = operatorCommandSchema.extend({ message: someWordsSchema });

export const sessionInputSchema = z.strictObject({
  goal: someWordsSchema,
  agentId: identifierSchema,
  requesterId: identifierSchema.optional(),
  stakes: z.enum(STAKES).optional(),
});
