/** `holdpoint kill` on a real server, with no gateway running: what it prints, and its exit codes. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT, EXIT_OF_REFUSAL } from '../../cli/exit-codes.ts';
import { runCommandLine } from '../../cli/program.ts';
import type { KillReport } from '../../client/index.ts';
import { keyLeaked } from '../../examples/kill-switch/key-leaked.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { endAll, performed, PROGRAMS } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { AGENT, openWorld, type World } from '../support/world.ts';

const WHY = ['--reason', 'it deletes too much'];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await endAll();
  await world.close();
});

async function holdpoint(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const at = ['--address', inject('temporalAddress'), '--task-queue', world.taskQueue];
  const code = await runCommandLine([...at, ...args], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    environment: { HOLDPOINT_USER: 'olga' },
  });
  return { code, out, err };
}

/** A session whose deletion is at work until it is let go. */
async function atWork(): Promise<{ readonly session: string; readonly release: () => void }> {
  const id = `record ${Math.random()}`;
  const release = world.desk.holdBack(id);
  const call = { name: 'delete_record', arguments: { id } };
  const session = await world.start({ turns: [{ calls: [call] }, { text: 'Done.' }] });
  await world.decide(session, await world.oneGate(session), {});
  await until('the deletion is at work', () => world.desk.executionsOf(session).length === 1);
  return { session, release };
}

describe('kill', () => {
  test('H7: says since when it stands, lists each session until it is quiet, and is lifted by what it says', async () => {
    const { session, release } = await atWork();
    const early = await holdpoint('kill', '--agent', AGENT, ...WHY, '--within', '3');
    expect(early.code).toBe(EXIT.notQuiet);
    expect(early.out).toMatch(
      new RegExp(`^killed: ${AGENT}, since \\d{4}-.*Z, by the workers of ${world.taskQueue}\\n`),
    );
    expect(early.out).toContain(
      `not quiet  ${session}  ${AGENT}  cancel taken  in flight: delete_record\n`,
    );
    expect(early.out).toContain('1 session: 0 quiet, 1 not quiet, 0 unknown');
    const kills = await holdpoint('kills');
    expect(kills).toMatchObject({ code: EXIT.done });
    expect(kills.out).toMatch(new RegExp(`^${AGENT}  since .*  by olga: it deletes too much\n$`));

    release();
    await world.holdpoint.result(session).catch(() => undefined);
    const later = await holdpoint('--json', 'kill', '--agent', AGENT, ...WHY);
    expect(later.code).toBe(EXIT.done);
    const report = JSON.parse(later.out) as KillReport;
    expect(report).toMatchObject({ isQuiet: true, answers: [{ status: 'stored' }] });

    const command = /npx holdpoint (kill --lift .*) --reason WHY/.exec(early.out)?.[1] ?? '';
    const lifted = await holdpoint(...command.split(' '), ...WHY);
    expect(lifted).toMatchObject({ code: EXIT.done });
    expect(lifted.out).toMatch(new RegExp(`^lifted: ${AGENT}, since `));
    expect((await holdpoint('kills')).out).toBe('no kill stands\n');
  });

  test('H7: of all where nothing runs is quiet; lifting another kill than the one that stands leaves it', async () => {
    const killed = await holdpoint('kill', '--all', ...WHY);
    expect(killed).toMatchObject({ code: EXIT.done });
    expect(killed.out).toContain('no session of all agents was found');
    const other = await holdpoint('kill', '--lift', '--agent', AGENT, ...WHY);
    expect(other.out).toContain('; 1 in force: npx holdpoint kills');
    expect((await holdpoint('kills')).out).toMatch(/^all agents {2}since/);
    expect((await holdpoint('kill', '--lift', '--all', ...WHY)).code).toBe(EXIT.done);
  });

  test('H7: that no worker takes up is not acknowledged, said loudly, and no success', async () => {
    const alone = ['--task-queue', `nobody-${Math.random()}`];
    const killed = await holdpoint(...alone, 'kill', '--all', ...WHY, '--within', '1');
    expect(killed.code).toBe(EXIT.unknown);
    expect(killed.out).toContain('NOT ACKNOWLEDGED (unacknowledged): No worker of the task queue');
    const lifted = await holdpoint(...alone, 'kill', '--lift', '--all', ...WHY, '--within', '1');
    expect(lifted.code).toBe(EXIT.unknown);
    // The client says what it waited for, and ends: where nobody answers it is not known what stands.
    const both = ['kill', '--all', ...WHY, '--within', '1', '--queue', 'nobody'];
    expect((await holdpoint(...both)).code).toBe(EXIT.unknown);
    expect((await holdpoint('kill', '--lift', '--all', ...WHY)).code).toBe(EXIT.done);
  });

  test('where Temporal does not answer nobody knows, and it says so', async () => {
    const said = await holdpoint('--address', '127.0.0.1:1', 'kill', '--all', ...WHY);
    expect(said.code).toBe(EXIT.unreachable);
  });

  test.each([
    ['nobody', [...WHY]],
    ['two things', ['--agent', AGENT, '--all', ...WHY]],
    ['no reason', ['--all']],
    ['no time', ['--all', ...WHY, '--within', '0']],
  ])('that names %s is wrong usage', async (_what, words) => {
    expect((await holdpoint('kill', ...words)).code).toBe(EXIT.usage);
    expect((await holdpoint('kills')).out).toBe('no kill stands\n');
  });

  test('of an agent that has no name is refused', async () => {
    const said = await holdpoint('kill', '--agent', ' ', ...WHY);
    expect(said.code).toBe(EXIT_OF_REFUSAL.MALFORMED);
    expect(said.out).toContain('refused (MALFORMED): The order agentId must not begin');
  });
});

describe('the guide', () => {
  const own = (lines: string): Promise<string> =>
    performed(
      filledIn(lines, { 'npx holdpoint': `npx holdpoint --task-queue ${world.taskQueue}` }),
      {
        env: { PATH: PROGRAMS, TEMPORAL_ADDRESS: inject('temporalAddress') },
      },
    );

  test('kills an agent and all by its lines, lists what stands, and lifts the one that it names', async () => {
    const killed = await own(pageFence('docs/guides/kill-switch.md#kill'));
    expect(killed).toMatch(/^killed: desk, since /);
    expect(killed).toContain('\nkilled: all agents, since ');
    const lifted = await own(pageFence('docs/guides/kill-switch.md#lift'));
    expect(lifted).toMatch(/^desk {2}since .* by olga: it deletes too much$/m);
    expect(lifted).toMatch(/^lifted: desk, since .*; 1 in force/m);
    expect((await holdpoint('kill', '--lift', '--all', ...WHY)).code).toBe(EXIT.done);
  });

  test('kills in a program as long as a key is the one that leaked', async () => {
    let standing: unknown;
    const paged: unknown[] = [];
    await keyLeaked(world.holdpoint, {
      page: (...what) => paged.push(what),
      rotateKey: async () => {
        standing = await world.holdpoint.kills();
      },
    });
    expect(standing).toMatchObject({ kills: [{ agentId: 'desk', reason: 'key leaked' }] });
    expect(paged).toEqual([]);
    expect((await holdpoint('kills')).out).toBe('no kill stands\n');
  });
});
