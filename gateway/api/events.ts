/**
 * What the two streams of server-sent events carry (`text/event-stream`): of each event its name, and its data as JSON.
 * `id` goes back as `Last-Event-ID`, which an EventSource does by itself. A comment comes every 15 s. A stream ends with
 * the login that opened it.
 */
import { z } from 'zod';
import { timeSchema, type Wire } from './fields.ts';
import { pendingCountsSchema, pendingGateSchema } from './pending.ts';

/** GET /v1/events */
export const pendingEventsSchema = {
  /** First, unless the stream goes on where it broke off. */
  hello: z.object({ counts: pendingCountsSchema, at: timeSchema }),
  pending: z.object({
    added: z.array(pendingGateSchema),
    changed: z.array(pendingGateSchema),
    gone: z.array(z.object({ sessionId: z.string(), gateId: z.string() })),
    counts: pendingCountsSchema,
    at: timeSchema,
  }),
  /** What was missed can't be told: read the list anew. */
  reload: z.object({ why: z.enum(['restarted', 'missed', 'slow']) }),
  /** Temporal does not answer right now (`true`), or does again. */
  unreachable: z.object({ unreachable: z.boolean() }),
} as const;

/**
 * GET /v1/sessions/{sessionId}/events: that something has happened there, at most twice a second, and not what: the page
 * reads anew what it shows, with the permissions that it has.
 */
export const sessionEventsSchema = {
  /** First, and again after the stream has broken off: read it anew. */
  hello: z.object({ at: timeSchema }),
  changed: z.object({ at: timeSchema }),
  ended: z.object({ at: timeSchema }),
  unreachable: z.object({ unreachable: z.boolean() }),
} as const;

export type PendingChange = Wire<(typeof pendingEventsSchema)['pending']>;
export type PendingHello = Wire<(typeof pendingEventsSchema)['hello']>;
