/**
 * The arguments of a call, read by their tool's schema: the one way in, used before a gate and again after it. What
 * the schema puts out (defaults applied) is the payload: digested, shown, approved and executed. So a schema has to
 * accept its own output unchanged, or what executes would not be what was approved (H1).
 */
import type { z } from 'zod';
import { canonicalJson } from '../domain/text/canonical-json.ts';
import { utf8Length } from '../domain/text/digest.ts';
import { isJsonObject, isPlainObject, type JsonObject, jsonProblem } from '../domain/text/json.ts';
import { JSON_DEPTH_MAX, PAYLOAD_BYTES_MAX } from '../domain/limits.ts';
import { messageOf, messageText } from './outside-text.ts';
import type { Tool } from './tool.ts';

const ISSUES_MAX = 10;

export type ArgumentsReading =
  | { readonly ok: true; readonly arguments: JsonObject }
  /** For the model, which can act on it; or for the tool's author, where only they can. */
  | { readonly ok: false; readonly message: string };

/** Total: never throws, whatever arrives and whatever the tool's schema does. */
export function readArguments(tool: Tool, raw: unknown): ArgumentsReading {
  const problem = argumentsProblem(raw);
  if (problem !== undefined)
    return refused(`The arguments of ${tool.name} are no JSON to act on: ${problem}.`);
  const parsed = parse(tool, raw);
  if (!parsed.ok) return refused(`Invalid arguments for ${tool.name}. ${parsed.message}`);
  const output = withoutUndefined(parsed.output);
  const badOutput = argumentsProblem(output);
  if (badOutput !== undefined || !isJsonObject(output)) {
    return refused(
      `For the author of ${tool.name}: what its input schema puts out is no JSON (${badOutput ?? 'unknown'}), so nobody can approve it. Leave the conversion to execute().`,
    );
  }
  // Through text, so that what is returned here is what every later reader gets.
  const text = canonicalJson(output);
  if (!isItsOwnOutput(tool, text)) {
    return refused(
      `For the author of ${tool.name}: its input schema changes or refuses its own output, so what is approved would not be what executes. Leave the conversion to execute().`,
    );
  }
  return { ok: true, arguments: JSON.parse(text) as JsonObject };
}

/** What stands in the way of taking these arguments at all, before any schema looks at them. */
export function argumentsProblem(raw: unknown): string | undefined {
  if (!isPlainObject(raw)) return 'they must be one JSON object';
  const problem = jsonProblem(raw);
  if (problem !== undefined) return problem;
  const bytes = utf8Length(JSON.stringify(raw));
  return bytes <= PAYLOAD_BYTES_MAX
    ? undefined
    : `too large, ${bytes} bytes where ${PAYLOAD_BYTES_MAX} are allowed`;
}

function refused(message: string): ArgumentsReading {
  return { ok: false, message: messageText(message) };
}

type Parsed =
  | { readonly ok: true; readonly output: unknown }
  | { readonly ok: false; readonly message: string };

function parse(tool: Tool, raw: unknown): Parsed {
  try {
    const parsed = tool.input.safeParse(raw);
    return parsed.success
      ? { ok: true, output: parsed.data }
      : { ok: false, message: issuesText(parsed.error.issues) };
  } catch (error) {
    // An asynchronous check ends here as well: what needs the world belongs in execute().
    return { ok: false, message: `Its schema failed: ${messageOf(error)}` };
  }
}

function isItsOwnOutput(tool: Tool, text: string): boolean {
  const again = parse(tool, JSON.parse(text));
  if (!again.ok) return false;
  const output = withoutUndefined(again.output);
  return isJsonObject(output) && canonicalJson(output) === text;
}

function issuesText(issues: readonly z.core.$ZodIssue[]): string {
  const shown = issues.slice(0, ISSUES_MAX).map(issueText);
  const more = issues.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more problems` : ''}.`;
}

/** `address.city: expected string, received number`; of a union, what each of its forms lacks. */
function issueText(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  const forms =
    issue.code === 'invalid_union'
      ? issue.errors.map((form) => form.map(issueText).join(', '))
      : [];
  const either = forms.length === 0 ? '' : ` (either ${forms.slice(0, ISSUES_MAX).join(' or ')})`;
  return `${path === '' ? 'arguments' : path}: ${issue.message}${either}`;
}

/** A member that is `undefined` is no member, as in JSON text: optional fields with a transform make such. */
function withoutUndefined(value: unknown, depth = 0): unknown {
  if (depth > JSON_DEPTH_MAX) return value;
  if (Array.isArray(value)) return Array.from(value, (item) => withoutUndefined(item, depth + 1));
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([key, member]) => [key, withoutUndefined(member, depth + 1)]),
  );
}
