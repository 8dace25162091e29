/** The OpenAPI 3.1 document of a list of routes; its schemas are the ones that requests are read with. */
import { z } from 'zod';
import { LOGIN_COOKIE } from './api/me.ts';
import type { Parameter, Route, RouteAnswer } from './api/route.ts';
import { PROBLEM_TYPE, type ProblemCode, PROBLEMS, problemSchema } from './problem.ts';
import { SCOPE_OF } from './tokens.ts';

type Node = Readonly<Record<string, unknown>>;

/** Schemas that stand in the document once, by name. */
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/** What any request may be answered, beside its own problems. */
const ALWAYS: readonly ProblemCode[] = ['INTERNAL', 'UNREACHABLE'];
const WITH_PERMISSION: readonly ProblemCode[] = [
  'UNAUTHENTICATED',
  'SCOPE_MISSING',
  'ROLE_MISSING',
];
/** Of a browser that is logged in: a request that its own page did not make. */
const CHANGING: readonly ProblemCode[] = ['CROSS_SITE', 'UNSUPPORTED_MEDIA_TYPE'];
/** And a parameter that there is not. */
const READING: readonly ProblemCode[] = ['CROSS_SITE', 'MALFORMED'];

export function openApiDocument(
  routes: readonly Route[],
  { version, schemas }: { readonly version: string; readonly schemas: NamedSchemas },
): Node {
  const named = { ...schemas, Problem: problemSchema };
  const refer = (schema: z.ZodType): Node => {
    const name = Object.entries(named).find(([, known]) => known === schema)?.[0];
    return name === undefined ? jsonSchema(schema) : { $ref: `#/components/schemas/${name}` };
  };
  const paths: Record<string, Record<string, Node>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route, refer) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdpoint',
      version,
      description: 'Human control for AI agents: ask whether an action may be done.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(named).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        login: { type: 'apiKey', in: 'cookie', name: LOGIN_COOKIE },
      },
    },
  };
}

type Refer = (schema: z.ZodType) => Node;

function operation(route: Route, refer: Refer): Node {
  const { operationId, summary, permission, parameters, body, answers } = route;
  return {
    operationId,
    summary,
    security: permission === undefined ? [] : [{ token: [] }, { login: [] }],
    ...(permission === undefined
      ? {}
      : {
          description: `Needs the scope \`${SCOPE_OF[permission]}\`, or a login that may \`${permission}\`.`,
        }),
    ...(parameters === undefined ? {} : { parameters: parameters.map(parameter) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: refer(body) } } },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, one]) => [status, answer(one, refer)]),
      ),
      ...problems(route, refer),
    },
  };
}

function parameter({ required, values, ...rest }: Parameter): Node {
  const schema = { type: 'string', ...(values === undefined ? {} : { enum: values }) };
  return { ...rest, required: required === true, schema };
}

function answer(
  { description, schema, mediaType = 'application/json', headers }: RouteAnswer,
  refer: Refer,
): Node {
  const isBare = schema === undefined && mediaType === 'application/json';
  const content = { schema: schema === undefined ? { type: 'string' } : refer(schema) };
  return {
    description,
    ...(isBare ? {} : { content: { [mediaType]: content } }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, said]) => [
              name,
              { description: said, schema: { type: 'string' } },
            ]),
          ),
        }),
  };
}

/** Every "no" that a route may answer with. */
export function problemCodesOf({
  problems: own,
  permission,
  method,
}: Route): readonly ProblemCode[] {
  const asked = permission === undefined ? [] : WITH_PERMISSION;
  const changing = permission === undefined || method === 'get' ? [] : CHANGING;
  const reading = permission !== undefined && method === 'get' ? READING : [];
  return [...new Set([...own, ...asked, ...changing, ...reading, ...ALWAYS])];
}

function problems(route: Route, refer: Refer): Node {
  const byStatus: Record<number, ProblemCode[]> = {};
  for (const code of problemCodesOf(route)) {
    byStatus[PROBLEMS[code]] = [...(byStatus[PROBLEMS[code]] ?? []), code];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, codes]) => [
      status,
      {
        description: codes.join(', '),
        content: { [PROBLEM_TYPE]: { schema: refer(problemSchema) } },
      },
    ]),
  );
}

/** What only code can check (`refine`) is left out; what it means stands in descriptions and lengths. */
function jsonSchema(schema: z.ZodType): Node {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  });
  return rest;
}
