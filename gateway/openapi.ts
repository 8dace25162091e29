/** The OpenAPI 3.1 document of a list of endpoints; its schemas are the ones that requests are read with. */
import { z } from 'zod';
import type { Endpoint, EndpointAnswer, Parameter } from './endpoint.ts';
import { PROBLEM_TYPE, type ProblemCode, PROBLEMS, problemSchema } from './problem.ts';

type Node = Readonly<Record<string, unknown>>;

/** Schemas that stand in the document once, by name. */
export type NamedSchemas = Readonly<Record<string, z.ZodType>>;

/** What any request may be answered, beside its own problems. */
const ALWAYS: readonly ProblemCode[] = ['INTERNAL', 'UNREACHABLE'];
const WITH_TOKEN: readonly ProblemCode[] = ['UNAUTHENTICATED', 'SCOPE_MISSING'];

export function openApiDocument(
  endpoints: readonly Endpoint[],
  { version, schemas }: { readonly version: string; readonly schemas: NamedSchemas },
): Node {
  const named = { ...schemas, Problem: problemSchema };
  const refer = (schema: z.ZodType): Node => {
    const name = Object.entries(named).find(([, known]) => known === schema)?.[0];
    return name === undefined ? jsonSchema(schema) : { $ref: `#/components/schemas/${name}` };
  };
  const paths: Record<string, Record<string, Node>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method]: operation(endpoint, refer),
    };
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
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

type Refer = (schema: z.ZodType) => Node;

function operation(endpoint: Endpoint, refer: Refer): Node {
  const { operationId, summary, scope, parameters, body, answers } = endpoint;
  return {
    operationId,
    summary,
    security: scope === undefined ? [] : [{ token: [] }],
    ...(scope === undefined ? {} : { description: `Needs the scope \`${scope}\`.` }),
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
      ...problems(endpoint, refer),
    },
  };
}

function parameter({ required, ...rest }: Parameter): Node {
  return { ...rest, required: required === true, schema: { type: 'string' } };
}

function answer({ description, schema, headers }: EndpointAnswer, refer: Refer): Node {
  return {
    description,
    ...(schema === undefined ? {} : { content: { 'application/json': { schema: refer(schema) } } }),
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

function problems({ problems: own, scope }: Endpoint, refer: Refer): Node {
  const byStatus: Record<number, ProblemCode[]> = {};
  for (const code of [...own, ...(scope === undefined ? [] : WITH_TOKEN), ...ALWAYS]) {
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
