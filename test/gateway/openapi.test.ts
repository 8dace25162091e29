/** The OpenAPI document: valid, whole, and what the page and the schemas say. */
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { HoldpointClient } from '../../client/index.ts';
import { createGateway, createToken, readTokens } from '../../gateway/index.ts';
import { PROBLEMS } from '../../gateway/problem.ts';
import { gateRequestSchema } from '../../domain/schema/external-gate.ts';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties: object }>>;
  };
}
interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, object>>;
}

const PAGE = readFileSync('docs/reference/http-api.md', 'utf8');
let client: HoldpointClient;
let document: Document;
beforeAll(async () => {
  client = await HoldpointClient.connect({ address: inject('temporalAddress') });
  const gateway = createGateway({ holdpoint: client, tokens: [createToken('ci').entry] });
  const response = await gateway.fetch(new Request('http://gateway/openapi.json'));
  document = (await response.json()) as Document;
});
afterAll(async () => client.close());

const routes = (): readonly string[] =>
  Object.entries(document.paths)
    .flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    .toSorted();

describe('/openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate({ ...structuredClone(document) });
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
    const broken = { ...structuredClone(document), paths: { gates: {} } };
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  test('has every field of a request, with what it means', () => {
    const { properties } = document.components.schemas['GateRequest'] ?? { properties: {} };
    expect(Object.keys(properties)).toEqual(Object.keys(gateRequestSchema.shape));
    for (const property of Object.values(properties))
      expect(property).toHaveProperty('description');
  });

  test('and the page name the same routes', () => {
    const onPage = [...PAGE.matchAll(/^\| `([A-Z]+ \/[^`]*)` \|/gm)].map(([, route = '']) => route);
    expect(onPage.toSorted()).toEqual(routes());
    expect(routes()).toContain('POST /v1/gates');
  });

  test('and the page has every code of a problem, with its status', () => {
    const rows = [...PAGE.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)];
    expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).toEqual(
      PROBLEMS,
    );
  });
});

describe('a file of tokens', () => {
  const { token, entry } = createToken('ci');

  test('holds no token, only what recognizes it', () => {
    expect(readTokens(JSON.stringify([entry]))).toEqual([entry]);
    expect(JSON.stringify(entry)).not.toContain(token.slice(3));
  });

  test.each([
    ['is no JSON', 'hp_x', 'no JSON'],
    ['is empty', '[]', 'at least one token'],
    ['holds a token itself', JSON.stringify([{ ...entry, sha256: token }]), '0.sha256'],
    ['knows no such scope', JSON.stringify([{ ...entry, scopes: ['all'] }]), '0.scopes'],
    ['has a field that nothing reads', JSON.stringify([{ ...entry, expires: 1 }]), 'expires'],
  ])('that %s is refused, and says where', (_what, file, named) => {
    expect(() => readTokens(file)).toThrow(named);
  });
});
