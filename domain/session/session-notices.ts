/**
 * Notices on their way: queued as their events are sealed, taken out when their receiver has answered. What is queued
 * goes with the session from run to run, so that none is lost; one may be sent twice, under the same id.
 */
import type { AuditEvent } from '../audit/audit-event.ts';
import { type Notice, type NoticeResult, noticesOf, notifiedEvent } from '../gate/notice.ts';
import { NOTICES_MAX } from '../limits.ts';
import { gateOf, type SessionState, type Step } from './session.ts';

/** An event was sealed: whoever has to hear of it is noted. `before`: the gate may be gone by now. */
export function queueNotices(
  state: SessionState,
  event: AuditEvent,
  before: SessionState,
): SessionState {
  const { policy } = state;
  const { gateId = '' } = event;
  const gate = gateOf(state, gateId) ?? gateOf(before, gateId);
  if (policy === undefined || gate === undefined) return state;
  const notices = noticesOf(policy, gate, event);
  if (notices.length === 0) return state;
  // A flood of gates may not fill the state: the oldest have been tried the longest.
  return { ...state, notices: [...(state.notices ?? []), ...notices].slice(-NOTICES_MAX) };
}

/** Its receiver has answered, or will not. */
export function settleNotice(state: SessionState, notice: Notice, result: NoticeResult): Step {
  const { notices = [], ...rest } = state;
  const left = notices.filter(({ noticeId }) => noticeId !== notice.noticeId);
  return {
    state: left.length === 0 ? rest : { ...rest, notices: left },
    events: [notifiedEvent(notice, result)],
    reply: undefined,
  };
}

/** The session does not wait for them any longer. */
export function dropNotices(state: SessionState): Step {
  const { notices = [], ...rest } = state;
  const result = { status: 'failed', code: 'SESSION_CLOSED' } as const;
  return {
    state: notices.length === 0 ? state : rest,
    events: notices.map((notice) => notifiedEvent(notice, result)),
    reply: undefined,
  };
}
