/** audit: what happened in a session, from its history alone, and whether that is whole. */
import type { Command } from 'commander';
import { verifyChain } from '../../domain/audit/audit-chain.ts';
import { reportLine } from '../../domain/audit/audit-trail.ts';
import { CommandFailure, type Shell } from '../shell.ts';

export function addAuditCommand(program: Command, shell: Shell): void {
  program
    .command('audit')
    .description('the audit trail of a session, from its history alone; with --json every event')
    .argument('<session>')
    .option('--run <id>', 'that run and those before it; left out: the latest')
    .action(async (session: string, { run }: { readonly run?: string }) =>
      shell.withClient(async (holdpoint) => {
        const { trail, isWhole } = await holdpoint.history(session, run);
        const events = trail.map(({ event }) => event);
        const [first] = events;
        const from =
          first === undefined || isWhole
            ? undefined
            : { seq: first.seq - 1, hash: first.previousHash };
        const problem = verifyChain(events, from);
        shell.show({ sessionId: session, isWhole, problem: problem ?? null, trail }, () =>
          [
            `Audit trail for session ${session}`,
            ...events.map(reportLine),
            problem === undefined
              ? `${events.length} events, the chain holds${isWhole ? '' : '; the first runs are no longer on the server'}`
              : `THE CHAIN IS BROKEN at event ${problem.seq}: ${problem.reason}`,
          ].join('\n'),
        );
        if (problem !== undefined) throw new CommandFailure('The trail is not whole.');
      }),
    );
}
