/**
 * A string of several lines as a person reads it: numbered, each on a line of its own with what can't be seen marked.
 * Blank lines in a row are counted, not drawn, so that nothing is pushed out of sight; what is left out says so.
 */
import { shownText } from '../../domain/text/shown-text.ts';
import { cutText } from '../../domain/text/visible-text.ts';

export type TextLine =
  | { readonly line: number; readonly text: string }
  | { readonly blankFrom: number; readonly blank: number };

export interface TextLines {
  readonly lines: readonly TextLine[];
  /** Of all, blank ones too. */
  readonly count: number;
  /** Lines that are not here. */
  readonly more: number;
}

const BLANK_RUN_MIN = 3;

/** `linesMax` and `charactersMax` (of one line): Infinity for all of it. */
export function textLines(
  text: string,
  { linesMax, charactersMax }: { readonly linesMax: number; readonly charactersMax: number },
): TextLines {
  const all = text.split('\n');
  const lines: TextLine[] = [];
  let at = 0;
  while (at < all.length && lines.length < linesMax) {
    const blank = blankRun(all, at);
    if (blank >= BLANK_RUN_MIN) {
      lines.push({ blankFrom: at + 1, blank });
      at += blank;
    } else {
      lines.push({ line: at + 1, text: shownText(cutText(all[at] ?? '', charactersMax)) });
      at += 1;
    }
  }
  return { lines, count: all.length, more: all.length - at };
}

/** `\r` alone counts as blank as well: a line that a person sees nothing of. */
function blankRun(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && /^[ \t\r]*$/.test(lines[at] ?? '')) at += 1;
  return at - from;
}

export interface TextPart {
  readonly text: string;
  readonly isMark: boolean;
}

const MARK = /(⟦U\+[\dA-F]{4,6}⟧)/;

/** More parts than this are drawn as plain text: each is an element. */
const PARTS_MAX = 2_000;

/** The marks of a shown text, apart from what stands between them. */
export function textParts(shown: string): readonly TextPart[] {
  if (!shown.includes('⟦U+')) return [{ text: shown, isMark: false }];
  const parts = shown.split(MARK);
  if (parts.length > PARTS_MAX) return [{ text: shown, isMark: false }];
  return parts.flatMap((text, index) => (text === '' ? [] : [{ text, isMark: index % 2 === 1 }]));
}
