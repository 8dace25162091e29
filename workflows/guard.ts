/**
 * A guard: the activities of a team's own workflow, each call cleared first. Their arguments become a payload: one
 * plain object stands as it is, anything else by position (`arg0`, `arg1`, …), so that a reviewer can change one.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { ActionOutcome } from '../domain/action/action-outcome.ts';
import { outcomeText } from '../domain/action/action-outcome.ts';
import { undeclaredAction } from '../domain/action/undeclared-action.ts';
import { argumentListOf, argumentsOf } from '../domain/action/call-arguments.ts';
import type { Stakes } from '../domain/policy/confidence.ts';
import { perform } from './action-runner.ts';
import type { Prepare } from './gatekeeper.ts';
import type { SessionRecord } from './session-record.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- The parameter types of unknown activities can't be named.
export type GuardedActivities = Record<string, (...args: any[]) => Promise<unknown>>;

/** Failure types of a guarded call that did not execute. */
export const GUARD_FAILURES = {
  rejected: 'ActionRejected',
  expired: 'ActionExpired',
  withdrawn: 'ActionWithdrawn',
  failed: 'ActionFailed',
  not_executed: 'ActionNotExecuted',
  unknown: 'EffectUnknown',
} as const satisfies Record<Exclude<ActionOutcome['status'], 'executed'>, string>;

export function guardFailure(
  outcome: Exclude<ActionOutcome, { status: 'executed' }>,
): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    outcomeText(outcome),
    GUARD_FAILURES[outcome.status],
    outcome,
  );
}

/** There is no schema to ask: the merged arguments stand as they are. */
export const prepareGuarded: Prepare = ({ actionType, arguments: args }) =>
  Promise.resolve({ ok: true, action: undeclaredAction(actionType, args) });

/** As {@link prepareGuarded}, for a call whose arguments are a list: a modification can't add or drop one. */
export function prepareLike(
  args: readonly unknown[],
  input: Parameters<Prepare>[0],
): ReturnType<Prepare> {
  if (argumentListOf(input.arguments, args) !== undefined) return prepareGuarded(input);
  const { actionType } = input;
  const message = `${actionType} takes ${args.length} arguments: arg0 to arg${args.length - 1}.`;
  return Promise.resolve({
    ok: false,
    refused: { actionType, reason: 'invalid_arguments', message },
  });
}

export function guard<Activities extends GuardedActivities>(
  record: SessionRecord,
  activities: Activities,
  stakes: Stakes,
): Activities {
  return new Proxy(activities, {
    get: (target, name) => {
      const activity = typeof name === 'string' ? target[name] : undefined;
      if (typeof name !== 'string' || activity === undefined) return undefined;
      return (...args: unknown[]) =>
        record.whileAsking(() => callGuarded(record, { name, activity, args, stakes }));
    },
  });
}

async function callGuarded(
  record: SessionRecord,
  call: {
    readonly name: string;
    readonly activity: GuardedActivities[string];
    readonly args: readonly unknown[];
    readonly stakes: Stakes;
  },
): Promise<unknown> {
  const { name, activity, args, stakes } = call;
  const payload = argumentsOf(args);
  if (payload === undefined) {
    throw ApplicationFailure.nonRetryable(
      `Arguments of ${name} are not JSON, so nobody can consent to them`,
      'MALFORMED',
    );
  }
  let returned: { readonly result: unknown } | undefined;
  const outcome = await perform(
    record,
    { action: undeclaredAction(name, payload), actionId: record.numbered(name) },
    {
      stakes,
      prepare: (input) => prepareLike(args, input),
      schedule: async (cleared) => {
        const list = argumentListOf(cleared.action.arguments, args);
        if (list === undefined)
          throw new Error(`Arguments of ${name} were cleared that do not fit`);
        const result = await activity(...list);
        returned = { result };
        return result;
      },
    },
  );
  if (outcome.status !== 'executed') throw guardFailure(outcome);
  return (returned ?? outcome).result;
}
