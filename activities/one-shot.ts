/**
 * The second look at an action, in the worker that is about to execute it: is there a consent, is it for exactly this
 * call, was its decision made in this run, and does the one-shot ledger let it go? Then, and only then, it runs, and
 * the ledger learns what came of it. All execution comes through here, whichever way it was scheduled.
 *
 * H1 the digest is computed anew from the arguments that the tool will get · H2 a decision of another run, or used
 * before, is refused · H11 what broke off is `unknown`, never tried again · H12 the ledger decides, outside the run.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { payloadsOf } from '../domain/action/call-arguments.ts';
import { type Consent, idempotencyKey } from '../domain/action/consent.ts';
import { payloadDigest } from '../domain/text/digest.ts';
import { EXECUTION_FAILURES, isOwnFailure } from '../domain/action/execution.ts';
import { isJson, type Json, type JsonObject } from '../domain/text/json.ts';
import { SECOND_MS } from '../domain/limits.ts';
import type { LedgerEntry, Reservation } from '../domain/action/ledger.ts';
import { startMove } from '../domain/action/ledger.ts';
import { classification, type Policy, toolPolicy } from '../domain/policy/policy.ts';
import { refusal, type Refusal, type RefusalCode } from '../domain/refusal.ts';
import { type Reversibility, strictestReversibility } from '../domain/policy/reversibility.ts';
import { type EvidenceStore, EvidenceUnavailable, type SessionKey } from '../evidence/store.ts';
import { isProofDemanded, votesOf } from '../domain/action/second-judgement.ts';
import { undeclaredAction } from '../domain/action/undeclared-action.ts';
import { messageOf } from './outside-text.ts';
import { type AboutToRun, lookAgain } from './second-look.ts';
import { whileAlive, withinTime } from './time-bound.ts';
import { declaredReversibility, isNotExecuted, type Tool } from './tool.ts';
import type { ToolRegistry } from './tool-registry.ts';
import type { TrustParts } from './trust.ts';

export interface ExecutionParts extends TrustParts {
  readonly evidence: EvidenceStore;
  readonly registry: ToolRegistry;
}

/** One attempt of one activity, as Temporal delivered it. */
export interface Attempt {
  readonly actionType: string;
  readonly args: readonly unknown[];
  readonly workflowId: string;
  readonly runId: string;
  readonly namespace: string;
  readonly consent: Consent | undefined;
}

/** Runs `call` if the attempt may, or fails with a refusal that the workflow understands. */
export async function executeOnce(
  parts: ExecutionParts,
  attempt: Attempt,
  call: () => Promise<unknown>,
): Promise<unknown> {
  const tool = await toolAsItIs(parts.registry, attempt.actionType);
  const { consent } = attempt;
  if (consent === undefined) {
    if (runsWithoutConsent(parts.policy, attempt, tool)) return call();
    throw refused('CONSENT_MISSING');
  }
  const payloads = payloadsOf(attempt.args, tool !== undefined);
  const args = checkConsent({ ...attempt, consent }, tool, payloads);
  await checkAuthority(parts, { consent, args, tool, namespace: attempt.namespace });
  if (!needsLedger(parts.policy, consent, tool)) return call();
  const { runId } = attempt;
  const answer = await beforeEffect(async () => {
    await checkRun(parts.evidence, attempt, consent);
    return startInLedger(parts.evidence, { consent, runId });
  });
  // An activity of a team's own does not say that it is alive, and its worker may be lost while it runs.
  const run =
    tool === undefined && consent.oneShot ? async () => whileAlive(Context.current(), call) : call;
  return answer === 'started' ? called(parts.evidence, consent, run) : settled(answer);
}

/**
 * Takes the key of an action that the workflow itself is about to start: a child workflow, a Nexus operation. That it
 * starts once in this run is Temporal's promise; that no other run starts it, the ledger's. Asked again in the same run,
 * it stands.
 */
