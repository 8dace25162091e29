/** The terms of a standing grant, as a reviewer sets them in a form. What leaves here the gate judges by its policy. */
import type { GrantShown } from '../../gateway/api/sessions.ts';
import type { GrantBound, GrantTerms } from '../../domain/gate/grant.ts';
import { jsonLeaves, pointerOf } from '../../domain/text/json-leaves.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';

export interface BoundDraft {
  readonly pointer: string;
  readonly value: Json;
  readonly rule: 'free' | 'equals' | 'atMost';
  readonly atMost: string;
}

export interface GrantDraft {
  readonly scope: GrantTerms['scope'];
  readonly times: string;
  readonly minutes: string;
  readonly bounds: readonly BoundDraft[];
}

export interface GrantLimits {
  readonly timesMax: number;
  readonly withinMs: number;
}

const MINUTE_MS = 60_000;
const MINUTES_AT_FIRST = 60;
const TIMES_AT_FIRST = 5;

/** The narrowest that is useful: this very call. Within a tool, everything as it is here. */
export function grantDraft(payload: JsonObject, { timesMax, withinMs }: GrantLimits): GrantDraft {
  return {
    scope: 'exact',
    times: String(Math.min(TIMES_AT_FIRST, timesMax)),
    minutes: String(Math.min(MINUTES_AT_FIRST, Math.floor(withinMs / MINUTE_MS))),
    bounds: [...jsonLeaves(payload)].map(({ path, value }) => ({
      pointer: pointerOf(path),
      value,
      rule: 'equals',
      atMost: typeof value === 'number' ? String(Math.abs(value)) : '',
    })),
  };
}

export type GrantReading =
  | { readonly ok: true; readonly terms: GrantTerms }
  | { readonly ok: false; readonly problem: string };

export function grantTermsOf(
  draft: GrantDraft,
  {
    tool,
    limits,
    now,
  }: { readonly tool: string; readonly limits: GrantLimits; readonly now: number },
): GrantReading {
  const times = Number(draft.times);
  if (!Number.isSafeInteger(times) || times < 1 || times > limits.timesMax) {
    return { ok: false, problem: `How often: a whole number from 1 to ${limits.timesMax}.` };
  }
  const minutesMax = Math.floor(limits.withinMs / MINUTE_MS);
  const minutes = Number(draft.minutes);
  if (!(minutes > 0) || minutes > minutesMax) {
    return { ok: false, problem: `How long: more than 0 and up to ${minutesMax} minutes.` };
  }
  const until = new Date(now + minutes * MINUTE_MS).toISOString();
  if (draft.scope === 'exact') return { ok: true, terms: { scope: 'exact', times, until } };
  const bounds: GrantBound[] = [];
  for (const { pointer, value, rule, atMost } of draft.bounds) {
    if (rule === 'equals') bounds.push({ pointer, equals: value });
    if (rule !== 'atMost') continue;
    const most = Number(atMost);
    if (atMost.trim() === '' || !(most >= 0)) {
      return { ok: false, problem: `At most, for ${pointer}: a number, 0 or above.` };
    }
    bounds.push({ pointer, atMost: most });
  }
  if (bounds.length === 0)
    return { ok: false, problem: 'A grant for a tool needs at least one bound.' };
  return { ok: true, terms: { scope: 'tool', tool, bounds, times, until } };
}

type Bound = NonNullable<GrantShown['terms']['bounds']>[number];

/** What a grant lets pass, in words. */
export function grantWords(terms: GrantShown['terms']): string {
  const what =
    terms.scope === 'exact'
      ? 'the very same call'
      : `any ${terms.tool ?? 'call'} with ${(terms.bounds ?? []).map(boundWords).join(' and ')}`;
  return `${what}, ${terms.times} more times at most, until ${terms.until}`;
}

function boundWords({ pointer, equals, oneOf, atMost }: Bound): string {
  if (atMost !== undefined) return `${pointer} up to ${atMost}`;
  if (oneOf !== undefined) return `${pointer} one of ${JSON.stringify(oneOf)}`;
  return `${pointer} = ${JSON.stringify(equals)}`;
}
