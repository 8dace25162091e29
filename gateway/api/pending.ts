/** What waits for people, in all sessions: from visibility alone, a moment late. No worker is asked. */
import { z } from 'zod';
import { GATE_KINDS } from '../../domain/policy/condition.ts';
import { IMPACTS } from '../../domain/policy/description.ts';
import { digestSchema, fingerprintSchema, placeFields, timeSchema, type Wire } from './fields.ts';

export const pendingGateSchema = z.object({
  sessionId: z.string(),
  runId: z.string(),
  gateId: z.string(),
  agentId: z.string().optional().meta({
    description: 'Left out where the session was started by an older version and did not say so.',
  }),
  requesterId: z.string().optional(),
  ...placeFields,
  kind: z.enum(GATE_KINDS),
  actionType: z.string(),
  description: z.string().meta({ description: 'Made by rule, at most 160 characters.' }),
  payloadDigest: digestSchema,
  fingerprint: fingerprintSchema,
  estimatedImpact: z.enum(IMPACTS),
  tier: z.string(),
  presentedAt: timeSchema,
  respondBy: timeSchema.nullable().meta({
    description: 'ms since 1970; null: it waits without end.',
  }),
  votesCount: z.int().optional().meta({ description: 'People who have approved it so far.' }),
  decisionsNeeded: z.int().optional().meta({ description: 'Where it takes more than one person.' }),
  claimedBy: z.string().optional(),
  isPaused: z.literal(true).optional().meta({
    description: 'Its session is paused, and its deadline stands still.',
  }),
});

/** Of everything that waits, whatever the filter. */
export const pendingCountsSchema = z.object({
  gates: z.int(),
  sessions: z.int(),
  byTier: z.record(z.string(), z.int()).meta({
    description: 'Of the gates that are listed one by one: at most four of a session.',
  }),
  claimed: z.int(),
});

export const pendingPageSchema = z
  .object({
    gates: z.array(pendingGateSchema).meta({
      description: 'Sorted by deadline, then by when they opened.',
    }),
    matched: z.int().meta({ description: 'How many the filter lets through, on all pages.' }),
    counts: pendingCountsSchema,
    hidden: z.array(z.object({ sessionId: z.string(), gatesCount: z.int() })).meta({
      description:
        'Sessions of which more gates are open than the four that are listed, and how many more. The session has them all.',
    }),
    isWhole: z.boolean().meta({
      description: 'False: more sessions wait than the gateway lists, and the newest are listed.',
    }),
    at: timeSchema.meta({ description: 'When it was read, by the clock that deadlines go by.' }),
    nextPage: z.string().optional().meta({ description: 'For `page`, where there are more.' }),
  })
  .meta({ description: 'A page of what waits.' });

export type PendingGate = Wire<typeof pendingGateSchema>;
export type PendingCounts = Wire<typeof pendingCountsSchema>;
export type PendingGatesPage = Wire<typeof pendingPageSchema>;

/** `claimed`: by whom, as the login sees it. */
export const CLAIMED_FILTERS = ['nobody', 'me', 'others'] as const;
