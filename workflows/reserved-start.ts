/**
 * The key in the ledger of what the workflow itself starts: a child workflow, a Nexus operation. No activity of it will
 * run that could take it (H12).
 */
import type { Consent } from '../domain/action/consent.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { evidence } from './own-activities.ts';
import type { SessionRecord } from './session-record.ts';
import { mayStart, untilMayStart } from './start-line.ts';

export async function reserveStart(
  record: SessionRecord,
  consent: Consent,
  payload: JsonObject,
): Promise<void> {
  await evidence.reserveAction(consent, payload);
  while (!mayStart(record)) await untilMayStart(record);
}
