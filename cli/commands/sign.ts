/**
 * sign: a decision signed with a reviewer's own key and printed, for who sends it by another way: Temporal UI, the
 * Temporal command line, or a machine that has no way to Temporal at all.
 */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Decision } from '../../domain/gate/decision.ts';
import { HOUR_MS, PROOF_LIFETIME_MAX_MS } from '../../domain/limits.ts';
import { type PendingApproval, SIGNALS, wireName } from '../../domain/messages.ts';
import { shellWord } from '../../domain/text/shell-word.ts';
import { EXIT, EXIT_OF_REFUSAL } from '../exit-codes.ts';
import { gateLines } from '../gate-text.ts';
import { type GrantFlags, grantOf, withGrantFlags } from '../grant-flags.ts';
import { lengthMs } from '../moments.ts';
import { savedGates } from '../saved-gates.ts';
import { answeredWith, type Said, type SaidFlags, whatWasSaid, withSaid } from '../said-flags.ts';
import { CommandFailure, type Shell } from '../shell.ts';
import { openGate, signerOf, whyNotShown } from '../signing.ts';

interface SignFlags extends SaidFlags, GrantFlags {
  readonly answer?: string;
  readonly as?: string;
  readonly key?: string;
  readonly reason?: string;
  readonly validFor?: number;
  readonly yes?: true;
  readonly digest?: string;
  readonly offline?: string;
}

/** A signal that carries the signed decision, in every workflow that Holdpoint is in. */
const SIGNAL = wireName(SIGNALS.decide);

const DEFAULT_NAMESPACE = 'default';

export function addSignCommand(program: Command, shell: Shell): void {
  const sign = program
    .command('sign')
    .description('sign a decision and print it, to be sent by Temporal UI or another way')
    .argument('<session>')
    .argument('<gate>');
  withGrantFlags(withSaid(sign))
    .option('--answer <words>', 'answers a question of the agent, or writes its final answer')
    .option('--reason <text>', 'why; the agent is told, and the trail keeps it')
    .option('--as <id>', 'who decides; left out: HOLDPOINT_USER')
    .option('--key <kid>', 'the key, by its name or file; left out: the one of who decides')
    .option(
      '--valid-for <time>',
      'how long it may be on its way, up to 24h; left out: 1h',
      validFor,
    )
    .option('--yes', 'without a question, for scripts; with --digest')
    .option('--digest <sha256>', 'the digest that was shown: another one is not signed')
    .option(
      '--offline <file>',
      'a gate saved by `holdpoint gates --json`, instead of asking Temporal; with --namespace',
    )
    .action(async (sessionId: string, gateId: string, flags: SignFlags) => {
      const reviewerId = shell.person(flags.as);
      const { gate, namespace } = await gateToSign(shell, { sessionId, gateId }, flags);
      const decision = decisionOn(gate, reviewerId, flags);
      for (const line of gateLines(gate)) shell.progress(line);
      await confirm(shell, { gate, decision }, flags);
      const signer = await signerOf(shell, { reviewerId, key: flags.key });
      if ('code' in signer) throw new CommandFailure(signer.message, EXIT_OF_REFUSAL[signer.code]);
      const { validFor: validForMs = HOUR_MS } = flags;
      const { policyVersion } = gate;
      const signed = await signer.sign(decision, {
        namespace,
        sessionId,
        policyVersion,
        validForMs,
      });
      const until = new Date(Date.now() + validForMs).toISOString();
      shell.progress(sendText(sessionId, until));
      shell.show({ sessionId, signal: SIGNAL, kid: signer.kid, until, decision: signed }, () =>
        JSON.stringify(signed, null, 2),
      );
    });
}

interface Named {
  readonly sessionId: string;
  readonly gateId: string;
}

/** What is to be signed, as it stands now; throws where that is not what was shown. */
async function gateToSign(
  shell: Shell,
  named: Named,
  { offline, digest }: SignFlags,
): Promise<{ readonly gate: PendingApproval; readonly namespace: string }> {
  const { gate, namespace } =
    offline === undefined ? await askedGate(shell, named) : await savedGate(shell, named, offline);
  const { runId, payloadDigest } = gate;
  const no = whyNotShown(gate, { runId, payloadDigest: digest ?? payloadDigest });
  if (no !== undefined) throw new CommandFailure(no.message, EXIT_OF_REFUSAL[no.code]);
  return { gate, namespace };
}

