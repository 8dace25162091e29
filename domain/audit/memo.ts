/**
 * The memo of a run: what the inbox lists without asking any worker, and how audit events get into the history.
 * The memo stays small, the history keeps every version (DESIGN §8).
 */
import { AUDIT_EVENT_TYPES, type AuditEvent } from './audit-event.ts';
import { utf8Length } from '../text/digest.ts';
import { type Gate, proofOf, quorumOf } from '../gate/gate.ts';
import { MEMO_EVENTS_BYTES_MAX, MEMO_GATES_MAX, UNWRITTEN_BYTES_MAX } from '../limits.ts';
import { type HoldpointMemo, type MemoGate, PENDING_WHILE, type SessionHead } from '../messages.ts';
import type { Policy } from '../policy/policy.ts';
import { placeOf, type TreePlace } from '../session/lineage.ts';
import { openGates, policyVersionOf, type SessionState } from '../session/session.ts';
import { cutText } from '../text/visible-text.ts';

const DESCRIPTION_CHARACTERS_MAX = 160;

function memoGate(gate: Gate, policy: Policy | undefined): MemoGate {
  const { request, tier, respondBy, votes, claim } = gate;
  const { gateId, kind, actionType, payloadDigest, presentedAt, estimatedImpact } = request;
  const description = cutText(request.description, DESCRIPTION_CHARACTERS_MAX);
  return {
    gateId,
    kind,
    actionType,
    description,
    payloadDigest,
    tier,
    respondBy,
    presentedAt,
    estimatedImpact,
    ...(votes === undefined ? {} : { votesCount: votes.length }),
    ...(claim === undefined ? {} : { claimedBy: claim.reviewerId }),
    ...(policy === undefined ? {} : wantedOf(policy, gate)),
  };
}

/** What it takes to decide it, where that is more than one person's word. */
function wantedOf(policy: Policy, gate: Gate): Pick<MemoGate, 'decisionsNeeded' | 'proof'> {
  const decisionsNeeded = quorumOf(policy, gate);
  const proof = proofOf(policy, gate);
  return {
    ...(decisionsNeeded > 1 ? { decisionsNeeded } : {}),
    ...(proof === 'signed' ? { proof } : {}),
  };
}

/** The open gates as the inbox shows them. */
export interface GateList {
  readonly open: readonly Gate[];
  /** The run has the search attribute, which says whether gates are open. */
  readonly isIndexed: boolean;
  /** Which sessions stand above this one. */
  readonly place?: TreePlace;
  readonly head?: SessionHead;
  /** By which the list says more; left out: it says what it always did. */
  readonly policy?: Policy;
}

/** What there is to list of a session. A run whose policy was pinned before it had a listing writes what it wrote then. */
export function gateList(state: SessionState, isIndexed: boolean): GateList {
  const { policy, lineage, agentId, requesterId, phase } = state;
  const list = { open: openGates(state), isIndexed, place: placeOf(lineage) };
  if (policy?.listing === undefined) return list;
  const policyVersion = policyVersionOf(state);
  const head = {
    agentId,
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(policyVersion === undefined ? {} : { policyVersion }),
    ...(phase === 'running' ? {} : { phase }),
  };
  return { ...list, head, policy };
}

export function memoOf(
  { open, isIndexed, place = {}, head = {}, policy }: GateList,
  audit: readonly AuditEvent[],
): HoldpointMemo {
  return {
    version: 1,
    ...place,
    ...head,
    ...(isIndexed ? { pendingWhile: PENDING_WHILE } : {}),
    pending: open.slice(0, MEMO_GATES_MAX).map((gate) => memoGate(gate, policy)),
    pendingCount: open.length,
    audit,
  };
}

/** What a session is started with, so that it can be listed before anything was written of it. */
export function startMemo({
  agentId,
  requesterId,
}: Pick<SessionHead, 'agentId' | 'requesterId'>): HoldpointMemo {
  const head = {
    ...(agentId === undefined ? {} : { agentId }),
    ...(requesterId === undefined ? {} : { requesterId }),
  };
  return memoOf({ open: [], isIndexed: false, head }, []);
}

/** A person was touched, or a gate took a step. */
export function isTouched(events: readonly AuditEvent[]): boolean {
  return events.some((event) => AUDIT_EVENT_TYPES[event.eventType] === 'human');
}

/**
 * Whether the memo has to be written at the end of a task: for what nothing else takes into the history, a person's
 * touch at once and machine events when they add up; and for the list of open gates, where it counts and a touch may
 * have changed it. `made`: the events of the task; `unwritten`: those that no activity of it carries, and older ones.
 */
export function isMemoDue(
  { open, isIndexed }: GateList,
  { made, unwritten }: Readonly<Record<'made' | 'unwritten', readonly AuditEvent[]>>,
): boolean {
  const isListed = open.length > 0 || !isIndexed;
  if (isTouched(unwritten) || (isListed && isTouched(made))) return true;
  return unwritten.length > 0 && bytesOf(unwritten) > UNWRITTEN_BYTES_MAX;
}

/** Batches of events, each small enough for one memo write. */
export function writeBatches(unwritten: readonly AuditEvent[]): readonly (readonly AuditEvent[])[] {
  const batches: AuditEvent[][] = [[]];
  let room = MEMO_EVENTS_BYTES_MAX;
  for (const event of unwritten) {
    const bytes = bytesOf([event]);
    if (bytes > room && batches.at(-1)?.length !== 0) {
      batches.push([]);
      room = MEMO_EVENTS_BYTES_MAX;
    }
    batches.at(-1)?.push(event);
    room -= bytes;
  }
  return batches;
}

function bytesOf(events: readonly AuditEvent[]): number {
  return utf8Length(JSON.stringify(events));
}
