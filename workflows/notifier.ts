/**
 * Sends notices: one activity each, tried again by Temporal, and the receipt in the trail. Runs beside the workflow; a
 * session whose tiers name no channel schedules nothing here.
 *
 * It holds nothing back: a gate does not wait for its notices, and a session ends at most a moment later for them.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { condition } from '@temporalio/workflow';
import type { Notice, NoticeResult } from '../domain/gate/notice.ts';
import { NOTICES_AT_END_MS } from '../domain/limits.ts';
import { dropNotices, settleNotice } from '../domain/session/session-notices.ts';
import { notifier } from './own-activities.ts';
import type { SessionRecord } from './session-record.ts';

/** Runs until the session is closed and nothing is left to send. */
export async function keepNotices(record: SessionRecord): Promise<void> {
  const sending = new Set<string>();
  const unsent = (): readonly Notice[] =>
    (record.state.notices ?? []).filter(({ noticeId }) => !sending.has(noticeId));
  for (;;) {
    await condition(() => unsent().length > 0 || isOver(record));
    const next = unsent();
    if (next.length === 0) return;
    for (const notice of next) {
      sending.add(notice.noticeId);
      void send(record, notice);
    }
  }
}

async function send(record: SessionRecord, notice: Notice): Promise<void> {
  const result = await deliver(notice);
  // At the end of a session it may have been given up meanwhile.
  const isQueued = record.state.notices?.some(({ noticeId }) => noticeId === notice.noticeId);
  if (isQueued === true) record.apply(settleNotice(record.state, notice, result));
}

async function deliver(notice: Notice): Promise<NoticeResult> {
  try {
    const { receipt } = await notifier(notice).notify(notice);
    return { status: 'sent', ...(receipt === undefined ? {} : { receipt }) };
  } catch (error) {
    return { status: 'failed', code: codeOf(error) };
  }
}

/** Never its message: that may hold an address with a secret in it. */
function codeOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return cause.type ?? 'NotDelivered';
  return cause instanceof Error ? cause.name : 'NotDelivered';
}

/** Before a session ends: its last notices are waited for, a moment. */
export async function settleNotices(record: SessionRecord): Promise<void> {
  const isSettled = (): boolean => record.state.notices === undefined;
  if (isSettled()) return;
  await condition(isSettled, NOTICES_AT_END_MS);
  record.apply(dropNotices(record.state));
}

function isOver(record: SessionRecord): boolean {
  return record.state.phase === 'closed' && record.state.notices === undefined;
}
