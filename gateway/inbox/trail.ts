/**
 * A session's trail for those who look: from the history as long as Temporal has it, from the evidence store afterwards;
 * and whether the two agree.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { verifyChain } from '../../domain/audit/audit-chain.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import type { TrailEntry } from '../../domain/audit/audit-trail.ts';
import type { EvidenceReader, StoredEvent } from '../../evidence/store.ts';
import type { Verification } from '../api/audit.ts';
import { ifServed, type InboxParts } from './parts.ts';

export interface Trail {
  readonly source: 'history' | 'evidence';
  readonly entries: readonly TrailEntry[];
  readonly verification: Verification;
  readonly firstExecutionRunId?: string;
}

export interface Wanted {
  readonly sessionId: string;
  /** That run and those before it; undefined: the latest. */
  readonly runId?: string | undefined;
}

/** Undefined: nobody knows such a session. */
export async function readTrail(
  { holdpoint, evidence }: Pick<InboxParts, 'holdpoint' | 'evidence'>,
  { sessionId, runId }: Wanted,
): Promise<Trail | undefined> {
  try {
    const history = await holdpoint.history(sessionId, runId);
    const { trail, isWhole, firstExecutionRunId } = history;
    const stored =
      evidence === undefined || firstExecutionRunId === undefined
        ? undefined
        : await ifServed(evidence.events({ sessionId, firstExecutionRunId }));
    return {
      source: 'history',
      entries: trail,
      verification: verified(trail, { isWhole, evidence: agreement(trail, stored) }),
      ...(firstExecutionRunId === undefined ? {} : { firstExecutionRunId }),
    };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return evidence === undefined || runId !== undefined
      ? undefined
      : storedTrail(evidence, sessionId);
  }
}

/** Of the latest session of this id. After a Reset the longest branch is the one that went on. */
async function storedTrail(
  evidence: EvidenceReader,
  sessionId: string,
): Promise<Trail | undefined> {
  const [latest] = await evidence.sessions(sessionId);
  if (latest === undefined) return undefined;
  const { firstExecutionRunId } = latest;
  const stored = await evidence.events({ sessionId, firstExecutionRunId });
  const last = stored.at(-1);
  if (last === undefined) return undefined;
  const chain = await evidence.chainTo({ sessionId, firstExecutionRunId }, last.event.hash);
  const byHash = new Map(stored.map((one) => [one.event.hash, one]));
  const entries = chain.map((event) => {
    const { runId = '', storedAt = event.at } = byHash.get(event.hash) ?? {};
    return { event, runId, recordedAt: storedAt };
  });
  const isWhole = entries[0]?.event.seq === 1;
  return {
    source: 'evidence',
    entries,
    verification: verified(entries, { isWhole, evidence: 'agrees' }),
    firstExecutionRunId,
  };
}

function verified(
  entries: readonly TrailEntry[],
  known: Pick<Verification, 'isWhole' | 'evidence'>,
): Verification {
  const events = entries.map(({ event }) => event);
  const [first] = events;
  const head = events.at(-1)?.hash;
  const from =
    first === undefined || known.isWhole
      ? undefined
      : { seq: first.seq - 1, hash: first.previousHash };
  const problem = verifyChain(events, from);
  return {
    holds: problem === undefined,
    events: events.length,
    ...(head === undefined ? {} : { head }),
    ...(problem === undefined ? {} : { problem }),
    ...known,
  };
}

/** The longer of the two begins with the shorter, where both have something. */
function agreement(
  entries: readonly TrailEntry[],
  stored: readonly StoredEvent[] | undefined,
): Verification['evidence'] {
  if (stored === undefined) return 'not_read';
  if (stored.length === 0) return 'none';
  const hashes = new Set(stored.map(({ event }) => event.hash));
  const known = entries.map(({ event }) => hashes.has(event.hash));
  const isPrefix = known.lastIndexOf(true) === known.filter(Boolean).length - 1;
  return known[0] === true && isPrefix ? 'agrees' : 'differs';
}

export function eventsOf(trail: Trail | undefined): readonly AuditEvent[] {
  return trail?.entries.map(({ event }) => event) ?? [];
}
