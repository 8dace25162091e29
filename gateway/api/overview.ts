/** How the people keep up: what waits and for how long, and, from the evidence, how fast and how they decided. */
import { z } from 'zod';
import { timeSchema, type Wire } from './fields.ts';

const agesSchema = z
  .object({ under5Min: z.int(), under1Hour: z.int(), under1Day: z.int(), over1Day: z.int() })
  .meta({ description: 'Open gates by how long they have waited.' });

const openTierSchema = z.object({
  tier: z.string(),
  gates: z.int(),
  claimed: z.int(),
  ages: agesSchema,
  oldestAt: timeSchema.meta({ description: 'When the oldest was presented.' }),
});

const figuresFields = {
  presented: z.int(),
  approved: z.int(),
  modified: z.int(),
  rejected: z.int(),
  expired: z.int(),
  withdrawn: z.int(),
  approvalRate: z.number().nullable().meta({
    description:
      'Approved or modified, of all that a person decided; null: nobody decided anything.',
  }),
  responseMs: z
    .object({ p50: z.number(), p90: z.number(), p99: z.number() })
    .nullable()
    .meta({ description: 'From the gate to its decision, of those that a person decided.' }),
} as const;

const figuresSchema = z.object(figuresFields);

export const overviewSchema = z
  .object({
    open: z.object({
      gates: z.int(),
      sessions: z.int(),
      byTier: z.array(openTierSchema),
      isWhole: z.boolean(),
    }),
    window: z.object({ days: z.int(), from: timeSchema, to: timeSchema }),
    sessions: z
      .object({ started: z.int(), running: z.int(), closed: z.int(), failed: z.int() })
      .meta({ description: 'Runs of sessions in the window, as visibility counts them.' }),
    figures: z
      .object({
        all: figuresSchema,
        byTier: z.array(z.object({ tier: z.string(), ...figuresFields })).meta({
          description: 'By the tier that the gate ended in.',
        }),
        byDay: z.array(z.object({ day: z.string(), ...figuresFields })).meta({
          description:
            'By the UTC day on which the gate was presented, `2026-01-31`, the oldest first.',
        }),
      })
      .optional()
      .meta({
        description:
          'Of the gates that were presented in the window and whose events are stored: a session stores them at its first irreversible action and at its end.',
      }),
    figuresMissing: z.string().optional().meta({ description: 'Why there are none, in words.' }),
    at: timeSchema,
  })
  .meta({ description: 'How the people keep up.' });

export type Overview = Wire<typeof overviewSchema>;
export type OpenTier = Wire<typeof openTierSchema>;
export type Figures = Wire<typeof figuresSchema>;
