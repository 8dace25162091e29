/**
 * The routes that the inbox is built on. Each is handled in gateway/inbox/; who may use it is told by its permission, and
 * what may come back by its schemas.
 */
import { REFUSAL_CODES } from '../../domain/refusal.ts';
import { GATE_KINDS } from '../../domain/policy/condition.ts';
import { auditSchema, exportSchema } from './audit.ts';
import {
  claimBodySchema,
  decideBodySchema,
  decisionAnswerSchema,
  saidSchema,
} from './decisions.ts';
import { gateSchema } from './gates.ts';
import { keySetSchema } from './keys.ts';
import { killAnswerSchema, killBodySchema, killsSchema } from './kills.ts';
import { developmentLoginBodySchema, logoutAnswerSchema, meSchema } from './me.ts';
import { overviewSchema } from './overview.ts';
import { CLAIMED_FILTERS, pendingPageSchema } from './pending.ts';
import type { Parameter, Route } from './route.ts';
import {
  conversationSchema,
  grantsSchema,
  operateBodySchema,
  revokeBodySchema,
  SESSION_FILTERS,
  sessionSchema,
  sessionsPageSchema,
} from './sessions.ts';

const SESSION_ID: Parameter = {
  name: 'sessionId',
  in: 'path',
  required: true,
  description: 'Percent-encoded: it may hold slashes.',
};
const GATE_ID: Parameter = {
  name: 'gateId',
  in: 'path',
  required: true,
  description: "The gate's id.",
};
const RUN_ID: Parameter = {
  name: 'runId',
  in: 'query',
  description: 'That run and those before it. Left out: the latest.',
};
const PAGE: readonly Parameter[] = [
  { name: 'limit', in: 'query', description: 'Rows on a page: 1 to 200. Left out: 50.' },
  { name: 'page', in: 'query', description: '`nextPage` of the page before.' },
];
const LAST_EVENT: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'Where the stream broke off. An EventSource sends it by itself.',
};

