/**
 * Looks up what a session needs to judge a decision: whose signatures count, and who stands behind an account. Runs
 * beside the workflow; a session that never asks for proof, nor for a directory, never schedules anything here.
 *
 * H1 while the look-up fails, nothing is believed: the gate waits, and ends as its clock says.
 */
import { condition } from '@temporalio/workflow';
import { takeTrust } from '../domain/session/session-opening.ts';
import { trustToLookUp } from '../domain/session/session-trust.ts';
import { trust } from './own-activities.ts';
import type { SessionRecord } from './session-record.ts';

/** Runs until the session is closed. */
export async function keepTrust(record: SessionRecord): Promise<void> {
  for (;;) {
    await condition(() => trustToLookUp(record.state) !== undefined || isOver(record));
    const question = trustToLookUp(record.state);
    if (question === undefined || isOver(record)) return;
    const found = await trust.loadTrust(question);
    // Nothing waits for it any more.
    if (isOver(record)) return;
    record.apply(takeTrust(record.state, { ...found, asked: question.accounts }, Date.now()));
  }
}

function isOver(record: SessionRecord): boolean {
  return record.state.phase === 'closed';
}
