/**
 * Recorded calls through the policy, on a real server: what was approved ran once with the approved arguments, what was
 * modified with the modified ones, nothing else ran, no read was gated; and history, query and evidence tell the same.
 *
 * Over the τ²-bench retail tasks where they are (beside the repository, whose they are not), else over a few of our own.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { choose, type DecisionMode, readDecisionMode } from '../../cli/rehearse/decisions.ts';
import { type RehearsedTask, rehearse } from '../../cli/rehearse/rehearse.ts';
import { type CallLine, summaryOf } from '../../cli/rehearse/tally.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { HoldpointClient } from '../../client/index.ts';
import { type AuditEvent, verifyChain } from '../../domain/index.ts';
import { QUERIES } from '../../domain/messages.ts';
import { type RecordedTasks, recordedTasksSchema } from '../../domain/schema/recorded-tasks.ts';
import { startRehearsal } from '../../workers/rehearsal.ts';
import { commandLine } from './command-line.ts';

const RETAIL = '../shared/data/tau2/retail.json';
const OWN = 'test/cli/recorded.json';
const FILE = existsSync(RETAIL) ? RETAIL : OWN;
const PATIENCE_MS = 4 * 60_000;

async function readRecorded(file: string): Promise<RecordedTasks> {
  return recordedTasksSchema.parse(JSON.parse(await readFile(file, 'utf8')));
}

/** Every task, with what history, query and evidence say of its session. */
async function rehearsed(
  recorded: RecordedTasks,
  mode: DecisionMode,
): Promise<readonly CallLine[]> {
  const rehearsal = await startRehearsal({
    recorded,
    isSilent: mode.kind === 'none',
    progress: () => {},
  });
  const { address, namespace, taskQueue, evidence } = rehearsal.embedded;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const holdpoint = new HoldpointClient({ client, taskQueue });
  const done: RehearsedTask[] = [];
  try {
    await rehearse({ ...rehearsal, holdpoint }, recorded.tasks, {
      mode,
      done: (task) => done.push(task),
    });
    for (const { sessionId, task } of done) {
      expect(await limitsOf(client, sessionId), sessionId).toMatchObject({
        stepsMax: task.actions.length + 1,
        toolCallsMax: Math.max(1, task.actions.length),
      });
      const history = (await holdpoint.auditTrail(sessionId)).map(({ event }) => event);
      expect(verifyChain(history)).toBeUndefined();
      expect(history.at(-1)?.eventType).toBe('ended');
      const asked = await client.workflow
        .getHandle(sessionId)
        .query<readonly AuditEvent[]>(QUERIES.auditTrail);
      expect(asked).toEqual(history);
      const [session] = await evidence.sessions(sessionId);
      const stored = session === undefined ? [] : await evidence.events(session);
      expect(stored.map(({ event }) => event)).toEqual(history);
    }
  } finally {
    await connection.close();
    await rehearsal.embedded.close();
  }
  expect(done).toHaveLength(recorded.tasks.length);
  return done.flatMap(({ lines }) => lines);
}

/** Those of the policy that a session runs under, as its first turn brought it. */
async function limitsOf(client: Client, sessionId: string): Promise<unknown> {
  const { events = [] } = await client.workflow.getHandle(sessionId).fetchHistory();
  const [turn] = (events ?? []).flatMap((event) => {
    const { result } = event.activityTaskCompletedEventAttributes ?? {};
    return result?.payloads?.map(({ data }) => Buffer.from(data ?? []).toString()) ?? [];
  });
  return (JSON.parse(turn ?? '{}') as { policy?: { limits: unknown } }).policy?.limits;
}

const REVIEWER = 'rehearsal-reviewer';
const LINE = [
  'task',
  'call',
  'name',
  'arguments',
  'gateLevel',
  'tier',
  'outcome',
  'decidedBy',
  'executions',
  'executedArguments',
];
const SUMMARY = [
  'tasks',
  'calls',
  'gated',
  'approved',
  'modified',
  'rejected',
  'expired',
  'executed',
  'sessionsPerSecond',
];

interface Rehearsed {
  readonly recorded: RecordedTasks;
  readonly mode: DecisionMode;
}

