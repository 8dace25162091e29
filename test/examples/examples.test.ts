/**
 * The examples, as a newcomer runs them: processes of their own, to their end. What they must show is read from what
 * they printed and from nothing else.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { modelServer } from '../support/model-server.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { endAll, performed } from '../support/processes.ts';
import { performAtTerminal } from '../support/terminal.ts';

const run = promisify(execFile);
const DEMO = 'dist/examples/customer-desk/demo.js';

afterAll(endAll);

test('the tool and policy of the README run: a small refund goes through without a person', async () => {
  const { stdout } = await run('node', ['dist/examples/ten-lines/agent.js'], { timeout: 60_000 });
  expect(stdout).toContain("status: 'completed'");
  expect(stdout).toContain('auto_proceeded: refund → auto');
  expect(stdout).toContain('executed: refund → executed');
});

test('the tools of an MCP server run: its read passes, and what it says destroys waits for a person', async () => {
  const { stdout } = await run('node', ['dist/examples/mcp-tools/demo.js'], { timeout: 60_000 });
  expect(stdout).toContain("status: 'completed'");
  expect(stdout).toContain('auto_proceeded: notes__read_notes → auto');
  expect(stdout).toContain('approved: notes__remove_note → approved (reviewer: rita)');
  expect(stdout).toContain('executed: notes__remove_note → executed');
  expect(stdout).not.toContain('not approved');
});

test('an agent hands work to another, whose gate stands under it and is not for it to decide (H6)', async () => {
  const { stdout } = await run('node', ['dist/examples/sub-agents/demo.js'], { timeout: 60_000 });
  expect(stdout).toContain('1 listed, 1 shown');
  expect(stdout).toContain('cleaner wants: ');
  expect(stdout).toContain('clerk: refused SELF_APPROVAL');
  expect(stdout).toContain('rita: decided');
  expect(stdout).toContain("status: 'completed'");
  expect(stdout).toContain('child_ended: clean_up → ended');
  expect(stdout).toContain('executed: delete_record → executed');
});

describe.each(['ai-sdk-agent', 'openai-agents'])('the demo of %s', (example) => {
  const demo = `dist/examples/${example}/demo.js`;
  const [settings = '', build, ...demos] = pageFence('docs/guides/agent-frameworks.md#run').split(
    '\n',
  );

  // It bundles the framework first.
  test(
    'H1: looks up, waits for Rita and pays once, with a model over HTTP',
    { timeout: 120_000 },
    async () => {
      const model = await modelServer();
      model.serve(
        { calls: [{ id: 'c-1', name: 'findOrders', argumentsText: '{"customer":"ada"}' }] },
        {
          calls: [
            { id: 'c-2', name: 'refundOrder', argumentsText: '{"order":"o-7","amount":120}' },
          ],
        },
        { text: 'Ada has her money.' },
      );
      // The build of the page is that of the run's set-up.
      expect(build).toBe('npm run build');
      const set = filledIn(settings, {
        'https://api.openai.com/v1': model.baseUrl,
        'OPENAI_MODEL=…': 'OPENAI_MODEL=served',
        'OPENAI_API_KEY=…': 'OPENAI_API_KEY=a-key',
      });
      const stdout = await performed(`${set}\n${demos.find((line) => line.includes(example))}`);
      expect(stdout).toContain('Rita approves: RefundOrder: order = "o-7", amount = 120');
      expect(stdout).toContain('Ada has her money.');
      expect(stdout).toContain("refunds: [ { order: 'o-7', amount: 120 } ]");
      expect(stdout).toContain('approved: refundOrder → approved (reviewer: rita)');
      expect(stdout).toContain('executed: refundOrder → executed');
      await model.close();
    },
  );

  test('its workflow does not name Holdpoint', () => {
    const source = readFileSync(`examples/${example}/workflows.ts`, 'utf8').toLowerCase();
    const [, ...code] = source.split('*/');
    expect(code.join()).not.toContain('holdpoint');
  });

  test('without a model it says what to set', async () => {
    const { OPENAI_BASE_URL: _address, ...env } = process.env;
    await expect(run('node', [demo], { env })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('OPENAI_BASE_URL'),
    });
  });
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
  expect(stdout).toContain('importRows → "rows up to 20; told: leave out 7"');
  expect(stdout).toMatch(/importRows took [2-9] runs, and asked 0 times/);
  expect(stdout).toContain('renewAll → "20 renewed"');
  expect(stdout).toMatch(/renewAll took [2-9] runs, and asked 20 times/);
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

  test('by the line of the README asks at a terminal, and ends when its reader says so', async () => {
    // CI has begun with `npm ci`.
    const line = filledIn(pageFence('README.md#demo'), { 'npm ci && ': '' });
    const { see, type, ended } = performAtTerminal(line, {});
    for (const what of ['action', 'action', 'action', 'answer']) {
      await see(new RegExp(`A gate waits \\(${what}\\)`), 60_000);
      await see(/\[m\]odify/);
      type('a');
    }
    await see(/The session has ended/);
    await see(/Enter ends the demo/);
    type('');
    expect(await ended).toBe(0);
  }, 120_000);

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
