/**
 * What a trail needs of the raw history of one run, read without any workflow code: what carries audit events, the run
 * that it continues, and how it ended where no workflow code had a say. Pure: who fetches a history and decodes its
 * payloads does so by itself (client/session-history.ts, workers/recovery.ts).
 */
import { CONSENT_HEADER } from '../action/consent.ts';
import { MEMO_KEY } from '../messages.ts';
import { type CarrierKind, SLICE_ACTIVITY } from './carrier.ts';

/** The part of a history event that is looked at. Temporal's own type fits it. */
export interface RunEvent<Payload> {
  readonly eventTime?: {
    readonly seconds?: { toString(): string } | null;
    readonly nanos?: number | null;
  } | null;
  readonly workflowExecutionStartedEventAttributes?: {
    readonly firstExecutionRunId?: string | null;
    readonly continuedExecutionRunId?: string | null;
  } | null;
  readonly workflowPropertiesModifiedEventAttributes?: {
    readonly upsertedMemo?: { readonly fields?: Readonly<Record<string, Payload>> | null } | null;
  } | null;
  readonly activityTaskScheduledEventAttributes?: {
    readonly activityType?: { readonly name?: string | null } | null;
    readonly header?: { readonly fields?: Readonly<Record<string, Payload>> | null } | null;
    readonly input?: { readonly payloads?: readonly Payload[] | null } | null;
  } | null;
  readonly workflowExecutionTerminatedEventAttributes?: { readonly reason?: string | null } | null;
  readonly workflowExecutionTimedOutEventAttributes?: object | null;
}

/** A carrier whose payload is still to be decoded. */
export interface EncodedCarrier<Payload> {
  readonly kind: CarrierKind;
  readonly payload: Payload;
  /** The server's time, ms since 1970. */
  readonly recordedAt: number;
}

/** What carries audit events in this history, in its order. */
export function carriersOf<Payload>(
  events: readonly RunEvent<Payload>[],
): readonly EncodedCarrier<Payload>[] {
  return events.flatMap((event) => {
    const recordedAt = recordedAtOf(event);
    const carried = Object.entries(payloadsOf(event)) as [CarrierKind, Payload | undefined][];
    return carried.flatMap(([kind, payload]) =>
      payload === undefined ? [] : [{ kind, payload, recordedAt }],
    );
  });
}

function payloadsOf<Payload>(
  event: RunEvent<Payload>,
): Readonly<Record<CarrierKind, Payload | undefined>> {
  const { upsertedMemo } = event.workflowPropertiesModifiedEventAttributes ?? {};
  const { header, activityType, input } = event.activityTaskScheduledEventAttributes ?? {};
  const isSlice = activityType?.name === SLICE_ACTIVITY;
  return {
    memo: upsertedMemo?.fields?.[MEMO_KEY],
    consent: header?.fields?.[CONSENT_HEADER],
    slice: isSlice ? input?.payloads?.[0] : undefined,
  };
}

/** The first run of the session, and the run that this one continues. */
export function originOf(events: readonly RunEvent<unknown>[]): {
  readonly firstExecutionRunId?: string;
  readonly continuedRunId?: string;
} {
  const started = events[0]?.workflowExecutionStartedEventAttributes;
  // Temporal leaves a text empty where there is none.
  const firstExecutionRunId = started?.firstExecutionRunId || undefined;
  const continuedRunId = started?.continuedExecutionRunId || undefined;
  return {
    ...(firstExecutionRunId === undefined ? {} : { firstExecutionRunId }),
    ...(continuedRunId === undefined ? {} : { continuedRunId }),
  };
}

/** An end that no workflow code took part in. */
export interface AbruptEnd {
  readonly status: 'terminated' | 'timed_out';
  readonly at: number;
  readonly reason?: string;
}

export function abruptEndOf(events: readonly RunEvent<unknown>[]): AbruptEnd | undefined {
  const last = events.at(-1);
  if (last === undefined) return undefined;
  const at = recordedAtOf(last);
  const terminated = last.workflowExecutionTerminatedEventAttributes;
  if (terminated) {
    const reason = terminated.reason || undefined;
    return { status: 'terminated', at, ...(reason === undefined ? {} : { reason }) };
  }
  return last.workflowExecutionTimedOutEventAttributes ? { status: 'timed_out', at } : undefined;
}

function recordedAtOf({ eventTime }: RunEvent<unknown>): number {
  const seconds = Number(eventTime?.seconds?.toString() ?? 0);
  return seconds * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}
