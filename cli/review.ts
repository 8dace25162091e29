/** Walks a person through what waits: shows a gate whole, asks, sends what they say for exactly what they saw. */
import { createInterface, type Interface } from 'node:readline/promises';
import type { DecisionInput } from '../client/decide.ts';
import type { HoldpointClient } from '../client/holdpoint-client.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { isJsonObject } from '../domain/text/json.ts';
import { shownText } from '../domain/text/shown-text.ts';
import { answerText } from './answer-text.ts';
import { EXIT } from './exit-codes.ts';
import { gateLines, isWhatRuns } from './gate-text.ts';
import { askGrant } from './grant-question.ts';
import { CommandFailure, type Shell } from './shell.ts';
import { decideGate, signerOf } from './signing.ts';

interface Reviewing {
  readonly reviewerId: string;
  /** Stay when nothing waits any more, and show what comes. */
  readonly stays: boolean;
  /** Signs with this key; left out: with that of the reviewer, where a gate asks for it. */
  readonly key?: string | undefined;
}

type Said =
  | Pick<DecisionInput, 'decision' | 'modifications' | 'rationale' | 'grant'>
  | 'skip'
  | 'quit';

export async function review(
  shell: Shell,
  holdpoint: HoldpointClient,
  { reviewerId, stays, key: named }: Reviewing,
): Promise<void> {
  if (shell.isJson || !process.stdin.isTTY) {
    throw new CommandFailure(
      'A review needs a terminal. In a script: holdpoint pending --json, then holdpoint decide.',
      EXIT.usage,
    );
  }
  // Before the first gate: a passphrase is asked for once, and by nobody else than the key.
  const found = await signerOf(shell, { reviewerId, key: named });
  const signing = { isSigned: named !== undefined, signer: async () => found };
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const looked = new Set<string>();
  try {
    for await (const sessionId of waitingSessions(holdpoint, stays)) {
      for (const gate of await holdpoint.gates(sessionId)) {
        const key = `${gate.runId}/${gate.gateId}/${gate.tier}`;
        if (looked.has(key)) continue;
        looked.add(key);
        shell.line(['', ...gateLines(gate)].join('\n'));
        // It says so itself: nobody is asked about what would not run.
        if (!isWhatRuns(gate)) continue;
        const said = await ask(terminal, gate);
        if (said === 'quit') return;
        if (said === 'skip') continue;
        const { gateId, runId, payloadDigest } = gate;
        const decision = { gateId, runId, payloadDigest, reviewerId, ...said };
        const answer = await decideGate(holdpoint, { sessionId, decision, gate, ...signing });
        shell.line(answerText(answer));
      }
    }
    shell.line('Nothing else waits.');
  } finally {
    terminal.close();
  }
}

async function* waitingSessions(holdpoint: HoldpointClient, stays: boolean): AsyncIterable<string> {
  if (stays) {
    for await (const { sessions } of holdpoint.watchPending()) {
      yield* sessions.map(({ sessionId }) => sessionId);
    }
    return;
  }
  for await (const { sessionId } of holdpoint.everyPending()) yield sessionId;
}

async function ask(terminal: Interface, gate: PendingApproval): Promise<Said> {
  const { kind, payload } = gate;
  const change = kind === 'action' ? 'm change its arguments' : 'm write the answer';
  for (;;) {
    const key = (
      await terminal.question(`[a approve, r reject, ${change}, s skip, q quit] `)
    ).trim();
    switch (key) {
      case 's':
        return 'skip';
      case 'q':
        return 'quit';
      case 'a':
        return {
          decision: 'approved',
          ...(await askGrant((question) => terminal.question(question), gate)),
          ...(await why(terminal)),
        };
      case 'r':
        return { decision: 'rejected', ...(await why(terminal)) };
      case 'm': {
        const modifications =
          kind === 'action'
            ? await changes(terminal, shownText(JSON.stringify(payload)))
            : {
                [kind === 'effect' ? 'result' : 'answer']: await terminal.question('The answer: '),
              };
        if (modifications === undefined) break;
        // A question is not changed: it is approved with the words that answer it.
        const decision = kind === 'question' ? 'approved' : 'modified';
        return { decision, modifications, ...(await why(terminal)) };
      }
      default:
    }
  }
}

async function why(terminal: Interface): Promise<{ readonly rationale?: string }> {
  const rationale = (await terminal.question('Why? (Enter: nothing) ')).trim();
  return rationale === '' ? {} : { rationale };
}

async function changes(
  terminal: Interface,
  payload: string,
): Promise<DecisionInput['modifications'] | undefined> {
  const text = await terminal.question(`What changes, as JSON (now ${payload}): `);
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Asked again.
  }
  return undefined;
}
