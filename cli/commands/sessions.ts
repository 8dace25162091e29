/** start, result, status, watch: what sessions do. */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { reportLine } from '../../domain/audit/audit-trail.ts';
import { STAKES, type Stakes } from '../../domain/policy/confidence.ts';
import { shellWord } from '../../domain/text/shell-word.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import type { HoldpointClient } from '../../client/holdpoint-client.ts';
import type { SessionStatus } from '../../domain/messages.ts';
import { EXIT } from '../exit-codes.ts';
import { pageText } from '../gate-text.ts';
import { CommandFailure, type Shell } from '../shell.ts';

interface StartFlags {
  readonly agent: string;
  readonly requester?: string;
  readonly stakes?: Stakes;
  readonly id?: string;
  readonly wait?: true;
}

export function addSessionCommands(program: Command, shell: Shell): void {
  addStart(program, shell);
  addReading(program, shell);
}

function addStart(program: Command, shell: Shell): void {
  program
    .command('start')
    .description('start a session')
    .argument('<goal>', 'what the agent is asked to do; - reads it from standard input')
    .requiredOption('--agent <id>', 'the agent that does it')
    .option('--requester <id>', 'who asks for it; may not decide at its gates')
    .addOption(new Option('--stakes <stakes>', 'how much depends on it').choices(STAKES))
    .option('--id <session>', 'its id; left out: a random one')
    .option('--wait', 'wait for its end, and exit as `result` does')
    .action(async (goal: string, flags: StartFlags) =>
      shell.withClient(async (holdpoint) => {
        const { agent: agentId, requester: requesterId, stakes, id: sessionId, wait } = flags;
        const started = await holdpoint.start({
          goal: goal === '-' ? await readFile('/dev/stdin', 'utf8') : goal,
          agentId,
          ...(requesterId === undefined ? {} : { requesterId }),
          ...(stakes === undefined ? {} : { stakes }),
          ...(sessionId === undefined ? {} : { sessionId }),
        });
        if (wait === true) {
          shell.progress(`started ${started}`);
          await showResult(shell, holdpoint, started);
        } else {
          shell.show(
            { sessionId: started },
            `${started}\nnpx holdpoint watch ${shellWord(started)}`,
          );
        }
      }),
    );
}

function addReading(program: Command, shell: Shell): void {
  program
    .command('result')
    .description('wait for the end of a session; exit code 6 where it did not complete')
    .argument('<session>')
    .action(async (session: string) =>
      shell.withClient((holdpoint) => showResult(shell, holdpoint, session)),
    );

  program
    .command('status')
    .description('what a session does right now (asks its worker)')
    .argument('<session>')
    .action(async (session: string) =>
      shell.withClient(async (holdpoint) => {
        const status = await holdpoint.status(session);
        shell.show(status, () => statusText(status));
      }),
    );

  program
    .command('watch')
    .description(
      'follow the audit trail of a session until it ends; without one, what waits for people',
    )
    .argument('[session]')
    .action(async (session: string | undefined) =>
      shell.withClient(async (holdpoint) => {
        if (session === undefined) {
          for await (const page of holdpoint.watchPending()) shell.show(page, () => pageText(page));
        } else {
          for await (const entry of holdpoint.watch(session)) {
            shell.show(entry, () => reportLine(entry.event));
          }
        }
      }),
    );
}

async function showResult(
  shell: Shell,
  holdpoint: HoldpointClient,
  sessionId: string,
): Promise<void> {
  const result = await holdpoint.result(sessionId);
  const answer = result.status === 'unconfirmed' ? result.unconfirmedAnswer : result.answer;
  shell.show(result, `${result.status}: ${answer}`);
  if (result.status !== 'completed') {
    throw new CommandFailure(`The session ended ${result.status}.`, EXIT.notCompleted);
  }
}

function statusText(status: SessionStatus): string {
  const { phase, pausedBy, pausedReason, openGates, inFlight, progress = {} } = status;
  return (
    [
      `${phase}${pausedBy === undefined ? '' : ` by ${pausedBy}: ${pausedReason ?? ''}`}`,
      ...(status.rootSessionId === undefined ? [] : [`  under       ${status.rootSessionId}`]),
      `  open gates  ${openGates}`,
      `  in flight   ${inFlight.map(({ actionType }) => actionType).join(', ') || 'nothing'}`,
      ...Object.entries(progress).map(([name, count]) => `  ${name.padEnd(11)} ${count}`),
      `  policy      ${status.policyVersion ?? 'not chosen yet'}`,
    ]
      // Reasons and names come from outside: none of them may begin a line of its own.
      .map(shownText)
      .join('\n')
  );
}
