/** zod schemas of external gates: what a requester sends over HTTP, what starts the workflow, and what both answer. */
import { z } from 'zod';
import { callbackUrl } from '../gate/callback.ts';
import {
  CALLBACK_CHARACTERS_MAX,
  ID_CHARACTERS_MAX,
  PAYLOAD_BYTES_MAX,
  RATIONALE_CHARACTERS_MAX,
} from '../limits.ts';
import { NO_RESPONSES } from '../policy/tier.ts';
import { EXTERNAL_GATE_STATUSES, type ExternalGateInput } from '../session/external-gate.ts';
import { ACTION_NAME } from '../text/reading.ts';
import { identifierSchema, jsonObjectSchema, wordsSchema } from './messages.ts';

const urlSchema = z
  .string()
  .refine((url) => callbackUrl(url) === undefined, 'must be an http or https URL');

/** What a requester says. Who asks is known by its token, and stands in no body. */
export const gateRequestSchema = z.strictObject({
  actionType: z
    .string()
    .regex(ACTION_NAME)
    .meta({ description: 'The name of the action, as the policy writes it.' }),
  arguments: jsonObjectSchema.meta({
    type: 'object',
    additionalProperties: true,
    description: `What the action would be done with: a JSON object, up to ${PAYLOAD_BYTES_MAX} characters and 32 levels.`,
  }),
  reason: wordsSchema.optional().meta({
    maxLength: RATIONALE_CHARACTERS_MAX,
    description: "The agent's own words for why it wants this. Shown to reviewers as such.",
  }),
  agentId: identifierSchema.optional().meta({
    maxLength: ID_CHARACTERS_MAX,
    description: 'Which agent asks. Left out: the subject of the token.',
  }),
  value: z.number().optional().meta({
    description:
      "What the action is worth, in the unit of the policy's limits. It can only make it stricter.",
  }),
  callbackUrl: urlSchema.optional().meta({
    maxLength: CALLBACK_CHARACTERS_MAX,
    description: 'Where the outcome is posted, signed. Only origins that the operator has listed.',
  }),
});

/** As the schema puts it out: what was left out is not there. */
export type GateRequest = Omit<ExternalGateInput, 'agentId' | 'requesterId'> &
  Partial<Pick<ExternalGateInput, 'agentId'>>;

/** What starts the workflow `externalGate`. */
export const externalGateInputSchema = gateRequestSchema.extend({
  agentId: identifierSchema,
  requesterId: identifierSchema,
});

export const externalGateSchema = z
  .object({
    id: z.string().meta({
      description: 'Of this gate for good. Execute the action at most once under this id.',
    }),
    status: z.enum(EXTERNAL_GATE_STATUSES).meta({
      description:
        'refused: the arguments do not fit the tool of this name. failed: the gate itself was ended from outside.',
    }),
    proceed: z.boolean().meta({
      description: 'Whether the action may be done now, with `arguments`. Anything but true is no.',
    }),
    agentId: z.string().optional(),
    actionType: z.string().optional(),
    arguments: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'Only where it may be done: what may run. A reviewer may have changed it, so run these and not your own.',
    }),
    payloadDigest: z.string().optional().meta({
      description: 'SHA-256 of the canonical JSON of tool, tool version and arguments.',
    }),
    gateId: z.string().optional().meta({ description: 'Left out where nobody was asked.' }),
    tier: z.string().optional(),
    rule: z.string().optional().meta({ description: "The policy's rule that decided the tier." }),
    decidedBy: z.string().optional(),
    rationale: z.string().optional(),
    noResponse: z.enum(NO_RESPONSES).optional().meta({
      description: 'Where nobody answered: what the policy takes silence for.',
    }),
    respondBy: z.number().nullable().optional().meta({
      description: 'While it waits: until when, ms since 1970; null: without end.',
    }),
    message: z.string().optional(),
    settledAt: z.number().optional().meta({ description: 'ms since 1970.' }),
  })
  .meta({ description: 'A gate as its requester sees it.' });
