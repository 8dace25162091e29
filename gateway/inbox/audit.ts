/** For auditors: the trail with what was checked of it, as JSON, as text, and as one file with all that belongs to it. */
import { exportAuditReport } from '../../domain/audit/audit-trail.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import type { EvidenceReader } from '../../evidence/store.ts';
import type { AuditView } from '../api/audit.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { ifServed, type InboxParts, sessionIdOf } from './parts.ts';
import { eventsOf, readTrail, type Trail } from './trail.ts';

interface Audited {
  readonly sessionId: string;
  readonly runId: string | undefined;
  readonly trail: Trail;
}

async function audited(parts: InboxParts, context: GatewayContext): Promise<Audited> {
  const sessionId = sessionIdOf(context);
  const runId = context.req.query('runId');
  const trail = await readTrail(parts, { sessionId, runId });
  if (trail === undefined) {
    throw new Problem('NOT_FOUND', 'There is no session, or no run, of this id.');
  }
  return { sessionId, runId, trail };
}

function viewOf({ sessionId, runId, trail }: Audited): AuditView {
  return {
    sessionId,
    ...(runId === undefined ? {} : { runId }),
    source: trail.source,
    verification: trail.verification,
    // Whatever an event has is part of its hash.
    trail: trail.entries as unknown as AuditView['trail'],
    at: Date.now(),
  };
}

export async function readAudit(parts: InboxParts, context: GatewayContext): Promise<Response> {
  return context.json(viewOf(await audited(parts, context)));
}

export async function readReport(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const { sessionId, trail } = await audited(parts, context);
  return context.text(`${exportAuditReport(sessionId, eventsOf(trail))}\n`);
}

export async function exportSession(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const found = await audited(parts, context);
  const { sessionId, trail } = found;
  const events = eventsOf(trail);
  const kept = parts.evidence === undefined ? NOTHING : await keptOf(parts.evidence, found);
  const file = {
    format: 'holdpoint-session',
    version: 1,
    exportedBy: context.get('caller').subject,
    ...viewOf(found),
    report: exportAuditReport(sessionId, events),
    ...kept,
  };
  const name = sessionId.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 100);
  return context.body(JSON.stringify(file, null, 1), 200, {
    'content-type': 'application/json',
    'content-disposition': `attachment; filename="holdpoint-${name}.json"`,
  });
}

interface Kept {
  readonly contents: Readonly<Record<string, string>>;
  readonly lateDecisions: readonly JsonObject[];
  readonly ledger: readonly JsonObject[];
}

const NOTHING: Kept = { contents: {}, lateDecisions: [], ledger: [] };

/** What the evidence store has beside the events. */
async function keptOf(evidence: EvidenceReader, { sessionId, trail }: Audited): Promise<Kept> {
  const { firstExecutionRunId } = trail;
  const session =
    firstExecutionRunId === undefined ? undefined : { sessionId, firstExecutionRunId };
  const contents: Record<string, string> = {};
  for (const digest of largeDigests(eventsOf(trail))) {
    const text = await ifServed(evidence.content(digest));
    if (text !== undefined) contents[digest] = text;
  }
  const late = (await ifServed(evidence.lateDecisions(sessionId))) ?? [];
  const ledger = session === undefined ? [] : ((await ifServed(evidence.entriesOf(session))) ?? []);
  // Plain JSON, both: they came from columns of it.
  return { contents, lateDecisions: plain(late), ledger: plain(ledger) };
}

function plain(values: readonly unknown[]): readonly JsonObject[] {
  return JSON.parse(JSON.stringify(values)) as readonly JsonObject[];
}

/** Of payloads that are in no event of the trail. */
function largeDigests(events: readonly AuditEvent[]): ReadonlySet<string> {
  return new Set(
    events.flatMap(({ eventType, actionPayload, payloadDigest }) =>
      eventType === 'gate_presented' && actionPayload === undefined && payloadDigest !== undefined
        ? [payloadDigest]
        : [],
    ),
  );
}
