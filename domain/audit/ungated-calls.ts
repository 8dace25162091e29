/**
 * What ran without Holdpoint in its way, under the plugin: derived from the history itself, where every activity, child
 * workflow and Nexus operation has its own events. A call that was let pass costs no event of Holdpoint's, so the chain
 * does not hold it; nothing here is hashed, and nothing needs to be: Temporal's own events are the record.
 *
 * Pure: who fetches a history and decodes its payloads does so by itself (client/ungated-calls.ts).
 */
import { CONSENT_HEADER } from '../action/consent.ts';
import { OWN_ACTIVITY_NAMES } from '../activities.ts';

type Id = { toString(): string } | null;
type Named = { readonly name?: string | null } | null;
interface Payloads<Payload> {
  readonly payloads?: readonly Payload[] | null;
}
interface Ended {
  readonly scheduledEventId?: Id;
  readonly initiatedEventId?: Id;
}

/** The part of a history event that is looked at. Temporal's own type fits it. */
export interface CallEvent<Payload> {
  readonly eventId?: Id;
  readonly eventTime?: {
    readonly seconds?: { toString(): string } | null;
    readonly nanos?: number | null;
  } | null;
  readonly activityTaskScheduledEventAttributes?: {
    readonly activityType?: Named;
    readonly input?: Payloads<Payload> | null;
    readonly header?: { readonly fields?: Readonly<Record<string, unknown>> | null } | null;
  } | null;
  readonly startChildWorkflowExecutionInitiatedEventAttributes?: {
    readonly workflowType?: Named;
    readonly input?: Payloads<Payload> | null;
  } | null;
  readonly nexusOperationScheduledEventAttributes?: {
    readonly service?: string | null;
    readonly operation?: string | null;
    readonly input?: Payload | null;
  } | null;
  readonly activityTaskCompletedEventAttributes?: Ended | null;
  readonly activityTaskFailedEventAttributes?: Ended | null;
  readonly activityTaskTimedOutEventAttributes?: Ended | null;
  readonly activityTaskCanceledEventAttributes?: Ended | null;
  readonly startChildWorkflowExecutionFailedEventAttributes?: Ended | null;
  readonly childWorkflowExecutionCompletedEventAttributes?: Ended | null;
  readonly childWorkflowExecutionFailedEventAttributes?: Ended | null;
  readonly childWorkflowExecutionTimedOutEventAttributes?: Ended | null;
  readonly childWorkflowExecutionTerminatedEventAttributes?: Ended | null;
  readonly childWorkflowExecutionCanceledEventAttributes?: Ended | null;
  readonly nexusOperationCompletedEventAttributes?: Ended | null;
  readonly nexusOperationFailedEventAttributes?: Ended | null;
  readonly nexusOperationTimedOutEventAttributes?: Ended | null;
  readonly nexusOperationCanceledEventAttributes?: Ended | null;
}

export type CallStatus = 'open' | 'executed' | 'failed' | 'cancelled';

/** A call whose arguments are still to be decoded. */
export interface EncodedCall<Payload> {
  readonly kind: 'activity' | 'child_workflow' | 'nexus_operation';
  readonly actionType: string;
  readonly payloads: readonly Payload[];
  readonly status: CallStatus;
  /** The server's times, ms since 1970. */
  readonly scheduledAt: number;
  readonly endedAt?: number;
}

const RESERVE = 'reserveAction';

/**
 * The calls of one run that no gate and no ledger had to do with, in order. `reservedType` tells what an activity of
 * that name reserved: the child workflow or operation that follows it was held.
 */
