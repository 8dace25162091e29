/** Sessions: the list from visibility, one of them by the word of its worker, and what operators do to it. */
import { z } from 'zod';
import { OPERATOR_VERBS } from '../../domain/session/operator-command.ts';
import { PHASES } from '../../domain/session/phase.ts';
import {
  jsonObjectWireSchema,
  jsonWireSchema,
  placeFields,
  reasonSchema,
  timeSchema,
  type Wire,
} from './fields.ts';
import { relatedGateSchema, shownGateSchema } from './gates.ts';

const SESSION_STATES = [
  'running',
  'completed',
  'failed',
  'cancelled',
  'terminated',
  'timed_out',
  'unknown',
] as const;

const rowFields = {
  sessionId: z.string(),
  runId: z.string(),
  workflowType: z.string().meta({
    description: "`agentSession`, `externalGate`, or a workflow of a team's own.",
  }),
  state: z.enum(SESSION_STATES).meta({ description: 'As Temporal has it.' }),
  phase: z.enum(PHASES).optional().meta({
    description: 'Of a running one. In the list: as it was last written.',
  }),
  agentId: z.string().optional(),
  requesterId: z.string().optional(),
  policyVersion: z.string().optional(),
  openGates: z.int(),
  startedAt: timeSchema.meta({
    description: 'Of the run: a session that continues as new has several.',
  }),
  closedAt: timeSchema.optional(),
  ...placeFields,
} as const;

const sessionRowSchema = z.object(rowFields);

export const sessionsPageSchema = z
  .object({
    sessions: z.array(sessionRowSchema).meta({ description: 'Newest first.' }),
    matched: z.int().meta({ description: 'On all pages.' }),
    at: timeSchema,
    nextPage: z.string().optional(),
  })
  .meta({ description: 'A page of sessions.' });

/** `waiting`: with open gates. */
export const SESSION_FILTERS = ['running', 'waiting', 'closed', 'all'] as const;

const boundSchema = z.object({
  pointer: z.string(),
  equals: jsonWireSchema.optional(),
  oneOf: z.array(jsonWireSchema).optional(),
  atMost: z.number().optional(),
});

const grantSchema = z
  .object({
    grantId: z.string(),
    actionType: z.string(),
    reviewerId: z.string().meta({ description: 'Who gave it.' }),
    used: z.int(),
    terms: z.object({
      scope: z.enum(['exact', 'tool']),
      tool: z.string().optional(),
      bounds: z.array(boundSchema).optional(),
      times: z.int(),
      until: z.string(),
    }),
  })
  .meta({ description: 'A standing grant that still lets something pass.' });

export const grantsSchema = z.object({ sessionId: z.string(), grants: z.array(grantSchema) });

export const workInFlightSchema = z.object({
  workId: z.string(),
  actionType: z.string(),
  since: timeSchema,
  childSessionId: z.string().optional(),
});

export const sessionSchema = z
  .object({
    ...rowFields,
    isAnswering: z.boolean().meta({
      description: 'False: its worker did not answer, and what only it knows is missing.',
    }),
    pausedBy: z.string().optional(),
    pausedReason: z.string().optional(),
    inFlight: z
      .array(workInFlightSchema)
      .optional()
      .meta({ description: 'What was scheduled and has not come back.' }),
    workedMs: z
      .number()
      .optional()
      .meta({ description: 'Without the time spent waiting for people.' }),
    progress: z.record(z.string(), z.number()).optional().meta({
      description: 'The numbers of the workflow itself: steps, tool calls and tokens of an agent.',
    }),
    grants: z.array(grantSchema).optional(),
    lastSeq: z.int().optional().meta({ description: 'Events of its trail so far.' }),
    gates: z.array(shownGateSchema).meta({ description: 'Every open gate, whole.' }),
    ended: z
      .array(relatedGateSchema)
      .meta({ description: 'Gates that have ended: newest first, at most 50.' }),
    at: timeSchema,
  })
  .meta({ description: 'A session as it stands.' });

const callSchema = z.object({
  callId: z.string(),
  name: z.string(),
  arguments: jsonObjectWireSchema,
});

export const conversationSchema = z
  .object({
    sessionId: z.string(),
    goal: z.string(),
    messages: z.array(
      z.discriminatedUnion('role', [
        z.object({ role: z.literal('user'), text: z.string() }),
        z.object({ role: z.literal('assistant'), text: z.string(), calls: z.array(callSchema) }),
        z.object({
          role: z.literal('tool'),
          callId: z.string(),
          name: z.string(),
          text: z.string(),
        }),
      ]),
    ),
    earlier: z.int().meta({
      description:
        'Messages before these that are not here: in the evidence store, out of reach or beyond 500.',
    }),
  })
  .meta({ description: 'What the model of an agent session was shown, and said.' });

export const operateBodySchema = z
  .strictObject({
    verb: z.enum(OPERATOR_VERBS),
    reason: reasonSchema,
    message: reasonSchema.optional().meta({
      description: 'With `instruct`: what the agent is told at its next turn.',
    }),
  })
  .refine(
    ({ verb, message }) => (verb === 'instruct') === (message !== undefined),
    'instruct needs a message, and nothing else has one',
  )
  .meta({ description: 'An order to a session.' });

export const revokeBodySchema = z.strictObject({ reason: reasonSchema });

export type SessionRow = Wire<typeof sessionRowSchema>;
export type SessionsPage = Wire<typeof sessionsPageSchema>;
export type SessionView = Wire<typeof sessionSchema>;
export type GrantShown = Wire<typeof grantSchema>;
export type ConversationShown = Wire<typeof conversationSchema>;
export type OperateBody = Wire<typeof operateBodySchema>;
export type RevokeBody = Wire<typeof revokeBodySchema>;
