/** An endpoint: a route, and what handles it. */
import type { Context } from 'hono';
import type { Route } from './api/route.ts';
import type { Caller } from './caller.ts';

/** `caller`: who asks; there wherever the endpoint asks for a permission. */
export interface GatewayEnv {
  readonly Variables: { caller: Caller };
}

export type GatewayContext = Context<GatewayEnv>;

export interface Endpoint extends Route {
  readonly handle: (context: GatewayContext) => Promise<Response>;
}