export async function reserveStart(
  parts: ExecutionParts,
  attempt: Named & Pick<Attempt, 'namespace'>,
  { payload, tool }: { readonly payload: JsonObject; readonly tool: Tool | undefined },
): Promise<void> {
  const { evidence } = parts;
  const { consent, runId, namespace } = attempt;
  const args = checkConsent(attempt, tool, [payload]);
  await checkAuthority(parts, { consent, args, tool, namespace });
  const answer = await beforeEffect(async () => {
    await checkRun(evidence, attempt, consent);
    const entry = await evidence.entry(idempotencyKey(consent));
    return isOwnStart(entry, { consent, runId })
      ? 'started'
      : startInLedger(evidence, { consent, runId });
  });
  if (answer === 'started') return;
  settled(answer);
  // It was started before, in another run: what came of it is for the ledger to say, and nothing is started again.
  throw effectUnknown('It was started in another run of this session.');
}

function isOwnStart(entry: LedgerEntry | undefined, { consent, runId }: Reservation): boolean {
  return (
    entry?.state === 'started' &&
    entry.runId === runId &&
    entry.payloadDigest === consent.payloadDigest &&
    entry.decisionId === consent.decision?.decisionId
  );
}

/** Of the time that an activity has beyond its tool's own. */
const REFRESH_MS = 5 * SECOND_MS;

/** What a consent is compared with. A tool that can't be asked what it is now is not called. */
async function toolAsItIs(registry: ToolRegistry, name: string): Promise<Tool | undefined> {
  const known = registry.find(name);
  if (known?.refresh === undefined) return known;
  try {
    const context = Context.current();
    const bound = {
      timeoutMs: REFRESH_MS,
      cancellation: context.cancellationSignal,
      timedOut: () =>
        new Error(`${name} was not called: what it is now could not be found out in time`),
    };
    return await whileAlive(context, async () =>
      withinTime(bound, async () => registry.refresh(name)),
    );
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
    throw ApplicationFailure.create({
      message: messageOf(error),
      type: EXECUTION_FAILURES.notExecuted,
      nonRetryable: isNotExecuted(error),
    });
  }
}

/** Nothing has been called yet: an evidence store that does not serve is waited for, by the workflow. */
async function beforeEffect<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await whileAlive(Context.current(), work);
  } catch (error) {
    if (!(error instanceof EvidenceUnavailable)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, EXECUTION_FAILURES.evidenceUnavailable);
  }
}

function refused(code: RefusalCode, note?: string, detail?: string): ApplicationFailure {
  return refusedAs(refusal(code, detail), note);
}

