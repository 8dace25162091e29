/**
 * Where audit events stand in a history: in a memo write, in the consent of an action that was scheduled, and in the
 * slice of the trail that an activity was given to store. A local activity leaves a marker, which carries nothing.
 */
import type { HoldpointActivities } from '../activities.ts';
import { isPlainObject } from '../text/json.ts';

/** The field of each carrier's value that lists events. */
const FIELDS = { memo: 'audit', consent: 'evidence', slice: 'events' } as const;

export type CarrierKind = keyof typeof FIELDS;

/** The activity whose input is a slice. */
export const SLICE_ACTIVITY = 'storeEvidence' satisfies keyof HoldpointActivities;

/** What a carrier lists: nothing, where its value is not what it should be. Whether it is events is not looked at. */
export function listedIn(kind: CarrierKind, value: unknown): readonly unknown[] {
  const list = isPlainObject(value) ? value[FIELDS[kind]] : undefined;
  return Array.isArray(list) ? list : [];
}
