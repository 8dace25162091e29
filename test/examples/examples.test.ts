/**
 * The examples, as a newcomer runs them: processes of their own, to their end. What they must show is read from what
 * they printed and from nothing else.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const DEMO = 'dist/examples/customer-desk/demo.js';

test('the tool and policy of the README run: a small refund goes through without a person', async () => {
  const { stdout } = await run('node', ['dist/examples/ten-lines/agent.js'], { timeout: 60_000 });
  expect(stdout).toContain("status: 'completed'");
  expect(stdout).toContain('auto_proceeded: refund → auto');
  expect(stdout).toContain('executed: refund → executed');
});

test('the README shows them as they are', () => {
  const source = readFileSync('examples/ten-lines/agent.ts', 'utf8');
  const [, shown = ''] = /README begins\n(.*?)\n\/\/ README ends/s.exec(source) ?? [];
  expect(shown).not.toBe('');
  expect(readFileSync('README.md', 'utf8')).toContain(shown);
});

test('the tools of an MCP server run: its read passes, and what it says destroys waits for a person', async () => {
  const { stdout } = await run('node', ['dist/examples/mcp-tools/demo.js'], { timeout: 60_000 });
  expect(stdout).toContain("status: 'completed'");
  expect(stdout).toContain('auto_proceeded: notes__read_notes → auto');
  expect(stdout).toContain('approved: notes__remove_note → approved (reviewer: rita)');
  expect(stdout).toContain('executed: notes__remove_note → executed');
  expect(stdout).not.toContain('not approved');
});

test('the guide to MCP tools shows its configuration as it is', () => {
  const source = readFileSync('examples/mcp-tools/holdpoint.config.ts', 'utf8');
  const [, shown = ''] = /Guide begins\n.*?\n(.*?)\n\/\/ Guide ends/s.exec(source) ?? [];
  expect(shown).toContain('mcpServers');
  expect(readFileSync('docs/guides/mcp-tools.md', 'utf8')).toContain(shown);
});

test('a workflow that knows nothing of Holdpoint runs with the plugin: it ships what is approved, and undoes what is not', async () => {
  const { stdout } = await run('node', ['dist/examples/plugin/demo.js'], { timeout: 120_000 });
  expect(stdout).toContain('{"status":"shipped"}');
  expect(stdout).toContain('{"status":"undone","why":"ActionRejected"}');
  expect(stdout).toMatch(/web-shop: refused, SELF_APPROVAL/);
  expect(stdout).toContain('auto_proceeded: chargeCard → auto');
  expect(stdout).toContain('2: 900 paid back');
  expect(stdout).not.toContain('shipped to unknown');
  const [workflow, desk] = ['workflows', 'desk'].map((name) =>
    readFileSync(`examples/plugin/${name}.ts`, 'utf8'),
  );
  expect(workflow).not.toMatch(/from '(holdpoint|.*holdpoint)/);
  expect(desk).not.toMatch(/from '(holdpoint|.*holdpoint)/);
});

test('each thing that createHoldpoint offers runs in a workflow of its own', async () => {
  const demo = 'dist/examples/own-workflow/demo.js';
  const { stdout } = await run('node', [demo], { timeout: 120_000 });
  expect(stdout).toContain('payInvoice → "wired 100 to acme"');
  expect(stdout).toMatch(/closeAccount → "kept: A reviewer rejected .*it is in use/);
  expect(stdout).toContain('wireAll → ["a-1: executed","a-2: executed"]');
  expect(stdout).toContain('chooseSupplier → "south"');
  expect(stdout).toContain('answerCustomer → "confident: It comes on Monday."');
  expect(stdout).toContain('answerCustomer → "modified: It comes on Tuesday."');
  expect(stdout).toContain('importRows is paused, in flight: 0');
  expect(stdout).toContain('importRows → "rows up to 20; told: row 7 is new"');
  expect(stdout).toMatch(/importRows took [2-9] runs/);
});

/** What a file shows between `WHERE: name begins` and `WHERE: name ends`, or plainly `WHERE begins`; not indented. */
function regionsOf(file: string, where: string): readonly string[] {
  const marks = new RegExp(`// ${where}(: \\w+)? begins\\n(.*?)\\n\\s*// ${where}\\1 ends`, 'gs');
  return [...readFileSync(file, 'utf8').matchAll(marks)].map(([, , shown = '']) => {
    const [indent = ''] = /^ */.exec(shown) ?? [];
    return shown.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
  });
}

describe.each([
  ['docs/guides/plugin.md', 'examples/plugin', ['README', 'Guide']],
  ['docs/guides/your-own-workflow.md', 'examples/own-workflow', ['Guide']],
])('%s', (page, folder, marks) => {
  const files = readdirSync(folder).map((name) => `${folder}/${name}`);
  const regions = files.flatMap((file) => marks.flatMap((where) => regionsOf(file, where)));
  const text = readFileSync(page, 'utf8');

  test('shows what the example marks, as it is, and no other code', () => {
    expect(regions.length).toBeGreaterThan(2);
    const blocks = [...text.matchAll(/```ts\n(.*?)\n```/gs)].map(([, block]) => block);
    expect(blocks.toSorted()).toEqual(regions.toSorted());
  });

  test('names its example', () => expect(text).toContain(folder));
});

test('the README shows the line of the plugin as it is', () => {
  const [shown = 'none'] = regionsOf('examples/plugin/worker.ts', 'README');
  expect(readFileSync('README.md', 'utf8')).toContain(shown);
});

describe('npm run demo', () => {
  test('-- --auto tells the whole story and ends with exit code 0 within 60 s', async () => {
    const { stdout } = await run('node', [DEMO, '--auto'], { timeout: 60_000 });
    const report = stdout.slice(stdout.indexOf('Audit trail for session'));
    const lines = report.split('\n').map((line) => line.replace(/^\[.*?\] /, ''));
    expect(lines).toEqual(
      expect.arrayContaining([
        'auto_proceeded: search_customers → auto',
        'approved: refund_order → approved (reviewer: rita)',
        'paused: session → paused (reviewer: olga)',
        'modified: delete_record → modified (reviewer: rita)',
        'modified: answer → modified (reviewer: rita)',
        'ended: session → ended',
      ]),
    );
    // While paused the decision was taken and nothing ran; the wrong record survived, the duplicate is gone.
    expect(stdout).toContain('paused, in flight: 0, refunds paid: 0');
    expect(stdout).toContain('customers: cus-17, cus-55');
    expect(stdout).toContain('refunds: ord-1042 240');
    expect(stdout).toContain('mail: Your refund for ord-1042 → ada@customer.example');
    expect(stdout).toMatch(
      /Temporal UI\n\s+http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/session-/,
    );
  });

  test('says what it can do, and refuses what it does not know', async () => {
    const help = await run('node', [DEMO, '--help']);
    expect(help.stdout).toContain('--auto');
    await expect(run('node', [DEMO, '--fast'])).rejects.toMatchObject({ code: 2 });
  });

  test('without a terminal it says how to go on', async () => {
    const asked = run('node', [DEMO]);
    asked.child.stdin?.end();
    await expect(asked).rejects.toMatchObject({
      code: 2,
      stdout: expect.stringContaining('--auto'),
    });
  });
});