function expectTrue(line: CallLine, { recorded, mode }: Rehearsed): void {
  const tool = recorded.tools.find(({ name }) => name === line.name);
  const where = `${line.task}/${line.call}`;
  expect(Object.keys(line), where).toEqual(LINE);
  if (tool?.type !== 'WRITE') expect(line.tier ?? 'automated', where).toBe('automated');
  const { task, call, arguments: payload } = line;
  const choice = choose(mode, { task, call, payload });
  const ran = { executions: 1, executedArguments: payload };
  switch (line.outcome) {
    case 'auto_proceeded':
      expect(line, where).toMatchObject({ ...ran, tier: 'automated', decidedBy: null });
      return;
    case 'approved':
      expect(choice?.decision, where).toBe('approved');
      expect(line, where).toMatchObject({ ...ran, decidedBy: REVIEWER });
      return;
    case 'modified':
      expect(choice?.decision, where).toBe('modified');
      expect(line, where).toMatchObject({
        executions: 1,
        executedArguments: { ...payload, ...choice?.modifications },
        decidedBy: REVIEWER,
      });
      expect(line.executedArguments, where).not.toEqual(payload);
      return;
    default: {
      const decidedBy = line.outcome === 'rejected' ? REVIEWER : null;
      expect(line, where).toMatchObject({ executions: 0, executedArguments: null, decidedBy });
    }
  }
}

const OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  approve: ['approved'],
  reject: ['rejected'],
  none: ['expired'],
  'random:1': ['approved', 'modified', 'rejected'],
};

describe('recorded calls', () => {
  test.each(Object.keys(OUTCOMES))(
    'with --decisions %s: each ran as it was decided, and every trail agrees',
    async (words) => {
      const recorded = await readRecorded(FILE);
      if (FILE === RETAIL) {
        expect(recorded.tasks).toHaveLength(114);
        expect(recorded.tasks.flatMap(({ actions }) => actions)).toHaveLength(550);
      }
      const mode = readDecisionMode(words) ?? { kind: 'none' };
      const lines = await rehearsed(recorded, mode);
      expect(lines).toHaveLength(recorded.tasks.flatMap(({ actions }) => actions).length);
      for (const line of lines) expectTrue(line, { recorded, mode });
      const gated = lines.filter(({ tier }) => tier !== null && tier !== 'automated');
      const outcomes = [...new Set(gated.map(({ outcome }) => outcome))].toSorted();
      expect(outcomes).toEqual(OUTCOMES[words]);
      const { calls, executed } = summaryOf(lines, { tasks: recorded.tasks.length, tookMs: 1 });
      expect({ calls, executed }).toEqual({
        calls: lines.length,
        executed: lines.filter(({ executions }) => executions > 0).length,
      });
    },
    PATIENCE_MS,
  );
});

describe('by lot', () => {
  const mode = { kind: 'random', seed: '1' } as const;
  const payload = { order: 'o-1', amount: 3, urgent: true, items: ['a', 'b'], note: null };
  const lots = Array.from({ length: 3_000 }, (_none, call) =>
    choose(mode, { task: `t${call % 100}`, call, payload }),
  );

  test.each(['approved', 'modified', 'rejected'])('a third is %s', (decision) => {
    const share = lots.filter((lot) => lot?.decision === decision).length / lots.length;
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.37);
  });

  test('a modification changes one argument to another value of its type, each of them at times', () => {
    const changed = lots.flatMap((lot) => Object.entries(lot?.modifications ?? {}));
    const modified = lots.filter((lot) => lot?.decision === 'modified');
    expect(changed).toHaveLength(modified.length);
    // Of what is null there is no other value.
    expect(new Set(changed.map(([name]) => name))).toEqual(
      new Set(['order', 'amount', 'urgent', 'items']),
    );
    for (const [name, value] of changed) {
      const before = payload[name as keyof typeof payload];
      expect(value).not.toEqual(before);
      expect([typeof value, Array.isArray(value)]).toEqual([typeof before, Array.isArray(before)]);
    }
  });

  test('the same seed, task and call decide alike, and each of them counts', () => {
    const decisions = (seed: string, task: string): readonly unknown[] =>
      Array.from({ length: 30 }, (_none, call) =>
        choose({ kind: 'random', seed }, { task, call, payload }),
      );
    expect(decisions('1', 'a')).toEqual(decisions('1', 'a'));
    const said = [decisions('1', 'a'), decisions('2', 'a'), decisions('1', 'b')].map((one) =>
      JSON.stringify(one),
    );
    expect(new Set(said).size).toBe(3);
    const [first, ...others] = decisions('1', 'a').map((one) => JSON.stringify(one));
    expect(others.some((one) => one !== first)).toBe(true);
  });

  test('the order of arguments does not count, and nothing to change is approved', () => {
    const turned = Object.fromEntries(Object.entries(payload).toReversed());
    for (let call = 0; call < 30; call += 1) {
      const at = { task: 'a', call };
      const chosen = choose(mode, { ...at, payload });
      expect(choose(mode, { ...at, payload: turned })).toEqual(chosen);
      const empty = choose(mode, { ...at, payload: {} });
      expect(empty?.decision).toBe(chosen?.decision === 'rejected' ? 'rejected' : 'approved');
    }
  });
});

