/** An endpoint: a route, and what handles it. */
import type { Context } from 'hono';
import type { Route } from './api/route.ts';
import type { TokenEntry } from './tokens.ts';

/** `caller`: whose token it is; there wherever the endpoint asks for a permission. */
export interface GatewayEnv {
  readonly Variables: { caller: TokenEntry };
}

export type GatewayContext = Context<GatewayEnv>;

export interface Endpoint extends Route {
  readonly handle: (context: GatewayContext) => Promise<Response>;
}
