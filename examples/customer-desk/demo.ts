/**
 * The demo: a real session on a real Temporal server, over real data. Reads pass; a refund, a deletion, a message and
 * an unsure answer wait for a person. `--auto` plays the person.
 */
import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { HoldpointClient, type PendingApproval } from 'holdpoint/client';
import { type Embedded, startEmbedded } from 'holdpoint/worker';
import { DeskDatabase } from './desk-database.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { deskPolicy } from './policy.ts';
import { type Reviewer, scriptedReviewer, terminalReviewer } from './reviewers.ts';
import { print, printGate } from './screen.ts';
import { confidenceModel, GOAL, model } from './script.ts';
import { deskTools } from './tools.ts';

const HELP = `npm run demo [-- --auto]

Runs one agent session of a small customer desk on an embedded Temporal server, with a scripted
model. At a terminal you decide at its gates; with --auto a script does.

  --auto   decide by script; ends by itself, with exit code 0 when all went as told
  --help   this text`;

const POLL_MS = 150;
const OPERATOR = { operatorId: 'olga' };

interface Desk {
  readonly embedded: Embedded;
  readonly connection: Connection;
  readonly holdpoint: HoldpointClient;
  readonly database: DeskDatabase;
  readonly mail: MailServer;
}

async function openDesk(): Promise<Desk> {
  const [database, mail] = await Promise.all([DeskDatabase.open(), startMailServer()]);
  const embedded = await startEmbedded({
    progress: print.progress,
    policy: deskPolicy,
    tools: deskTools(database, mail.port),
    model,
    confidenceModel,
  });
  const { address, namespace, taskQueue } = embedded;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  return {
    embedded,
    connection,
    database,
    mail,
    holdpoint: new HoldpointClient({ client, taskQueue }),
  };
}

async function closeDesk({ embedded, connection, database, mail }: Desk): Promise<void> {
  await connection.close();
  await embedded.close();
  await Promise.all([database.close(), mail.close()]);
}

/** Decides whatever waits, until the session has ended. Returns its status. */
async function review(desk: Desk, sessionId: string, reviewer: Reviewer): Promise<string> {
  const stop = new AbortController();
  const ended = endOf(desk, sessionId).finally(() => stop.abort());
  for (let gates = 1; ; gates += 1) {
    const gate = await Promise.race([ended, nextGate(desk, sessionId, stop.signal)]);
    if (gate === undefined || typeof gate === 'string') return ended;
    printGate(gate);
    const act = gates === 1 && reviewer.isScripted ? decidePaused : decide;
    await act(desk, sessionId, { gate, reviewer });
  }
}

async function endOf({ holdpoint }: Desk, sessionId: string): Promise<string> {
  try {
    const result = await holdpoint.result(sessionId);
    const answer = 'answer' in result ? result.answer : result.unconfirmedAnswer;
    print.heading('The session has ended');
    print.line(`  ${result.status}: ${answer}`);
    return result.status;
  } catch (error) {
    print.heading(`The session failed: ${String(error)}`);
    return 'failed';
  }
}

async function nextGate(
  { holdpoint }: Desk,
  sessionId: string,
  signal: AbortSignal,
): Promise<PendingApproval | undefined> {
  while (!signal.aborted) {
    const [gate] = await holdpoint.gates(sessionId);
    if (gate !== undefined) return gate;
    await delay(POLL_MS);
  }
  return undefined;
}

interface Turn {
  readonly gate: PendingApproval;
  readonly reviewer: Reviewer;
}

