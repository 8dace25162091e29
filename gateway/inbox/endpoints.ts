/** The endpoints of the inbox: each route of the contract with what handles it. One without a handler does not start. */
import { INBOX_ROUTES } from '../api/routes.ts';
import type { Endpoint, GatewayContext } from '../endpoint.ts';
import {
  beginLogin,
  developmentLogin,
  finishLogin,
  type LoginParts,
  logOut,
  meOf,
} from '../login/login-endpoints.ts';
import type { Caller } from '../caller.ts';
import { exportSession, readAudit, readReport } from './audit.ts';
import { decideGate, sayOfGate } from './decide.ts';
import { readGate } from './gate.ts';
import { orderKill, readKills } from './kills.ts';
import { operateSession, revokeGrant } from './operate.ts';
import { Overviews } from './overview.ts';
import { expectKnownQuery, type InboxParts } from './parts.ts';
import { readPending, streamPending } from './pending.ts';
import { SessionFeed, streamSession } from './session-feed.ts';
import { readConversation, readGrants, readSession, readSessions } from './sessions.ts';

type Handle = (context: GatewayContext) => Promise<Response>;

export interface InboxOptions {
  readonly parts: InboxParts;
  readonly login: LoginParts;
  /** Who asks, where nobody has to say so. */
  readonly callerOf: (context: GatewayContext) => Promise<Caller | undefined>;
}

export function inboxEndpoints(options: InboxOptions): readonly Endpoint[] {
  const handlers = handlersOf(options);
  return INBOX_ROUTES.map((route) => {
    const handle = handlers[route.operationId];
    if (handle === undefined) throw new Error(`Nothing handles ${route.operationId}`);
    if (route.method !== 'get' || route.permission === undefined) return { ...route, handle };
    return {
      ...route,
      handle: async (context) => {
        expectKnownQuery(context, route.parameters);
        return handle(context);
      },
    };
  });
}

function handlersOf({ parts, login, callerOf }: InboxOptions): Readonly<Record<string, Handle>> {
  const sessions = new SessionFeed(parts.holdpoint);
  const overviews = new Overviews(parts);
  return {
    me: async (context) => context.json(meOf(login, await callerOf(context))),
    pending: async (context) => readPending(parts, context),
    events: async (context) => streamPending(parts, context),
    overview: async (context) => overviews.read(context),
    sessions: async (context) => readSessions(parts, context),
    session: async (context) => readSession(parts, context),
    conversation: async (context) => readConversation(parts, context),
    grants: async (context) => readGrants(parts, context),
    sessionEvents: async (context) => streamSession(parts, sessions, context),
    gate: async (context) => readGate(parts, context),
    decide: async (context) => decideGate(parts, context),
    claim: async (context) => sayOfGate(parts, context, 'claim'),
    release: async (context) => sayOfGate(parts, context, 'release'),
    operate: async (context) => operateSession(parts, context),
    revokeGrant: async (context) => revokeGrant(parts, context),
    kills: async (context) => readKills(parts, context),
    kill: async (context) => orderKill(parts, context),
    audit: async (context) => readAudit(parts, context),
    report: async (context) => readReport(parts, context),
    export: async (context) => exportSession(parts, context),
    login: async (context) => beginLogin(login, context),
    callback: async (context) => finishLogin(login, context),
    developmentLogin: async (context) => developmentLogin(login, context),
    logout: async (context) => logOut(login, context, await callerOf(context)),
    keys: async (context) =>
      context.json({ keys: login.key === undefined ? [] : [login.key.publicKey] }),
  };
}
