import { describe, expect, test } from 'vitest';
import { approve, EMPTY_LOCK, standingNote, standingOf } from '../../domain/mcp/approval.ts';
import type { McpTool } from '../../domain/mcp/tool-definition.ts';
import { readMcpLock } from '../../domain/schema/mcp-lock.ts';
import { pageFence } from '../support/pages.ts';
import { isVisible } from '../../domain/text/visible-text.ts';

const TOOL: McpTool = {
  server: 'wiki',
  name: 'read_page',
  description: 'Reads a page.',
  inputSchema: { type: 'object', properties: { page: { type: 'string' } }, required: ['page'] },
  annotations: { readOnlyHint: true },
};
const LOCK = approve(EMPTY_LOCK, [TOOL]);

function noteOf(change: Partial<McpTool>): string {
  const tool = { ...TOOL, ...change };
  return standingNote(tool, standingOf(LOCK, tool)) ?? '';
}

describe('a tool', () => {
  test('that stands in the lock as it is is approved, and needs no note', () => {
    expect(standingOf(LOCK, TOOL)).toEqual({ status: 'approved' });
    expect(noteOf({})).toBe('');
  });

  test.each<[string, Partial<McpTool>]>([
    ['of another name', { name: 'read_pages' }],
    ['of another server', { server: 'other' }],
    ['of a name that every object has', { server: 'constructor', name: 'toString' }],
  ])('%s is new', (_what, change) => {
    expect(standingOf(LOCK, { ...TOOL, ...change })).toEqual({ status: 'new' });
  });

  test('that changed says in which parts first, then how', () => {
    const properties = { page: { type: 'number' }, copy: { type: 'string' } };
    const inputSchema = { type: 'object', properties, additionalProperties: false };
    const annotations = { readOnlyHint: false };
    expect(noteOf({ description: 'Reads, and sends.', inputSchema, annotations })).toBe(
      'The tool "read_page" of the MCP server wiki has changed since it was approved: description, input schema, annotations (holdpoint tools). ' +
        'description: was "Reads a page.", is "Reads, and sends."; ' +
        'input schema: copy is new: {"type":"string"}; ' +
        'input schema: page was {"type":"string"}, is {"type":"number"}; ' +
        'input schema: additionalProperties is new: false; ' +
        'input schema: required is gone; ' +
        'annotations: readOnlyHint was true, is false',
    );
  });

  test('that changed says so in the words of the guide', () => {
    const tool = { ...TOOL, server: 'notes', name: 'remove_note', description: 'Removes a note.' };
    const inputSchema = { type: 'object', properties: { author: { type: 'string' } } };
    const before = { ...tool, inputSchema: { ...inputSchema, properties: {} } };
    const now = { ...tool, inputSchema, description: 'Removes a note and tells its author.' };
    const note = standingNote(now, standingOf(approve(EMPTY_LOCK, [before]), now));
    const shown = pageFence('docs/guides/mcp-tools.md#changed').replaceAll('\n', ' ');
    expect(shown).toBe(`Why now: ${note}`);
  });

  test('shows its words in a note with what can not be seen marked, and not without end', () => {
    const description = `\u202E\u001B[2J${'x'.repeat(50_000)}`;
    for (const note of [noteOf({ description }), noteOf({ name: 'new', description })]) {
      expect(isVisible(note)).toBe(true);
      expect(note).toContain('\\u001b[2J');
      expect(note.length).toBeLessThan(1_050);
    }
  });
});

describe('the lock', () => {
  test('keeps what it had, and replaces what is approved again', () => {
    const other = { ...TOOL, name: 'list' };
    const changed = { ...TOOL, description: 'Reads.' };
    const lock = approve(approve(LOCK, [other]), [changed]);
    expect([TOOL, other, changed].map((tool) => standingOf(lock, tool).status)).toEqual([
      'changed',
      'approved',
      'approved',
    ]);
  });

  test('comes back from its file as it was', () => {
    expect(readMcpLock(JSON.parse(JSON.stringify(LOCK)))).toEqual(LOCK);
  });

  test.each<[string, unknown, RegExp]>([
    ['another version', { ...LOCK, version: 2 }, /version/],
    ['no servers', { version: 1 }, /servers/],
    ['more than it has', { ...LOCK, more: 1 }, /more/],
    [
      'a definition under the digest of another',
      JSON.parse(JSON.stringify(LOCK).replace('Reads a page.', 'Reads it all.')),
      /wiki: read_page: its digest is not that of its definition/,
    ],
  ])('with %s approves nothing', (_what, raw, problem) => {
    expect(() => readMcpLock(raw)).toThrow(problem);
  });
});
