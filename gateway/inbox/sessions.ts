/** Sessions: the list, one of them, its conversation and its grants, and that something happened in it. */
import { gatesOfTrail } from '../../domain/audit/trail-gates.ts';
import { isUnregistered } from '../../client/question.ts';
import type { ListedSession } from '../../client/sessions.ts';
import type { SessionConversation, SessionStatus, ShownGrant } from '../../domain/messages.ts';
import type { Message } from '../../domain/session/conversation.ts';
import { isPlainObject } from '../../domain/text/json.ts';
import type { EvidenceReader } from '../../evidence/store.ts';
import {
  type ConversationShown,
  type GrantShown,
  SESSION_FILTERS,
  type SessionRow,
  type SessionView,
} from '../api/sessions.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { openGatesOf, relatedGates } from './gate.ts';
import { openGateView } from './gate-view.ts';
import {
  answered,
  ifServed,
  type InboxParts,
  limitOf,
  notAnswering,
  oneOfQuery,
  sessionIdOf,
} from './parts.ts';
import { eventsOf, readTrail } from './trail.ts';

const MESSAGES_MAX = 500;
/** Each part is at most some 64 KiB of messages. */
const PARTS_MAX = 64;

export async function readSessions(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const filter = oneOfQuery(context, 'state', SESSION_FILTERS) ?? 'running';
  const [idPrefix, rootSessionId] = [context.req.query('search'), context.req.query('under')];
  const pageToken = context.req.query('page');
  const { sessions, sessionsCount, nextPageToken } = await parts.holdpoint.sessions.page({
    filter,
    pageSize: limitOf(context),
    ...(idPrefix === undefined || idPrefix === '' ? {} : { idPrefix }),
    ...(rootSessionId === undefined ? {} : { rootSessionId }),
    ...(pageToken === undefined ? {} : { pageToken }),
  });
  return context.json({
    sessions: sessions.map(rowOf),
    matched: sessionsCount,
    at: Date.now(),
    ...(nextPageToken === undefined ? {} : { nextPage: nextPageToken }),
  });
}

function rowOf(session: ListedSession): SessionRow {
  const { phase, state } = session;
  const shown = state === 'running' ? (phase ?? 'running') : undefined;
  const { phase: _asWritten, ...rest } = session;
  return { ...rest, ...(shown === undefined ? {} : { phase: shown }) };
}

export async function readSession(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const sessionId = sessionIdOf(context);
  const session = await foundSession(parts, sessionId);
  const isRunning = session.state === 'running';
  const [status, open, trail] = await Promise.all([
    isRunning ? answered(parts.holdpoint.status(sessionId)) : undefined,
    openGatesOf(parts, sessionId),
    readTrail(parts, { sessionId }),
  ]);
  const gates = gatesOfTrail(eventsOf(trail));
  const view: SessionView = {
    ...rowOf(session),
    ...(status === undefined ? {} : statusOf(status)),
    ...(open === undefined ? {} : { openGates: open.length }),
    isAnswering: !isRunning || status !== undefined,
    gates: (open ?? []).map(openGateView),
    ended: relatedGates(gates, ({ status: how }) => how !== 'pending'),
    at: Date.now(),
  };
  return context.json(view);
}

async function foundSession({ holdpoint }: InboxParts, sessionId: string): Promise<ListedSession> {
  const session = await holdpoint.sessions.find(sessionId);
  if (session !== undefined) return session;
  throw new Problem('NOT_FOUND', 'There is no session of this id, or Temporal keeps it no longer.');
}

function statusOf(status: SessionStatus): Partial<SessionView> {
  const { agentId, requesterId, phase, pausedBy, pausedReason, inFlight, workedMs } = status;
  const { policyVersion, grants = [], lastSeq, progress } = status;
  return {
    agentId,
    phase,
    inFlight,
    workedMs,
    lastSeq,
    grants: usableGrants(grants),
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(pausedBy === undefined ? {} : { pausedBy }),
    ...(pausedReason === undefined ? {} : { pausedReason }),
    ...(policyVersion === undefined ? {} : { policyVersion }),
    ...(progress === undefined ? {} : { progress }),
  };
}

/** What is used up or over is of no use to anyone. */
function usableGrants(grants: readonly ShownGrant[]): readonly GrantShown[] {
  return grants.filter(
    ({ used, terms }) => used < terms.times && Date.now() < Date.parse(terms.until),
  );
}

export async function readGrants(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const sessionId = sessionIdOf(context);
  const { state } = await foundSession(parts, sessionId);
  if (state !== 'running') return context.json({ sessionId, grants: [] });
  const status = await answered(parts.holdpoint.status(sessionId));
  if (status === undefined) throw notAnswering();
  return context.json({ sessionId, grants: usableGrants(status.grants ?? []) });
}

export async function readConversation(
  parts: InboxParts,
  context: GatewayContext,
): Promise<Response> {
  const sessionId = sessionIdOf(context);
  await foundSession(parts, sessionId);
  const told = await conversationOf(parts, sessionId);
  const { messages, earlier } = await wholeConversation(parts.evidence, told);
  const shown = messages.slice(-MESSAGES_MAX);
  const view: ConversationShown = {
    sessionId,
    goal: told.goal,
    messages: shown,
    earlier: earlier + messages.length - shown.length,
  };
  return context.json(view);
}

async function conversationOf(
  { holdpoint }: InboxParts,
  sessionId: string,
): Promise<SessionConversation> {
  try {
    const told = await answered(holdpoint.conversation(sessionId));
    if (told === undefined) throw notAnswering();
    return told;
  } catch (error) {
    if (!isUnregistered(error)) throw error;
    throw new Problem('NOT_FOUND', 'This session is no conversation with a model.');
  }
}

/** The older parts, each of which names the one before it, as far as they are within reach. */
async function wholeConversation(
  evidence: EvidenceReader | undefined,
  { stored, tail }: SessionConversation,
): Promise<{ readonly messages: readonly Message[]; readonly earlier: number }> {
  let messages = tail;
  let earlier = stored?.messages ?? 0;
  let digest = stored?.digest;
  for (let parts = 0; digest !== undefined && parts < PARTS_MAX; parts += 1) {
    if (messages.length >= MESSAGES_MAX) break;
    const part = partOf(await ifServed(evidence?.content(digest)));
    if (part === undefined) break;
    messages = [...part.messages, ...messages];
    earlier -= part.messages.length;
    digest = part.previous;
  }
  return { messages, earlier: Math.max(0, earlier) };
}

function partOf(
  text: string | undefined,
): { readonly previous?: string; readonly messages: readonly Message[] } | undefined {
  const part: unknown = text === undefined ? undefined : JSON.parse(text);
  // Written by a worker under its digest (activities/stored-conversation.ts).
  return isPlainObject(part) && Array.isArray(part['messages'])
    ? (part as { readonly previous?: string; readonly messages: readonly Message[] })
    : undefined;
}
