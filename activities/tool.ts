/**
 * A tool: what an agent can do, declared once. Its input is a zod schema; arguments that don't fit go back to the
 * model and never to a gate. What it says of itself a policy can tighten, never loosen. Public entry: holdpoint/tools.
 */
import type { z } from 'zod';
import type { DeclaredAction } from '../domain/policy/policy.ts';
import type { Reversibility } from '../domain/policy/reversibility.ts';
import type { AgentRef } from '../domain/session/lineage.ts';
import type { JsonObject } from '../domain/text/json.ts';

export interface ToolContext {
  /** The same for every attempt at this action, in any run: hand it to the service that keeps such keys. */
  readonly idempotencyKey: string;
  /** Aborted when the call has taken too long, or its session was cancelled. */
  readonly signal: AbortSignal;
  /** Says that the call is alive. Called for the tool every few seconds anyway; details are for people. */
  readonly heartbeat: (details?: unknown) => void;
}

export interface Tool<Input extends z.ZodType = z.ZodType, Name extends string = string> {
  /** Letters, digits, `_` and `-`, as models accept it. */
  readonly name: Name;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** Changes when the meaning of a call changes: a consent is given for one version. Default `1`. */
  readonly version?: string;
  readonly input: Input;
  /** JSON Schema for the model, where it is not to be made from `input`. */
  readonly inputSchema?: JsonObject;
  /** A policy can only tighten it. Left out: the policy alone classifies the tool, and what no policy names is irreversible. */
  readonly reversibility?: Reversibility;
  /** Changes nothing anywhere. Passes without a gate where the policy agrees. */
  readonly readOnly?: boolean;
  /** Changes something: a policy that calls it a read is contradicted, and its calls are gated. */
  readonly writes?: true;
  /** Done in a moment. A read-only one then runs as a local activity: 1 history event instead of 6. */
  readonly quick?: boolean;
  readonly category?: string;
  readonly entityTypes?: readonly string[];
  /** What a call is worth, in the unit that the policy's limits use. */
  readonly value?: (args: z.output<Input>) => number;
  /** Whether this call is unclear enough to ask the escalation tier. */
  readonly ambiguous?: (args: z.output<Input>) => boolean;
  /** One sentence for the reviewer; made by rule from name and arguments where left out. */
  readonly describe?: (args: z.output<Input>) => string;
  /** What a person is to know at each gate of a call. */
  readonly note?: string;
  /** A call that takes longer is given up, ms. Default 60,000. */
  readonly timeoutMs?: number;
  /** A call starts a session of this agent, in place of `execute`: see `defineAgentTool`. */
  readonly agent?: AgentRef;
  /** Does it. Throw {@link NotExecuted} where nothing happened for sure; any other error leaves that open. */
  readonly execute: (args: z.output<Input>, context: ToolContext) => unknown;
  /**
   * Looks up whether an earlier call under this key took effect, after one broke off. Undefined: it can't tell, and a
   * person is asked.
   */
  readonly lookUp?: (
    args: z.output<Input>,
    context: Pick<ToolContext, 'idempotencyKey' | 'signal'>,
  ) => Promise<{ readonly happened: boolean; readonly result?: unknown } | undefined>;
  /**
   * The tool as it is now, under the same name, where that is not the team's to say. Asked before a model is told of
   * it, and before a consent is compared with its `version`. Throws where that can't be found out: nothing is called.
   */
  readonly refresh?: () => Promise<Tool>;
}

/** Thrown by a tool that knows that nothing happened: the model is told why, and no person has to find out. */
export class NotExecuted extends Error {
  override readonly name = 'NotExecuted';
}

/** By name as well: a team's tools may have loaded another copy of this package. */
export function isNotExecuted(error: unknown): boolean {
  return error instanceof NotExecuted || (error instanceof Error && error.name === 'NotExecuted');
}

/** What a tool says of how it can be undone: nothing, where it leaves that to the policy. */
export function declaredReversibility(
  tool: Tool,
): Pick<DeclaredAction, 'reversibility' | 'writes'> {
  const { readOnly, writes, reversibility = readOnly === true ? 'reversible' : undefined } = tool;
  return {
    ...(reversibility === undefined ? {} : { reversibility }),
    ...(writes === true ? { writes } : {}),
  };
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Declares a tool. Its types follow from `input`; its name stays a type of its own, for a typed client. */
export function defineTool<
  Input extends z.ZodType<Record<string, unknown>>,
  const Name extends string,
>(tool: Tool<Input, Name>): Tool<Input, Name> {
  if (!NAME.test(tool.name)) {
    throw new TypeError(
      `Tool name ${JSON.stringify(tool.name)}: use 1 to 64 letters, digits, _ and -, a letter first`,
    );
  }
  if (tool.readOnly === true && (tool.reversibility ?? 'reversible') !== 'reversible') {
    throw new TypeError(`Tool ${tool.name}: a read-only tool changes nothing, so it is reversible`);
  }
  if (tool.readOnly === true && tool.writes === true) {
    throw new TypeError(`Tool ${tool.name}: a read-only tool writes nothing`);
  }
  return tool;
}
