/** What a reviewer says of a gate, and what they are told. Who says it is known by the login or token, and in no body. */
import { z } from 'zod';
import { DECISIONS } from '../../domain/gate/decision.ts';
import { GATE_STATUSES } from '../../domain/gate/gate.ts';
import { grantTermsSchema, jsonObjectSchema } from '../../domain/schema/messages.ts';
import { PHASES } from '../../domain/session/phase.ts';
import { identifierSchema, rationaleSchema, timeSchema, type Wire } from './fields.ts';

export const decideBodySchema = z
  .strictObject({
    decisionId: identifierSchema.optional().meta({
      description:
        'One answer of one person: a resend carries the same id and gets the same answer. Make a fresh one for each gate and look.',
    }),
    runId: identifierSchema.meta({ description: 'The run that the gate was shown in.' }),
    payloadDigest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits')
      .meta({ description: 'Of the bytes that were shown.' }),
    policyVersion: identifierSchema.optional().meta({
      description: 'As the gate shows it. Left out: the gateway asks for it, where it signs.',
    }),
    decision: z.enum(DECISIONS),
    modifications: jsonObjectSchema.optional().meta({
      type: 'object',
      additionalProperties: true,
      description:
        'With `modified`: merged over the arguments. An answer to a question: `{ "answer": "…" }`.',
    }),
    rationale: rationaleSchema.optional(),
    grant: grantTermsSchema.optional().meta({
      description: 'With `approved`: lets similar calls of this session pass as well.',
    }),
    signature: z.string().max(8_000).optional().meta({
      description:
        "A token's own: made with its reviewer's key. A login's decision is signed here.",
    }),
  })
  .meta({ description: 'A decision over exactly what was shown.' });

export const decisionAnswerSchema = z
  .object({
    status: z.enum(['decided', 'recorded', 'unknown']).meta({
      description:
        'recorded: it counts as one of several, or is kept until what it needs is there. unknown: the session has not answered yet. Send the same again, under the same decisionId.',
    }),
    gateId: z.string(),
    decisionId: z.string(),
    isSigned: z.boolean(),
    outcome: z
      .object({
        status: z.enum(GATE_STATUSES).exclude(['pending']),
        at: timeSchema,
        reviewerId: z.string().optional(),
      })
      .optional(),
    message: z.string().optional(),
    keptFor: z.enum(['gate', 'trust']).optional(),
    votes: z.int().optional(),
    needed: z.int().optional(),
  })
  .meta({ description: 'What became of a decision.' });

export const claimBodySchema = z.strictObject({ reason: rationaleSchema.optional() });

/** Of whatever is no decision: it was done, was so before, or is left with Temporal. */
export const saidSchema = z
  .object({
    status: z.enum(['done', 'unchanged', 'sent', 'unknown']).meta({
      description:
        'sent: the session did not answer, and the order is left with Temporal. unknown: it has not answered yet.',
    }),
    phase: z.enum(PHASES).optional().meta({ description: 'Of the session, after it.' }),
    message: z.string().optional(),
  })
  .meta({ description: 'What became of an order, a claim or its release.' });

export type DecideBody = Wire<typeof decideBodySchema>;
export type DecisionAnswered = Wire<typeof decisionAnswerSchema>;
export type ClaimBody = Wire<typeof claimBodySchema>;
export type Said = Wire<typeof saidSchema>;
