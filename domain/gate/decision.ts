/** A decision: a person's answer to one gate, over exactly the bytes that they were shown (H1, H2). */
import { digestOfJson } from '../text/digest.ts';
import { grantTerms, type GrantTerms } from './grant.ts';
import { type JsonObject, isJson } from '../text/json.ts';
import { HASHED_DEPTH_MAX } from '../limits.ts';
import {
  digest,
  identifier,
  instant,
  jsonObject,
  oneOf,
  readFields,
  words,
  type FieldRule,
  type Reading,
} from '../text/reading.ts';

export const DECISIONS = ['approved', 'rejected', 'modified'] as const;
export type DecisionKind = (typeof DECISIONS)[number];

export interface Decision {
  /** One answer of one person. A resend carries the same id and gets the same reply. */
  readonly decisionId: string;
  readonly gateId: string;
  /** The run in which the request was shown: after a Reset it is another one, and the decision does not carry over. */
  readonly runId: string;
  readonly payloadDigest: string;
  readonly decision: DecisionKind;
  /** For `modified`: merged over the arguments, per top-level key. For an approved `question`: `{ answer }`. */
  readonly modifications?: JsonObject;
  readonly rationale?: string;
  readonly reviewerId: string;
  /** ISO 8601, by the reviewer's clock. */
  readonly decidedAt?: string;
  /** For `approved`: lets similar calls pass as well. */
  readonly grant?: GrantTerms;
  /** A JWS over all of this (domain/proof/decision-proof.ts), where the tier asks for proof. */
  readonly signature?: string;
}

/** What stands in a template instead of a reviewer's id. Sent unedited, it names nobody and is refused. */
export const REVIEWER_PLACEHOLDER = 'REPLACE-WITH-YOUR-ID';

const FIELDS = {
  decisionId: { read: identifier, optional: true },
  gateId: { read: identifier },
  runId: { read: identifier },
  payloadDigest: { read: digest },
  decision: { read: oneOf(DECISIONS) },
  modifications: { read: jsonObject, optional: true },
  rationale: { read: words, optional: true },
  reviewerId: { read: identifier },
  decidedAt: { read: instant, optional: true },
  grant: { read: grantTerms, optional: true },
  signature: { read: words, optional: true },
} as const satisfies Record<keyof Decision, FieldRule>;

/**
 * Reads a decision from whatever arrived. `decisionId` may be left out, by people who paste a decision into
 * Temporal UI: the digest of the decision stands for it then, so that the same paste is the same decision.
 */
export function readDecision(raw: unknown): Reading<Decision> {
  const reading = readFields<Omit<Decision, 'decisionId'> & { readonly decisionId?: string }>(
    raw,
    FIELDS,
  );
  if (!reading.ok) return reading;
  const { decisionId, ...rest } = reading.value;
  const said: unknown = rest;
  if (!isJson(said, HASHED_DEPTH_MAX)) return { ok: false, problem: 'must be JSON' };
  return {
    ok: true,
    value: { ...rest, decisionId: decisionId ?? digestOfJson(said).slice(0, 32) },
  };
}

/**
 * Names the content of a decision, so that the same id with another content is noticed. Its signature is no content: the
 * same words, signed anew, are the same decision.
 */
export function decisionFingerprint({ signature: _proof, ...said }: Decision): string {
  return digestOfJson(said as unknown as JsonObject);
}