/** What a rehearsal has not: a group, a quorum, proof, channels, a directory. */
const POLICY = `
name: rooms
version: '3'
people: directory
tiers:
  - { name: async_review, route: queue, reviewers: anyone, respondWithinMs: 60000, onNoResponse: reject }
  - { name: synchronous_gate, route: now, reviewers: [rita], respondWithinMs: 60000, onNoResponse: reject }
  - { name: escalation, route: manager, reviewers: anyone, respondWithinMs: 60000, onNoResponse: reject }
  - name: desk
    route: the desk
    groups: [desk]
    quorum: 2
    proof: signed
    notify: [nowhere]
    respondWithinMs: 60000
    onNoResponse: reject
rules:
  - { name: rooms, tier: desk, when: { tools: [find_room] } }
tools:
  find_room: { reversibility: irreversible, allowedModifications: [nothing] }
  book_room: { reversibility: reversible }
`;

describe('holdpoint rehearse', () => {
  test(
    'prints a line for each call and a summary, the same in every run',
    async () => {
      const words = ['--json', 'rehearse', OWN, '--decisions', 'random:5'];
      const [first, second] = [await commandLine(words), await commandLine(words)];
      expect(first.code).toBe(EXIT.done);
      const read = ({ out }: { out: string }): readonly Record<string, unknown>[] =>
        out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      const lines = read(first);
      const summary = lines.at(-1) ?? {};
      expect(summary).toMatchObject({ tasks: 5, calls: 7, gated: 4 });
      expect(Object.keys(summary)).toEqual(SUMMARY);
      for (const line of lines.slice(0, -1)) expect(Object.keys(line)).toEqual(LINE);
      // The call whose arguments do not fit goes back to the model, and meets no policy.
      expect(lines.find(({ task }) => task === 'e')).toMatchObject({
        outcome: 'not_reached',
        tier: null,
        executions: 0,
      });
      // Sessions end in any order.
      const calls = (said: { out: string }): ReadonlySet<string> =>
        new Set(said.out.trim().split('\n').slice(0, -1));
      expect(calls(second)).toEqual(calls(first));
    },
    PATIENCE_MS,
  );

  test(
    'takes a team’s policy, who decides and notices left out: what it gates, and in which tier',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'holdpoint-rehearsed-'));
      const file = join(folder, 'policy.yaml');
      await writeFile(file, POLICY);
      const { code, out, err } = await commandLine([
        '--json',
        'rehearse',
        OWN,
        '--policy',
        file,
        '--decisions',
        'random:4',
      ]);
      await rm(folder, { recursive: true });
      expect([code, err.includes('can not')]).toEqual([EXIT.done, false]);
      const lines = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as CallLine);
      const at = (task: string, call: number) =>
        lines.find((line) => line.task === task && line.call === call);
      // A tool that reads goes by the policy where that names it.
      expect(at('a', 0)).toMatchObject({ tier: 'desk', gateLevel: 'mandatory_review' });
      expect(at('c', 0)).toMatchObject({ tier: 'automated', outcome: 'auto_proceeded' });
      expect(at('a', 1)).toMatchObject({ tier: 'automated', outcome: 'auto_proceeded' });
      expect(at('b', 2)).toMatchObject({ tier: 'synchronous_gate', decidedBy: REVIEWER });
      // Its modification is one that the policy does not allow.
      const mode = { kind: 'random', seed: '4' } as const;
      const found = { task: 'a', call: 0, payload: at('a', 0)?.arguments ?? {} };
      expect(choose(mode, found)?.decision).toBe('modified');
      expect(at('a', 0)).toMatchObject({
        outcome: 'approved',
        executedArguments: { day: 'Monday', people: 6 },
      });
    },
    PATIENCE_MS,
  );

  test('a policy that is none is refused with where and why, before anything is started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdpoint-rehearsed-'));
    const file = join(folder, 'policy.yaml');
    await writeFile(file, POLICY.replace('respondWithinMs: 60000', 'respondWithinMs: soon'));
    const { code, err } = await commandLine(['rehearse', OWN, '--policy', file]);
    await rm(folder, { recursive: true });
    expect(code).not.toBe(EXIT.done);
    expect(err).toContain('respondWithinMs');
    expect(err).not.toContain('Temporal answers');
  });

  test.each([
    ['a file that is not there', 'no-such-file.json', "can't be read"],
    ['a file of another shape', 'package.json', 'tools'],
  ])('%s is refused with what is wrong', async (_what, file, words) => {
    const { code, err } = await commandLine(['rehearse', file]);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(words);
  });

  test('a decision that is none is refused', async () => {
    expect(await commandLine(['rehearse', OWN, '--decisions', 'maybe'])).toMatchObject({
      code: EXIT.usage,
      err: expect.stringContaining('random:SEED'),
    });
  });
});