const STREAM = { description: 'Server-sent events.', mediaType: 'text/event-stream' } as const;
const ONE_GATE = '/v1/sessions/{sessionId}/gates/{gateId}';
const SAID = { description: 'What became of it.', schema: saidSchema } as const;
const LEFT = { description: 'Not answered yet.', schema: saidSchema } as const;
/** What a session refuses is a problem of the same code. */
const REFUSED = [...REFUSAL_CODES, 'NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'TOO_LARGE'] as const;

const READING: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/me',
    operationId: 'me',
    summary: 'Who asks, what they may, and how to log in.',
    answers: { 200: { description: 'Also where nobody is logged in.', schema: meSchema } },
    problems: ['UNAUTHENTICATED', 'CROSS_SITE'],
  },
  {
    method: 'get',
    path: '/v1/pending',
    operationId: 'pending',
    summary: 'What waits for people, in all sessions.',
    permission: 'view',
    parameters: [
      { name: 'tier', in: 'query', description: 'Of this tier; several: said several times.' },
      { name: 'agent', in: 'query', description: 'Of this agent.' },
      { name: 'kind', in: 'query', description: 'Of this kind.', values: GATE_KINDS },
      {
        name: 'search',
        in: 'query',
        description: 'With these words, in any case: in description, action, agent, ids.',
      },
      { name: 'claimed', in: 'query', description: 'By whom.', values: CLAIMED_FILTERS },
      {
        name: 'under',
        in: 'query',
        description: 'Of this session and of the sub-agents below it.',
      },
      ...PAGE,
    ],
    answers: { 200: { description: 'A page of it.', schema: pendingPageSchema } },
    problems: ['MALFORMED'],
  },
  {
    method: 'get',
    path: '/v1/events',
    operationId: 'events',
    summary: 'Changes of what waits, as they come: `hello`, `pending`, `reload`, `unreachable`.',
    permission: 'view',
    parameters: [LAST_EVENT],
    answers: { 200: STREAM },
    problems: ['TOO_MANY_STREAMS'],
  },
  {
    method: 'get',
    path: '/v1/overview',
    operationId: 'overview',
    summary: 'How the people keep up.',
    permission: 'view',
    parameters: [{ name: 'days', in: 'query', description: 'The window: 1 to 90. Left out: 7.' }],
    answers: { 200: { description: 'Figures.', schema: overviewSchema } },
    problems: ['MALFORMED'],
  },
  {
    method: 'get',
    path: '/v1/sessions',
    operationId: 'sessions',
    summary: 'Sessions, newest first.',
    permission: 'view',
    parameters: [
      {
        name: 'state',
        in: 'query',
        description: 'Left out: running.',
        values: SESSION_FILTERS,
      },
      { name: 'search', in: 'query', description: 'Whose id begins so.' },
      { name: 'under', in: 'query', description: 'This session and the sub-agents below it.' },
      ...PAGE,
    ],
    answers: { 200: { description: 'A page of them.', schema: sessionsPageSchema } },
    problems: ['MALFORMED'],
  },
  {
    method: 'get',
    path: '/v1/sessions/{sessionId}',
    operationId: 'session',
    summary: 'A session as it stands, with its open gates whole.',
    permission: 'view',
    parameters: [SESSION_ID],
    answers: { 200: { description: 'The session.', schema: sessionSchema } },
    problems: ['NOT_FOUND'],
  },
  {
    method: 'get',
    path: '/v1/sessions/{sessionId}/conversation',
    operationId: 'conversation',
    summary: 'What the model of an agent session was shown, and said.',
    permission: 'view',
    parameters: [SESSION_ID],
    answers: { 200: { description: 'The last 500 messages.', schema: conversationSchema } },
    problems: ['NOT_FOUND', 'NOT_ANSWERING'],
  },
  {
    method: 'get',
    path: '/v1/sessions/{sessionId}/grants',
    operationId: 'grants',
    summary: 'Its standing grants.',
    permission: 'view',
    parameters: [SESSION_ID],
    answers: { 200: { description: 'Those that still let something pass.', schema: grantsSchema } },
    problems: ['NOT_FOUND', 'NOT_ANSWERING'],
  },
  {
    method: 'get',
    path: '/v1/sessions/{sessionId}/events',
    operationId: 'sessionEvents',
    summary: 'That something happened in it: `hello`, `changed`, `ended`, `unreachable`.',
    permission: 'view',
    parameters: [SESSION_ID],
    answers: { 200: STREAM },
    problems: ['NOT_FOUND', 'TOO_MANY_STREAMS'],
  },
  {
    method: 'get',
    path: ONE_GATE,
    operationId: 'gate',
    summary: 'A gate, open or ended, with all that a reviewer needs.',
    permission: 'view',
    parameters: [SESSION_ID, GATE_ID],
    answers: { 200: { description: 'The gate.', schema: gateSchema } },
    problems: ['NOT_FOUND', 'NOT_ANSWERING'],
  },
];

const SAYING: readonly Route[] = [
  {
    method: 'post',
    path: `${ONE_GATE}/decide`,
    operationId: 'decide',
    summary: 'Decide it, over exactly what was shown.',
    permission: 'decide',
    parameters: [SESSION_ID, GATE_ID],
    body: decideBodySchema,
    answers: {
      200: { description: 'It is decided.', schema: decisionAnswerSchema },
      202: {
        description: 'It is recorded, or nobody knows yet.',
        schema: decisionAnswerSchema,
      },
    },
    problems: [...REFUSED, 'RATE_LIMITED'],
  },
  {
    method: 'post',
    path: `${ONE_GATE}/claim`,
    operationId: 'claim',
    summary: 'Tell the others that you look at it. It keeps nobody from deciding.',
    permission: 'decide',
    parameters: [SESSION_ID, GATE_ID],
    body: claimBodySchema,
    answers: { 200: SAID, 202: LEFT },
    problems: REFUSED,
  },
  {
    method: 'post',
    path: `${ONE_GATE}/release`,
    operationId: 'release',
    summary: 'Give it back.',
    permission: 'decide',
    parameters: [SESSION_ID, GATE_ID],
    body: claimBodySchema,
    answers: { 200: SAID, 202: LEFT },
    problems: REFUSED,
  },
  {
    method: 'post',
    path: '/v1/sessions/{sessionId}/operate',
    operationId: 'operate',
    summary: 'Pause, resume, instruct or cancel it.',
    permission: 'operate',
    parameters: [SESSION_ID],
    body: operateBodySchema,
    answers: { 200: SAID, 202: LEFT },
    problems: REFUSED,
  },
  {
    method: 'post',
    path: '/v1/sessions/{sessionId}/grants/{grantId}/revoke',
    operationId: 'revokeGrant',
    summary: 'End a standing grant.',
    permission: 'operate',
    parameters: [
      SESSION_ID,
      { name: 'grantId', in: 'path', required: true, description: "The grant's id." },
    ],
    body: revokeBodySchema,
    answers: { 200: SAID, 202: LEFT },
    problems: REFUSED,
  },
];

