/**
 * The second look at an action, in the worker that is about to execute it: is there a consent, is it for exactly this
 * call, was its decision made in this run, and does the one-shot ledger let it go? Then, and only then, it runs, and
 * the ledger learns what came of it. All execution comes through here, whichever way it was scheduled.
 *
 * H1 the digest is computed anew from the arguments that the tool will get · H2 a decision of another run, or used
 * before, is refused · H11 what broke off is `unknown`, never tried again · H12 the ledger decides, outside the run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { argumentsOf } from '../domain/call-arguments.ts';
import { type Consent, idempotencyKey } from '../domain/consent.ts';
import { payloadDigest } from '../domain/digest.ts';
import { EXECUTION_FAILURES } from '../domain/execution.ts';
import { isJson, type Json } from '../domain/json.ts';
import type { LedgerEntry, Reservation } from '../domain/ledger.ts';
import { answerReservation } from '../domain/ledger.ts';
import { classification, type Policy, toolPolicy } from '../domain/policy.ts';
import { refusal, type RefusalCode } from '../domain/refusal.ts';
import { type Reversibility, strictestReversibility } from '../domain/reversibility.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { messageOf } from './outside-text.ts';
import { declaredReversibility, type Tool } from './tool.ts';
import type { ToolRegistry } from './tool-registry.ts';

export interface ExecutionParts {
  readonly evidence: EvidenceStore;
  readonly registry: ToolRegistry;
  readonly policy: Policy;
}

/** One attempt of one activity, as Temporal delivered it. */
export interface Attempt {
  readonly actionType: string;
  readonly args: readonly unknown[];
  readonly workflowId: string;
  readonly runId: string;
  readonly consent: Consent | undefined;
}

/** Runs `call` if the attempt may, or fails with a refusal that the workflow understands. */
export async function executeOnce(
  parts: ExecutionParts,
  attempt: Attempt,
  call: () => Promise<unknown>,
): Promise<unknown> {
  const tool = parts.registry.find(attempt.actionType);
  const { consent } = attempt;
  if (consent === undefined) {
    // Without a consent only what tool and policy both call a read runs; what is not a tool is not ours to judge.
    if (tool === undefined || isRead(parts.policy, tool)) return call();
    throw refused('CONSENT_MISSING');
  }
  checkConsent(attempt, consent, tool);
  if (!needsLedger(parts.policy, consent, tool)) return call();
  if (consent.decision === undefined && isAtLeast(parts.policy, tool, 'irreversible')) {
    throw refused('CONSENT_MISSING');
  }
  await checkRun(parts, attempt, consent);
  return throughLedger(parts, { consent, runId: attempt.runId }, call);
}

function refused(code: RefusalCode, note?: string): ApplicationFailure {
  return ApplicationFailure.create({
    message: refusal(code).message,
    type: code,
    nonRetryable: true,
    // An expected "no", which no one has to be woken for.
    category: 'BENIGN',
    details: note === undefined ? [] : [note],
  });
}

function isRead(policy: Policy, tool: Tool): boolean {
  return tool.readOnly === true && toolPolicy(policy, tool.name)?.readOnly === true;
}

/** What this worker knows of the tool may be stricter than what the workflow knew when it cleared the call. */
function isAtLeast(policy: Policy, tool: Tool | undefined, level: Reversibility): boolean {
  if (tool === undefined || isRead(policy, tool)) return false;
  const known = classification(policy, { actionType: tool.name, ...declaredReversibility(tool) });
  return strictestReversibility(known, level) === known;
}

function needsLedger(policy: Policy, consent: Consent, tool: Tool | undefined): boolean {
  const isWanted = consent.oneShot || consent.decision !== undefined;
  return isWanted || isAtLeast(policy, tool, 'partially_reversible');
}

function checkConsent(attempt: Attempt, consent: Consent, tool: Tool | undefined): void {
  const args = argumentsOf(attempt.args);
  const isForThis =
    consent.version === 1 &&
    consent.sessionId === attempt.workflowId &&
    consent.actionType === attempt.actionType &&
    consent.toolVersion === (tool?.version ?? '1') &&
    args !== undefined &&
    payloadDigest({ ...consent, arguments: args }) === consent.payloadDigest;
  if (!isForThis) throw refused('DIGEST_MISMATCH');
}

