/** The body of a request, as JSON that can be hashed and stored exactly, or a problem that says why it is none. */
import type { Context } from 'hono';
import type { z } from 'zod';
import { JSON_DEPTH_MAX, PAYLOAD_BYTES_MAX } from '../domain/limits.ts';
import { jsonProblem } from '../domain/text/json.ts';
import { cutText, visibleText } from '../domain/text/visible-text.ts';
import { Problem } from './problem.ts';

/** Room for the largest arguments, and for what stands around them. */
export const BODY_BYTES_MAX = 2 * PAYLOAD_BYTES_MAX;

const ISSUES_MAX = 5;
const DETAIL_CHARACTERS_MAX = 500;

/** Rejects with a {@link Problem} where the body is not what the schema asks for. */
export async function readBody<Body>(context: Context, schema: z.ZodType<Body>): Promise<Body> {
  expectJson(context);
  const value = parsed(decoded(await context.req.arrayBuffer()));
  const problem = jsonProblem(value, JSON_DEPTH_MAX + 1);
  if (problem !== undefined) throw malformed(problem);
  const reading = schema.safeParse(value);
  if (reading.success) return reading.data;
  throw malformed(reading.error.issues.slice(0, ISSUES_MAX).map(issueText).join('; '));
}

/** A form can't send it, and nothing else is read. */
export function expectJson(context: Context): void {
  const [type, ...parameters] = (context.req.header('content-type') ?? '').split(';');
  const isUtf8 = parameters.every((one) => /^\s*charset="?utf-8"?\s*$/i.test(one));
  const isPlain = context.req.header('content-encoding') === undefined;
  if (type?.trim().toLowerCase() === 'application/json' && isUtf8 && isPlain) return;
  throw new Problem(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send JSON in UTF-8, uncompressed, with the header content-type: application/json',
  );
}

function decoded(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('the body is no UTF-8');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('the body is no JSON');
  }
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

/** Keys come from outside, and so do the paths made of them. */
function malformed(why: string): Problem {
  return new Problem('MALFORMED', `${cutText(visibleText(why), DETAIL_CHARACTERS_MAX)}.`);
}
