/** The examples for agents that are no workflows, as they would be run: Python and curl, against a real gateway. */
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayWorld, openGatewayWorld } from '../gateway/gateway-world.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { performed } from '../support/processes.ts';
import { describeWith, type Skip, skip } from '../support/skip.ts';
import { until } from '../support/until.ts';

let gateway: GatewayWorld;
beforeAll(async () => {
  gateway = await openGatewayWorld();
});
afterAll(async () => gateway.close());

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: string, ...args: readonly string[]): Promise<Run> {
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    PATH,
    HOME,
    HOLDPOINT_GATEWAY_URL: gateway.url,
    HOLDPOINT_GATEWAY_TOKEN: gateway.token,
  };
  return new Promise((resolve) => {
    execFile(command, [...args], { env }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

const EXAMPLES = [
  [
    'gate.py',
    async (branch: string) =>
      run(
        'python3',
        'examples/http/gate.py',
        'delete_branch',
        JSON.stringify({ branch }),
        'Merged.',
      ),
  ],
  [
    'gate.sh',
    async (branch: string) =>
      run(
        'bash',
        'examples/http/gate.sh',
        JSON.stringify({ actionType: 'delete_branch', arguments: { branch } }),
      ),
  ],
] as const;

/** The session in whose gate this text stands. */
async function sessionWith(text: string): Promise<string> {
  return until('the gate in the list', async () => {
    for await (const { sessionId, gates } of gateway.world.holdpoint.everyPending()) {
      if (gates.some(({ description }) => description.includes(text))) return sessionId;
    }
    return undefined;
  });
}

describeWith('an agent without Temporal', programs(), () => {
  describe.each(EXAMPLES)('%s', (_name, ask) => suite(ask));

  test('asks by the lines of the guide, and waits for a person', async () => {
    const branch = randomUUID();
    const lines = filledIn(pageFence('docs/guides/agents-not-on-temporal.md#ask'), {
      'http://127.0.0.1:8234': gateway.url,
      'hp_…': gateway.token,
      'release-1': branch,
    });
    const asking = performed(lines);
    const id = await sessionWith(branch);
    const gate = await gateway.world.oneGate(id);
    expect(gate.agentReason).toBe('It is merged.');
    await gateway.world.decide(id, gate, { decision: 'approved' });
    expect(await asking).toContain(branch);
  });

  test('is told what is wrong with a request, and tries it once', async () => {
    const python = await run('python3', 'examples/http/gate.py', 'delete branch', '{}', '');
    expect([python.code, python.stderr]).toEqual([1, expect.stringContaining('MALFORMED')]);
  });
});

function programs(): object | Skip {
  try {
    for (const program of ['python3', 'curl', 'bash']) execFileSync(program, ['--version']);
    return {};
  } catch (error) {
    return skip(`python3, curl or bash is missing: ${String(error)}`);
  }
}

function suite(ask: (typeof EXAMPLES)[number][1]): void {
  test('waits for a person, over a restart of the gateway, and ends with what may run', async () => {
    const branch = randomUUID();
    const running = ask(branch);
    const id = await sessionWith(branch);
    await gateway.stop();
    await gateway.restart();
    const gate = await gateway.world.oneGate(id);
    const modifications = { branch: 'another' };
    await gateway.world.decide(id, gate, { decision: 'modified', modifications });
    const { code, stdout, stderr } = await running;
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('Traceback')]);
    expect(stdout).toContain('another');
    expect(stdout).not.toContain(branch);
  });

  test('ends with 1 where it is rejected', async () => {
    const branch = randomUUID();
    const running = ask(branch);
    const id = await sessionWith(branch);
    const gate = await gateway.world.oneGate(id);
    await gateway.world.decide(id, gate, { decision: 'rejected', rationale: 'not this one' });
    const { code, stdout, stderr } = await running;
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toContain('not this one');
  });
}
