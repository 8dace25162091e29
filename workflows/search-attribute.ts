/**
 * Whether this run writes the search attribute. A worker that may not register it, and can't find it, runs without:
 * an unregistered attribute would stop every session. What a run did is pinned in its history by a patch marker that
 * only the run without the attribute carries, so that the ordinary run spends no event on the question.
 */
import { patched } from '@temporalio/workflow';
import { UNINDEXED_PATCH } from '../domain/messages.ts';

export function isGatesAttributeUsable(): boolean {
  return !patched(UNINDEXED_PATCH);
}
