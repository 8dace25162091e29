/** setup: the search attribute and the tables of the evidence store, once or at every deployment. */
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, type Shell } from '../shell.ts';

export function addSetupCommand(program: Command, shell: Shell): void {
  program
    .command('setup')
    .description('make what a worker needs: search attribute and evidence schema; safe to repeat')
    .action(async () => {
      const { namedEvidenceUrl, setUp } = await import('../embedded.ts');
      const evidenceUrl = namedEvidenceUrl(shell.environment);
      if (evidenceUrl === undefined) {
        throw new CommandFailure(
          'Which database keeps the evidence? Set HOLDPOINT_EVIDENCE_URL=postgres://user:password@host:5432/database',
          EXIT.usage,
        );
      }
      const { profile, address, namespace } = shell.options;
      const steps = await setUp({
        evidenceUrl,
        ...(profile === undefined ? {} : { profile }),
        ...(address === undefined ? {} : { address }),
        ...(namespace === undefined ? {} : { namespace }),
      });
      for (const step of steps) {
        shell.show(step, `${step.status.padEnd(9)} ${step.step}: ${step.message}`);
      }
      const failed = steps.filter(({ status }) => status === 'failed').length;
      if (failed > 0) throw new CommandFailure(`${failed} of ${steps.length} steps failed.`);
    });
}
