/**
 * The gateway as a function from requests to answers: routes, who may come in, limits, and what becomes of an error. It
 * opens no port (serve.ts does) and reads no environment.
 */
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { isUnanswered } from '../client/answers.ts';
import type { HoldpointClient } from '../client/holdpoint-client.ts';
import type { CallbackOrigins } from '../domain/gate/callback.ts';
import { externalGateSchema, gateRequestSchema } from '../domain/schema/external-gate.ts';
import { type EvidenceReader } from '../evidence/store.ts';
import { type AccessOptions, callerOf, expectCaller } from './access.ts';
import type { Route } from './api/route.ts';
import type { Caller } from './caller.ts';
import type { Endpoint, GatewayContext, GatewayEnv } from './endpoint.ts';
import { gateEndpoints } from './gates.ts';
import { securityHeaders } from './headers.ts';
import { inboxEndpoints } from './inbox/endpoints.ts';
import { PendingFeed } from './inbox/pending-feed.ts';
import { Streams } from './inbox/streams.ts';
import { type GatewayLog, NO_LOG } from './log.ts';
import { Logins, type LoginOptions } from './login/logins.ts';
import { openApiDocument } from './openapi.ts';
import { NAMED_SCHEMAS } from './api/named-schemas.ts';
import { Problem } from './problem.ts';
import { type Rate, RateLimit } from './rate-limit.ts';
import { BODY_BYTES_MAX } from './request-body.ts';
import { DEFAULT_ROLES, type Roles } from './roles.ts';
import type { GatewayKey } from './signing-key.ts';
import type { StaticFiles } from './static-files.ts';
import type { TokenEntry } from './tokens.ts';

export interface GatewayOptions {
  readonly holdpoint: HoldpointClient;
  readonly tokens: readonly TokenEntry[];
  /** How people log in. Left out: tokens alone come in. */
  readonly login?: LoginOptions;
  /** What those may who are logged in. */
  readonly roles?: Roles;
  /** Signs their decisions. Left out: nothing is signed. */
  readonly key?: GatewayKey;
  /** Left out: what only the evidence store knows is missing. */
  readonly evidence?: EvidenceReader;
  /** The inbox. Left out: no page is served. */
  readonly files?: StaticFiles;
  /** Decisions of one login or token. */
  readonly decideRate?: Rate;
  /** Where outcomes may be posted. Default: nowhere. */
  readonly callbackOrigins?: CallbackOrigins;
  /** Aborted when the gateway ends: what waits is answered with what is known. */
  readonly closing?: AbortSignal;
  /** Hears of every request once it is answered, and of who was shown what. */
  readonly log?: Partial<GatewayLog>;
}

export interface Gateway {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** The OpenAPI document. */
  readonly document: Readonly<Record<string, unknown>>;
  /** What is held open for browsers. */
  readonly load: () => { readonly streams: number };
}

const API_VERSION = '1';
/** More than anybody reads, and room for who clears a queue that they know. */
const DECIDE_RATE: Rate = { burst: 30, perMinute: 60 };

export function createGateway(options: GatewayOptions): Gateway {
  const { closing = new AbortController().signal, files } = options;
  const log = { ...NO_LOG, ...options.log };
  const streams = new Streams(closing);
  const access = accessOf(options);
  const endpoints = endpointsOf(options, { access, closing, log, streams });
  endpoints.push(documentEndpoint(() => document));
  const document = openApiDocument(endpoints, {
    version: API_VERSION,
    schemas: { GateRequest: gateRequestSchema, Gate: externalGateSchema, ...NAMED_SCHEMAS },
  });
  const app = new Hono<GatewayEnv>();
  app.use(logged(log));
  app.use(securityHeaders(() => options.login?.origins()[0]?.startsWith('https:') === true));
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: () => tooLarge().toResponse() }));
  for (const endpoint of endpoints) addEndpoint(app, endpoint, access);
  for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
    const methods = endpoints.filter((one) => one.path === path).map(({ method }) => method);
    app.all(routeOf(path), () => {
      throw notAllowed(methods);
    });
  }
  app.notFound((context) => fileOf(files, context.req.raw) ?? nothingHere().toResponse());
  app.onError((error) => problemOf(error).toResponse());
  return { fetch: app.fetch, document, load: () => ({ streams: streams.count }) };
}

function accessOf({ tokens, login, roles = DEFAULT_ROLES }: GatewayOptions): AccessOptions {
  return { tokens, roles, ...(login === undefined ? {} : { logins: new Logins(login) }) };
}

interface Wiring {
  readonly access: AccessOptions;
  readonly closing: AbortSignal;
  readonly log: GatewayLog;
  readonly streams: Streams;
}

