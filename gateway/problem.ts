/**
 * Every "no" of the gateway, as problem+json (RFC 9457): a closed set of codes, each with its HTTP status. Where the
 * "no" is a refusal of the domain's, the code is the same. The detail says what to do; never a payload, never a stack.
 */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { GATE_STATUSES } from '../domain/gate/gate.ts';
import type { RefusalCode } from '../domain/refusal.ts';

/** What a session, or a gate of it, refuses. */
const REFUSED = {
  MALFORMED: 400,
  UNKNOWN_GATE: 404,
  ALREADY_DECIDED: 409,
  EXPIRED: 409,
  WITHDRAWN: 409,
  DIGEST_MISMATCH: 409,
  DUPLICATE: 409,
  NOT_AUTHORIZED: 403,
  SELF_APPROVAL: 403,
  SIGNATURE_REQUIRED: 403,
  SIGNATURE_INVALID: 403,
  ALREADY_VOTED: 409,
  RATIONALE_REQUIRED: 422,
  GRANT_NOT_ALLOWED: 422,
  CLAIMED: 409,
  NOT_CLAIMED: 409,
  REJECTED_BEFORE: 409,
  UNKNOWN_GRANT: 404,
  MODIFICATION_NOT_ALLOWED: 422,
  DECISION_FROM_OTHER_RUN: 409,
  SESSION_CLOSED: 409,
  LIMIT_REACHED: 429,
  CONSENT_MISSING: 409,
  CONSENT_SPENT: 409,
  ACTION_PAUSED: 409,
  ACTION_FENCED: 409,
  LOCAL_ACTIVITY: 409,
  CRON_SCHEDULE: 409,
  KILLED: 409,
} as const satisfies Record<RefusalCode, number>;

export const PROBLEMS = {
  ...REFUSED,
  KEY_MISSING: 400,
  LOGIN_FAILED: 400,
  UNAUTHENTICATED: 401,
  SCOPE_MISSING: 403,
  ROLE_MISSING: 403,
  CROSS_SITE: 403,
  NOT_FOUND: 404,
  NO_SUCH_LOGIN: 404,
  METHOD_NOT_ALLOWED: 405,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  KEY_REUSED: 422,
  CALLBACK_NOT_ALLOWED: 422,
  RATE_LIMITED: 429,
  TOO_MANY_STREAMS: 429,
  INTERNAL: 500,
  PROVIDER_FAILED: 502,
  UNREACHABLE: 503,
  NOT_ANSWERING: 503,
} as const satisfies Record<string, number>;

export type ProblemCode = keyof typeof PROBLEMS;

export const problemSchema = z
  .object({
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().meta({ description: 'What was wrong, and what to do.' }),
    gateId: z.string().optional(),
    decisionId: z.string().optional().meta({
      description: 'Of a decision that may have arrived: send the same again under it.',
    }),
    outcome: z
      .object({
        status: z.enum(GATE_STATUSES).exclude(['pending']),
        at: z.number(),
        reviewerId: z.string().optional(),
      })
      .optional()
      .meta({ description: 'How the gate had ended before.' }),
  })
  .meta({
    description: 'A problem as of RFC 9457. Branch on `code`, which never changes its meaning.',
  });

export const PROBLEM_TYPE = 'application/problem+json';

/** What a problem says beside its code. */
export type ProblemMembers = Readonly<
  Pick<z.output<typeof problemSchema>, 'gateId' | 'decisionId' | 'outcome'>
>;

interface ProblemOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly members?: ProblemMembers;
}

/** Thrown by what handles a request, and answered as it stands. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly members: ProblemMembers;

  constructor(code: ProblemCode, detail: string, { headers, members }: ProblemOptions = {}) {
    super(detail);
    this.code = code;
    this.headers = headers ?? {};
    this.members = members ?? {};
  }

  toResponse(): Response {
    const status = PROBLEMS[this.code];
    const { code, message: detail, members } = this;
    return Response.json(
      { title: STATUS_CODES[status] ?? code, status, code, detail, ...members },
      { status, headers: { 'content-type': PROBLEM_TYPE, ...this.headers } },
    );
  }
}
