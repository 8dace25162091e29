/** A small customer desk to take turns at: three tools, a policy, and models that answer what a test wants. */
import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { z } from 'zod';
import { agentActivities, type AgentParts } from '../../activities/model-turn.ts';
import type {
  ConfidenceModel,
  ConfidenceRequest,
  Model,
  ModelRequest,
  ModelResponse,
} from '../../activities/ports.ts';
import { createToolRegistry } from '../../activities/tool-registry.ts';
import type { Tool } from '../../activities/tool.ts';
import type { ModelTurn, ModelTurnInput } from '../../domain/activities.ts';
import { definePolicy } from '../../domain/schema/policy.ts';
import { keptEvidence } from './kept-evidence.ts';

export const TOOLS: readonly Tool[] = [
  {
    name: 'search',
    description: 'Finds orders',
    input: z.object({ text: z.string() }),
    readOnly: true,
    execute: () => [],
  },
  {
    name: 'draft',
    description: 'Writes a draft',
    input: z.looseObject({ text: z.string() }),
    reversibility: 'reversible',
    execute: () => null,
  },
  {
    name: 'delete_record',
    description: 'Deletes a record',
    input: z.object({ id: z.string() }),
    execute: () => null,
  },
];

export const POLICY = definePolicy({
  name: 'desk',
  version: '1',
  tools: {
    search: { readOnly: true },
    draft: { reversibility: 'reversible' },
    delete_record: { reversibility: 'irreversible' },
  },
});

export const INPUT: ModelTurnInput = {
  agentId: 'desk',
  goal: 'Help the customer',
  stakes: 'medium_stakes',
  step: 3,
  conversation: { tail: [] },
  storeTail: false,
  policyDigest: POLICY.digest,
};

export const USAGE = { inputTokens: 10, outputTokens: 5 };

export type Calls = ModelResponse['calls'];

/** A model that answers this, and keeps what it was asked. */
export function answering(
  response: Partial<ModelResponse>,
): Model & { readonly asked: ModelRequest[] } {
  const asked: ModelRequest[] = [];
  return {
    name: 'test model',
    asked,
    respond: async (request) => {
      asked.push(request);
      return { text: '', calls: [], usage: USAGE, ...response };
    },
  };
}

export function rating(words: string): ConfidenceModel & { readonly asked: ConfidenceRequest[] } {
  const asked: ConfidenceRequest[] = [];
  return {
    name: 'test confidence',
    asked,
    rate: async (request) => {
      asked.push(request);
      return words;
    },
  };
}

export function environment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

export async function turn(
  parts: Partial<AgentParts>,
  input: Partial<ModelTurnInput> = {},
  within = environment(),
): Promise<ModelTurn> {
  const { modelTurn } = agentActivities({
    model: answering({ text: 'Done.' }),
    confidenceModel: rating('0.9'),
    registry: createToolRegistry(TOOLS),
    evidence: keptEvidence(),
    policy: POLICY,
    ...parts,
  });
  return within.run(modelTurn, { ...INPUT, ...input });
}

export async function turnWith(
  calls: Calls,
  more: Partial<ModelResponse> = {},
): Promise<ModelTurn> {
  return turn({ model: answering({ calls, ...more }) });
}

export async function failure(ran: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await ran.catch((thrown: unknown) => thrown);
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`no application failure, but ${String(error)}`);
}

export function call(name: string, args: unknown, callId = 'c-1'): Calls[number] {
  return { callId, name, arguments: args };
}
