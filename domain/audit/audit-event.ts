/**
 * Audit events and their versioned encoder. The hashed bytes of an event are the canonical JSON of all its fields
 * but the hash itself. They hold nothing that changes on Reset or deploy: no runId, no build, no re-rendered text.
 * A new shape gets a new version number and a new encoder beside this one; old ones stay, or old chains break.
 */
import { canonicalJson } from '../text/canonical-json.ts';
import { digestOfText, utf8Length } from '../text/digest.ts';
import type { JsonObject } from '../text/json.ts';
import { EVENT_PAYLOAD_BYTES_MAX } from '../limits.ts';
import type { GateLevel } from '../policy/reversibility.ts';

/**
 * Who makes an event decides when it is written. A `human` touchpoint, and every step of a gate, is written in the
 * workflow task in which it happens; a `machine` event costs no history of its own and waits for the next carrier.
 */
export const AUDIT_EVENT_TYPES = {
  started: 'machine',
  gate_presented: 'human',
  approved: 'human',
  rejected: 'human',
  modified: 'human',
  expired: 'human',
  withdrawn: 'human',
  escalated: 'human',
  reminded: 'human',
  voted: 'human',
  claimed: 'human',
  released: 'human',
  no_reviewer: 'human',
  grant_revoked: 'human',
  decision_refused: 'human',
  message_refused: 'human',
  paused: 'human',
  resumed: 'human',
  instructed: 'human',
  cancelled: 'human',
  auto_proceeded: 'machine',
  grant_used: 'machine',
  notified: 'machine',
  executed: 'machine',
  not_executed: 'machine',
  failed: 'machine',
  effect_unknown: 'human',
  child_started: 'machine',
  child_ended: 'machine',
  ended: 'machine',
} as const satisfies Record<string, 'human' | 'machine'>;

export type AuditEventType = keyof typeof AUDIT_EVENT_TYPES;

const AUDIT_VERSION = 1;

/** What happened, before it has its place in the chain. */
export interface EventDraft {
  readonly eventType: AuditEventType;
  readonly gateId?: string;
  readonly actionId?: string;
  /** The tool's name; `session` for what concerns the session itself. */
  readonly actionType: string;
  /** The arguments. Above 16 KiB left out: the digest names the bytes, which are in the evidence store. */
  readonly actionPayload?: JsonObject;
  readonly payloadDigest?: string;
  /** Who decided or gave an order: a reviewer's or operator's id. */
  readonly reviewerId?: string;
  readonly decision?: string;
  readonly rationale?: string;
  readonly tier?: string;
  readonly gateLevel?: GateLevel;
  readonly confidence?: number;
  /** What else belongs to this type of event: docs/reference/events.md lists it type by type. */
  readonly details?: JsonObject;
}

export interface AuditEvent extends EventDraft {
  readonly version: typeof AUDIT_VERSION;
  /** Gapless, from 1, across the runs of a session that continued as new. */
  readonly seq: number;
  readonly sessionId: string;
  readonly agentId: string;
  readonly policyVersion?: string;
  /** Workflow time, ms since 1970. All events of one workflow task share it: order is `seq` alone. */
  readonly at: number;
  readonly previousHash: string;
  readonly hash: string;
}

export const SESSION = 'session';

/** What the first event of a session has as its previous hash. */
export const GENESIS_HASH = '0'.repeat(64);

/** Where a chain stands: what the next event follows on. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const GENESIS: ChainHead = { seq: 0, hash: GENESIS_HASH };

export interface EventContext {
  readonly sessionId: string;
  readonly agentId: string;
  readonly policyVersion?: string;
  readonly at: number;
}

export function sealEvent(head: ChainHead, context: EventContext, draft: EventDraft): AuditEvent {
  const unsealed = {
    ...withinSize(draft),
    ...context,
    version: AUDIT_VERSION,
    seq: head.seq + 1,
    previousHash: head.hash,
  } as const;
  return { ...unsealed, hash: hashOf(unsealed) };
}

/** The hash that stands for all other fields of an event. */
export function hashOf(event: Omit<AuditEvent, 'hash'>): string {
  return digestOfText(encodeV1(event));
}

function encodeV1(event: Omit<AuditEvent, 'hash'>): string {
  return canonicalJson({ ...event });
}

function withinSize(draft: EventDraft): EventDraft {
  if (draft.actionPayload === undefined) return draft;
  if (utf8Length(canonicalJson(draft.actionPayload)) <= EVENT_PAYLOAD_BYTES_MAX) return draft;
  const { actionPayload: _large, ...rest } = draft;
  return rest;
}
