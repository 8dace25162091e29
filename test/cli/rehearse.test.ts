/**
 * Recorded calls through the policy, on a real server: what was approved ran once with the approved arguments, what was
 * modified with the modified ones, nothing else ran, no read was gated; and history, query and evidence tell the same.
 *
 * Over the τ²-bench retail tasks where they are (beside the repository, whose they are not), else over a few of our own.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { type DecisionMode, readDecisionMode } from '../../cli/rehearse/decisions.ts';
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
    for (const { sessionId } of done) {
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

function expectTrue(line: CallLine, recorded: RecordedTasks): void {
  const tool = recorded.tools.find(({ name }) => name === line.name);
  const where = `${line.task}/${line.call}`;
  if (tool?.type !== 'WRITE') expect(line.tier ?? 'automated', where).toBe('automated');
  switch (line.outcome) {
    case 'auto_proceeded':
    case 'approved':
      expect(line, where).toMatchObject({ executions: 1, executedArguments: line.arguments });
      return;
    case 'modified': {
      expect(line.executions, where).toBe(1);
      const changed = Object.keys(line.arguments).filter(
        (name) =>
          JSON.stringify(line.executedArguments?.[name]) !== JSON.stringify(line.arguments[name]),
      );
      expect(changed, where).toHaveLength(1);
      return;
    }
    default:
      expect(line, where).toMatchObject({ executions: 0, executedArguments: null });
  }
}

const FILE = existsSync(RETAIL) ? RETAIL : OWN;

describe(`the calls of ${FILE}`, () => {
  test.each(['approve', 'reject', 'none', 'random:1'])(
    'with --decisions %s: each ran as it was decided, and every trail agrees',
    async (words) => {
      const recorded = await readRecorded(FILE);
      const lines = await rehearsed(recorded, readDecisionMode(words) ?? { kind: 'none' });
      expect(lines).toHaveLength(recorded.tasks.flatMap(({ actions }) => actions).length);
      for (const line of lines) expectTrue(line, recorded);
      const gated = lines.filter(({ tier }) => tier !== null && tier !== 'automated');
      const outcomes = new Set(gated.map(({ outcome }) => outcome));
      if (words === 'approve') expect(outcomes).toEqual(new Set(['approved']));
      if (words === 'reject') expect(outcomes).toEqual(new Set(['rejected']));
      if (words === 'none') expect(outcomes).toEqual(new Set(['expired']));
      const { calls, executed } = summaryOf(lines, { tasks: recorded.tasks.length, tookMs: 1 });
      expect({ calls, executed }).toEqual({
        calls: lines.length,
        executed: lines.filter(({ executions }) => executions > 0).length,
      });
    },
    PATIENCE_MS,
  );
});

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
      const summary = lines.at(-1);
      expect(summary).toMatchObject({ tasks: 5, calls: 7, gated: 4 });
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
