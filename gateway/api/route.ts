/**
 * A route as data: what the router needs and what the OpenAPI document says of it are made of the same, so that nothing
 * is served that is not described.
 */
import type { z } from 'zod';
import type { ProblemCode } from '../problem.ts';
import type { Permission } from './me.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: true;
  readonly values?: readonly string[];
}

export interface RouteAnswer {
  readonly description: string;
  /** Left out: no JSON. */
  readonly schema?: z.ZodType;
  /** Default: `application/json` where there is a schema. */
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** As OpenAPI writes it: `/v1/gates/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Of the login or the token. Left out: nobody has to say who they are. */
  readonly permission?: Permission;
  readonly parameters?: readonly Parameter[];
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  readonly problems: readonly ProblemCode[];
}
