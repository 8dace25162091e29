/**
 * An endpoint as data: what the router needs, and what the OpenAPI document says of it. Both are made of the same list,
 * so that nothing is served that is not described.
 */
import type { Context } from 'hono';
import type { z } from 'zod';
import type { ProblemCode } from './problem.ts';
import type { Scope, TokenEntry } from './tokens.ts';

/** `caller`: whose token it is; there wherever the endpoint asks for a scope. */
export interface GatewayEnv {
  readonly Variables: { caller: TokenEntry };
}

export type GatewayContext = Context<GatewayEnv>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: true;
}

export interface EndpointAnswer {
  readonly description: string;
  /** Left out: no JSON. */
  readonly schema?: z.ZodType;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly method: 'get' | 'post' | 'delete';
  /** As OpenAPI writes it: `/v1/gates/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Left out: no token is asked for. */
  readonly scope?: Scope;
  readonly parameters?: readonly Parameter[];
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, EndpointAnswer>>;
  readonly problems: readonly ProblemCode[];
  readonly handle: (context: GatewayContext) => Promise<Response>;
}
