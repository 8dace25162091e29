/**
 * A slice of the trail for the evidence store: as much as one activity may carry. The server terminates a session whose
 * activity has an input above 2 MiB, and a trail grows with every word that people send.
 */
import type { AuditEvent } from './audit-event.ts';
import { utf8Length } from '../text/digest.ts';
import { EVIDENCE_SLICE_BYTES_MAX } from '../limits.ts';

/** A payload too large for its event, as canonical JSON. */
export interface LargeContent {
  /** The event that names it by digest. */
  readonly seq: number;
  readonly text: string;
}

/** The first events that fit into one slice, with what belongs to them; at least one. */
export function firstSlice(
  events: readonly AuditEvent[],
  contents: readonly LargeContent[],
): { readonly events: readonly AuditEvent[]; readonly contents: readonly string[] } {
  let room = EVIDENCE_SLICE_BYTES_MAX;
  const end = events.findIndex((event, index) => {
    room -= bytesOf(event, contents);
    return room < 0 && index > 0;
  });
  const slice = end === -1 ? events : events.slice(0, end);
  const last = slice.at(-1)?.seq ?? 0;
  return { events: slice, contents: contents.flatMap(({ seq, text }) => (seq > last ? [] : text)) };
}

function bytesOf(event: AuditEvent, contents: readonly LargeContent[]): number {
  const own = contents.filter(({ seq }) => seq === event.seq);
  const text = [JSON.stringify(event), ...own.map((content) => content.text)].join('');
  return utf8Length(text);
}
