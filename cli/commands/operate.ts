/** pause, resume, instruct, cancel: the orders of an operator. */
import type { Command } from 'commander';
import type { Shell } from '../shell.ts';

const ORDERS = {
  pause: 'stop a session at its next step; its deadlines stand still',
  resume: 'let a paused session go on',
  cancel: 'end a session: gates are withdrawn, what runs is awaited, nothing new starts',
} as const;

interface OrderFlags {
  readonly as?: string;
  readonly reason: string;
}

export function addOperatorCommands(program: Command, shell: Shell): void {
  for (const verb of ['pause', 'resume', 'cancel'] as const) {
    ordered(program.command(verb).description(ORDERS[verb]).argument('<session>')).action(
      async (session: string, { as, reason }: OrderFlags) => {
        const operatorId = shell.person(as);
        await shell.withClient(async (holdpoint) =>
          shell.answer(await holdpoint[verb](session, { operatorId, reason })),
        );
      },
    );
  }
  ordered(
    program
      .command('instruct')
      .description('give the agent a message at its next turn')
      .argument('<session>')
      .argument('<message>'),
  ).action(async (session: string, message: string, { as, reason }: OrderFlags) => {
    const operatorId = shell.person(as);
    await shell.withClient(async (holdpoint) =>
      shell.answer(await holdpoint.instruct(session, { operatorId, reason, message })),
    );
  });
}

function ordered(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why; the trail keeps it')
    .option('--as <id>', 'who gives the order; left out: HOLDPOINT_USER');
}
