/**
 * Posts the outcome of an external gate to its callback. Any worker may be asked to by whoever reaches Temporal, so
 * the worker itself looks at its list of origins. Tried again until it arrives or its time is over (the workflow's
 * retries); final are an address that is not allowed, and a receiver that says that it is gone for good.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { HoldpointActivities, OutcomeNotice } from '../domain/activities.ts';
import { type CallbackOrigins, isCallbackAllowed } from '../domain/gate/callback.ts';
import { SECOND_MS } from '../domain/limits.ts';
import { messageOf } from './outside-text.ts';
import type { Webhooks } from './ports.ts';
import { whileAlive, withinTime } from './time-bound.ts';

/** What a worker needs to send outcomes. */
export interface CallbackParts {
  readonly origins: CallbackOrigins;
  readonly webhooks: Webhooks;
}

const CALLBACK_FAILURES = {
  notAllowed: 'CallbackNotAllowed',
  refused: 'CallbackRefused',
  gone: 'CallbackGone',
} as const;

const ANSWER_WITHIN_MS = 15 * SECOND_MS;
const GONE = 410;

/** Undefined parts: this worker sends nothing. */
export function callbackActivities(
  parts: CallbackParts | undefined,
): Pick<HoldpointActivities, 'sendOutcome'> {
  return { sendOutcome: async (notice) => sendOutcome(parts, notice) };
}

async function sendOutcome(
  parts: CallbackParts | undefined,
  { callbackUrl, gate }: OutcomeNotice,
): Promise<number> {
  if (parts === undefined || !isCallbackAllowed(parts.origins, callbackUrl)) {
    throw ApplicationFailure.nonRetryable(
      'This worker may not send to this address: HOLDPOINT_CALLBACK_ORIGINS does not name its origin.',
      CALLBACK_FAILURES.notAllowed,
    );
  }
  const context = Context.current();
  const message = {
    url: callbackUrl,
    id: gate.id,
    body: JSON.stringify({ type: 'gate.settled', data: gate }),
  };
  const bound = {
    timeoutMs: ANSWER_WITHIN_MS,
    cancellation: context.cancellationSignal,
    timedOut: () => refused(`no answer within ${ANSWER_WITHIN_MS} ms`),
  };
  const status = await whileAlive(context, async () =>
    withinTime(bound, async (signal) =>
      parts.webhooks.post(message, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        throw refused(messageOf(error));
      }),
    ),
  );
  if (status >= 200 && status < 300) return status;
  throw status === GONE
    ? ApplicationFailure.nonRetryable('The receiver is gone for good', CALLBACK_FAILURES.gone)
    : refused(`the receiver answered ${status}`);
}

function refused(why: string): ApplicationFailure {
  return ApplicationFailure.retryable(`Not delivered: ${why}`, CALLBACK_FAILURES.refused);
}
