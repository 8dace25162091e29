/** kill, kills: stop everything of an agent, or of all, whatever it is doing; and what stands so. */
import type { Command } from 'commander';
import type { KillAnswer } from '../../client/kill-orders.ts';
import type { KillReport } from '../../client/kill-switch.ts';
import type { KilledSession } from '../../client/killed-sessions.ts';
import { agentOf, type KillScope, type StoredKill } from '../../domain/action/kill.ts';
import { DEFAULT_TASK_QUEUE } from '../../domain/messages.ts';
import { SECOND_MS } from '../../domain/limits.ts';
import { shellWord } from '../../domain/text/shell-word.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import { EXIT, EXIT_OF_REFUSAL } from '../exit-codes.ts';
import { CommandFailure, type Shell } from '../shell.ts';

interface KillFlags {
  readonly agent?: string;
  readonly all?: true;
  readonly lift?: true;
  readonly reason: string;
  readonly as?: string;
  readonly within: string;
  readonly queue?: readonly string[];
}

export function addKillCommands(program: Command, shell: Shell): void {
  program
    .command('kill')
    .description(
      'kill switch: from its acknowledgement on nothing starts that reserves; then the sessions are cancelled, and each is listed as quiet or not',
    )
    .option('--agent <id>', 'of this agent')
    .option('--all', 'of all agents')
    .requiredOption('--reason <text>', 'why; it is kept with the order, and in the trails')
    .option('--lift', 'lift the kill of --agent, or the one of --all, and no other')
    .option('--as <id>', 'who gives the order; left out: HOLDPOINT_USER')
    .option('--within <seconds>', 'how long to wait for workers and sessions', '30')
    .option('--queue <name...>', 'further task queues, beside --task-queue')
    .action(async (flags: KillFlags) => {
      const [scope, withinMs] = [scopeOf(flags), withinOf(flags)];
      const command = { operatorId: shell.person(flags.as), reason: flags.reason };
      const { taskQueue = DEFAULT_TASK_QUEUE } = shell.options;
      const options = { withinMs, taskQueues: [taskQueue, ...(flags.queue ?? [])] };
      await shell.withClient(async (holdpoint) => {
        if (flags.lift === true) {
          const answers = await holdpoint.liftKill(scope, command, options);
          shell.show(answers, () => answers.map(answerText).join('\n'));
          return endWith(exitCodeOf(answers));
        }
        const report = await holdpoint.kill(scope, command, {
          ...options,
          onAnswer: (answer) => shell.line(answerText(answer)),
          onSession: (session) => shell.line(sessionText(session)),
        });
        shell.show(report, () => reportText(scope, report));
        const code = exitCodeOf(report.answers);
        endWith(code === EXIT.done && !report.isQuiet ? EXIT.notQuiet : code);
      });
    });

  program
    .command('kills')
    .description('the kills that stand (asks a worker)')
    .action(async () =>
      shell.withClient(async (holdpoint) => {
        const list = await holdpoint.kills();
        if (list === undefined) {
          throw new CommandFailure(
            'No worker has answered: what stands is not known.',
            EXIT.unknown,
          );
        }
        const more = list.count - list.kills.length;
        const rest = more === 0 ? [] : [`and ${more} more`];
        const lines = [...list.kills.map(killText), ...rest];
        shell.show(list, () => lines.join('\n') || 'no kill stands');
      }),
    );
}

function scopeOf({ agent, all }: KillFlags): KillScope {
  if (agent !== undefined && all === undefined) return { agentId: agent };
  if (agent === undefined && all === true) return { all };
  throw new CommandFailure('Say whose: either --agent ID, or --all.', EXIT.usage);
}

const WITHIN_MAX_S = 3_600;

function withinOf({ within }: KillFlags): number {
  const seconds = Number(within);
  if (/^\d+$/.test(within) && seconds >= 1 && seconds <= WITHIN_MAX_S) return seconds * SECOND_MS;
  const message = `--within is a whole number of seconds from 1 to ${WITHIN_MAX_S}, not ${within}.`;
  throw new CommandFailure(message, EXIT.usage);
}

function nameOf(scope: KillScope): string {
  const agentId = agentOf(scope);
  return agentId === undefined ? 'all agents' : shownText(agentId);
}

function answerText(answer: KillAnswer): string {
  const { taskQueue } = answer;
  switch (answer.status) {
    case 'stored': {
      const { order, inForce } = answer;
      const since = new Date(order.storedAt).toISOString();
      const what = order.verb === 'kill' ? 'killed' : 'lifted';
      const rest =
        order.verb === 'lift' && inForce > 0 ? `; ${inForce} in force: npx holdpoint kills` : '';
      return `${what}: ${nameOf(order)}, since ${since}, by the workers of ${shownText(taskQueue)}${rest}`;
    }
    case 'refused':
      return `refused (${answer.code}): ${answer.message}`;
    case 'unacknowledged':
    case 'unreachable':
      return `NOT ACKNOWLEDGED (${answer.status}): ${answer.message}`;
  }
}

function sessionText({ sessionId, agentId, state, cancel, inFlight }: KilledSession): string {
  const work = inFlight.map(({ actionType }) => shownText(actionType)).join(', ');
  return [
    `  ${state.replace('_', ' ').padEnd(9)}`,
    shownText(sessionId),
    agentId === undefined ? 'agent not known' : shownText(agentId),
    `cancel ${cancel.replace('_', ' ')}`,
    ...(work === '' ? [] : [`in flight: ${work}`]),
  ].join('  ');
}

function reportText(scope: KillScope, { sessions, elsewhere, answers }: KillReport): string {
  const count = (state: KilledSession['state']): number =>
    sessions.filter((session) => session.state === state).length;
  const agentId = agentOf(scope);
  const lift = agentId === undefined ? '--all' : `--agent ${shellWord(agentId)}`;
  return [
    sessions.length === 0
      ? `no session of ${nameOf(scope)} was found`
      : `${counted(sessions.length)}: ${count('quiet')} quiet, ${count('not_quiet')} not quiet, ${count('unknown')} unknown`,
    ...(elsewhere === undefined || elsewhere === 0
      ? []
      : [`on other task queues, left alone: ${counted(elsewhere)} (--queue names them)`]),
    ...(answers.some(({ status }) => status === 'stored')
      ? [`it stands until: npx holdpoint kill --lift ${lift} --reason WHY`]
      : []),
  ].join('\n');
}

function counted(sessions: number): string {
  return `${sessions} ${sessions === 1 ? 'session' : 'sessions'}`;
}

function killText(kill: StoredKill): string {
  const { storedAt, operatorId, reason } = kill;
  const since = new Date(storedAt).toISOString();
  return `${nameOf(kill)}  since ${since}  by ${shownText(operatorId)}: ${shownText(reason)}`;
}

/** The worst of what came back, by what it leaves open. */
function exitCodeOf(answers: readonly KillAnswer[]): number {
  for (const status of ['unreachable', 'unacknowledged'] as const) {
    const isSo = answers.some((answer) => answer.status === status);
    if (isSo) return status === 'unreachable' ? EXIT.unreachable : EXIT.unknown;
  }
  const refused = answers.find((answer) => answer.status === 'refused');
  return refused?.status === 'refused' ? EXIT_OF_REFUSAL[refused.code] : EXIT.done;
}

function endWith(code: number): void {
  if (code !== EXIT.done) throw new CommandFailure('', code);
}
