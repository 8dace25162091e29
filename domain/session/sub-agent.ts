/**
 * Sub-agents: a session that another session started as one of its actions. What the child is told of where it comes
 * from, what its id is, and what its parent is told of its end.
 *
 * H6 no agent above it decides at its gates · H12 its id follows from the action that starts it, so that no replay and
 * no Reset starts it under another name.
 */
import { idempotencyKey } from '../action/consent.ts';
import { ID_CHARACTERS_MAX, SESSION_DEPTH_MAX } from '../limits.ts';
import type { Stakes } from '../policy/confidence.ts';
import { digestOfText } from '../text/digest.ts';
import type { JsonObject } from '../text/json.ts';
import {
  type FieldReader,
  identifier,
  readFields,
  type Reading,
  sessionIdentifier,
} from '../text/reading.ts';
import type { SessionResult } from './agent-loop.ts';
import type { AgentRef, Lineage } from './lineage.ts';
import type { SessionInput } from './session-input.ts';
import type { SessionState } from './session.ts';

/** What a parent hands to its child. Who the parent is, Temporal says. It can only forbid: nothing in it loosens. */
export type Origin = Omit<Lineage, 'parentSessionId'> & { readonly version: 1 };

const agentIds: FieldReader = (value) => {
  const isList =
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= SESSION_DEPTH_MAX &&
    value.every((one) => identifier(one) === undefined);
  return isList
    ? undefined
    : `must be 1 to ${SESSION_DEPTH_MAX} ids of up to ${ID_CHARACTERS_MAX} characters`;
};

const FIELDS = {
  version: { read: (value: unknown) => (value === 1 ? undefined : 'must be 1') },
  rootSessionId: { read: sessionIdentifier },
  agentIds: { read: agentIds },
} as const;

export function readOrigin(raw: unknown): Reading<Origin> {
  return readFields(raw, FIELDS);
}

/** What a session hands to a child that it starts. */
export function originOf(state: SessionState): Origin {
  const { lineage } = state;
  const above = lineage?.agentIds ?? [];
  return { version: 1, rootSessionId: rootOf(state), agentIds: [...above, state.agentId] };
}

function rootOf({ sessionId: own, lineage }: SessionState): string {
  return lineage?.rootSessionId ?? own;
}

/** Below it, no session starts another. */
export function isDeepest({ lineage }: SessionState): boolean {
  return (lineage?.agentIds.length ?? 0) >= SESSION_DEPTH_MAX;
}

export const TOO_DEEP = `sub-agents go ${SESSION_DEPTH_MAX} levels deep, and this one is the last`;

const DIGEST_CHARACTERS = 16;

/** Short at every depth, and the same for the same action in every run. */
export function childSessionId(
  state: SessionState,
  action: Parameters<typeof idempotencyKey>[0] & { readonly actionType: string },
): string {
  const digest = digestOfText(idempotencyKey(action)).slice(0, DIGEST_CHARACTERS);
  return `${rootOf(state)}:${action.actionType}:${digest}`;
}

/** Who asked for the whole asked for this part. */
export function childInput(
  { requesterId }: SessionState,
  child: { readonly agent: AgentRef; readonly goal: string; readonly stakes: Stakes },
): SessionInput {
  const { agentId, stakes = child.stakes } = child.agent;
  const requester = requesterId === undefined ? {} : { requesterId };
  return { goal: child.goal, agentId, stakes, ...requester };
}

/** The end of a child as its parent's model reads it. What nobody confirmed says so. */
export function childResult(childId: string, result: SessionResult): JsonObject {
  const session = { session: childId, status: result.status };
  switch (result.status) {
    case 'completed':
      return { ...session, answer: result.answer };
    case 'incomplete':
      return { ...session, answer: result.answer, limit: result.limit };
    case 'unconfirmed':
      return { ...session, unconfirmedAnswer: result.unconfirmedAnswer };
  }
}
