/**
 * Whether what the page shows is what a decision would be for (H1): the page itself makes the canonical text of the
 * payload that it draws, and hashes it. It believes neither the gateway's `canonical` nor its `isIntact`.
 */
import type { GateView } from '../../gateway/api/gates.ts';
import { HASHED_DEPTH_MAX } from '../../domain/limits.ts';
import { digestOfText, payloadText, utf8Length } from '../../domain/text/digest.ts';
import { fingerprintOf } from '../../domain/text/fingerprint.ts';
import { isJson } from '../../domain/text/json.ts';

export interface ShownBytes {
  readonly isWhatRuns: boolean;
  /** Of the payload on the screen. Left out: there is none, or it has no canonical form. */
  readonly text?: string;
  readonly bytes: number;
  readonly fingerprint: string;
}

export function shownBytes({ facts, payload, payloadDigest }: GateView): ShownBytes {
  const fingerprint = fingerprintOf(payloadDigest);
  // What has no canonical form has no digest, so it is not what was asked for.
  if (payload === undefined || !isJson(payload, HASHED_DEPTH_MAX - 1)) {
    return { isWhatRuns: false, bytes: 0, fingerprint };
  }
  const { actionType, toolVersion } = facts;
  const text = payloadText({ actionType, toolVersion, arguments: payload });
  const isWhatRuns = digestOfText(text) === payloadDigest;
  return { isWhatRuns, text, bytes: utf8Length(text), fingerprint };
}
