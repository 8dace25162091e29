/** The kill switch: what stands, the order, and what came of it. */
import { z } from 'zod';
import { identifierSchema, reasonSchema, timeSchema, type Wire } from './fields.ts';
import { workInFlightSchema } from './sessions.ts';

const scopeFields = {
  agentId: identifierSchema.optional(),
  all: z.literal(true).optional().meta({ description: 'Of all agents.' }),
} as const;

const standingKillSchema = z
  .object({
    agentId: z.string().optional(),
    all: z.literal(true).optional(),
    operatorId: z.string(),
    reason: z.string(),
    storedAt: timeSchema.meta({ description: 'Since when nothing more starts.' }),
  })
  .meta({ description: 'A kill that stands.' });

export const killsSchema = z
  .object({
    kills: z.array(standingKillSchema),
    count: z.int().meta({ description: 'How many stand; the list holds as many as fit.' }),
    at: timeSchema,
  })
  .meta({ description: 'The kills that stand, that of all agents first.' });

export const killBodySchema = z
  .strictObject({
    verb: z.enum(['kill', 'lift']),
    ...scopeFields,
    reason: reasonSchema,
    orderId: identifierSchema.optional().meta({
      description: 'Names the order: the same one, sent again, counts once.',
    }),
  })
  .refine(
    ({ agentId, all }) => (agentId === undefined) !== (all === undefined),
    'name either agentId, or all: true',
  )
  .meta({ description: 'An order of the kill switch.' });

const killedSessionSchema = z.object({
  sessionId: z.string(),
  agentId: z.string().optional(),
  state: z.enum(['quiet', 'not_quiet', 'unknown']),
  cancel: z.enum(['not_sent', 'sent', 'taken']),
  inFlight: z.array(workInFlightSchema),
});

export const killAnswerSchema = z
  .object({
    orderId: z.string(),
    isQuiet: z.boolean().meta({
      description:
        'Of a kill: it is acknowledged, and every session is quiet. Of a lift: it is acknowledged.',
    }),
    answers: z.array(
      z.object({
        taskQueue: z.string(),
        status: z.enum(['stored', 'refused', 'unacknowledged', 'unreachable']),
        storedAt: timeSchema.optional(),
        message: z.string().optional(),
      }),
    ),
    sessions: z.array(killedSessionSchema).meta({
      description: 'Those that are not quiet first; at most 500.',
    }),
    sessionsCount: z.int(),
    elsewhere: z.int().optional().meta({
      description: 'Sessions on other task queues, which were left alone. Left out: not known.',
    }),
    at: timeSchema,
  })
  .meta({ description: 'What came of it, as far as it was known in time.' });

export type KillsShown = Wire<typeof killsSchema>;
export type StandingKill = Wire<typeof standingKillSchema>;
export type KillBody = Wire<typeof killBodySchema>;
export type KillReported = Wire<typeof killAnswerSchema>;
