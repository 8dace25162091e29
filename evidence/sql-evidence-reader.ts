/** The reading half of the evidence store, for every process: workers, gateway and command line. */
import { asc, count, desc, eq, max, min } from 'drizzle-orm';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import type { Decision } from '../domain/gate/decision.ts';
import { killsInForce, type StoredKill } from '../domain/action/kill.ts';
import type { LedgerEntry } from '../domain/action/ledger.ts';
import type { DecisionReply } from '../domain/session/reply.ts';
import { type Connections, read } from './database.ts';
import { millisecondsOf, readChain, readEvents, readGateEvents } from './event-tree.ts';
import { lastKills } from './kill-table.ts';
import { readGateFigures } from './gate-figures.ts';
import { readEntriesOf, readEntry } from './ledger-table.ts';
import { auditEvents, contents, lateDecisions } from './schema.ts';
import type {
  EvidenceReader,
  GateFigures,
  LateDecision,
  SessionKey,
  StoredEvent,
  StoredSession,
  Window,
} from './store.ts';

export class SqlEvidenceReader implements EvidenceReader {
  protected readonly connections: Connections;

  constructor(connections: Connections) {
    this.connections = connections;
  }

  events(session: SessionKey): Promise<readonly StoredEvent[]> {
    return read(this.connections, (database) => readEvents(database, session));
  }

  gateEvents(session: SessionKey, gateId: string): Promise<readonly StoredEvent[]> {
    return read(this.connections, (database) => readGateEvents(database, session, gateId));
  }

  chainTo(session: SessionKey, hash: string): Promise<readonly AuditEvent[]> {
    return read(this.connections, (database) => readChain(database, session, hash));
  }

  sessions(sessionId: string): Promise<readonly StoredSession[]> {
    const { firstExecutionRunId, agentId, seq, at } = auditEvents;
    const lastAt = max(at);
    return read(this.connections, (database) =>
      database
        .select({
          sessionId: auditEvents.sessionId,
          firstExecutionRunId,
          agentId: min(agentId).mapWith(agentId),
          events: count(),
          lastSeq: max(seq).mapWith(Number),
          lastAt: millisecondsOf(lastAt),
        })
        .from(auditEvents)
        .where(eq(auditEvents.sessionId, sessionId))
        .groupBy(auditEvents.sessionId, firstExecutionRunId)
        .orderBy(desc(lastAt), desc(max(auditEvents.storedAt))),
    );
  }

  entry(key: string): Promise<LedgerEntry | undefined> {
    return read(this.connections, (database) => readEntry(database, key));
  }

  entriesOf(session: SessionKey): Promise<readonly LedgerEntry[]> {
    return read(this.connections, (database) => readEntriesOf(database, session));
  }

  content(digest: string): Promise<string | undefined> {
    return read(this.connections, async (database) => {
      const [row] = await database
        .select({ text: contents.text })
        .from(contents)
        .where(eq(contents.digest, digest));
      return row?.text;
    });
  }

  kills(): Promise<readonly StoredKill[]> {
    return read(this.connections, async (database) => killsInForce(await lastKills(database)));
  }

  lateDecisions(sessionId: string): Promise<readonly LateDecision[]> {
    return read(this.connections, async (database) => {
      const { decision, reply, storedAt, fingerprint } = lateDecisions;
      const rows = await database
        .select({ decision, reply, storedAt: millisecondsOf(storedAt) })
        .from(lateDecisions)
        .where(eq(lateDecisions.sessionId, sessionId))
        .orderBy(asc(storedAt), asc(fingerprint));
      // Both were written by recordLateDecision, from values of these types.
      return rows.map((row) => ({
        decision: JSON.parse(row.decision) as Decision,
        reply: JSON.parse(row.reply) as DecisionReply,
        storedAt: row.storedAt,
      }));
    });
  }

  gateFigures(window: Window): Promise<GateFigures> {
    return read(this.connections, (database) => readGateFigures(database, window));
  }

  close(): Promise<void> {
    return this.connections.close();
  }
}
