/**
 * Gates that `holdpoint gates --json` printed elsewhere, read from a file: what is signed without a way to Temporal. It
 * comes from outside, so it is looked at as any message; that it is still what waits, the session itself decides.
 */
import { z } from 'zod';
import { GATE_KINDS } from '../domain/policy/condition.ts';
import { REVERSIBILITIES } from '../domain/policy/reversibility.ts';
import { NO_RESPONSES, PROOF_LEVELS } from '../domain/policy/tier.ts';
import { identifierSchema, jsonObjectSchema } from '../domain/schema/messages.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './shell.ts';

/** What is shown of a gate, and what is signed. More may stand there. */
const gateSchema = z.looseObject({
  sessionId: z.string(),
  agentId: identifierSchema,
  gateId: identifierSchema,
  runId: identifierSchema,
  kind: z.enum(GATE_KINDS),
  actionType: identifierSchema,
  toolVersion: z.string(),
  description: z.string(),
  payload: jsonObjectSchema,
  payloadDigest: z.string(),
  reversibility: z.enum(REVERSIBILITIES),
  estimatedImpact: z.string(),
  policyVersion: identifierSchema,
  tier: identifierSchema,
  respondBy: z.number().nullable(),
  noResponse: z.enum(NO_RESPONSES),
  reviewers: z.union([z.literal('anyone'), z.array(identifierSchema)]),
  groups: z.array(identifierSchema),
  decisionsNeeded: z.int(),
  votes: z.array(z.looseObject({ reviewerId: identifierSchema, at: z.number() })),
  proof: z.enum(PROOF_LEVELS),
  rationaleRequired: z.boolean(),
  claim: z.looseObject({ reviewerId: identifierSchema, until: z.number() }).optional(),
  barred: z.array(identifierSchema).optional(),
  agentReason: z.string().optional(),
  note: z.string().optional(),
});

/** One gate, or a list of them. Throws with the first thing that is wrong. */
export function savedGates(path: string, text: string): readonly PendingApproval[] {
  const parsed = z.array(gateSchema).safeParse(listOf(text));
  if (parsed.success) return parsed.data as unknown as readonly PendingApproval[];
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
  throw new CommandFailure(
    `${path} is no output of \`holdpoint gates --json\`: ${where}`,
    EXIT.usage,
  );
}

function listOf(text: string): unknown {
  try {
    const raw: unknown = JSON.parse(text);
    return Array.isArray(raw) ? raw : [raw];
  } catch {
    return undefined;
  }
}
