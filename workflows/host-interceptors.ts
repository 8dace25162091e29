/**
 * The plugin within a workflow: every activity, child workflow and Nexus operation is looked at before it is scheduled,
 * and held where the policy says so. Loaded before interceptors.ts, which gives a cleared activity its consent.
 *
 * H1 what is held is scheduled after a decision over its arguments, or not at all · H12 what can't be undone spends the
 * ledger: an activity when it runs, what the workflow starts itself by one reserving activity before.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import type {
  StartNexusOperationInput,
  WorkflowInterceptorsFactory,
  WorkflowOutboundCallsInterceptor,
} from '@temporalio/workflow';
import { OWN_ACTIVITY_NAMES } from '../domain/activities.ts';
import { CARRIED_HEADER, NEXUS_KEY_HEADER } from '../domain/messages.ts';
import { atMostOnce } from './at-most-once.ts';
import { isConsentPending } from './consent-header.ts';
import {
  beginHost,
  endHost,
  failHost,
  hostRecord,
  leaveHost,
  storeAndLeave,
  withRequester,
} from './host.ts';
import { governActivity, governLocalActivity, governStart, type Held } from './host-calls.ts';
import { currentRecord, type SessionRecord } from './session-record.ts';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      // One promise more than without the plugin, and no wait: what the workflow does keeps its order.
      execute: (input, next) => {
        beginHost(input.headers);
        const running = next(input);
        // A holdpoint of the workflow's own is made by now, or never.
        hostRecord();
        return running.then(
          (result) => {
            const record = touched();
            return record === undefined ? result : endHost(record, () => result);
          },
          (error: unknown) => {
            const record = touched();
            if (record === undefined) throw error;
            return failHost(record, error);
          },
        );
      },
    },
  ],
  outbound: [
    {
      scheduleActivity: (input, next) =>
        isOwn(input.activityType) || isConsentPending() ? next(input) : governActivity(input, next),
      scheduleLocalActivity: (input, next) =>
        // A further attempt of one that was let pass.
        isOwn(input.activityType) || isConsentPending() || input.attempt > 1
          ? next(input)
          : governLocalActivity(input, next),
      startChildWorkflowExecution: (input, next) => {
        // The session of a sub-agent, which was cleared as an action.
        if (isConsentPending()) return next(input);
        const { workflowType, options } = input;
        const call = { actionType: workflowType, args: options.args };
        return governStart(call, {
          start: (args, held) =>
            next({
              ...input,
              options: {
                ...options,
                args: [...args],
                ...(held?.isOnce === true ? atMostOnce(options) : {}),
              },
              headers: withRequester(input.headers),
            }),
          isRecurring: options.cronSchedule !== undefined,
          finished: ([, completed]) => completed,
          failure: { kind: 'child', workflowType, workflowId: options.workflowId },
        });
      },
      startNexusOperation: (input, next) => {
        const { service, operation, endpoint } = input;
        const call = { actionType: `${service}/${operation}`, args: [input.input] };
        return governStart(call, {
          start: ([argument], held) => next({ ...withKey(input, held), input: argument }),
          finished: ({ result }) => result,
          failure: { kind: 'nexus', endpoint, service, operation },
        });
      },
      continueAsNew: goOn,
    },
  ],
});

const goOn: NonNullable<WorkflowOutboundCallsInterceptor['continueAsNew']> = (input, next) => {
  const record = touched();
  const headers = withRequester(input.headers);
  if (record === undefined) return next({ ...input, headers });
  const leave = (carried: unknown): Promise<never> => {
    const header = { [CARRIED_HEADER]: defaultPayloadConverter.toPayload(carried) };
    return next({ ...input, headers: { ...headers, ...header } });
  };
  const carried = leaveHost(record);
  return carried === undefined ? storeAndLeave(record).then(leave) : leave(carried);
};

/** The server repeats an operation whose handler fails, and nothing that its caller says can stop it. */
function withKey(
  input: StartNexusOperationInput,
  held: Held | undefined,
): StartNexusOperationInput {
  if (held === undefined) return input;
  return { ...input, headers: { ...input.headers, [NEXUS_KEY_HEADER]: held.key } };
}

function isOwn(activityType: string): boolean {
  return OWN_ACTIVITY_NAMES.includes(activityType);
}

/** The record of a run under the plugin in which anything happened. */
function touched(): SessionRecord | undefined {
  const record = currentRecord();
  return record?.state.isHosted !== true || record.isUntouched() ? undefined : record;
}