export function ungatedCallsOf<Payload>(
  events: readonly CallEvent<Payload>[],
  reservedType: (consent: Payload) => string | undefined,
): readonly EncodedCall<Payload>[] {
  const calls = new Map<string, EncodedCall<Payload>>();
  const reserved: string[] = [];
  for (const event of events) {
    const type = reservation(event, reservedType);
    if (type !== undefined) reserved.push(type);
    const call = callOf(event);
    if (call !== undefined && !isSpent(reserved, call)) calls.set(idOf(event.eventId), call);
    const end = endOf(event);
    const ended = end === undefined ? undefined : calls.get(end.id);
    if (end !== undefined && ended !== undefined) {
      calls.set(end.id, { ...ended, status: end.status, endedAt: timeOf(event) });
    }
  }
  return [...calls.values()];
}

function reservation<Payload>(
  { activityTaskScheduledEventAttributes: scheduled }: CallEvent<Payload>,
  reservedType: (consent: Payload) => string | undefined,
): string | undefined {
  if (scheduled?.activityType?.name !== RESERVE) return undefined;
  const [consent] = scheduled.input?.payloads ?? [];
  return consent === undefined ? undefined : reservedType(consent);
}

/** What was reserved by the workflow is started once by it. */
function isSpent<Payload>(reserved: string[], { actionType }: EncodedCall<Payload>): boolean {
  const at = reserved.indexOf(actionType);
  if (at === -1) return false;
  reserved.splice(at, 1);
  return true;
}

function callOf<Payload>(event: CallEvent<Payload>): EncodedCall<Payload> | undefined {
  const activity = event.activityTaskScheduledEventAttributes;
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  const nexus = event.nexusOperationScheduledEventAttributes;
  const open = { status: 'open', scheduledAt: timeOf(event) } as const;
  if (activity) {
    const actionType = activity.activityType?.name ?? '';
    const isOurs = OWN_ACTIVITY_NAMES.includes(actionType);
    if (isOurs || activity.header?.fields?.[CONSENT_HEADER] !== undefined) return undefined;
    return { kind: 'activity', actionType, payloads: activity.input?.payloads ?? [], ...open };
  }
  if (child) {
    const actionType = child.workflowType?.name ?? '';
    return { kind: 'child_workflow', actionType, payloads: child.input?.payloads ?? [], ...open };
  }
  if (!nexus) return undefined;
  const actionType = `${nexus.service ?? ''}/${nexus.operation ?? ''}`;
  const payloads = nexus.input ? [nexus.input] : [];
  return { kind: 'nexus_operation', actionType, payloads, ...open };
}

function endOf(
  event: CallEvent<unknown>,
): { readonly id: string; readonly status: CallStatus } | undefined {
  const completed =
    event.activityTaskCompletedEventAttributes ??
    event.childWorkflowExecutionCompletedEventAttributes ??
    event.nexusOperationCompletedEventAttributes;
  if (completed) return { id: startOf(completed), status: 'executed' };
  const cancelled =
    event.activityTaskCanceledEventAttributes ??
    event.childWorkflowExecutionCanceledEventAttributes ??
    event.nexusOperationCanceledEventAttributes;
  if (cancelled) return { id: startOf(cancelled), status: 'cancelled' };
  const failed =
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.startChildWorkflowExecutionFailedEventAttributes ??
    event.childWorkflowExecutionFailedEventAttributes ??
    event.childWorkflowExecutionTimedOutEventAttributes ??
    event.childWorkflowExecutionTerminatedEventAttributes ??
    event.nexusOperationFailedEventAttributes ??
    event.nexusOperationTimedOutEventAttributes;
  return failed ? { id: startOf(failed), status: 'failed' } : undefined;
}

function startOf({ scheduledEventId, initiatedEventId }: Ended): string {
  const scheduled = idOf(scheduledEventId);
  return scheduled === '' || scheduled === '0' ? idOf(initiatedEventId) : scheduled;
}

function idOf(id: Id | undefined): string {
  return id?.toString() ?? '';
}

function timeOf({ eventTime }: CallEvent<unknown>): number {
  const seconds = Number(eventTime?.seconds?.toString() ?? 0);
  return seconds * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}
