/** The trail as the page reads it: events as they come over the wire, and what each says in a line. */
import type { AuditView } from '../../gateway/api/audit.ts';
import type { JsonObject } from '../../domain/text/json.ts';

/** An event, with the fields that not every type has (docs/reference/events.md). */
export interface TrailEvent {
  readonly version: number;
  readonly seq: number;
  readonly sessionId: string;
  readonly agentId: string;
  readonly eventType: string;
  readonly actionType: string;
  readonly at: number;
  readonly previousHash: string;
  readonly hash: string;
  readonly gateId?: string;
  readonly actionId?: string;
  readonly actionPayload?: JsonObject;
  readonly payloadDigest?: string;
  readonly reviewerId?: string;
  readonly decision?: string;
  readonly rationale?: string;
  readonly tier?: string;
  readonly confidence?: number;
  readonly policyVersion?: string;
  readonly details?: JsonObject;
}

export interface TrailEntry {
  readonly event: TrailEvent;
  readonly runId: string;
  readonly recordedAt: number;
}

/** The wire's events are loose objects: their further fields are those of the domain's. */
export function entriesOf(trail: AuditView['trail']): readonly TrailEntry[] {
  return trail;
}

export function detailText(event: TrailEvent, name: string): string {
  const value = event.details?.[name];
  return typeof value === 'string' ? value : '';
}

/** What an event says beside its type, in one line. */
export function eventWords(event: TrailEvent): string {
  const { rationale, details = {} } = event;
  const said = Object.entries(details)
    .filter(([name]) => SAID.has(name))
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [...(rationale === undefined ? [] : [`“${rationale}”`]), ...said].join(' · ');
}

/** Details that a reader of the table wants; the rest stands in the export. */
const SAID = new Set([
  'description',
  'goal',
  'message',
  'code',
  'status',
  'reason',
  'noResponse',
  'votes',
  'needed',
  'rule',
  'from',
  'modifications',
  'proof',
  'person',
  'tooFast',
  'pausedMs',
  'with',
  'grantId',
  'childSessionId',
]);
