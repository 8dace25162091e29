/** claim, release, grants, revoke: what reviewers say beside their decisions. */
import type { Command } from 'commander';
import { shellWord } from '../../domain/text/shell-word.ts';
import { grantText } from '../authority-text.ts';
import type { Shell } from '../shell.ts';

const VERBS = {
  claim: 'tell the other reviewers that you look at a gate; it keeps nobody from deciding',
  release: 'give a gate back that you have claimed',
} as const;

interface ClaimFlags {
  readonly as?: string;
  readonly reason?: string;
}

export function addClaimCommands(program: Command, shell: Shell): void {
  for (const verb of ['claim', 'release'] as const) {
    program
      .command(verb)
      .description(VERBS[verb])
      .argument('<session>')
      .argument('<gate>')
      .option('--as <id>', 'who looks at it; left out: HOLDPOINT_USER')
      .option('--reason <text>', 'why; the trail keeps it')
      .action(async (session: string, gateId: string, { as, reason }: ClaimFlags) => {
        const word = {
          gateId,
          reviewerId: shell.person(as),
          ...(reason === undefined ? {} : { reason }),
        };
        await shell.withClient(async (holdpoint) =>
          shell.answer(await holdpoint[verb](session, word)),
        );
      });
  }
  addGrants(program, shell);
}

function addGrants(program: Command, shell: Shell): void {
  program
    .command('grants')
    .description('the standing grants of a session that still let something pass (asks its worker)')
    .argument('<session>')
    .action(async (session: string) =>
      shell.withClient(async (holdpoint) => {
        const { grants = [] } = await holdpoint.status(session);
        shell.show(grants, () =>
          grants.length === 0
            ? 'No standing grant.'
            : [
                ...grants.map(grantText),
                `npx holdpoint revoke ${shellWord(session)} GRANT --reason WHY --as YOU`,
              ].join('\n'),
        );
      }),
    );

  program
    .command('revoke')
    .description('end a standing grant; anyone may, since it only makes things stricter')
    .argument('<session>')
    .argument('<grant>', 'as `holdpoint grants` names it')
    .requiredOption('--reason <text>', 'why; the trail keeps it')
    .option('--as <id>', 'who ends it; left out: HOLDPOINT_USER')
    .action(async (session: string, grantId: string, { as, reason = '' }: ClaimFlags) => {
      const revocation = { grantId, operatorId: shell.person(as), reason };
      await shell.withClient(async (holdpoint) =>
        shell.answer(await holdpoint.revokeGrant(session, revocation)),
      );
    });
}
