/** What starts an agent session, and the total reader of it: a session started by hand must not loop on a typo. */
import { STAKES, type Stakes } from '../policy/confidence.ts';
import { identifier, oneOf, readFields, someWords, type Reading } from '../text/reading.ts';

export interface SessionInput {
  /** What the agent is to do, in the requester's words. */
  readonly goal: string;
  readonly agentId: string;
  /** Who asks for it. May not decide about it, unless the policy says so. */
  readonly requesterId?: string;
  /** Default `medium_stakes`. */
  readonly stakes?: Stakes;
}

const FIELDS = {
  goal: { read: someWords },
  agentId: { read: identifier },
  requesterId: { read: identifier, optional: true },
  stakes: { read: oneOf(STAKES), optional: true },
} as const;

export function readSessionInput(raw: unknown): Reading<SessionInput> {
  return readFields(raw, FIELDS);
}
