/**
 * Every "no" of the gateway, as problem+json (RFC 9457): a closed set of codes, each with its HTTP status. Where the
 * "no" is a refusal of the domain's, the code is the same. The detail says what to do; never a payload, never a stack.
 */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

export const PROBLEMS = {
  MALFORMED: 400,
  KEY_MISSING: 400,
  UNAUTHENTICATED: 401,
  SCOPE_MISSING: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  ALREADY_DECIDED: 409,
  EXPIRED: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  KEY_REUSED: 422,
  CALLBACK_NOT_ALLOWED: 422,
  INTERNAL: 500,
  UNREACHABLE: 503,
} as const satisfies Record<string, number>;

export type ProblemCode = keyof typeof PROBLEMS;

export const problemSchema = z
  .object({
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string().meta({ description: 'What was wrong, and what to do.' }),
  })
  .meta({
    description: 'A problem as of RFC 9457. Branch on `code`, which never changes its meaning.',
  });

export const PROBLEM_TYPE = 'application/problem+json';

/** Thrown by what handles a request, and answered as it stands. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }

  toResponse(): Response {
    const status = PROBLEMS[this.code];
    const { code, message: detail } = this;
    return Response.json(
      { title: STATUS_CODES[status] ?? code, status, code, detail },
      { status, headers: { 'content-type': PROBLEM_TYPE, ...this.headers } },
    );
  }
}
