/** The one line that Temporal UI shows beside a session, an activity or a timer. Temporal bounds it in bytes. */
import { SUMMARY_BYTES_MAX, SUMMARY_CHARACTERS_MAX } from '../limits.ts';
import { utf8Length } from './digest.ts';
import { shownText } from './shown-text.ts';
import { cutText, wellFormed } from './visible-text.ts';

const STEP_CHARACTERS = 10;

/** Untrusted text as a summary: on one line, with what can't be seen marked, and as much of it as fits. */
export function summaryText(text: string): string {
  const shown = shownText(wellFormed(text));
  let [charactersMax, summary] = [SUMMARY_CHARACTERS_MAX, shown];
  do {
    summary = cutText(shown, charactersMax);
    charactersMax -= STEP_CHARACTERS;
  } while (utf8Length(JSON.stringify(summary)) > SUMMARY_BYTES_MAX);
  return summary;
}
