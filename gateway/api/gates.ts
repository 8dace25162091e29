/**
 * One gate as a reviewer sees it: what rules made of it first, then the payload, then what the agent says. While it waits
 * its session's worker is asked; once it has ended, the trail tells.
 */
import { z } from 'zod';
import { GATE_STATUSES } from '../../domain/gate/gate.ts';
import { GATE_KINDS } from '../../domain/policy/condition.ts';
import { IMPACTS } from '../../domain/policy/description.ts';
import { GATE_LEVELS, REVERSIBILITIES } from '../../domain/policy/reversibility.ts';
import { NO_RESPONSES, PROOF_LEVELS } from '../../domain/policy/tier.ts';
import { REFUSAL_CODES } from '../../domain/refusal.ts';
import {
  digestSchema,
  fingerprintSchema,
  jsonObjectWireSchema,
  placeFields,
  timeSchema,
  type Wire,
} from './fields.ts';

const factsSchema = z
  .object({
    gateId: z.string(),
    actionId: z.string(),
    sessionId: z.string(),
    agentId: z.string(),
    requesterId: z.string().optional(),
    ...placeFields,
    kind: z.enum(GATE_KINDS),
    actionType: z.string(),
    toolVersion: z.string(),
    description: z.string(),
    reversibility: z.enum(REVERSIBILITIES),
    estimatedImpact: z.enum(IMPACTS),
    gateLevel: z.enum(GATE_LEVELS),
    value: z.number().nullable().optional().meta({
      description: 'What it is worth, in the unit of the policy; null: it can not be read.',
    }),
    confidence: z.number().optional(),
    confidenceNote: z.string().optional().meta({
      description: 'Why the score is a stand-in: the fast model could not be asked, or understood.',
    }),
    tier: z.string(),
    rule: z.string().meta({ description: "The policy's rule that decided the tier." }),
    policyVersion: z.string(),
    note: z.string().optional().meta({
      description: 'Why the gate is there, where the rule alone does not say it.',
    }),
    presentedAt: timeSchema,
  })
  .meta({ description: 'Made by rule, never by a model.' });

const openSchema = z
  .object({
    runId: z.string().meta({ description: 'What a decision has to name.' }),
    respondBy: timeSchema.nullable(),
    noResponse: z.enum(NO_RESPONSES),
    ifNobodyAnswers: z.string().meta({ description: 'The same in words.' }),
    reviewers: z.union([z.literal('anyone'), z.array(z.string())]).meta({
      description:
        'Who may decide; `anyone` but who asked for the work, and the agent and its owner.',
    }),
    groups: z.array(z.string()).meta({ description: 'Whose members may decide as well.' }),
    decisionsNeeded: z.int(),
    votes: z.array(
      z.object({ reviewerId: z.string(), at: timeSchema, proof: z.enum(PROOF_LEVELS) }),
    ),
    proof: z.enum(PROOF_LEVELS).meta({
      description: '`signed`: a decision has to be signed. The gateway signs those of a login.',
    }),
    rationaleRequired: z.boolean(),
    claim: z.object({ reviewerId: z.string(), until: timeSchema }).optional(),
    barred: z.array(z.string()).optional().meta({
      description: 'Who may not decide it though they else may: they changed its payload.',
    }),
    grant: z
      .object({ timesMax: z.int(), withinMs: z.int() })
      .optional()
      .meta({ description: 'An approval may carry a standing grant, within these bounds.' }),
    allowedModifications: z.array(z.string()).optional().meta({
      description: 'Top-level arguments that a reviewer may change. Left out: all.',
    }),
  })
  .meta({ description: 'As long as it waits.' });

const outcomeSchema = z
  .object({
    status: z.enum(GATE_STATUSES).exclude(['pending']),
    at: timeSchema,
    tier: z.string().optional(),
    reviewerId: z.string().optional(),
    rationale: z.string().optional(),
    modifications: jsonObjectWireSchema.optional(),
    noResponse: z.enum(NO_RESPONSES).optional().meta({
      description: 'Where nobody answered: what the silence meant.',
    }),
  })
  .meta({ description: 'How it ended.' });

export const shownGateSchema = z
  .object({
    status: z.enum(GATE_STATUSES),
    facts: factsSchema,
    open: openSchema.optional(),
    outcome: outcomeSchema.optional(),
    payload: jsonObjectWireSchema.optional().meta({
      description: 'The arguments. Left out where it has ended and its bytes are out of reach.',
    }),
    payloadDigest: digestSchema,
    fingerprint: fingerprintSchema,
    agentSays: z.string().optional().meta({
      description: "The agent's own words. Nobody has checked them.",
    }),
  })
  .meta({ description: 'A gate.' });

export const relatedGateSchema = z
  .object({
    gateId: z.string(),
    actionId: z.string().optional(),
    kind: z.enum(GATE_KINDS).optional(),
    actionType: z.string(),
    description: z.string(),
    tier: z.string(),
    status: z.enum(GATE_STATUSES),
    presentedAt: timeSchema,
    endedAt: timeSchema.optional(),
    reviewerId: z.string().optional(),
    rationale: z.string().optional(),
  })
  .meta({ description: 'Another gate of the same session.' });

const previousSchema = z
  .object({
    gateId: z.string(),
    payload: jsonObjectWireSchema.optional(),
    payloadDigest: digestSchema,
    fingerprint: fingerprintSchema,
    changedBy: z.string().optional(),
    rationale: z.string().optional(),
    at: timeSchema.meta({ description: 'When it was changed.' }),
  })
  .meta({ description: 'What the payload was before a reviewer changed it.' });

const youSchema = z
  .object({
    may: z.enum(['yes', 'no', 'unknown']).meta({
      description:
        '`unknown`: who you are is looked up when you decide, or the session does not answer right now.',
    }),
    code: z.enum(REFUSAL_CODES).optional().meta({
      description:
        'ALREADY_VOTED beside `yes`: you may reject or change it, and not approve it again.',
    }),
    message: z.string().optional().meta({ description: 'Why not, in words.' }),
  })
  .meta({
    description: 'Whether this login, or token, may decide it: the judgement of the gate itself.',
  });

export const gateSchema = shownGateSchema
  .extend({
    canonical: z.string().optional().meta({
      description: 'The exact text that is hashed. Its UTF-8 bytes are what executes.',
    }),
    isIntact: z.boolean().optional().meta({
      description: 'Whether that text has the digest. Where it is false, decide nothing.',
    }),
    you: youSchema,
    previous: previousSchema.optional(),
    toolSchema: jsonObjectWireSchema.optional().meta({
      description: "The tool's JSON Schema, where the gateway reads the evidence store.",
    }),
    related: z.array(relatedGateSchema).meta({ description: 'Newest first, at most 50.' }),
    at: timeSchema,
  })
  .meta({ description: 'A gate, with all that a reviewer needs.' });

export type ShownGate = Wire<typeof shownGateSchema>;
export type GateFacts = Wire<typeof factsSchema>;
export type OpenGate = Wire<typeof openSchema>;
export type GateOutcomeShown = Wire<typeof outcomeSchema>;
export type RelatedGate = Wire<typeof relatedGateSchema>;
export type PreviousPayload = Wire<typeof previousSchema>;
export type You = Wire<typeof youSchema>;
export type GateView = Wire<typeof gateSchema>;
