/**
 * A tool that is an agent: a call of it starts a session of its own, with the goal that the calling agent gave. The
 * policy evaluates the call like any other action; what the sub-agent then does is gated in its own session. Public
 * entry: holdpoint/tools.
 */
import { z } from 'zod';
import { RATIONALE_CHARACTERS_MAX } from '../domain/limits.ts';
import type { Stakes } from '../domain/policy/confidence.ts';
import { identifierSchema } from '../domain/schema/messages.ts';
import { defineTool, NotExecuted, type Tool } from './tool.ts';

const input = z.object({ goal: z.string().trim().min(1).max(RATIONALE_CHARACTERS_MAX) });

export interface AgentTool<Name extends string = string> extends Pick<
  Tool<typeof input, Name>,
  | 'name'
  | 'description'
  | 'version'
  | 'reversibility'
  | 'category'
  | 'entityTypes'
  | 'value'
  | 'ambiguous'
  | 'describe'
  | 'note'
> {
  /** The agent of the sessions that calls start. It decides at none of their gates, nor does any agent above it. */
  readonly agentId: string;
  /** How much depends on them. Default: as much as on the session that starts them. */
  readonly stakes?: Stakes;
}

/** Declares an agent as a tool. Throws a TypeError where its id is none. */
export function defineAgentTool<const Name extends string>({
  agentId,
  stakes,
  ...tool
}: AgentTool<Name>): Tool<typeof input, Name> {
  if (!identifierSchema.safeParse(agentId).success) {
    throw new TypeError(
      `Tool ${tool.name}: agentId ${JSON.stringify(agentId)} is no identifier: 1 to 200 visible characters`,
    );
  }
  return defineTool({
    describe: ({ goal }) => `Starts the agent ${agentId}: ${goal}`,
    ...tool,
    input,
    agent: { agentId, ...(stakes === undefined ? {} : { stakes }) },
    execute: () => {
      throw new NotExecuted('A sub-agent is started by its session, not executed');
    },
  });
}
