/**
 * JSON Schema as the input of a tool, for schemas that come from outside. Ajv checks; nothing is converted and no
 * default is filled in, so what a model sent is what is approved and sent on. Compiling and checking are somebody
 * else's code in effect (a pattern may take for ever), and are stopped after a second.
 */
import vm from 'node:vm';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { SECOND_MS } from '../../domain/limits.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { messageOf } from '../outside-text.ts';

/** Of one check. Whoever sent the schema or the arguments holds up the worker for no longer. */
const CHECK_MS = SECOND_MS;

/** `format` is what it is in the draft itself, an annotation; what the library does not know is passed over. */
const OPTIONS = { strict: false, validateFormats: false, logger: false } as const;

/** Throws a TypeError where the schema can't be used: a reference that leads nowhere, a draft that is not known. */
export function jsonSchemaInput(schema: JsonObject): z.ZodType<Record<string, unknown>> {
  const validate = compiled(schema);
  return z.record(z.string(), z.unknown()).superRefine((args, context) => {
    if (withinTime(() => validate(args))) return;
    for (const { instancePath, message = 'does not fit', params } of validate.errors ?? []) {
      const path = instancePath.split('/').slice(1).map(pointerPart);
      const named: unknown = params['additionalProperty'];
      const detail = typeof named === 'string' ? `${message}: ${named}` : message;
      context.addIssue({ code: 'custom', path, message: detail });
    }
  });
}

function compiled(schema: JsonObject): ReturnType<Ajv['compile']> {
  const draft = schema['$schema'];
  // Without a word about it a schema of MCP is one of draft 2020-12.
  const isOld = typeof draft === 'string' && /draft-0[4-7]/.test(draft);
  const { $schema: _draft, ...rest } = schema;
  try {
    return withinTime(() => (isOld ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS)).compile(rest));
  } catch (error) {
    throw new TypeError(`its input schema can't be used: ${messageOf(error)}`, { cause: error });
  }
}

function pointerPart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

const slot: { work: () => unknown } = { work: () => undefined };
const context = vm.createContext(slot);
const script = new vm.Script('work()');

/** V8 stops a script that runs too long, and whatever it called: also a regular expression. */
function withinTime<T>(work: () => T): T {
  slot.work = work;
  try {
    return script.runInContext(context, { timeout: CHECK_MS }) as T;
  } catch (error) {
    const isLate = (error as { code?: unknown } | undefined)?.code === TIMED_OUT;
    throw isLate ? new Error(`it took longer than ${CHECK_MS} ms to check`) : error;
  }
}

const TIMED_OUT = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
