import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mcpToolDescription,
  mcpToolDigest,
  type McpTool,
  mcpToolName,
  readMcpTool,
  visibleSchema,
} from '../../domain/mcp/tool-definition.ts';
import { isJson } from '../../domain/text/json.ts';

const TOOL: McpTool = {
  server: 'wiki',
  name: 'read_page',
  description: 'Reads a page.',
  inputSchema: { type: 'object', properties: { page: { type: 'string' } } },
  annotations: { readOnlyHint: true },
};
const { server: _server, ...RAW } = TOOL;

describe('the name of a tool', () => {
  test('is its server’s and its own where models take that', () => {
    expect(mcpToolName(TOOL)).toBe('wiki__read_page');
  });

  test.each([
    ['other letters', 'read.page', 'read_page', 'read/page'],
    ['more letters than fit', 'p'.repeat(80), `${'p'.repeat(80)}q`, 'p'.repeat(64)],
    ['characters that nobody sees', 'read\u202Epage', 'read\u200Bpage', 'read_page'],
  ])('with %s stays apart from those that look like it', (_what, ...names) => {
    const made = names.map((name) => mcpToolName({ server: 'wiki', name }));
    expect(new Set(made).size).toBe(names.length);
    for (const name of made) expect(name).toMatch(/^wiki__[A-Za-z0-9_-]{1,58}$/);
  });

  test('is one that models take, and another for another tool, whatever servers call theirs', () => {
    const name = fc.record({
      server: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,23}$/),
      name: fc.oneof(
        fc.string({ minLength: 1, unit: 'binary' }),
        fc.stringMatching(/^[a-z_]{1,4}$/),
      ),
    });
    fc.assert(
      fc.property(name, name, (one, other) => {
        const made = mcpToolName(one);
        expect(made).toMatch(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/);
        const isSame = one.server === other.server && one.name === other.name;
        expect(made === mcpToolName(other)).toBe(isSame);
      }),
    );
  });
});

describe('the digest of a definition', () => {
  test.each<[string, Partial<McpTool>]>([
    ['server', { server: 'other' }],
    ['name', { name: 'read_pages' }],
    ['description', { description: 'Reads a page. ' }],
    ['input schema', { inputSchema: { type: 'object' } }],
    ['annotations', { annotations: {} }],
  ])('changes with its %s', (_part, change) => {
    expect(mcpToolDigest({ ...TOOL, ...change })).not.toBe(mcpToolDigest(TOOL));
  });

  test('does not change with the order of its members', () => {
    const turned = JSON.parse(
      '{"annotations":{"readOnlyHint":true},"inputSchema":{"properties":{"page":{"type":"string"}},"type":"object"},"description":"Reads a page.","name":"read_page","server":"wiki"}',
    ) as McpTool;
    expect(mcpToolDigest(turned)).toBe(mcpToolDigest(TOOL));
  });
});

describe('an entry of a server’s list', () => {
  test('is read as it is, without what nothing goes by', () => {
    const raw = { ...RAW, title: 'Read', icons: [], outputSchema: { type: 'object' } };
    expect(readMcpTool('wiki', raw)).toEqual({ ok: true, tool: TOOL });
    expect(readMcpTool('wiki', { name: 'x', inputSchema: { type: 'object' } })).toMatchObject({
      tool: { description: '', annotations: {} },
    });
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /no name/],
    ['a name that is none', { ...RAW, name: 7 }, /no name/],
    ['a long name', { ...RAW, name: 'x'.repeat(201) }, /200 characters/],
    ['a description that is no text', { ...RAW, description: {} }, /description/],
    ['no schema', { ...RAW, inputSchema: undefined }, /input schema/],
    ['a schema of a list', { ...RAW, inputSchema: { type: 'array' } }, /input schema/],
    ['annotations that are a list', { ...RAW, annotations: [] }, /annotations/],
    ['a lone surrogate', { ...RAW, description: '\uD800' }, /surrogate/],
    ['__proto__', { ...RAW, annotations: JSON.parse('{"__proto__":1}') as unknown }, /__proto__/],
    ['1 MB', { ...RAW, description: 'x'.repeat(1_000_000) }, /65536 are allowed/],
  ])('with %s is no tool, and says why', (_what, raw, problem) => {
    const reading = readMcpTool('wiki', raw);
    expect(reading).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });

  test('never throws, whatever a server lists', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ ...anythingOf(RAW) })), (raw) => {
        const reading = readMcpTool('wiki', raw);
        if (reading.ok) expect(mcpToolDigest(reading.tool)).toHaveLength(64);
        else expect(reading.name.length).toBeLessThan(120);
      }),
    );
  });
});

function anythingOf(raw: object): Record<string, fc.Arbitrary<unknown>> {
  const members = Object.entries(raw).map(([key, value]) => [
    key,
    fc.oneof(fc.constant<unknown>(value), fc.anything()),
  ]);
  return Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>;
}

describe('the words of a server', () => {
  test('reach the model marked, bounded, and as the server’s', () => {
    const description = `Reads.\u202E\u001B[31m${'x'.repeat(10_000)}`;
    const told = mcpToolDescription({ ...TOOL, description });
    expect(told).toMatch(
      /^\[MCP server wiki\] Reads\.⟦U\+202E⟧⟦U\+001B⟧\[31mx+… \(\d+ more characters\)$/,
    );
    expect(mcpToolDescription({ ...TOOL, description: ' ' })).toContain('says nothing');
  });

  test('in a schema are marked, and names, patterns and values are not touched', () => {
    const hidden = 'a\u200Bb';
    const schema = {
      type: 'object',
      title: hidden,
      description: hidden,
      properties: {
        description: { type: 'string', description: hidden, enum: [hidden], pattern: hidden },
        [hidden]: { const: { description: hidden } },
      },
      required: [hidden],
    };
    expect(isJson(schema)).toBe(true);
    const marked = 'a⟦U+200B⟧b';
    expect(visibleSchema(schema)).toEqual({
      ...schema,
      title: marked,
      description: marked,
      properties: {
        ...schema.properties,
        description: { ...schema.properties.description, description: marked },
      },
    });
  });
});