const KILLING: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/kills',
    operationId: 'kills',
    summary: 'The kills that stand.',
    permission: 'view',
    answers: { 200: { description: 'They.', schema: killsSchema } },
    problems: ['NOT_ANSWERING'],
  },
  {
    method: 'post',
    path: '/v1/kills',
    operationId: 'kill',
    summary: 'Let nothing more start, of an agent or of all, and end its sessions; or lift that.',
    permission: 'kill',
    body: killBodySchema,
    answers: {
      200: { description: 'It is acknowledged, and all is quiet.', schema: killAnswerSchema },
      202: {
        description: 'Something is not acknowledged, or not quiet yet.',
        schema: killAnswerSchema,
      },
    },
    problems: REFUSED,
  },
];

const AUDITING: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/sessions/{sessionId}/audit',
    operationId: 'audit',
    summary: 'Its trail, and whether it holds.',
    permission: 'audit',
    parameters: [SESSION_ID, RUN_ID],
    answers: { 200: { description: 'Every event.', schema: auditSchema } },
    problems: ['NOT_FOUND'],
  },
  {
    method: 'get',
    path: '/v1/sessions/{sessionId}/report',
    operationId: 'report',
    summary: 'Its trail as text, one line for an event.',
    permission: 'audit',
    parameters: [SESSION_ID, RUN_ID],
    answers: { 200: { description: 'Text.', mediaType: 'text/plain' } },
    problems: ['NOT_FOUND'],
  },
  {
    method: 'get',
    path: '/v1/sessions/{sessionId}/export',
    operationId: 'export',
    summary: 'The session as one JSON file.',
    permission: 'audit',
    parameters: [SESSION_ID, RUN_ID],
    answers: {
      200: {
        description: 'The file.',
        schema: exportSchema,
        headers: { 'Content-Disposition': 'attachment, with a name' },
      },
    },
    problems: ['NOT_FOUND'],
  },
];

const LOGGING_IN: readonly Route[] = [
  {
    method: 'get',
    path: '/auth/login',
    operationId: 'login',
    summary: "To the OpenID provider's login. For browsers.",
    parameters: [
      { name: 'returnTo', in: 'query', description: 'A path of this origin to come back to.' },
      { name: 'stepUp', in: 'query', description: '1: log in anew, as strongly as is set.' },
    ],
    answers: { 302: { description: 'There.', headers: { Location: "The provider's address" } } },
    problems: ['MALFORMED', 'NO_SUCH_LOGIN', 'PROVIDER_FAILED'],
  },
  {
    method: 'get',
    path: '/auth/callback',
    operationId: 'callback',
    summary: 'Where the OpenID provider sends the browser back to.',
    answers: { 200: { description: 'Logged in; a page that goes on.', mediaType: 'text/html' } },
    problems: ['LOGIN_FAILED', 'NO_SUCH_LOGIN', 'PROVIDER_FAILED'],
  },
  {
    method: 'post',
    path: '/auth/development',
    operationId: 'developmentLogin',
    summary: 'Be anyone: only where the development login is on, which is on loopback alone.',
    body: developmentLoginBodySchema,
    answers: { 200: { description: 'Logged in.', schema: meSchema } },
    problems: [
      'MALFORMED',
      'LOGIN_FAILED',
      'NO_SUCH_LOGIN',
      'TOO_LARGE',
      'UNSUPPORTED_MEDIA_TYPE',
      'CROSS_SITE',
    ],
  },
  {
    method: 'post',
    path: '/auth/logout',
    operationId: 'logout',
    summary: 'End the login.',
    answers: { 200: { description: 'It is over.', schema: logoutAnswerSchema } },
    problems: ['UNAUTHENTICATED', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'CROSS_SITE'],
  },
  {
    method: 'get',
    path: '/.well-known/holdpoint-keys.json',
    operationId: 'keys',
    summary: "The gateway's public keys: what workers trust.",
    answers: { 200: { description: 'A JSON Web Key Set.', schema: keySetSchema } },
    problems: [],
  },
];

export const INBOX_ROUTES: readonly Route[] = [
  ...READING,
  ...SAYING,
  ...KILLING,
  ...AUDITING,
  ...LOGGING_IN,
];