async function decide(
  { holdpoint }: Desk,
  sessionId: string,
  { gate, reviewer }: Turn,
): Promise<void> {
  const answer = await reviewer.decide(gate);
  if (answer === 'pause') {
    const { phase } = await holdpoint.status(sessionId);
    const verb = phase === 'paused' ? 'resume' : 'pause';
    const reply = await holdpoint[verb](sessionId, {
      ...OPERATOR,
      reason: 'asked at the terminal',
    });
    print.event(`${verb}: ${reply.status}`);
    return;
  }
  const { gateId, runId, payloadDigest } = gate;
  const reviewerId = reviewer.id;
  const reply = await holdpoint.decide(sessionId, {
    gateId,
    runId,
    payloadDigest,
    reviewerId,
    ...answer,
  });
  const said = [answer.decision, answer.rationale].filter(Boolean).join(': ');
  const outcome = reply.status === 'refused' ? `refused, ${reply.message}` : reply.status;
  print.event(`${reviewerId} says ${said} → ${outcome}`);
}

/** Shows what a pause does: the decision is taken and kept, and nothing starts before the resume. */
async function decidePaused(desk: Desk, sessionId: string, turn: Turn): Promise<void> {
  const { holdpoint, database } = desk;
  await holdpoint.pause(sessionId, { ...OPERATOR, reason: 'a customer is on the phone' });
  print.event('olga pauses the session: deadlines stand still');
  await decide(desk, sessionId, turn);
  const { phase, inFlight } = await holdpoint.status(sessionId);
  const refunds = await database.refunds();
  print.event(`${phase}, in flight: ${inFlight.length}, refunds paid: ${refunds.length}`);
  await holdpoint.resume(sessionId, { ...OPERATOR, reason: 'the call is over' });
  print.event('olga resumes the session');
}

async function report(
  { holdpoint, database, mail, embedded }: Desk,
  sessionId: string,
): Promise<void> {
  print.heading('What changed in the world');
  const customers = await database.customers();
  print.line(`  customers: ${customers.map(({ id }) => id).join(', ')}`);
  const refunds = await database.refunds();
  print.line(
    `  refunds: ${refunds.map((one) => `${one.order_id} ${one.amount}`).join(', ') || 'none'}`,
  );
  print.line(`  mail: ${mail.received.join(', ') || 'none'}`);
  print.heading('What stands in the history');
  print.line(await holdpoint.auditReport(sessionId));
  if (embedded.uiUrl === undefined) return;
  print.heading('Temporal UI');
  print.line(`  ${embedded.uiUrl}/namespaces/${embedded.namespace}/workflows/${sessionId}`);
}

async function run(isAuto: boolean): Promise<number> {
  const terminal = isAuto
    ? undefined
    : createInterface({ input: process.stdin, output: process.stdout });
  const desk = await openDesk();
  try {
    print.heading('The agent is asked');
    print.line(`  ${GOAL}`);
    print.line(`  (model: ${model.name}; reviewer: ${isAuto ? 'a script' : 'you'})`);
    const sessionId = await desk.holdpoint.start({
      goal: GOAL,
      agentId: 'desk-agent',
      requesterId: 'customer-service',
    });
    if (desk.embedded.uiUrl !== undefined) {
      print.line(`  watch it: ${desk.embedded.uiUrl}/namespaces/default/workflows/${sessionId}`);
    }
    const reviewer = terminal === undefined ? scriptedReviewer() : terminalReviewer(terminal);
    const status = await review(desk, sessionId, reviewer);
    await report(desk, sessionId);
    await terminal?.question('\nEnter ends the demo and its servers. ');
    return status === 'completed' ? 0 : 1;
  } finally {
    terminal?.close();
    await closeDesk(desk);
  }
}

const args = process.argv.slice(2);
const unknown = args.filter((arg) => arg !== '--auto' && arg !== '--help');
if (args.includes('--help') || unknown.length > 0) {
  print.line(unknown.length > 0 ? `Unknown: ${unknown.join(' ')}\n\n${HELP}` : HELP);
  process.exitCode = unknown.length > 0 ? 2 : 0;
} else if (!args.includes('--auto') && !process.stdin.isTTY) {
  print.line('There is no terminal to ask. Run: npm run demo -- --auto');
  process.exitCode = 2;
} else {
  process.exitCode = await run(args.includes('--auto'));
}
