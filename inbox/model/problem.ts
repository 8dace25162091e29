/** A "no" of the gateway, or none at all: what the page knows of it. */
import type { GateOutcomeShown } from '../../gateway/api/gates.ts';

export interface ProblemSaid {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
  /** What was asked for may have happened: the same may be sent again, under the same id. */
  readonly isUnsure: boolean;
  readonly outcome?: Pick<GateOutcomeShown, 'status' | 'at' | 'reviewerId'>;
}

const UNSURE = new Set(['UNREACHABLE', 'NOT_ANSWERING', 'INTERNAL', 'RATE_LIMITED', 'NO_ANSWER']);

/** Total: a proxy in between may answer with anything. */
export function problemFrom(status: number, body: unknown): ProblemSaid {
  const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const { code, detail, outcome } = said;
  const known = typeof code === 'string' ? code : status >= 500 ? 'UNREACHABLE' : 'UNEXPECTED';
  return {
    code: known,
    detail:
      typeof detail === 'string' ? detail : `The gateway answered ${status}, and nothing more.`,
    status,
    isUnsure: UNSURE.has(known),
    // The gateway's own schema made it.
    ...(typeof outcome === 'object' && outcome !== null
      ? { outcome: outcome as NonNullable<ProblemSaid['outcome']> }
      : {}),
  };
}

export function noAnswer(): ProblemSaid {
  return {
    code: 'NO_ANSWER',
    detail: 'The gateway did not answer. Whether this has arrived is not known.',
    status: 0,
    isUnsure: true,
  };
}
