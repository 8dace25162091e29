/**
 * The activity that executes one tool, registered under the tool's name. It gets the prepared arguments and reads
 * them once more: a gate may have waited for days, and the tool may have been deployed anew meanwhile. Arguments
 * that the schema of today refuses or changes are not those that were approved (H1), and nothing is called.
 *
 * It does not ask the ledger or check consents; who wraps it does, and hands it the key. How it ends:
 * a result · NOT_EXECUTED and INVALID_ARGUMENTS: nothing happened, final · ToolTimedOut, ToolFailed, cancelled:
 * whether it happened is open. No other types: a tool's error can't pass for one of Holdpoint's refusals (H6).
 */
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { canonicalJson } from '../domain/text/canonical-json.ts';
import { EXECUTION_FAILURES } from '../domain/action/execution.ts';
import type { Json, JsonObject } from '../domain/text/json.ts';
import { SECOND_MS } from '../domain/limits.ts';
import { messageOf } from './outside-text.ts';
import { TOOL_TIMEOUT_MS } from './prepare-action.ts';
import { whileAlive, withinTime } from './time-bound.ts';
import { readArguments } from './tool-arguments.ts';
import { resultJson } from './tool-result.ts';
import { isNotExecuted, type Tool } from './tool.ts';

const TOOL_TIMED_OUT = 'ToolTimedOut';
const TOOL_FAILED = 'ToolFailed';

/** What a tool that was told to stop may take to say how it ended. Its activity needs as much beyond `timeoutMs`. */
export const TOOL_GRACE_MS = 2 * SECOND_MS;

/** `currentKey` gives the idempotency key of the action that runs right now. */
export function toolActivity(tool: Tool, currentKey: () => string): (args: Json) => Promise<Json> {
  return async (args) => {
    const context = Context.current();
    const approved = approvedArguments(tool, args);
    const idempotencyKey = currentKey();
    const { timeoutMs = TOOL_TIMEOUT_MS } = tool;
    const bound = {
      timeoutMs,
      graceMs: TOOL_GRACE_MS,
      cancellation: context.cancellationSignal,
      timedOut: () => timedOut(tool.name, timeoutMs),
    };
    return whileAlive(context, async (beat) => {
      const heartbeat = (details?: unknown): void => {
        beat(details === undefined ? undefined : resultJson(details));
      };
      try {
        const returned = await withinTime(bound, async (signal) =>
          tool.execute(approved, { idempotencyKey, signal, heartbeat }),
        );
        return resultJson(returned);
      } catch (error) {
        throw failureOf(error);
      }
    });
  };
}

function approvedArguments(tool: Tool, args: Json): JsonObject {
  const reading = readArguments(tool, args);
  if (!reading.ok) throw invalidArguments(reading.message);
  if (canonicalJson(reading.arguments) !== canonicalJson(args)) {
    throw invalidArguments(
      `The input schema of ${tool.name} has changed: it now reads other arguments than those approved. Propose the call again.`,
    );
  }
  return reading.arguments;
}

function invalidArguments(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, EXECUTION_FAILURES.invalidArguments);
}

function timedOut(name: string, timeoutMs: number): ApplicationFailure {
  return ApplicationFailure.retryable(
    `Tool ${name} did not end within ${timeoutMs} ms and was given up`,
    TOOL_TIMED_OUT,
  );
}

function failureOf(error: unknown): Error {
  if (isNotExecuted(error)) {
    return ApplicationFailure.nonRetryable(messageOf(error), EXECUTION_FAILURES.notExecuted);
  }
  if (error instanceof CancelledFailure) return error;
  if (!(error instanceof ApplicationFailure)) {
    return ApplicationFailure.retryable(messageOf(error), TOOL_FAILED);
  }
  if (error.type === TOOL_TIMED_OUT) return error;
  const { nonRetryable, nextRetryDelay } = error;
  return ApplicationFailure.create({
    message: messageOf(error),
    type: TOOL_FAILED,
    ...(typeof nonRetryable === 'boolean' ? { nonRetryable } : {}),
    ...(nextRetryDelay === undefined || nextRetryDelay === null ? {} : { nextRetryDelay }),
  });
}
