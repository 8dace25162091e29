/** The trail of a session, and whether it holds: from the history, from the evidence store, or from both. */
import { z } from 'zod';
import { jsonObjectWireSchema, timeSchema, type Wire } from './fields.ts';

/** docs/reference/events.md has every field. The hash is of all the others, whatever they are: none may be lost. */
const auditEventSchema = z
  .looseObject({
    version: z.int(),
    seq: z.int(),
    sessionId: z.string(),
    agentId: z.string(),
    eventType: z.string(),
    actionType: z.string(),
    at: timeSchema,
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ description: 'An event of the chain, as it is hashed.' });

const trailEntrySchema = z.object({
  event: auditEventSchema,
  runId: z.string(),
  recordedAt: timeSchema.meta({ description: "The server's time, or the database's." }),
});

const verificationSchema = z
  .object({
    holds: z.boolean(),
    events: z.int(),
    head: z.string().optional().meta({ description: 'The hash of the last event.' }),
    problem: z
      .object({ seq: z.int(), reason: z.enum(['gap', 'fork', 'changed', 'version', 'session']) })
      .optional()
      .meta({ description: 'The first thing wrong.' }),
    isWhole: z.boolean().meta({
      description:
        'It begins with the first event of the session. False: retention took the first runs.',
    }),
    evidence: z.enum(['agrees', 'differs', 'none', 'not_read']).meta({
      description:
        'The evidence store and the history: the longer one begins with the shorter, or not. none: it has no event of it. not_read: the gateway reads no evidence store.',
    }),
  })
  .meta({ description: 'What was checked, by the gateway, at this moment.' });

export const auditSchema = z
  .object({
    sessionId: z.string(),
    runId: z.string().optional(),
    source: z.enum(['history', 'evidence']),
    verification: verificationSchema,
    trail: z.array(trailEntrySchema),
    at: timeSchema,
  })
  .meta({ description: 'The trail of a session.' });

export const exportSchema = auditSchema
  .extend({
    format: z.literal('holdpoint-session'),
    version: z.literal(1),
    exportedBy: z.string(),
    report: z.string(),
    contents: z.record(z.string(), z.string()).meta({
      description:
        'Payloads too large for their events, by digest, where the evidence store is read.',
    }),
    lateDecisions: z.array(jsonObjectWireSchema).meta({
      description: 'Decisions that came after the session had ended, with what was answered.',
    }),
    ledger: z.array(jsonObjectWireSchema).meta({
      description: 'What became of its actions that may run at most once.',
    }),
  })
  .meta({ description: 'A session as one file.' });

export type AuditView = Wire<typeof auditSchema>;
export type SessionExport = Wire<typeof exportSchema>;
export type Verification = Wire<typeof verificationSchema>;
