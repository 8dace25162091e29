/** pending, gates, decide, answer, review: what waits for people, and what they say. */
import { type Command, InvalidArgumentError } from 'commander';
import type { DecisionInput } from '../../client/decision-input.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { payloadText } from '../../domain/text/digest.ts';
import { EXIT } from '../exit-codes.ts';
import { gateLines, isWhatRuns, pageText } from '../gate-text.ts';
import { type GrantFlags, grantOf, withGrantFlags } from '../grant-flags.ts';
import { review } from '../review.ts';
import { answeredWith, type SaidFlags, whatWasSaid, withSaid } from '../said-flags.ts';
import { CommandFailure, type Shell } from '../shell.ts';
import { decideGate, type Deciding, openGate, signerOf } from '../signing.ts';

interface WhatFlags {
  readonly run: string;
  readonly digest: string;
  readonly as?: string;
  readonly reason?: string;
  readonly decisionId?: string;
  readonly key?: string;
}

type DecideFlags = WhatFlags & SaidFlags & GrantFlags;

interface PendingFlags {
  readonly page?: string;
  readonly limit: number;
  readonly under?: string;
}

interface GatesFlags {
  readonly tree?: true;
  readonly exact?: string;
}

export function addDecisionCommands(program: Command, shell: Shell): void {
  addLists(program, shell);
  addDecide(program, shell);
  addReview(program, shell);
}

function addLists(program: Command, shell: Shell): void {
  program
    .command('pending')
    .description('what waits for people, in all sessions (asks no worker)')
    .option('--page <token>', 'go on after an earlier page')
    .option('--limit <count>', 'sessions on a page', wholeNumber, 50)
    .option('--under <session>', 'only this session and the sub-agents below it')
    .action(async ({ page, limit, under }: PendingFlags) =>
      shell.withClient(async (holdpoint) => {
        const found = await holdpoint.pending({
          pageSize: limit,
          ...(page === undefined ? {} : { pageToken: page }),
          ...(under === undefined ? {} : { rootSessionId: under }),
        });
        shell.show(found, () => pageText(found));
      }),
    );

  program
    .command('gates')
    .description('the open gates of a session, payloads whole (asks its worker)')
    .argument('<session>')
    .option('--tree', 'those of the sub-agents below it as well')
    .option('--exact <gate>', 'the bytes of this gate, as they are hashed and run, for sha256sum')
    .action(async (session: string, { tree, exact }: GatesFlags) =>
      shell.withClient(async (holdpoint) => {
        const gates = await (tree === true
          ? holdpoint.gatesUnder(session)
          : holdpoint.gates(session));
        if (exact !== undefined) {
          showExact(shell, gates, exact);
          return;
        }
        shell.show(gates, () =>
          gates.length === 0
            ? 'No gate is open.'
            : gates.map((gate) => gateLines(gate, gate.sessionId).join('\n')).join('\n\n'),
        );
      }),
    );
}

/** The bytes alone, without a line end; what they have to hash to beside them. */
function showExact(shell: Shell, gates: readonly PendingApproval[], gateId: string): void {
  const gate = gates.find((one) => one.gateId === gateId);
  if (gate === undefined) {
    const open = gates.map((one) => one.gateId).join(', ') || 'none';
    throw new CommandFailure(`No gate ${gateId} is open here. Open: ${open}.`, EXIT.usage);
  }
  const { actionType, toolVersion, payload, payloadDigest, fingerprint } = gate;
  if (!isWhatRuns(gate)) {
    throw new CommandFailure(`What this gate shows is not what ${payloadDigest} names.`);
  }
  const bytes = payloadText({ actionType, toolVersion, arguments: payload });
  shell.progress(`sha256 ${payloadDigest}\nfingerprint ${fingerprint}`);
  shell.exact({ gateId, payloadDigest, fingerprint, bytes }, bytes);
}

function addDecide(program: Command, shell: Shell): void {
  const decide = program
    .command('decide')
    .description(
      'decide a gate, for the bytes and the run that were shown; signed where it asks for that',
    )
    .argument('<session>')
    .argument('<gate>');
  overWhatWasShown(withGrantFlags(withSaid(decide))).action(
    async (session: string, gateId: string, flags: DecideFlags) => {
      const said = whatWasSaid(flags);
      const decision = { ...decisionOf(shell, gateId, flags), ...said };
      await shell.withClient(async (holdpoint) => {
        const gate = await openGate(holdpoint, session, gateId);
        const grant = grantOf(flags, gate?.actionType);
        const whole = { ...decision, ...(grant === undefined ? {} : { grant }) };
        const asked = {
          sessionId: session,
          decision: whole,
          gate,
          ...signed(shell, decision, flags),
        };
        shell.answer(await decideGate(holdpoint, asked));
      });
    },
  );

  overWhatWasShown(
    program
      .command('answer')
      .description('answer a question of the agent, or write its final answer')
      .argument('<session>')
      .argument('<gate>')
      .argument('<words>'),
  ).action(async (session: string, gateId: string, words: string, flags: WhatFlags) =>
    shell.withClient(async (holdpoint) => {
      const gate = await openGate(holdpoint, session, gateId);
      const said = answeredWith(gate?.kind, words);
      const decision = { ...decisionOf(shell, gateId, flags), ...said };
      const asked = { sessionId: session, decision, gate, ...signed(shell, decision, flags) };
      shell.answer(await decideGate(holdpoint, asked));
    }),
  );
}

/** With the key that is named, or where the gate asks for it with that of the reviewer. */
function signed(
  shell: Shell,
  { reviewerId }: Pick<DecisionInput, 'reviewerId'>,
  { key }: Pick<WhatFlags, 'key'>,
): Pick<Deciding, 'isSigned' | 'signer'> {
  return { isSigned: key !== undefined, signer: () => signerOf(shell, { reviewerId, key }) };
}

interface ReviewFlags {
  readonly as?: string;
  readonly watch?: true;
  readonly key?: string;
}

function addReview(program: Command, shell: Shell): void {
  program
    .command('review')
    .description('walk through what waits, one gate after the other')
    .option('--as <id>', 'who decides; left out: HOLDPOINT_USER')
    .option('--watch', 'stay, and show what comes')
    .option(
      '--key <kid>',
      'signs with this key; left out: the one of who decides, where it is asked for',
    )
    .action(async ({ as, watch, key }: ReviewFlags) => {
      await review(shell, { reviewerId: shell.person(as), key, stays: watch === true });
    });
}

/** What every decision names: a decision counts for what its maker saw, and for nothing else. */
function overWhatWasShown(command: Command): Command {
  return command
    .requiredOption('--run <id>', 'the run that showed the gate')
    .requiredOption('--digest <sha256>', 'the digest that the gate showed')
    .option('--as <id>', 'who decides; left out: HOLDPOINT_USER')
    .option('--reason <text>', 'why; the agent is told, and the trail keeps it')
    .option('--decision-id <id>', 'sends the same decision again, safely')
    .option(
      '--key <kid>',
      'signs with this key, by its name or file; left out: the one of who decides, where it is asked for',
    );
}

function decisionOf(
  shell: Shell,
  gateId: string,
  { run: runId, digest: payloadDigest, as, reason, decisionId }: WhatFlags,
): Omit<DecisionInput, 'decision'> {
  return {
    gateId,
    runId,
    payloadDigest,
    reviewerId: shell.person(as),
    ...(reason === undefined ? {} : { rationale: reason }),
    ...(decisionId === undefined ? {} : { decisionId }),
  };
}

function wholeNumber(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It has to be a whole number above 0.');
}