function endpointsOf(
  options: GatewayOptions,
  { access, closing, log, streams }: Wiring,
): Endpoint[] {
  const { holdpoint, callbackOrigins = [], evidence, key, decideRate = DECIDE_RATE } = options;
  const { logins, roles } = access;
  return [
    ...gateEndpoints({ holdpoint, callbackOrigins, closing }),
    ...inboxEndpoints({
      parts: {
        holdpoint,
        feed: new PendingFeed(holdpoint, closing),
        streams,
        decideLimit: new RateLimit(decideRate),
        shown: log.shown,
        ...(evidence === undefined ? {} : { evidence }),
        ...(key === undefined ? {} : { key }),
      },
      login: {
        roles,
        hasEvidence: evidence !== undefined,
        ...(logins === undefined ? {} : { logins }),
        ...(key === undefined ? {} : { key }),
      },
      callerOf: async (context) => {
        const caller = await callerOf(access, context, { renews: true });
        if (caller !== undefined) context.set('caller', caller);
        return caller;
      },
    }),
    ...healthEndpoints(holdpoint, closing),
  ];
}

/** `/v1/gates/{id}` as the router writes it. */
function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function addEndpoint(app: Hono<GatewayEnv>, endpoint: Endpoint, access: AccessOptions): void {
  const { method, path, permission, handle } = endpoint;
  const isOnce = isForGetAlone(endpoint);
  app.on(method, routeOf(path), async (context) => {
    if (isOnce && context.req.method === 'HEAD') throw notAllowed([method]);
    if (permission !== undefined) {
      const asked = { permission, renews: !isStream(endpoint) };
      context.set('caller', await expectCaller(access, context, asked));
    }
    return handle(context);
  });
}

function isStream({ answers }: Route): boolean {
  return Object.values(answers).some(({ mediaType }) => mediaType === 'text/event-stream');
}

/** A HEAD is answered as the GET would be: of a stream it would never end, and of a login it would use up its code. */
function isForGetAlone(route: Route): boolean {
  return isStream(route) || (route.method === 'get' && route.path.startsWith('/auth/'));
}

function documentEndpoint(document: () => Gateway['document']): Endpoint {
  return {
    method: 'get',
    path: '/openapi.json',
    operationId: 'openapi',
    summary: 'This document.',
    answers: { 200: { description: 'OpenAPI 3.1' } },
    problems: [],
    handle: async (context) => context.json(document()),
  };
}

function healthEndpoints(holdpoint: HoldpointClient, closing: AbortSignal): readonly Endpoint[] {
  return [
    {
      method: 'get',
      path: '/livez',
      operationId: 'livez',
      summary: 'Whether the process answers.',
      answers: { 200: { description: 'It does.' } },
      problems: [],
      handle: async (context) => context.json({ status: 'alive' }),
    },
    {
      method: 'get',
      path: '/readyz',
      operationId: 'readyz',
      summary: 'Whether it can take work: Temporal answers, and it is not about to end.',
      answers: { 200: { description: 'It can.' } },
      problems: [],
      handle: async (context) => {
        if (closing.aborted) throw new Problem('UNREACHABLE', 'The gateway is about to end.');
        if (!(await holdpoint.isReachable())) throw unreachable();
        return context.json({ status: 'ready' });
      },
    },
  ];
}

function fileOf(files: StaticFiles | undefined, request: Request): Response | undefined {
  if (files === undefined || !['GET', 'HEAD'].includes(request.method)) return undefined;
  const { pathname } = new URL(request.url);
  // What programs ask for is no page, whatever they say that they take.
  return /^\/(?:v1|auth|\.well-known)\//.test(pathname)
    ? undefined
    : files.answer(request, pathname);
}

function logged(log: GatewayLog): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const from = performance.now();
    await next();
    const { error } = context;
    const isUnexpected = error !== undefined && problemOf(error).code === 'INTERNAL';
    log.request({
      method: context.req.method,
      route: context.req.routePath,
      status: context.res.status,
      ms: Math.round(performance.now() - from),
      ...subjectOf(context),
      ...(isUnexpected ? { error: error.name } : {}),
    });
  };
}

function subjectOf(context: GatewayContext): { readonly subject?: string } {
  const caller = context.get('caller') as Caller | undefined;
  return caller === undefined ? {} : { subject: caller.subject };
}

function problemOf(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (isUnanswered(error)) return unreachable();
  return new Problem(
    'INTERNAL',
    'The gateway failed at this. It is safe to send the same request again, under the same key or decisionId.',
  );
}

function nothingHere(): Problem {
  return new Problem('NOT_FOUND', 'There is nothing here. What there is: /openapi.json');
}

function unreachable(): Problem {
  return new Problem(
    'UNREACHABLE',
    'Temporal does not answer right now. It is safe to send the same request again, under the same key or decisionId.',
    { headers: { 'retry-after': '5' } },
  );
}

function tooLarge(): Problem {
  // The rest of it is not read, so the connection can't be used again.
  const headers = { connection: 'close' };
  return new Problem('TOO_LARGE', `A body has at most ${BODY_BYTES_MAX} bytes.`, { headers });
}

function notAllowed(methods: readonly Endpoint['method'][]): Problem {
  const allow = methods.map((method) => method.toUpperCase()).join(', ');
  return new Problem('METHOD_NOT_ALLOWED', `What can be done here: ${allow}.`, {
    headers: { allow },
  });
}
