/**
 * A notice goes to its channel: what the worker knows by that name. Tried again by the workflow's retries; final are a
 * channel that this worker does not have, and a receiver that says that it never will.
 *
 * Links only show: what they lead to asks for a login, and a gesture.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { HoldpointActivities } from '../domain/activities.ts';
import type { Notice } from '../domain/gate/notice.ts';
import { noticeFacts, noticeTitle } from '../domain/gate/notice-text.ts';
import { SECOND_MS } from '../domain/limits.ts';
import { messageOf } from './outside-text.ts';
import { whileAlive, withinTime } from './time-bound.ts';

/** A notice in words, as a channel sends it. */
export interface NoticeMessage {
  readonly notice: Notice;
  readonly title: string;
  readonly facts: readonly (readonly [string, string])[];
  /** Of the gate in the inbox, where the worker knows of one. */
  readonly url?: string;
}

/** A way to reach people: one adapter per technology stands in adapters/. */
export interface Channel {
  /**
   * Hands a notice over, and says what its receiver answered. Rejects with {@link Undeliverable} where trying again is
   * of no use, with any other error where it may help.
   */
  send(message: NoticeMessage, signal: AbortSignal): Promise<string | undefined>;
}

/** Thrown by a channel: it will not help to try again. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}

/** Thrown by a channel that was asked to wait, ms. */
export class TryLater extends Error {
  override readonly name = 'TryLater';
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

export interface NotifyParts {
  readonly channels?: Readonly<Record<string, Channel>>;
  /** Where the inbox is, such as `https://holdpoint.example.com`. */
  readonly inboxUrl?: string;
}

const NOTIFY_FAILURES = {
  unknown: 'ChannelUnknown',
  undeliverable: 'Undeliverable',
  notDelivered: 'NotDelivered',
} as const;

const ANSWER_WITHIN_MS = 20 * SECOND_MS;

export function notifyActivities(parts: NotifyParts): Pick<HoldpointActivities, 'notify'> {
  return { notify: async (notice) => notify(parts, notice) };
}

async function notify(
  { channels = {}, inboxUrl }: NotifyParts,
  notice: Notice,
): ReturnType<HoldpointActivities['notify']> {
  const { channel: name } = notice;
  const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
  if (channel === undefined) {
    throw ApplicationFailure.nonRetryable(
      `This worker has no channel ${name}`,
      NOTIFY_FAILURES.unknown,
    );
  }
  const message = messageFor(notice, inboxUrl);
  const context = Context.current();
  const bound = {
    timeoutMs: ANSWER_WITHIN_MS,
    cancellation: context.cancellationSignal,
    timedOut: () => new Error(`no answer within ${ANSWER_WITHIN_MS} ms`),
  };
  try {
    const receipt = await whileAlive(context, async () =>
      withinTime(bound, async (signal) => channel.send(message, signal)),
    );
    return receipt === undefined ? {} : { receipt };
  } catch (error) {
    context.cancellationSignal.throwIfAborted();
    throw failureOf(name, error);
  }
}

function messageFor(notice: Notice, inboxUrl: string | undefined): NoticeMessage {
  const message = { notice, title: noticeTitle(notice), facts: noticeFacts(notice) };
  if (inboxUrl === undefined) return message;
  const [session, gate] = [notice.sessionId, notice.gateId].map(encodeURIComponent);
  const url = `${inboxUrl.replace(/\/+$/, '')}/sessions/${session}/gates/${gate}`;
  return { ...message, url };
}

/** By name: a team's channels may have loaded another copy of this package. */
function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}

function waitOf(error: unknown): number | undefined {
  const afterMs = isNamed(error, 'TryLater') && 'afterMs' in error ? error.afterMs : undefined;
  return typeof afterMs === 'number' && Number.isFinite(afterMs) ? afterMs : undefined;
}

function failureOf(channel: string, error: unknown): ApplicationFailure {
  const message = `Not delivered over ${channel}: ${messageOf(error)}`;
  if (isNamed(error, 'Undeliverable')) {
    return ApplicationFailure.nonRetryable(message, NOTIFY_FAILURES.undeliverable);
  }
  const waitMs = waitOf(error);
  return ApplicationFailure.create({
    message,
    type: NOTIFY_FAILURES.notDelivered,
    nonRetryable: false,
    category: 'BENIGN',
    ...(waitMs === undefined ? {} : { nextRetryDelay: waitMs }),
  });
}
