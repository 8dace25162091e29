/**
 * What a rehearsal runs on: an embedded server, and a worker whose model proposes recorded calls and whose tools only
 * note that they were called. The policy is the real one, so what it gates here it gates there.
 */
import { randomUUID } from 'node:crypto';
import {
  type Execution,
  goalOf,
  recordedModel,
  recordedTools,
} from '../activities/adapters/recorded-calls.ts';
import { scriptedConfidence } from '../activities/adapters/scripted-model.ts';
import { SECOND_MS } from '../domain/limits.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { DEFAULT_TIERS } from '../domain/policy/tier.ts';
import { definePolicy, type PolicySource } from '../domain/schema/policy.ts';
import {
  isReading,
  type RecordedTask,
  type RecordedTasks,
} from '../domain/schema/recorded-tasks.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import type { Progress } from './progress.ts';

export interface RehearsalOptions {
  readonly recorded: RecordedTasks;
  /** As a team wrote it; left out: the default policy. */
  readonly policy?: PolicySource;
  /** Nobody answers: each tier waits a second, and one that holds rejects instead. */
  readonly isSilent: boolean;
  readonly progress: Progress;
}

export interface Rehearsal {
  readonly embedded: Embedded;
  readonly policy: Policy;
  /** What a task's session is started with: by these the worker knows the task. */
  readonly inputOf: (task: RecordedTask) => RehearsedInput;
  /** What the tools were called with, by the idempotency key of the action. */
  readonly executions: ReadonlyMap<string, readonly Execution[]>;
}

export interface RehearsedInput {
  readonly sessionId: string;
  readonly goal: string;
}

const SILENT_MS = SECOND_MS;

export async function startRehearsal(options: RehearsalOptions): Promise<Rehearsal> {
  const { recorded, progress } = options;
  const policy = rehearsedPolicy(options, Math.max(...recorded.tasks.map(callsOf)));
  const policies = new Map<string, Policy>();
  const executions = new Map<string, Execution[]>();
  const embedded = await startEmbedded({
    progress,
    ui: false,
    policy,
    policyOf: (sessionId) => policies.get(sessionId) ?? policy,
    tools: recordedTools(recorded, (execution) => {
      const { idempotencyKey: key } = execution;
      executions.set(key, [...(executions.get(key) ?? []), execution]);
    }),
    model: recordedModel(recorded),
    confidenceModel: scriptedConfidence([{ score: 1 }]),
  });
  const inputOf = (task: RecordedTask): RehearsedInput => {
    const sessionId = `rehearsal-${task.id}-${randomUUID()}`;
    policies.set(sessionId, rehearsedPolicy(options, callsOf(task)));
    return { sessionId, goal: goalOf(task) };
  };
  return { embedded, policy, inputOf, executions };
}

function callsOf({ actions }: RecordedTask): number {
  return actions.length;
}

/**
 * The team's policy, with what a recording adds: tools that read are read-only unless the policy names them, and a
 * session may take as many steps as its task has calls, and one for its end. Who decides is a script: what is rehearsed
 * is which call waits in which tier, so each tier takes one decision of anyone, without proof, and tells nobody.
 */
function rehearsedPolicy({ recorded, policy, isSilent }: RehearsalOptions, calls: number): Policy {
  const source = policy ?? { name: 'default', version: '1' };
  // As it stands first, so that what is wrong in it is told as it was written.
  definePolicy(source);
  const reads = recorded.tools.filter(isReading).map(({ name }) => [name, { readOnly: true }]);
  const { tiers = DEFAULT_TIERS, people, ...rest } = source;
  const rehearsed = tiers.map(byAnybody);
  return definePolicy({
    ...rest,
    ...(people === undefined || people === 'directory' ? {} : { people }),
    separationOfDuties: { ...rest.separationOfDuties, modifierMayDecide: true },
    // Each call of a recording is asked about, whatever became of those before.
    afterRejection: { samePayload: 'ask' },
    tools: { ...Object.fromEntries(reads), ...source.tools },
    limits: { ...source.limits, stepsMax: calls + 1, toolCallsMax: Math.max(1, calls) },
    tiers: asNonEmpty(isSilent ? rehearsed.map(silent) : rehearsed),
  });
}

type TierSource = NonNullable<PolicySource['tiers']>[number];

/** No person takes part: what waits, and for which tier, is what a rehearsal tells, not who could prove what. */
function byAnybody({
  groups: _groups,
  quorum: _quorum,
  proof: _proof,
  rationaleRequired: _reason,
  notify: _notify,
  ...tier
}: TierSource): TierSource {
  return { ...tier, reviewers: 'anyone' };
}

function silent({
  remindAfterMs: _rhythm,
  repeat: _repeat,
  escalateAfterMs: _early,
  escalateTo,
  ...tier
}: TierSource): TierSource {
  const { onNoResponse } = tier;
  const climbs = onNoResponse === 'escalate' && escalateTo !== undefined;
  return {
    ...tier,
    respondWithinMs: SILENT_MS,
    onNoResponse: onNoResponse === 'hold' ? 'reject' : onNoResponse,
    ...(climbs ? { escalateTo } : {}),
  };
}

function asNonEmpty<T>([first, ...others]: readonly T[]): readonly [T, ...T[]] {
  if (first === undefined) throw new Error('A policy has at least one tier');
  return [first, ...others];
}
