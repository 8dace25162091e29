/**
 * What replay-order.ts leaves in a history, and how it reads the jobs and commands of the SDK. It keeps nothing and
 * decides nothing.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';
import { LOCAL_MS, SECOND_MS } from '../domain/limits.ts';
import { ORDER_MARK, WIRE_PREFIX } from '../domain/messages.ts';

export type Command = ConcludeActivationInput['commands'][number];
export type Activation = ActivateInput['activation'];
export type Job = NonNullable<Activation['jobs']>[number];

/** Timers of the workflow count from 1: these are out of their way, and the SDK passes over what it does not know. */
export const TIMER_SEQ = 1_000_000_000;

export const MARKS = {
  /** This local activity's result is late. */
  late: (seq: number) => `${ORDER_MARK}/late/${seq}`,
  /** When this timer fired, a late result was not there yet. */
  waits: (timer: number) => `${ORDER_MARK}/waits/${timer}`,
  /** From here on, results wait for each other also where a later task comes between. */
  together: `${ORDER_MARK}/together`,
  /** Keeps a task in the history that leaves nothing else there, and may be ended before its local activities. */
  task: (task: number) => `${ORDER_MARK}/task/${task}`,
  /** What this task began with had come early, for the n-th time. */
  early: (nth: number) => `${ORDER_MARK}/early/${nth}`,
} as const;

/** A task has a time of its own, and the size that the history had when it began: these have both from one. */
export function isAtOneMoment(
  one: Omit<Activation, 'jobs'>,
  other: Omit<Activation, 'jobs'>,
): boolean {
  return (
    String(one.timestamp?.seconds) === String(other.timestamp?.seconds) &&
    one.timestamp?.nanos === other.timestamp?.nanos &&
    String(one.historySizeBytes) === String(other.historySizeBytes)
  );
}

/** The query of a task that has nothing else: its answer may have no command beside it. */
export function isLonelyQuery({ queryWorkflow }: Job): boolean {
  return queryWorkflow?.queryId === 'legacy_query';
}

/** The number of the local activity whose result it is. */
export function seqOf({ resolveActivity: result }: Job): number | undefined {
  return result?.isLocal === true ? (result.seq ?? undefined) : undefined;
}

export function timerOf({ fireTimer }: Job): number | undefined {
  return fireTimer?.seq ?? undefined;
}

export function isMessage({ signalWorkflow, doUpdate }: Job): boolean {
  return Boolean(signalWorkflow ?? doUpdate);
}

export function isOwnSignal({ signalWorkflow }: Job): boolean {
  return signalWorkflow?.signalName?.startsWith(WIRE_PREFIX) === true;
}

export function isMark({ setPatchMarker }: Command): boolean {
  return setPatchMarker?.patchId?.startsWith(`${ORDER_MARK}/`) === true;
}

export function markCommand(patchId: string): Command {
  return { setPatchMarker: { patchId, deprecated: true } };
}

export function timerCommand(seq: number, delayMs: number): Command {
  const summary = defaultPayloadConverter.toPayload('hands over what came out of turn');
  return { startTimer: { seq, startToFireTimeout: msToTs(delayMs) }, userMetadata: { summary } };
}

export function isShort({
  scheduleToCloseTimeout: limit,
}: NonNullable<Command['scheduleLocalActivity']>): boolean {
  if (!limit) return false;
  const ms = Number(limit.seconds ?? 0) * SECOND_MS + (limit.nanos ?? 0) / 1_000_000;
  return ms <= LOCAL_MS;
}