async function askedGate(
  shell: Shell,
  { sessionId, gateId }: Named,
): Promise<{ readonly gate: PendingApproval; readonly namespace: string }> {
  return shell.withClient(async (holdpoint) => {
    const gate = await openGate(holdpoint, sessionId, gateId);
    if (gate !== undefined) return { gate, namespace: holdpoint.namespace };
    throw new CommandFailure(
      `No gate ${gateId} is open in ${sessionId}, or the session does not answer. See: holdpoint gates ${shellWord(sessionId)}`,
      EXIT_OF_REFUSAL.UNKNOWN_GATE,
    );
  });
}

async function savedGate(
  shell: Shell,
  { sessionId, gateId }: Named,
  path: string,
): Promise<{ readonly gate: PendingApproval; readonly namespace: string }> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`${path} can't be read: ${String(error)}`, EXIT.usage);
  });
  const gates = savedGates(path, text);
  const gate = gates.find((one) => one.gateId === gateId && one.sessionId === sessionId);
  if (gate === undefined) {
    throw new CommandFailure(
      `${path} has no gate ${gateId} of ${sessionId}. Save it: holdpoint gates ${shellWord(sessionId)} --json > ${shellWord(path)}`,
      EXIT_OF_REFUSAL.UNKNOWN_GATE,
    );
  }
  return { gate, namespace: shell.options.namespace ?? DEFAULT_NAMESPACE };
}

function decisionOn(gate: PendingApproval, reviewerId: string, flags: SignFlags): Decision {
  const { gateId, runId, payloadDigest, actionType, kind } = gate;
  const { reason } = flags;
  const grant = grantOf(flags, actionType);
  return {
    decisionId: randomUUID(),
    gateId,
    runId,
    payloadDigest,
    ...said(kind, flags),
    reviewerId,
    ...(reason === undefined ? {} : { rationale: reason }),
    ...(grant === undefined ? {} : { grant }),
  };
}

function said(kind: PendingApproval['kind'], flags: SignFlags): Said {
  const { answer, approve, reject, modify } = flags;
  if (answer === undefined) return whatWasSaid(flags);
  if (approve === undefined && reject === undefined && modify === undefined) {
    return answeredWith(kind, answer);
  }
  throw new CommandFailure('Say one of --approve, --reject, --modify and --answer.', EXIT.usage);
}

/** A script names what it has looked at; a person looks at what stands above the question. */
async function confirm(
  shell: Shell,
  { gate, decision }: { readonly gate: PendingApproval; readonly decision: Decision },
  { yes, digest }: SignFlags,
): Promise<void> {
  if (gate.proof !== 'signed')
    shell.progress('This gate asks for no signature: it would count without.');
  if (yes === true) {
    if (digest !== undefined) return;
    throw new CommandFailure('--yes needs the --digest of what was shown.', EXIT.usage);
  }
  const { decision: verdict, reviewerId } = decision;
  const answer = await shell.ask(`Sign "${verdict}" for exactly this, as ${reviewerId}? (yes/no) `);
  if (answer?.trim().toLowerCase() === 'yes') return;
  throw new CommandFailure(
    answer === undefined
      ? 'Nobody is there to ask. In a script: --yes, with the --digest that was shown.'
      : 'Nothing was signed.',
    answer === undefined ? EXIT.usage : EXIT.failed,
  );
}

function sendText(sessionId: string, until: string): string {
  return [
    `Signed. It counts until ${until}, once, at this gate.`,
    `In Temporal UI: the workflow ${sessionId}, Send a Signal, name ${SIGNAL}, and this as its input. Or, from a file:`,
    `  temporal workflow signal --workflow-id ${shellWord(sessionId)} --name ${SIGNAL} --input-file FILE`,
  ].join('\n');
}

function validFor(text: string): number {
  const ms = lengthMs(text);
  if (ms <= PROOF_LIFETIME_MAX_MS) return ms;
  throw new CommandFailure('A signature is good for at most 24h.', EXIT.usage);
}
