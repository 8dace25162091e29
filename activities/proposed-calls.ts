/**
 * A model's calls, made fit for a session: identified, bounded, prepared. A model may write anything; what can't be a
 * call is refused to the model's face and stays in the conversation, so that every call has its answer.
 */
import type {
  PreparedCall,
  PrepareActionInput,
  ProposedCall,
  RefusedCall,
} from '../domain/activities.ts';
import type { Message } from '../domain/session/conversation.ts';
import { utf8Length } from '../domain/text/digest.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { PAYLOAD_BYTES_MAX } from '../domain/limits.ts';
import { cutText, wellFormed } from '../domain/text/visible-text.ts';
import type { ModelResponse } from './ports.ts';
import { actionTypeOf, unknownTool } from './prepare-action.ts';
import { argumentsProblem } from './tool-arguments.ts';
import type { ToolRegistry } from './tool-registry.ts';

/** Calls of one turn. Their results come back in one message to the next turn, which has room for about so many. */
export const CALLS_MAX = 16;

/** All calls of one turn, prepared, as JSON: well under the 2 MiB that Temporal takes of an activity's result. */
export const CALLS_BYTES_MAX = 4 * PAYLOAD_BYTES_MAX;

const AGENT_REASON_CHARACTERS_MAX = 2_000;

/** What every provider takes back as the id of a call. */
const CALL_ID = /^[A-Za-z0-9_-]{1,64}$/;

export interface Turn {
  readonly step: number;
  readonly agentId: string;
  readonly conversation: readonly Message[];
  readonly response: ModelResponse;
}

export async function proposedCalls(
  registry: ToolRegistry,
  turn: Turn,
  prepare: (input: PrepareActionInput) => Promise<PreparedCall>,
): Promise<readonly ProposedCall[]> {
  const reason = agentReason(turn.response.text);
  const kept = turn.response.calls.slice(0, CALLS_MAX + 1);
  const callIds = uniqueCallIds(turn, kept.length);
  const calls = await Promise.all(
    kept.map(async ({ name, arguments: raw }, index): Promise<ProposedCall> => {
      const call = { callId: callIds[index] ?? '', name: actionTypeOf(name) };
      const refused =
        index === CALLS_MAX ? tooMany(turn, call.name) : refusedAtOnce(registry, name, raw);
      if (refused !== undefined) {
        const isKept = refused.reason === 'unknown_tool' && argumentsProblem(raw) === undefined;
        return {
          ...call,
          arguments: isKept ? (raw as JsonObject) : {},
          prepared: { ok: false, refused },
        };
      }
      // Looked at by refusedAtOnce.
      const args = raw as JsonObject;
      const { agentId } = turn;
      const input = { agentId, actionType: name, arguments: args, ...reason };
      return { ...call, arguments: args, prepared: await prepare(input) };
    }),
  );
  return withinBytes(calls);
}

/** The words beside the calls. They are the agent's own, and shown as such. */
function agentReason(text: string): { readonly agentReason?: string } {
  const words = wellFormed(text).trim();
  return words === '' ? {} : { agentReason: cutText(words, AGENT_REASON_CHARACTERS_MAX) };
}

function refusedAtOnce(
  registry: ToolRegistry,
  name: string,
  raw: unknown,
): RefusedCall | undefined {
  // By the name that the model wrote: made fit, it could be the name of another tool.
  if (registry.find(name) === undefined) return unknownTool(registry, name);
  const problem = argumentsProblem(raw);
  return problem === undefined
    ? undefined
    : invalid(name, `The arguments of ${name} are no JSON to act on: ${problem}.`);
}

function tooMany({ response }: Turn, name: string): RefusedCall {
  const dropped = response.calls.length - CALLS_MAX;
  return invalid(
    name,
    `One turn may have ${CALLS_MAX} calls. The last ${dropped} were not looked at: make them in another turn.`,
  );
}

function invalid(actionType: string, message: string): RefusedCall {
  return { actionType, reason: 'invalid_arguments', message };
}

/** The model's own id where it is one and is new; otherwise one made of step and index, as often as it takes. */
function uniqueCallIds({ step, conversation, response }: Turn, count: number): readonly string[] {
  const used = new Set(
    conversation.flatMap((message) =>
      message.role === 'assistant' ? message.calls.map(({ callId }) => callId) : [],
    ),
  );
  return response.calls.slice(0, count).map(({ callId: given }, index) => {
    let callId = given;
    for (let again = 0; !CALL_ID.test(callId) || used.has(callId); again += 1) {
      callId = again === 0 ? `step-${step}-call-${index}` : `step-${step}-call-${index}-${again}`;
    }
    used.add(callId);
    return callId;
  });
}

function withinBytes(calls: readonly ProposedCall[]): readonly ProposedCall[] {
  let bytes = 0;
  return calls.map((call) => {
    bytes += utf8Length(JSON.stringify(call));
    if (bytes <= CALLS_BYTES_MAX) return call;
    const message = 'The calls of this turn are too large together: make this one in another turn.';
    return {
      ...call,
      arguments: {},
      prepared: { ok: false, refused: invalid(call.name, message) },
    };
  });
}
