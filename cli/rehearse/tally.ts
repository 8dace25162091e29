/** What became of each recorded call, read from the trail of its session and from what its tools noted. */
import type { AuditEvent, EventDraft } from '../../domain/audit/audit-event.ts';
import { AUTOMATED } from '../../domain/policy/tier.ts';
import type { RecordedTask } from '../../domain/schema/recorded-tasks.ts';
import type { JsonObject } from '../../domain/text/json.ts';

export interface CallLine {
  readonly task: string;
  /** Its place among the task's actions, from 0. */
  readonly call: number;
  readonly name: string;
  readonly arguments: JsonObject;
  /** Null where the call never met the policy: its arguments were refused, or its session ended before. */
  readonly gateLevel: string | null;
  readonly tier: string | null;
  readonly outcome: CallOutcome;
  readonly decidedBy: string | null;
  /** How often its tool was called. */
  readonly executions: number;
  readonly executedArguments: JsonObject | null;
}

const OUTCOMES = [
  'auto_proceeded',
  'approved',
  'modified',
  'rejected',
  'expired',
  'withdrawn',
] as const;

export type CallOutcome = (typeof OUTCOMES)[number] | 'not_reached';

export interface Summary {
  readonly tasks: number;
  readonly calls: number;
  readonly gated: number;
  readonly approved: number;
  readonly modified: number;
  readonly rejected: number;
  readonly expired: number;
  readonly executed: number;
  readonly sessionsPerSecond: number;
}

/** The id of the action of a recorded call: one call a turn. A fresh key for the same call gets `~2` behind it. */
export function isActionOf(actionId: string | undefined, call: number): boolean {
  const own = `${call + 1}/1`;
  return actionId === own || actionId?.startsWith(`${own}~`) === true;
}

/** `executed`: the arguments with which the tool of a call was called, each time. */
export function callLines(
  task: RecordedTask,
  events: readonly AuditEvent[],
  executed: (call: number) => readonly JsonObject[],
): readonly CallLine[] {
  return task.actions.map((_one, call) => {
    const own = events.filter(({ actionId }) => isActionOf(actionId, call));
    return callLine({ task, call }, own, executed(call));
  });
}

/** One call, by the events of its own action and the arguments with which it was made, each time. */
export function callLine(
  { task, call }: { readonly task: RecordedTask; readonly call: number },
  own: readonly EventDraft[],
  runs: readonly JsonObject[],
): CallLine {
  const { name = '', arguments: proposed = {} } = task.actions[call] ?? {};
  const presented = own.find(({ tier }) => tier !== undefined);
  const ended = own.filter(({ eventType }) => isOutcome(eventType));
  // What one person changed and another let pass was changed.
  const decisive = ended.findLast(({ eventType }) => !isYes(eventType)) ?? ended.at(-1);
  return {
    task: task.id,
    call,
    name,
    arguments: proposed,
    gateLevel: presented?.gateLevel ?? null,
    tier: presented?.tier ?? null,
    outcome: (decisive?.eventType as CallOutcome | undefined) ?? 'not_reached',
    decidedBy: decisive?.reviewerId ?? null,
    executions: runs.length,
    executedArguments: runs.at(-1) ?? null,
  };
}

function isOutcome(eventType: string): boolean {
  return (OUTCOMES as readonly string[]).includes(eventType);
}

function isYes(eventType: string): boolean {
  return eventType === 'approved' || eventType === 'auto_proceeded';
}

export function summaryOf(
  lines: readonly CallLine[],
  run: { readonly tasks: number; readonly tookMs: number },
): Summary {
  const count = (outcome: CallOutcome): number =>
    lines.filter((line) => line.outcome === outcome).length;
  return {
    tasks: run.tasks,
    calls: lines.length,
    gated: lines.filter(({ tier }) => tier !== null && tier !== AUTOMATED).length,
    approved: count('approved'),
    modified: count('modified'),
    rejected: count('rejected'),
    expired: count('expired'),
    executed: lines.filter(({ executions }) => executions > 0).length,
    sessionsPerSecond: Math.round((run.tasks * 100_000) / Math.max(1, run.tookMs)) / 100,
  };
}
