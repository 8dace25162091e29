/**
 * Untrusted text made safe to look at: what a reader can't see is marked, so that a payload can't forge what
 * stands around it. Not a filter: nothing is dropped, every code point stays recognizable.
 *
 * Its results are hashed (descriptions, notes, refused names in audit events), so they never change: a saved history
 * replays to the byte. What a surface shows beyond it stands in shown-text.ts.
 */

/**
 * Controls, format characters (bidi overrides and isolates, zero-width, soft hyphen, tags, byte order mark),
 * surrogates, private use, unassigned; line and paragraph separators; blanks that are not the ordinary space; fillers
 * that draw nothing.
 */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]|(?! )\p{Zs}/gu;
const INVISIBLE_ONCE = new RegExp(INVISIBLE.source, 'u');

/** Runs of combining marks longer than this pile up over neighbouring lines. */
const COMBINING_RUN = /(\p{M}{3})(\p{M}+)/gu;

/** The mark that stands for a character, or after it: `⟦U+202E⟧`. */
export function markOf(character: string): string {
  const codePoint = character.codePointAt(0) ?? 0;
  return `⟦U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}⟧`;
}

function markEach(text: string): string {
  return Array.from(text, markOf).join('');
}

/** Text on one line: every invisible character, line breaks too, stands as `⟦U+202E⟧`. */
export function visibleText(text: string): string {
  return text
    .replace(INVISIBLE, markOf)
    .replace(COMBINING_RUN, (_run, kept: string, rest: string) => kept + markEach(rest));
}

/**
 * JSON text that shows all it holds: what {@link visibleText} marks stands as JSON's own escapes, so that a terminal
 * obeys none of it and a parser reads the same value.
 */
export function visibleJson(json: string): string {
  return json
    .replace(INVISIBLE, escapeEach)
    .replace(COMBINING_RUN, (_run, kept: string, rest: string) => kept + escapeEach(rest));
}

/** One escape for each UTF-16 unit: JSON has no other. */
function escapeEach(text: string): string {
  return Array.from(
    { length: text.length },
    (_none, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** The same, line by line: `\n` still breaks the line. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n');
}

/** Whether a text shows everything it holds: what an identifier must be. */
export function isVisible(text: string): boolean {
  return !INVISIBLE_ONCE.test(text);
}

/** Lone surrogates have no UTF-8 bytes; each becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

/**
 * The first `charactersMax` characters; what is cut off is counted, never silently dropped. `length`: of the whole text,
 * where the rest of it is not at hand.
 */
export function cutText(text: string, charactersMax: number, length = text.length): string {
  if (length <= charactersMax) return text;
  // Never through the middle of a surrogate pair: what is shown stays well-formed.
  const kept = text.slice(0, charactersMax).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}… (${length - kept.length} more characters)`;
}
