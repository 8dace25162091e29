/** Words from outside (a model's, a tool's, an error's) made fit to travel: well-formed, bounded, never thrown on. */
import { cutText, visibleLines, wellFormed } from '../domain/text/visible-text.ts';

/** An error's message as people, models and histories get it. */
const MESSAGE_CHARACTERS_MAX = 2_000;

/** The first `charactersMax` characters and nothing else, never half a surrogate pair. */
export function firstCharacters(text: string, charactersMax: number): string {
  return wellFormed(text)
    .slice(0, charactersMax)
    .replace(/[\uD800-\uDBFF]$/, '');
}

/** Visible, well-formed and bounded: what a refusal says to a model, and a failure to a history. */
export function messageText(text: string): string {
  return cutText(visibleLines(wellFormed(text)), MESSAGE_CHARACTERS_MAX);
}

/** The message of whatever was thrown: an Error, or anything else that JavaScript lets fly. */
export function messageOf(thrown: unknown): string {
  try {
    const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
    return messageText(text);
  } catch {
    return 'An error that can not be read';
  }
}