/** A decision counts in the run that it was shown in, and in those that continued it; never after a Reset. */
async function checkRun(
  { evidence }: ExecutionParts,
  { runId }: Attempt,
  consent: Consent,
): Promise<void> {
  const { decision, ancestorRuns } = consent;
  if (decision === undefined) return;
  if (decision.runId === runId || ancestorRuns.includes(decision.runId)) return;
  const entries = await evidence.entriesOf(consent);
  throw refused('DECISION_FROM_OTHER_RUN', earlierRuns(entries));
}

/** For the person who is asked again: what runs before this one have done. */
function earlierRuns(entries: readonly LedgerEntry[]): string {
  if (entries.length === 0)
    return 'Approved in another run of this session. Nothing was executed there.';
  const lines = entries.map(
    ({ actionType, actionId, state }) => `${actionType} ${actionId} ${state}`,
  );
  return `Approved in another run of this session, which executed: ${lines.join(', ')}.`;
}

async function throughLedger(
  parts: ExecutionParts,
  reservation: Reservation,
  call: () => Promise<unknown>,
): Promise<unknown> {
  const { evidence } = parts;
  const key = idempotencyKey(reservation.consent);
  for (const text of reservation.consent.contents ?? []) await evidence.putContent(text);
  const answer = await evidence.reserve(reservation);
  if (answer.status !== 'go') return settled(answer);
  if ((await evidence.move(key, { to: 'started' })) === undefined) {
    // Someone else moved it between the two transactions: whatever it is now is the answer.
    const entry = await evidence.entry(key);
    if (entry === undefined) throw new Error(`The ledger lost ${key}`);
    const now = answerReservation(entry, reservation.consent);
    return settled(now.status === 'go' ? { status: 'unknown' } : now);
  }
  return called(evidence, reservation.consent, call);
}

type Answer = Exclude<Awaited<ReturnType<EvidenceStore['reserve']>>, { readonly status: 'go' }>;

function settled(answer: Answer): Json {
  switch (answer.status) {
    case 'done':
      return answer.result;
    case 'failed':
      throw ApplicationFailure.nonRetryable(answer.message, EXECUTION_FAILURES.notExecuted);
    case 'unknown':
      throw effectUnknown('An earlier attempt at this action broke off.');
    case 'refused':
      throw refused(answer.code);
  }
}

function effectUnknown(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, EXECUTION_FAILURES.effectUnknown);
}

async function called(
  evidence: EvidenceStore,
  consent: Consent,
  call: () => Promise<unknown>,
): Promise<unknown> {
  const key = idempotencyKey(consent);
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    throw await afterError(evidence, consent, error);
  }
  // The effect is there and its result is known: a ledger that can't be reached now must not turn it into a doubt.
  await moveSurely(() =>
    evidence.move(key, { to: 'done', result: isJson(result) ? result : null }),
  );
  return result;
}

const NOTHING_HAPPENED: readonly (string | null | undefined)[] = [
  EXECUTION_FAILURES.notExecuted,
  EXECUTION_FAILURES.invalidArguments,
];

async function afterError(
  evidence: EvidenceStore,
  consent: Consent,
  error: unknown,
): Promise<unknown> {
  const key = idempotencyKey(consent);
  const message = messageOf(error);
  if (error instanceof ApplicationFailure && NOTHING_HAPPENED.includes(error.type)) {
    await moveSurely(() => evidence.move(key, { to: 'failed_before_effect', message }));
    return error;
  }
  // What may repeat under its key is tried again by Temporal.
  if (!consent.oneShot) return error;
  await moveSurely(() => evidence.move(key, { to: 'unknown', message }));
  return effectUnknown(message);
}

const MOVE_ATTEMPTS = 5;

/** Tries a move a few times. If the ledger stays out of reach, its entry stays `started`: strict, and looked at later. */
async function moveSurely(move: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; attempt <= MOVE_ATTEMPTS; attempt += 1) {
    try {
      await move();
      return;
    } catch {
      await delay(100 * 2 ** attempt);
    }
  }
}
