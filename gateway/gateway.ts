/**
 * The gateway as a function from requests to answers: routes, login, limits, and what becomes of an error. It opens no
 * port (serve.ts does) and reads no environment.
 */
import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { isUnanswered } from '../client/answers.ts';
import type { HoldpointClient } from '../client/holdpoint-client.ts';
import type { CallbackOrigins } from '../domain/gate/callback.ts';
import { externalGateSchema, gateRequestSchema } from '../domain/schema/external-gate.ts';
import type { Endpoint, GatewayEnv } from './endpoint.ts';
import { gateEndpoints } from './gates.ts';
import { openApiDocument } from './openapi.ts';
import { Problem } from './problem.ts';
import { BODY_BYTES_MAX } from './request-body.ts';
import { entryOf, SCOPE_OF, type TokenEntry } from './tokens.ts';

export interface GatewayOptions {
  readonly holdpoint: HoldpointClient;
  readonly tokens: readonly TokenEntry[];
  /** Where outcomes may be posted. Default: nowhere. */
  readonly callbackOrigins?: CallbackOrigins;
  /** Aborted when the gateway ends: what waits is answered with what is known. */
  readonly closing?: AbortSignal;
  /** Hears of every request once it is answered. */
  readonly log?: (request: GatewayRequest) => void;
}

/** Ids, names and numbers: nothing of what was sent. */
export interface GatewayRequest {
  readonly method: string;
  /** The route, not the address. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly subject?: string;
  /** The name of an error that nobody expected. */
  readonly error?: string;
}

export interface Gateway {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** The OpenAPI document. */
  readonly document: Readonly<Record<string, unknown>>;
}

const API_VERSION = '1';

export function createGateway(options: GatewayOptions): Gateway {
  const { holdpoint, callbackOrigins = [], closing = new AbortController().signal } = options;
  const endpoints: Endpoint[] = [...gateEndpoints({ holdpoint, callbackOrigins, closing })];
  endpoints.push(...ownEndpoints(holdpoint, closing, () => document));
  const document = openApiDocument(endpoints, {
    version: API_VERSION,
    schemas: { GateRequest: gateRequestSchema, Gate: externalGateSchema },
  });
  const app = new Hono<GatewayEnv>();
  app.use(logged(options));
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    }),
  );
  app.use(async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
  });
  app.use(bodyLimit({ maxSize: BODY_BYTES_MAX, onError: () => tooLarge().toResponse() }));
  for (const endpoint of endpoints) addEndpoint(app, endpoint, options.tokens);
  for (const path of new Set(endpoints.map((endpoint) => endpoint.path))) {
    const methods = endpoints.filter((one) => one.path === path).map(({ method }) => method);
    app.all(routeOf(path), () => {
      throw notAllowed(methods);
    });
  }
  app.notFound(() =>
    new Problem('NOT_FOUND', 'There is nothing here. What there is: /openapi.json').toResponse(),
  );
  app.onError((error) => problemOf(error).toResponse());
  return { fetch: app.fetch, document };
}

/** `/v1/gates/{id}` as the router writes it. */
function routeOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function addEndpoint(
  app: Hono<GatewayEnv>,
  { method, path, permission, handle }: Endpoint,
  tokens: readonly TokenEntry[],
): void {
  app.on(method, routeOf(path), async (context) => {
    if (permission !== undefined) {
      const scope = SCOPE_OF[permission];
      const caller = entryOf(tokens, context.req.header('authorization'));
      if (caller === undefined) throw unauthenticated();
      if (!caller.scopes.includes(scope)) {
        throw new Problem('SCOPE_MISSING', `This token has no scope ${scope}.`);
      }
      context.set('caller', caller);
    }
    return handle(context);
  });
}

function ownEndpoints(
  holdpoint: HoldpointClient,
  closing: AbortSignal,
  document: () => Gateway['document'],
): readonly Endpoint[] {
  return [
    {
      method: 'get',
      path: '/openapi.json',
      operationId: 'openapi',
      summary: 'This document.',
      answers: { 200: { description: 'OpenAPI 3.1' } },
      problems: [],
      handle: async (context) => context.json(document()),
    },
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

function logged({ log = () => undefined }: GatewayOptions): MiddlewareHandler<GatewayEnv> {
  return async (context, next) => {
    const from = performance.now();
    await next();
    const { error } = context;
    const caller = context.get('caller') as TokenEntry | undefined;
    const isUnexpected = error !== undefined && problemOf(error).code === 'INTERNAL';
    log({
      method: context.req.method,
      route: context.req.routePath,
      status: context.res.status,
      ms: Math.round(performance.now() - from),
      ...(caller === undefined ? {} : { subject: caller.subject }),
      ...(isUnexpected ? { error: error.name } : {}),
    });
  };
}

function problemOf(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (isUnanswered(error)) return unreachable();
  return new Problem(
    'INTERNAL',
    'The gateway failed at this. It is safe to send the same request again, under the same key.',
  );
}

function unauthenticated(): Problem {
  return new Problem('UNAUTHENTICATED', 'Send the header Authorization: Bearer and your token.', {
    headers: { 'www-authenticate': 'Bearer realm="holdpoint"' },
  });
}

function unreachable(): Problem {
  return new Problem(
    'UNREACHABLE',
    'Temporal does not answer right now. It is safe to send the same request again, under the same key.',
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
