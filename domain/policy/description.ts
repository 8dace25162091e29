/** What a person reads first: a plain sentence and an impact, both made by rule from the call, never by a model. */
import { canonicalJson } from '../text/canonical-json.ts';
import type { Json, JsonObject } from '../text/json.ts';
import {
  ESCALATION_LIMIT,
  HIGH_VALUE_LIMIT,
  isAbove,
  type Reversibility,
} from './reversibility.ts';
import { cutText, visibleText } from '../text/visible-text.ts';

export const IMPACTS = ['low', 'medium', 'high'] as const;
export type Impact = (typeof IMPACTS)[number];

const ARGUMENT_CHARACTERS_MAX = 120;
const DESCRIPTION_CHARACTERS_MAX = 600;

/** `delete_record`, `{ id: "c-17" }` → `Delete record: id = "c-17"`. Long values are cut and say so; the payload stands whole beside it. */
export function buildHumanDescription(action: string, args: JsonObject): string {
  const words = visibleText(action).replaceAll(/[_-]+/g, ' ').trim();
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  const details = Object.keys(args).map((name) => {
    // The key is its own, so the value is there.
    const value = canonicalJson(args[name] as Json);
    return `${visibleText(name)} = ${cutText(visibleText(value), ARGUMENT_CHARACTERS_MAX)}`;
  });
  const text = details.length === 0 ? title : `${title}: ${details.join(', ')}`;
  return cutText(text, DESCRIPTION_CHARACTERS_MAX);
}

export interface ImpactFacts {
  readonly reversibility: Reversibility;
  readonly value?: number | null;
  readonly highValueLimit?: number;
  readonly escalationLimit?: number;
}

/** Irreversible, or worth more than the escalation limit: high. Partially reversible, or worth more than the high-value limit: medium. */
export function assessImpact(facts: ImpactFacts): Impact {
  const { reversibility, value } = facts;
  if (reversibility === 'irreversible') return 'high';
  if (isAbove(value, facts.escalationLimit ?? ESCALATION_LIMIT)) return 'high';
  if (reversibility === 'partially_reversible') return 'medium';
  return isAbove(value, facts.highValueLimit ?? HIGH_VALUE_LIMIT) ? 'medium' : 'low';
}
