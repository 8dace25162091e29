/** audit: what happened in a session, from its history alone, and whether that is whole. */
import type { Command } from 'commander';
import { verifyChain } from '../../domain/audit/audit-chain.ts';
import { proofLines, reportLine } from '../../domain/audit/audit-trail.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import type { UngatedCall } from '../../client/index.ts';
import { CommandFailure, type Shell } from '../shell.ts';

interface AuditOptions {
  readonly run?: string;
  readonly calls?: boolean;
}

function callLine({ actionType, status, scheduledAt, kind }: UngatedCall): string {
  const time = new Date(scheduledAt).toISOString();
  return `[${time}] not held: ${shownText(actionType)} (${kind.replaceAll('_', ' ')}) → ${status}`;
}

export function addAuditCommand(program: Command, shell: Shell): void {
  program
    .command('audit')
    .description('the audit trail of a session, from its history alone; with --json every event')
    .argument('<session>')
    .option('--calls', 'also what a workflow under the plugin did that nothing held')
    .option('--run <id>', 'that run and those before it; left out: the latest')
    .action(async (session: string, { run, calls: isWanted }: AuditOptions) =>
      shell.withClient(async (holdpoint) => {
        const calls = isWanted === true ? await holdpoint.ungatedCalls(session, run) : undefined;
        const { trail, isWhole } = await holdpoint.history(session, run);
        const events = trail.map(({ event }) => event);
        const [first] = events;
        const from =
          first === undefined || isWhole
            ? undefined
            : { seq: first.seq - 1, hash: first.previousHash };
        const problem = verifyChain(events, from);
        shell.show({ sessionId: session, isWhole, problem: problem ?? null, trail, calls }, () =>
          [
            `Audit trail for session ${session}`,
            ...events.map(reportLine),
            ...(calls ?? []).map(callLine),
            ...proofLines(events),
            problem === undefined
              ? `${events.length} events, the chain holds${isWhole ? '' : '; the first runs are no longer on the server'}`
              : `THE CHAIN IS BROKEN at event ${problem.seq}: ${problem.reason}`,
          ].join('\n'),
        );
        if (problem !== undefined) throw new CommandFailure('The trail is not whole.');
      }),
    );
}
