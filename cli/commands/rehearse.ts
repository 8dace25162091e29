/** rehearse: what a policy would have done to calls that were recorded before. */
import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { HoldpointClient } from '../../client/holdpoint-client.ts';
import { type RecordedTasks, recordedTasksSchema } from '../../domain/schema/recorded-tasks.ts';
import { EXIT } from '../exit-codes.ts';
import { DECISION_MODES, type DecisionMode, readDecisionMode } from '../rehearse/decisions.ts';
import { rehearse } from '../rehearse/rehearse.ts';
import { type CallLine, type Summary, summaryOf } from '../rehearse/tally.ts';
import { CommandFailure, type Shell } from '../shell.ts';

interface RehearseFlags {
  readonly policy?: string;
  readonly decisions: DecisionMode;
}

export function addRehearseCommand(program: Command, shell: Shell): void {
  program
    .command('rehearse')
    .description('run recorded calls through a policy, each task as a session on a real server')
    .argument('<file>', 'JSON: tools and tasks, as docs/reference/rehearsal.md says')
    .option('--policy <file>', 'YAML or JSON; left out: the default policy')
    .addOption(decisionsOption())
    .action(async (file: string, { policy: policyFile, decisions: mode }: RehearseFlags) => {
      const { readPolicySource, startRehearsal } = await import('../embedded.ts');
      const recorded = await readRecorded(file);
      const policy = policyFile === undefined ? undefined : await readPolicySource(policyFile);
      const rehearsal = await startRehearsal({
        recorded,
        ...(policy === undefined ? {} : { policy }),
        isSilent: mode.kind === 'none',
        progress: shell.progress,
      });
      const { address, namespace, taskQueue } = rehearsal.embedded;
      const connection = await Connection.connect({ address });
      const client = new Client({ connection, namespace });
      const holdpoint = new HoldpointClient({ client, taskQueue });
      try {
        const all: CallLine[] = [];
        const startedAt = Date.now();
        let done = 0;
        await rehearse({ ...rehearsal, holdpoint }, recorded.tasks, {
          mode,
          done: ({ lines }) => {
            all.push(...lines);
            for (const line of lines) shell.show(line, () => lineText(line));
            done += 1;
            if (done % 10 === 0) shell.progress(`${done} of ${recorded.tasks.length} tasks`);
          },
        });
        const run = { tasks: recorded.tasks.length, tookMs: Date.now() - startedAt };
        const summary = summaryOf(all, run);
        shell.show(summary, () => summaryText(summary));
      } finally {
        await connection.close();
        await rehearsal.embedded.close();
      }
    });
}

function decisionsOption(): Option {
  const option = new Option('--decisions <who>', 'who decides')
    .choices(DECISION_MODES)
    .default({ kind: 'approve' } satisfies DecisionMode, 'approve');
  // The choices are for help and completion: a seed is any word.
  return option.argParser(decisionMode);
}

function decisionMode(text: string): DecisionMode {
  const mode = readDecisionMode(text);
  if (mode !== undefined) return mode;
  throw new InvalidArgumentError(`It has to be one of ${DECISION_MODES.join(', ')}.`);
}

async function readRecorded(file: string): Promise<RecordedTasks> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`${file} can't be read as JSON: ${reason}`, EXIT.usage);
  }
  const parsed = recordedTasksSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new CommandFailure(`${file}:\n${z.prettifyError(parsed.error)}`, EXIT.usage);
}

function lineText(line: CallLine): string {
  const { task, call, name, tier, outcome, decidedBy, executions } = line;
  const who = decidedBy === null ? '' : ` by ${decidedBy}`;
  return `${task}/${call} ${name}: ${tier ?? 'no tier'}, ${outcome}${who}, executed ${executions} times`;
}

function summaryText(summary: Summary): string {
  return Object.entries(summary)
    .map(([name, count]) => `${name.padEnd(18)} ${count}`)
    .join('\n');
}
