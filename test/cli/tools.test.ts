/** `holdpoint tools`: what MCP servers offer, what changed, and approving it, with a real server. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { runCommandLine } from '../../cli/program.ts';
import { type Definition, wikiCommand, wikiFolder, type WikiFolder } from '../support/mcp-wiki.ts';

const READ: Definition = {
  name: 'read_page',
  description: 'Reads a page.',
  inputSchema: { type: 'object' },
  annotations: { readOnlyHint: true },
};
const DELETE: Definition = { ...READ, name: 'delete_page', annotations: {} };
const LARGE: Definition = { ...READ, name: 'large', description: 'x'.repeat(100_000) };

let folder: WikiFolder;
let config: string;
let configs = 0;
beforeAll(async () => {
  folder = await wikiFolder([READ, DELETE, LARGE]);
  config = await configWith([{ name: 'wiki', ...wikiCommand(folder) }]);
});
afterAll(async () => folder.remove());

async function configWith(mcpServers: unknown): Promise<string> {
  // Another file each time: a module is loaded once.
  configs += 1;
  const path = join(folder.path, `${configs}.config.mjs`);
  const model = { model: { name: 'none' }, confidenceModel: { name: 'none' } };
  const source = { tools: [], mcpServers, model, policy: 'policy.json' };
  const policy = { name: 'p', version: '1', tools: { wiki__read_page: { readOnly: true } } };
  await writeFile(join(folder.path, 'policy.json'), JSON.stringify(policy));
  await writeFile(path, `export default ${JSON.stringify(source)};`);
  return path;
}

async function tools(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const code = await runCommandLine(['tools', '--config', config, ...args], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    environment: {},
  });
  return { code, out, err };
}

test('shows what nobody has approved, whole, and says how to', async () => {
  const { code, out, err } = await tools();
  expect(code).toBe(EXIT.failed);
  expect(out).toContain('wiki__read_page  new, counts as irreversible');
  expect(out).toContain('says: "Reads a page."');
  expect(out).toContain('calls itself: {"readOnlyHint":true}');
  expect(err).toContain('large is left out: its definition has');
  expect(err).toContain('holdpoint tools --approve wiki__read_page wiki__delete_page');
});

test('approves one by name, into a file of its own beside the configuration', async () => {
  const { code, err } = await tools('--approve', 'wiki__read_page');
  expect(code).toBe(EXIT.failed);
  expect(err).toContain('approved in holdpoint.mcp-lock.json: wiki__read_page');
  const lock = await readFile(join(folder.path, 'holdpoint.mcp-lock.json'), 'utf8');
  expect(Object.keys((JSON.parse(lock) as { servers: { wiki: object } }).servers.wiki)).toEqual([
    'read_page',
  ]);
  expect((await tools()).out).toContain('wiki__read_page  approved, counts as read');
});

test('approves all, and is content from then on', async () => {
  expect((await tools('--approve', 'all')).code).toBe(EXIT.done);
  const { code, out } = await tools();
  expect(code).toBe(EXIT.done);
  expect(out).toMatch(
    /^wiki__read_page {2}approved, counts as read, \w{12}\nwiki__delete_page {2}approved, counts as irreversible, \w{12}\n$/,
  );
});

test('shows what changed and what is gone, with what can not be seen marked', async () => {
  await folder.define([{ ...READ, description: 'Reads.\u202E\u001B[2J' }]);
  const { code, out, err } = await tools();
  expect(code).toBe(EXIT.failed);
  expect(out).toContain('wiki__read_page  changed, counts as irreversible');
  expect(out).toContain('description: was "Reads a page.", is "Reads.⟦U+202E⟧\\u001b[2J"');
  expect(out).not.toContain('\u202E');
  expect(err).toContain('wiki__delete_page: approved, and no longer there');
});

test('refuses a name that is not there, and a lock that was changed by hand', async () => {
  expect(await tools('--approve', 'wiki__other')).toMatchObject({
    code: EXIT.failed,
    err: expect.stringContaining('There are: wiki__read_page'),
  });
  const path = join(folder.path, 'holdpoint.mcp-lock.json');
  const lock = await readFile(path, 'utf8');
  await writeFile(path, lock.replace('Reads a page.', 'Reads all pages.'));
  const { code, err } = await tools();
  expect(code).toBe(EXIT.failed);
  expect(err).toContain('wiki: delete_page: its digest is not that of its definition');
  await writeFile(path, lock);
});

test.each<[string, unknown, string]>([
  ['no list', { name: 'wiki' }, 'mcpServers has to be a list'],
  [
    'a name that tools can not begin with',
    [{ name: 'my_wiki', command: 'x' }],
    'use 1 to 24 letters',
  ],
  [
    'one name twice',
    [
      { name: 'a', command: 'x' },
      { name: 'A', command: 'x' },
    ],
    'the name A is taken',
  ],
  ['neither command nor url', [{ name: 'a' }], '{ name, command, args?, env?, cwd? }'],
  ['no URL', [{ name: 'a', url: 'file:///x' }], 'must be an http or https URL'],
  [
    'a server that can not be reached',
    [{ name: 'away', url: 'http://127.0.0.1:1/' }],
    'MCP server away: fetch failed',
  ],
])('a configuration with %s says so, and the way out', async (_what, servers, problem) => {
  config = await configWith(servers);
  const { code, err } = await tools();
  expect(code).not.toBe(EXIT.done);
  expect(err).toContain(problem);
});
