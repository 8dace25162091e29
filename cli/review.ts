/** Walks a person through what waits: shows a gate whole, asks, sends what they say for exactly what they saw. */
import { once } from 'node:events';
import type { DecisionInput } from '../client/decision-input.ts';
import type { HoldpointClient } from '../client/holdpoint-client.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { isJsonObject, type JsonObject } from '../domain/text/json.ts';
import { visibleJson } from '../domain/text/visible-text.ts';
import { answerText } from './answer-text.ts';
import { EXIT } from './exit-codes.ts';
import { gateLines, isWhatRuns } from './gate-text.ts';
import { askGrant } from './grant-question.ts';
import { CommandFailure, type Shell, type Terminal } from './shell.ts';
import { decideGate, type Deciding, signerOf } from './signing.ts';

interface Reviewing {
  readonly reviewerId: string;
  /** Stay when nothing waits any more, and show what comes. */
  readonly stays: boolean;
  /** Signs with this key; left out: with that of the reviewer, where a gate asks for it. */
  readonly key?: string | undefined;
}

type Decided = Pick<DecisionInput, 'decision' | 'modifications' | 'rationale' | 'grant'>;

export async function review(shell: Shell, reviewing: Reviewing): Promise<void> {
  const open = shell.terminal;
  if (open === undefined) {
    throw new CommandFailure(
      'A review needs a terminal. In a script: holdpoint pending --json, then holdpoint decide.',
      EXIT.usage,
    );
  }
  await shell.withClient(async (holdpoint) => {
    // Before the first gate: a passphrase is asked for once, and by nobody else than the key.
    const { reviewerId, key } = reviewing;
    const signer = await signerOf(shell, { reviewerId, key });
    const terminal = open();
    try {
      await walk(holdpoint, { shell, terminal, signer }, reviewing);
    } finally {
      terminal.close();
    }
  });
}

async function walk(
  holdpoint: HoldpointClient,
  asking: Asking,
  { reviewerId, stays, key: named }: Reviewing,
): Promise<void> {
  const { shell, terminal, signer } = asking;
  const signing = { isSigned: named !== undefined, signer: async () => signer };
  const looked = new Set<string>();
  for await (const sessionId of until(terminal.left, waitingSessions(holdpoint, stays))) {
    for (const gate of await holdpoint.gates(sessionId)) {
      const key = `${gate.runId}/${gate.gateId}/${gate.tier}`;
      if (looked.has(key)) continue;
      looked.add(key);
      shell.line(['', ...gateLines(gate)].join('\n'));
      // It says so itself: nobody is asked about what would not run.
      if (!isWhatRuns(gate)) continue;
      const said = await ask(asking, gate);
      if (said === 'quit') return;
      if (said === 'skip') continue;
      const { gateId, runId, payloadDigest } = gate;
      const decision = { gateId, runId, payloadDigest, reviewerId, ...said };
      const answer = await decideGate(holdpoint, { sessionId, decision, gate, ...signing });
      shell.line(answerText(answer));
    }
  }
  if (!terminal.left.aborted) shell.line('Nothing else waits.');
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

/** What comes, until the person has left. */
async function* until<T>(left: AbortSignal, items: AsyncIterable<T>): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  const leaves = once(left, 'abort');
  while (!left.aborted) {
    const next = await Promise.race([iterator.next(), leaves]);
    if (Array.isArray(next) || next.done === true) return;
    yield next.value;
  }
}

interface Asking {
  readonly shell: Shell;
  readonly terminal: Terminal;
  readonly signer: Awaited<ReturnType<Deciding['signer']>>;
}

/** What each key means, by kind of gate. */
const KEYS: Readonly<Record<PendingApproval['kind'], string>> = {
  action: 'a approve, r reject, m change its arguments',
  answer: 'a approve, r reject, m write another answer',
  question: 'a answer, r give no answer',
  effect: 'a it happened, r it did not, m it happened, with a result',
};

/** Whoever leaves in the middle has decided nothing. */
async function ask(asking: Asking, gate: PendingApproval): Promise<Decided | 'skip' | 'quit'> {
  const { terminal } = asking;
  for (;;) {
    const key = (await terminal.ask(`[${KEYS[gate.kind]}, s skip, q quit] `))?.trim() ?? 'q';
    if (key === 'q') return 'quit';
    if (key === 's') return 'skip';
    const decided = await decidedBy(key, asking, gate);
    if (decided === undefined) continue;
    const rationale = (await terminal.ask('Why? (Enter: nothing) '))?.trim();
    if (rationale === undefined) return 'quit';
    return rationale === '' ? decided : { ...decided, rationale };
  }
}

/** Undefined: nothing is, so that it is asked again. */
async function decidedBy(
  key: string,
  asking: Asking,
  gate: PendingApproval,
): Promise<Decided | undefined> {
  switch (key) {
    case 'a': {
      if (gate.kind !== 'question') {
        const granted = await askGrant(asking.terminal.ask, gate);
        return granted && { decision: 'approved', ...granted };
      }
      const modifications = await written('answer', asking);
      return modifications && { decision: 'approved', modifications };
    }
    case 'r':
      return { decision: 'rejected' };
    case 'm': {
      const modifications = await changes(asking, gate);
      return modifications && { decision: 'modified', modifications };
    }
    default:
      return undefined;
  }
}

async function changes(asking: Asking, gate: PendingApproval): Promise<JsonObject | undefined> {
  switch (gate.kind) {
    case 'action':
      return changedArguments(asking, gate.payload);
    case 'answer':
      return written('answer', asking);
    case 'effect':
      return written('result', asking);
    case 'question':
      return undefined;
  }
}

async function written(
  name: 'answer' | 'result',
  { terminal }: Asking,
): Promise<JsonObject | undefined> {
  const words = await terminal.ask(`The ${name}: `);
  return words === undefined ? undefined : { [name]: words };
}

async function changedArguments(
  { shell, terminal }: Asking,
  payload: JsonObject,
): Promise<JsonObject | undefined> {
  const now = visibleJson(JSON.stringify(payload));
  const text = await terminal.ask(`What changes, as JSON (now ${now}): `);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below.
  }
  shell.line('That is no JSON object. Write only what changes, such as {"amount": 50}.');
  return undefined;
}
