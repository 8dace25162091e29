/**
 * Rehearses a policy on recorded tasks: each runs as a session of its own on a real server, at its gates somebody
 * decides as told, and what became of each call is read from its trail. Many sessions at a time.
 */
import type { HoldpointClient } from '../../client/holdpoint-client.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import type { RecordedTask } from '../../domain/schema/recorded-tasks.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { type Choice, choose, type DecisionMode } from './decisions.ts';
import { type CallLine, callLines, isActionOf } from './tally.ts';

export interface Stage {
  readonly holdpoint: HoldpointClient;
  /** What a task's session is started with. */
  readonly inputOf: (task: RecordedTask) => { readonly sessionId: string; readonly goal: string };
  readonly executions: ReadonlyMap<string, readonly { readonly arguments: JsonObject }[]>;
}

export interface RehearsedTask {
  readonly task: RecordedTask;
  readonly sessionId: string;
  readonly lines: readonly CallLine[];
}

/** Sessions that run at the same time. */
const AT_ONCE = 50;

/** The tasks in the order in which they end. */
export async function rehearse(
  stage: Stage,
  tasks: readonly RecordedTask[],
  options: { readonly mode: DecisionMode; readonly done: (task: RehearsedTask) => void },
): Promise<void> {
  const waiting = [...tasks];
  const takeTurns = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      options.done(await rehearseTask(stage, task, options.mode));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
}

async function rehearseTask(
  stage: Stage,
  task: RecordedTask,
  mode: DecisionMode,
): Promise<RehearsedTask> {
  const { holdpoint, inputOf, executions } = stage;
  const sessionId = await holdpoint.start({ ...inputOf(task), agentId: 'rehearsal' });
  const events: AuditEvent[] = [];
  for await (const { event, runId } of holdpoint.watch(sessionId)) {
    events.push(event);
    if (event.eventType === 'gate_presented') await decide(stage, { task, mode, event, runId });
    // By its policy: nobody else is there.
    if (event.eventType === 'paused') await holdpoint.resume(sessionId, GO_ON);
  }
  const executed = (call: number): readonly JsonObject[] =>
    [...executions].flatMap(([key, runs]) =>
      key.startsWith(`${sessionId}/`) && isActionOf(key.split('/').slice(-2).join('/'), call)
        ? runs.map((run) => run.arguments)
        : [],
    );
  return { task, sessionId, lines: callLines(task, events, executed) };
}

interface Presented {
  readonly task: RecordedTask;
  readonly mode: DecisionMode;
  readonly event: AuditEvent;
  readonly runId: string;
}

async function decide({ holdpoint }: Stage, presented: Presented): Promise<void> {
  const { event, runId } = presented;
  const { sessionId, gateId = '', payloadDigest = '' } = event;
  const choice = choiceFor(presented);
  if (choice === undefined) return;
  const over = { gateId, runId, payloadDigest, reviewerId: REVIEWER };
  const reply = await holdpoint.decide(sessionId, { ...over, ...choice });
  if (reply.status !== 'refused' || choice.decision !== 'modified') return;
  // The policy does not let this argument be changed: what can't be modified is approved, and says so.
  const rationale = `${choice.rationale}; the modification was refused (${reply.code})`;
  await holdpoint.decide(sessionId, { ...over, decision: 'approved', rationale });
}

const REVIEWER = 'rehearsal-reviewer';
const GO_ON = { operatorId: 'rehearsal', reason: 'to see what comes next' };

/** Gates about anything but a recorded call (an answer, an unknown effect) are approved, so that the task goes on. */
function choiceFor({ task, mode, event }: Presented): Choice | undefined {
  const call = task.actions.findIndex((_one, index) => isActionOf(event.actionId, index));
  if (call === -1) return choose({ kind: 'approve' }, { task: task.id, call, payload: {} });
  const payload = event.actionPayload ?? {};
  return choose(mode, { task: task.id, call, payload });
}
