/**
 * What every surface shows of a text from outside: the review page, the command line, reports, an inbox. Invisible
 * characters stand as marks, lookalikes are followed by theirs.
 *
 * Beside visibleText on purpose: what that one makes is hashed into audit events and must never change, while
 * lookalikes follow Unicode's tables and may be learned anew. So this is for looking at only: never for what is hashed,
 * stored or compared. A text may come through twice, as a description does: that changes nothing.
 */
import { markLookalikes } from './lookalike.ts';
import { visibleText } from './visible-text.ts';

/** Text on one line. */
export function shownText(text: string): string {
  return markLookalikes(visibleText(text));
}

/** The same, line by line: `\n` still breaks the line. */
export function shownLines(text: string): string {
  return text.split('\n').map(shownText).join('\n');
}
