/** Lines of a worker's log about sessions: their events as they are stored, and what came of their actions. */
import { agentOf, type StoredKill } from '../../domain/action/kill.ts';
import { AUDIT_EVENT_TYPES, type AuditEvent } from '../../domain/audit/audit-event.ts';
import { refusalCode } from './metrics.ts';
import type { ActionWatch, WatchedAction, WatchedOutcome } from './action-watch.ts';
import type { LogFields, LogLevel, WorkerLog } from './log.ts';

export interface SessionLog extends ActionWatch {
  readonly killOrdered: (order: StoredKill) => void;
  /** When the worker starts. */
  readonly killStands: (kill: StoredKill) => void;
  readonly stored: (events: readonly AuditEvent[], run: { readonly runId: string }) => void;
}

/** Neither arguments, results nor what people wrote: ids, tiers, codes and outcomes. */
export function createSessionLog({ write }: WorkerLog): SessionLog {
  return {
    stored: (events, { runId }) => {
      for (const event of events) {
        const level = levelOf(event);
        write(level, 'event stored', eventFields(event, runId));
      }
    },
    called: (action) => write('info', 'action called', actionFields(action)),
    ended: (action, { outcome, code, tookMs }) =>
      write(LEVELS[outcome], 'action ended', {
        ...actionFields(action),
        outcome,
        tookMs: Math.round(tookMs),
        ...(code === undefined ? {} : { code }),
      }),
    killOrdered: (order) => write('warn', `${order.verb} stored`, killFields(order)),
    killStands: (kill) => write('warn', 'a kill stands', killFields(kill)),
    flushed: ({ sessionId, runId, isStored, tookMs }) => {
      const level = isStored ? 'debug' : 'warn';
      const message = isStored ? 'evidence flushed' : 'evidence could not be flushed';
      write(level, message, { sessionId, runId, tookMs: Math.round(tookMs) });
    },
  };
}

/** An alarm, and word that did not reach anybody, are for whoever watches the log. */
function levelOf({ eventType, details }: AuditEvent): LogLevel {
  if (eventType === 'no_reviewer') return 'error';
  if (eventType === 'notified' && details?.['status'] === 'failed') return 'warn';
  return AUDIT_EVENT_TYPES[eventType] === 'human' ? 'info' : 'debug';
}

const LEVELS: Readonly<Record<WatchedOutcome, LogLevel>> = {
  executed: 'info',
  answered: 'info',
  not_executed: 'info',
  refused: 'warn',
  effect_unknown: 'warn',
  failed: 'warn',
  cancelled: 'info',
  waiting: 'warn',
};

/** Without an agent: of all. */
function killFields(kill: StoredKill): LogFields {
  const agentId = agentOf(kill);
  const { operatorId } = kill;
  return { operatorId, ...(agentId === undefined ? {} : { agentId }) };
}

function actionFields(action: WatchedAction): LogFields {
  const { sessionId, runId, gateId, actionId, tool, attempt } = action;
  return {
    sessionId,
    runId,
    tool,
    attempt,
    ...(gateId === undefined ? {} : { gateId }),
    ...(actionId === undefined ? {} : { actionId }),
  };
}

function eventFields(event: AuditEvent, runId: string): LogFields {
  const { sessionId, seq, eventType, gateId, actionId, actionType: tool, tier } = event;
  const code = refusalCode(event);
  return {
    sessionId,
    runId,
    seq,
    event: eventType,
    tool,
    ...(gateId === undefined ? {} : { gateId }),
    ...(actionId === undefined ? {} : { actionId }),
    ...(tier === undefined ? {} : { tier }),
    ...(code === undefined ? {} : { code }),
  };
}
