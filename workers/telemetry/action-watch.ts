/**
 * What a worker sees of the actions that it executes: that one was called, and how it ended. Told to whoever watches
 * (a log, metrics), who learns ids and outcomes, and never arguments or results.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { KillReply, StoredKill } from '../../domain/action/kill.ts';
import { EXECUTION_FAILURES } from '../../domain/action/execution.ts';
import { REFUSALS } from '../../domain/refusal.ts';

/** One attempt of a model turn. */
export interface WatchedTurn {
  readonly sessionId: string;
  readonly runId: string;
  readonly attempt: number;
}

export interface WatchedAction extends WatchedTurn {
  readonly actionId?: string;
  /** The activity's name. */
  readonly tool: string;
  readonly tier?: string;
  /** The gate at which a person let it run. */
  readonly gateId?: string;
}

/**
 * `executed` the tool returned · `answered` it had run before, and the ledger had the result · `not_executed` the tool, or
 * its schema, says that nothing happened · `refused` by the second look, nothing happened · `effect_unknown` it broke off
 * and runs once at most · `failed` it broke off and may be tried again · `cancelled` · `waiting` the evidence store did
 * not serve, nothing happened yet
 */
export const ACTION_OUTCOMES = [
  'executed',
  'answered',
  'not_executed',
  'refused',
  'effect_unknown',
  'failed',
  'cancelled',
  'waiting',
] as const;
export type WatchedOutcome = (typeof ACTION_OUTCOMES)[number];

export interface ActionEnd {
  readonly outcome: WatchedOutcome;
  /** Of a refusal. */
  readonly code?: string;
  readonly tookMs: number;
}

/** Of one session's evidence. */
export interface WatchedFlush {
  readonly sessionId: string;
  readonly runId: string;
  readonly isStored: boolean;
  readonly tookMs: number;
}

export interface ActionWatch {
  /** The tool is about to be called; where the action needs the ledger, it is reserved and started there. */
  readonly called: (action: WatchedAction) => void;
  readonly ended: (action: WatchedAction, end: ActionEnd) => void;
  /** A session's evidence was flushed, or could not be. */
  readonly flushed: (flush: WatchedFlush) => void;
  /** An order of the kill switch was stored here. Once more where its answer got lost. */
  readonly killOrdered?: (order: StoredKill) => void;
  /** Runs an action in an async context of the watcher's: a span that what the tool does stands under. */
  readonly around?: Around;
  /** The same for a model turn. */
  readonly aroundTurn?: Around<WatchedTurn>;
}

export type Around<Watched = WatchedAction> = <T>(
  watched: Watched,
  work: () => Promise<T>,
) => Promise<T>;

export const NO_WATCH: ActionWatch = { called() {}, ended() {}, flushed() {} };

/** Runs an action: `execute` gets the tool's call back, with a watch on it, to make or not to make. */
export async function watchedAction<T>(
  { watch, action }: { readonly watch: ActionWatch; readonly action: WatchedAction },
  call: () => Promise<T>,
  execute: (call: () => Promise<T>) => Promise<T>,
): Promise<T> {
  const run = (): Promise<T> => watchedRun({ watch, action }, call, execute);
  return watch.around === undefined ? run() : watch.around(action, run);
}

async function watchedRun<T>(
  { watch, action }: { readonly watch: ActionWatch; readonly action: WatchedAction },
  call: () => Promise<T>,
  execute: (call: () => Promise<T>) => Promise<T>,
): Promise<T> {
  const began = performance.now();
  let wasCalled = false;
  const end = (what: Omit<ActionEnd, 'tookMs'>): void =>
    watch.ended(action, { ...what, tookMs: performance.now() - began });
  try {
    const result = await execute(async () => {
      wasCalled = true;
      watch.called(action);
      return call();
    });
    end({ outcome: wasCalled ? 'executed' : 'answered' });
    return result;
  } catch (error) {
    end(endOf(error));
    throw error;
  }
}

export async function watchedFlush<T>(
  { watch, sessionId, runId }: { readonly watch: ActionWatch } & Omit<WatchedTurn, 'attempt'>,
  store: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  let isStored = false;
  try {
    const result = await store();
    isStored = true;
    return result;
  } finally {
    watch.flushed({ sessionId, runId, isStored, tookMs: performance.now() - began });
  }
}

export async function watchedKill(
  watch: ActionWatch,
  record: () => Promise<unknown>,
): Promise<unknown> {
  const reply = await record();
  // Of our own activity, which answers with nothing else.
  const { status, ...what } = reply as KillReply;
  if (status === 'stored' && 'order' in what) watch.killOrdered?.(what.order);
  return reply;
}

function endOf(error: unknown): Omit<ActionEnd, 'tookMs'> {
  if (error instanceof CancelledFailure) return { outcome: 'cancelled' };
  const type = error instanceof ApplicationFailure ? (error.type ?? '') : '';
  if (Object.hasOwn(REFUSALS, type)) return { outcome: 'refused', code: type };
  switch (type) {
    case EXECUTION_FAILURES.notExecuted:
    case EXECUTION_FAILURES.invalidArguments:
      return { outcome: 'not_executed' };
    case EXECUTION_FAILURES.effectUnknown:
      return { outcome: 'effect_unknown' };
    case EXECUTION_FAILURES.evidenceUnavailable:
      return { outcome: 'waiting' };
    default:
      return { outcome: 'failed' };
  }
}
