/** pending, gates, decide, answer, review: what waits for people, and what they say. */
import { type Command, InvalidArgumentError } from 'commander';
import type { DecisionInput } from '../../client/decide.ts';
import { isJsonObject, type JsonObject } from '../../domain/text/json.ts';
import { EXIT } from '../exit-codes.ts';
import { gateLines, pageText } from '../gate-text.ts';
import { review } from '../review.ts';
import { CommandFailure, type Shell } from '../shell.ts';

interface WhatFlags {
  readonly run: string;
  readonly digest: string;
  readonly as?: string;
  readonly reason?: string;
  readonly decisionId?: string;
}

interface DecideFlags extends WhatFlags {
  readonly approve?: true;
  readonly reject?: true;
  readonly modify?: JsonObject;
}

interface AnswerFlags extends WhatFlags {
  readonly final?: true;
}

interface PendingFlags {
  readonly page?: string;
  readonly limit: number;
  readonly under?: string;
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
    .action(async (session: string, { tree }: { readonly tree?: true }) =>
      shell.withClient(async (holdpoint) => {
        const gates = await (tree === true
          ? holdpoint.gatesUnder(session)
          : holdpoint.gates(session));
        shell.show(gates, () =>
          gates.length === 0
            ? 'No gate is open.'
            : gates.map((gate) => gateLines(gate, gate.sessionId).join('\n')).join('\n\n'),
        );
      }),
    );
}

function addDecide(program: Command, shell: Shell): void {
  overWhatWasShown(
    program
      .command('decide')
      .description('decide a gate, for the bytes and the run that were shown')
      .argument('<session>')
      .argument('<gate>')
      .option('--approve', 'let it happen as it stands')
      .option('--reject', 'do not let it happen; say why with --reason')
      .option('--modify <json>', 'let it happen with these arguments changed', jsonObject),
  ).action(async (session: string, gateId: string, flags: DecideFlags) => {
    const said = whatWasSaid(flags);
    await shell.withClient(async (holdpoint) =>
      shell.answer(
        await holdpoint.decide(session, { ...decisionOf(shell, gateId, flags), ...said }),
      ),
    );
  });

  overWhatWasShown(
    program
      .command('answer')
      .description('answer a question of the agent, or write its final answer')
      .argument('<session>')
      .argument('<gate>')
      .argument('<words>')
      .option(
        '--final',
        'the gate holds a final answer, and these words are delivered in its place',
      ),
  ).action(async (session: string, gateId: string, answer: string, flags: AnswerFlags) =>
    shell.withClient(async (holdpoint) => {
      const kind = flags.final === true ? 'answer' : 'question';
      const input = { ...decisionOf(shell, gateId, flags), kind, answer } as const;
      shell.answer(await holdpoint.answer(session, input));
    }),
  );
}

function addReview(program: Command, shell: Shell): void {
  program
    .command('review')
    .description('walk through what waits, one gate after the other')
    .option('--as <id>', 'who decides; left out: HOLDPOINT_USER')
    .option('--watch', 'stay, and show what comes')
    .action(async ({ as, watch }: { readonly as?: string; readonly watch?: true }) => {
      await review(shell, { reviewerId: shell.person(as), stays: watch === true });
    });
}

/** What every decision names: a decision counts for what its maker saw, and for nothing else. */
function overWhatWasShown(command: Command): Command {
  return command
    .requiredOption('--run <id>', 'the run that showed the gate')
    .requiredOption('--digest <sha256>', 'the digest that the gate showed')
    .option('--as <id>', 'who decides; left out: HOLDPOINT_USER')
    .option('--reason <text>', 'why; the agent is told, and the trail keeps it')
    .option('--decision-id <id>', 'sends the same decision again, safely');
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

function whatWasSaid({
  approve,
  reject,
  modify,
}: DecideFlags): Pick<DecisionInput, 'decision' | 'modifications'> {
  const said = [
    ...(approve === true ? [{ decision: 'approved' as const }] : []),
    ...(reject === true ? [{ decision: 'rejected' as const }] : []),
    ...(modify === undefined ? [] : [{ decision: 'modified' as const, modifications: modify }]),
  ];
  const [only, ...others] = said;
  if (only !== undefined && others.length === 0) return only;
  throw new CommandFailure('Say one of --approve, --reject and --modify.', EXIT.usage);
}

function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // The message below says what is asked for.
  }
  throw new InvalidArgumentError(`It has to be one JSON object, as in '{"amount": 50}'.`);
}

function wholeNumber(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It has to be a whole number above 0.');
}
