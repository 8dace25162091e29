/** audit: what happened in a session, from its history alone, and whether that is whole. */
import type { Command } from 'commander';
import { verifyChain } from '../../domain/audit/audit-chain.ts';
import { proofLines, reportLine } from '../../domain/audit/audit-trail.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import { type DerivedEvent, derivedEvents } from '../../domain/audit/derived-events.ts';
import { type Policy, policyVersion } from '../../domain/policy/policy.ts';
import type { UngatedCall } from '../../client/index.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, orUsage, type Shell } from '../shell.ts';

interface AuditOptions {
  readonly run?: string;
  readonly calls?: boolean;
  readonly policy?: string;
}

/** A call that nothing held; by a policy, also what the trail would say of it. */
interface ShownCall extends UngatedCall {
  readonly events?: readonly DerivedEvent[];
}

function callLine({ actionType, status, scheduledAt, kind, events }: ShownCall): string {
  const time = new Date(scheduledAt).toISOString();
  const why = events === undefined ? '' : `, ${whyText(events)}`;
  return `[${time}] not held: ${shownText(actionType)} (${kind.replaceAll('_', ' ')}${why}) → ${status}`;
}

function whyText(events: readonly DerivedEvent[]): string {
  const passed = events.find(({ eventType }) => eventType === 'auto_proceeded');
  if (passed === undefined) return 'WHICH THIS POLICY HOLDS';
  const rule = passed.details?.['rule'];
  return `${passed.tier}, by ${typeof rule === 'string' ? rule : 'no rule'}`;
}

async function policyAt(path: string): Promise<Policy> {
  const { readPolicyFile } = await import('../embedded.ts');
  return orUsage(() => readPolicyFile(path));
}

/** Another policy than the one that the trail names would tell another story. */
function refuseOther(policy: Policy, events: readonly AuditEvent[]): void {
  const version = policyVersion(policy);
  const other = events.find((event) => (event.policyVersion ?? version) !== version);
  if (other === undefined) return;
  throw new CommandFailure(
    `This is ${version}; the session goes by ${other.policyVersion}. Give the file of that one.`,
    EXIT.usage,
  );
}

export function addAuditCommand(program: Command, shell: Shell): void {
  program
    .command('audit')
    .description('the audit trail of a session, from its history alone; with --json every event')
    .argument('<session>')
    .option('--calls', 'also what a workflow under the plugin did that nothing held')
    .option('--policy <file>', 'with --calls: by which rule of that policy each went on')
    .option('--run <id>', 'that run and those before it; left out: the latest')
    .action(async (session: string, { run, calls: isWanted, policy: path }: AuditOptions) => {
      const policy = path === undefined ? undefined : await policyAt(path);
      await shell.withClient(async (holdpoint) => {
        const { trail, isWhole } = await holdpoint.history(session, run);
        const events = trail.map(({ event }) => event);
        if (policy !== undefined) refuseOther(policy, events);
        const found = isWanted === true ? await holdpoint.ungatedCalls(session, run) : undefined;
        const calls = found?.map((call): ShownCall =>
          policy === undefined ? call : { ...call, events: derivedEvents(call, policy) },
        );
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
      });
    });
}
