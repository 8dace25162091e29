/** `holdpoint policy check` and `doctor`: who may decide, where nobody can, and whose signatures count. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { commandLine } from './command-line.ts';

const POLICY = `
name: desk
version: '3'
people:
  alice: { accounts: [alice@example.com], groups: [desk] }
  bob: { groups: [desk] }
  mona: { groups: [managers] }
agents:
  refunds-bot: { owner: bob }
tiers:
  - name: async_review
    route: the desk
    groups: [desk]
    quorum: QUORUM
    respondWithinMs: 3600000
    remindAfterMs: 600000
    repeat: 3
    escalateAfterMs: 1800000
    onNoResponse: escalate
    escalateTo: escalation
  - name: synchronous_gate
    route: whoever is there
    reviewers: anyone
    respondWithinMs: 300000
    onNoResponse: reject
  - name: escalation
    route: managers
    groups: [managers]
    proof: signed
    respondWithinMs: 90000
    onNoResponse: reject
`;

let folder: string;
let home: NodeJS.ProcessEnv;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-policy-'));
  home = { HOME: folder };
});
afterAll(async () => rm(folder, { recursive: true }));

async function written(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('policy check', () => {
  test('says who may decide at each tier, by person, what it takes, and its clock', async () => {
    const path = await written('policy.yaml', POLICY.replace('QUORUM', '1'));
    const { code, out } = await commandLine(['policy', 'check', path]);
    expect(code).toBe(EXIT.done);
    expect(out).toContain(
      'async_review: the desk\n  may decide those in desk\n  that is    alice, bob',
    );
    expect(out).toContain('it takes   1 person, CLAIMED: nothing proves who decides');
    expect(out).toContain(
      'reminded every 10 min, 3 times at most; after 30 min escalation is asked as well; after 1 h on to escalation',
    );
    expect(out).toContain('it takes   1 person, signed');
    expect(out).toContain('after 90 s it does not run');
  });

  test('raises an alarm where too few people are left, or none can sign', async () => {
    const path = await written('alarm.yaml', POLICY.replace('QUORUM', '2'));
    const keys = await written('keys.json', '{"keys":[]}');
    const { code, out, err } = await commandLine(['policy', 'check', path, '--keys', keys]);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain(
      'ALARM      async_review takes 2, and without bob, who owns refunds-bot, 1',
    );
    expect(err).toContain('escalation takes signed decisions, and no key counts');
    await commandLine(['keys', 'new', '--as', 'mona', '--kid', 'mona'], home);
    await commandLine(['keys', 'trust', keys, 'mona'], home);
    const shown = await commandLine(['--json', 'policy', 'check', path, '--keys', keys]);
    const [found, error] = shown.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { tiers, alarms } = found as { tiers: unknown[]; alarms: string[] };
    expect(error).toMatchObject({ error: { code: 'FAILED', message: alarms[0] } });
    expect(tiers[2]).toMatchObject({ name: 'escalation', able: ['mona'], proof: 'signed' });
    expect(alarms).toHaveLength(1);
  });

  test('names everything that is wrong in a policy', async () => {
    const path = await written(
      'wrong.yaml',
      POLICY.replace('QUORUM', '99').replace('mona:', 'alice@example.com:'),
    );
    const { code, err } = await commandLine(['policy', 'check', path]);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('tiers[0].quorum');
    const none = await commandLine(['policy', 'check', join(folder, 'none.yaml')]);
    expect(none.code).toBe(EXIT.usage);
  });
});

describe('doctor', () => {
  interface Finding {
    readonly name: string;
    readonly status: string;
    readonly found: string;
    readonly mend?: string;
  }
  const doctor = async (
    config: object,
    environment: NodeJS.ProcessEnv,
  ): Promise<readonly Finding[]> => {
    const model = { model: { name: 'none' }, confidenceModel: { name: 'none' } };
    // Another file each time: a module is loaded once.
    const name = `${crypto.randomUUID()}.config.mjs`;
    const source = { tools: [], model, policy: 'doctor.yaml', ...config };
    const path = await written(name, `export default ${JSON.stringify(source)};`);
    const args = ['--json', '--address', inject('temporalAddress'), 'doctor', '--config', path];
    const { out } = await commandLine(args, { ...home, ...environment });
    return out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
  };
  const named = (findings: readonly Finding[], name: string): Finding | undefined =>
    findings.find((one) => one.name === name);

  test('finds missing what the policy asks for, and then what it is given', async () => {
    await written('doctor.yaml', POLICY.replace('QUORUM', '1'));
    expect(named(await doctor({}, {}), 'trusted keys')).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('escalation'),
      mend: expect.stringContaining('holdpoint keys new'),
    });
    await commandLine(['keys', 'new', '--as', 'mona', '--kid', 'doctor'], home);
    await commandLine(['keys', 'trust', join(folder, 'doctor.json'), 'doctor'], home);
    expect(named(await doctor({ keys: 'doctor.json' }, {}), 'trusted keys')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('1 count'),
    });
    const elsewhere = { HOLDPOINT_TRUSTED_KEYS: join(folder, 'none.json') };
    expect(named(await doctor({ keys: 'doctor.json' }, elsewhere), 'trusted keys')).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('none.json'),
    });
  });

  test('looks at the directory, where the policy leaves people to one', async () => {
    await written('doctor.yaml', "name: d\nversion: '1'\npeople: directory\n");
    expect(named(await doctor({}, {}), 'directory')).toMatchObject({ status: 'missing' });
    await written('people.json', '{"people":{}}');
    expect(named(await doctor({ directory: 'people.json' }, {}), 'directory')).toMatchObject({
      status: 'ok',
    });
  });
});