function refusedAs({ code, message }: Refusal, note?: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
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

/**
 * Without a consent only what tool and policy both call a read runs. What is no tool is not ours to judge, unless the policy
 * names it and asks for proof: then nobody who can schedule activities, with whatever workflow, does without it (H6).
 */
function runsWithoutConsent(
  policy: Policy,
  { actionType, args }: Attempt,
  tool: Tool | undefined,
): boolean {
  if (tool !== undefined) return isRead(policy, tool);
  if (toolPolicy(policy, actionType) === undefined) return true;
  const [payload = {}] = payloadsOf(args, false);
  return !isProofDemanded(policy, undeclaredAction(actionType, payload));
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

type Named = Pick<Attempt, 'actionType' | 'workflowId' | 'runId'> & { readonly consent: Consent };

/** H1: who let it pass may still do so, by what this worker knows now. */
async function checkAuthority(parts: ExecutionParts, about: AboutToRun): Promise<void> {
  const no = await whileAlive(Context.current(), async () => lookAgain(parts, about));
  if (no !== undefined) throw refusedAs(no, no.message);
}

/**
 * H1: a consent names exactly one action over exactly one payload; a call may be read as one of several. Returns the one
 * that it is.
 */
function checkConsent(
  { consent, actionType, workflowId }: Named,
  tool: Tool | undefined,
  payloads: readonly JsonObject[],
): JsonObject {
  if (consent.toolVersion !== (tool?.version ?? '1')) {
    const detail = `The tool ${actionType} is another one since this was cleared: propose the call again.`;
    throw refused('DIGEST_MISMATCH', undefined, detail);
  }
  const isNamed =
    consent.version === 1 && consent.sessionId === workflowId && consent.actionType === actionType;
  const args = payloads.find(
    (one) => payloadDigest({ ...consent, arguments: one }) === consent.payloadDigest,
  );
  if (!isNamed || args === undefined) throw refused('DIGEST_MISMATCH');
  return args;
}

/** A decision counts in the run that it was shown in, and in those that continued it; never after a Reset. */
async function checkRun(
  evidence: EvidenceStore,
  { runId }: Pick<Attempt, 'runId'>,
  consent: Consent,
): Promise<void> {
  const { decision, ancestorRuns } = consent;
  if (decision === undefined) return;
  const shownIn = [decision.runId, ...(votesOf(consent) ?? []).map((vote) => vote.runId)];
  if (shownIn.every((run) => run === runId || ancestorRuns.includes(run))) return;
  const note = `It was approved in another run of this session. ${await executedSoFar(evidence, consent)}`;
  throw refused('DECISION_FROM_OTHER_RUN', note);
}

const SHOWN_ENTRIES_MAX = 20;

/** For the person who is asked again: what this session has executed, in whichever run. The newest stands last. */
async function executedSoFar(evidence: EvidenceStore, session: SessionKey): Promise<string> {
  const entries = (await evidence.entriesOf(session)).filter(mayHaveHappened);
  if (entries.length === 0) return 'Nothing was executed so far.';
  const shown = entries
    .slice(-SHOWN_ENTRIES_MAX)
    .map(({ actionType, actionId, state }) => `${actionType} ${actionId} ${state}`);
  const left = entries.length - shown.length;
  const others = left === 0 ? '' : `${left} others, and `;
  return `Executed so far: ${others}${shown.join(', ')}.`;
}

function mayHaveHappened({ state, happened }: LedgerEntry): boolean {
  if (state === 'reconciled') return happened === true;
  return state === 'started' || state === 'done' || state === 'unknown';
}

/** Takes the action's key and marks it as started; or says what the ledger answers instead. */
async function startInLedger(
  evidence: EvidenceStore,
  reservation: Reservation,
): Promise<'started' | Answer> {
  const { consent } = reservation;
  const key = idempotencyKey(consent);
  for (const text of consent.contents ?? []) await evidence.putContent(text);
  const answer = await evidence.reserve(reservation);
  if (answer.status === 'refused' && answer.code === 'CONSENT_SPENT') {
    throw refused(answer.code, `${SPENT} ${await executedSoFar(evidence, consent)}`);
  }
  if (answer.status !== 'go') return answer;
  if ((await evidence.move(key, startMove(reservation))) !== undefined) return 'started';
  // Between the two transactions someone else moved it, or a kill came: what is answered now counts.
  const now = await evidence.reserve(reservation);
  return now.status === 'go' ? { status: 'unknown' } : now;
}

const SPENT = 'This step of the session, or its approval, was used before for another action.';

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

function effectUnknown(message: string, cause?: Error): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: EXECUTION_FAILURES.effectUnknown,
    nonRetryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
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
  if (!consent.oneShot) return asItsOwn(error);
  await moveSurely(() => evidence.move(key, { to: 'unknown', message }));
  return effectUnknown(message, error instanceof Error ? error : undefined);
}

/** An activity of a team's own may fail with any type. None of them is taken for one of ours. */
function asItsOwn(error: unknown): unknown {
  if (!(error instanceof ApplicationFailure) || !isOwnFailure(error.type)) return error;
  const { message, type, nonRetryable } = error;
  return ApplicationFailure.create({
    message,
    type: `Activity.${type ?? ''}`,
    nonRetryable: nonRetryable === true,
    cause: error,
  });
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
