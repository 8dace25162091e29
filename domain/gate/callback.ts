/**
 * Where outcomes may be sent: to origins that an operator has listed, and to nowhere else, so that no caller makes a
 * worker knock at doors inside its network. Compared as text: a URL that begins with an origin and a slash has exactly
 * that origin, whatever follows.
 */
import { CALLBACK_CHARACTERS_MAX } from '../limits.ts';
import type { FieldReader, Reading } from '../text/reading.ts';

/** What an operator allows; none allows nothing. */
export type CallbackOrigins = readonly string[];

const ADDRESS = /^https?:\/\/[!-~]+$/;

/** An absolute http or https URL in plain ASCII. Whether it may be used is for {@link isCallbackAllowed} to say. */
export const callbackUrl: FieldReader = (value) =>
  typeof value === 'string' && value.length <= CALLBACK_CHARACTERS_MAX && ADDRESS.test(value)
    ? undefined
    : `must be an http or https URL of at most ${CALLBACK_CHARACTERS_MAX} ASCII characters`;

export function isCallbackAllowed(origins: CallbackOrigins, url: string): boolean {
  return origins.some((origin) => url.startsWith(`${origin}/`));
}

const ORIGIN = /^https?:\/\/(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Origins separated by commas or blanks: `https://hooks.example.com,https://other.example.com:8443`. */
export function readCallbackOrigins(text: string): Reading<CallbackOrigins> {
  const origins = text.split(/[\s,]+/).filter((origin) => origin !== '');
  const wrong = origins.find((origin) => !ORIGIN.test(origin));
  return wrong === undefined
    ? { ok: true, value: origins }
    : { ok: false, problem: `${wrong} is no origin: write it as https://hooks.example.com` };
}
