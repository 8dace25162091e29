import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createToolRegistry } from '../../activities/tool-registry.ts';
import { OWN_ACTIVITY_NAMES } from '../../domain/activities.ts';
import { defineTool, type Tool } from '../../activities/tool.ts';

function named(name: string, more: Partial<Tool> = {}): Tool {
  return {
    name,
    description: `Does ${name}`,
    input: z.object({ id: z.string() }),
    execute: () => null,
    ...more,
  };
}

/** A tool as a plain JavaScript file may declare it. */
function untyped(more: Record<string, unknown>): Tool {
  return { ...named('refund'), ...more };
}

describe('a tool registry', () => {
  test('finds tools by exact name alone', () => {
    const refund = named('refund');
    const registry = createToolRegistry([refund, named('search')]);
    expect(registry.find('refund')).toBe(refund);
    expect(registry.find('Refund')).toBeUndefined();
    expect(registry.find('constructor')).toBeUndefined();
    expect(registry.names).toEqual(['refund', 'search']);
  });

  test('takes tools of different inputs together', () => {
    const count = defineTool({
      name: 'count',
      description: 'Counts',
      input: z.object({ from: z.number().default(1) }),
      value: (args) => args.from,
      execute: (args) => args.from + 1,
    });
    const greet = defineTool({
      name: 'greet',
      description: 'Greets',
      input: z.object({ name: z.string() }),
      execute: async (args) => `Hello ${args.name}`,
    });
    expect(createToolRegistry([count, greet]).names).toEqual(['count', 'greet']);
  });

  test('describes what a model may send, not what the schema makes of it', () => {
    const input = z.object({
      id: z.string().describe('Number of the order'),
      reason: z.string().default('none'),
    });
    const [description] = createToolRegistry([named('refund', { input })]).descriptions;
    expect(description).toEqual({
      name: 'refund',
      description: 'Does refund',
      inputSchema: {
        type: 'object',
        properties: {
          id: { type: 'string', description: 'Number of the order' },
          reason: { type: 'string', default: 'none' },
        },
        required: ['id'],
      },
    });
  });

  test.each([
    ['a duplicate', ['refund', 'refund'], 'taken by the tool refund'],
    ['a case-twin', ['refund', 'Refund'], 'taken by the tool refund'],
    ['a case-twin of an own activity', ['MODELTURN'], "Holdpoint's own activity modelTurn"],
    ['a name that models refuse', ['refund money'], 'use 1 to 64 letters'],
  ])('refuses %s', (_case, names, message) => {
    expect(() => createToolRegistry(names.map((name) => named(name)))).toThrow(message);
  });

  test.each(OWN_ACTIVITY_NAMES)('refuses the name of its own activity %s', (name) => {
    expect(() => createToolRegistry([named(name)])).toThrow(`Tool ${name}: the name is taken by`);
  });

  test.each([
    ['no description', { description: ' ' }, 'description: must say what the tool does'],
    [
      'an unknown reversibility (H10)',
      { reversibility: 'mostly' },
      'reversibility: Invalid option',
    ],
    [
      'a read-only tool that is not reversible',
      { readOnly: true, reversibility: 'irreversible' },
      'changes nothing',
    ],
    ['a truthy word for read-only', { readOnly: 'yes' }, 'readOnly: '],
    ['no execute', { execute: undefined }, 'execute: must be a function'],
    ['a value that is no function', { value: 100 }, 'value: must be a function'],
    ['no time at all', { timeoutMs: 0 }, 'timeoutMs: '],
    ['a schema of another library', { input: { type: 'object' } }, 'must be a schema of zod 4'],
    ['an input that is no object', { input: z.string() }, 'Wrap it: z.object'],
    [
      'a union at the top',
      { input: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]) },
      'Wrap it: z.object',
    ],
    [
      'an input that JSON can not hold',
      { input: z.object({ at: z.date() }) },
      'z.iso.datetime() instead of z.date()',
    ],
  ])('refuses a tool with %s', (_case, more, message) => {
    expect(() => createToolRegistry([untyped(more)])).toThrow(message);
  });
});
