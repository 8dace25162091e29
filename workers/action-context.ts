/**
 * The activity interceptor of a worker: reads the consent that travels in the header and lets nothing run but through
 * activities/one-shot.ts. It also knows, for the tool that runs, the idempotency key of its action.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { activityInfo, ApplicationFailure, type Context, type Info } from '@temporalio/activity';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, ActivityInterceptors } from '@temporalio/worker';
import { type ExecutionParts, executeOnce } from '../activities/one-shot.ts';
import { CONSENT_HEADER, type Consent, idempotencyKey } from '../domain/action/consent.ts';
import { type HoldpointActivities, OWN_ACTIVITY_NAMES } from '../domain/activities.ts';
import { SLICE_ACTIVITY } from '../domain/audit/carrier.ts';
import { isPlainObject } from '../domain/text/json.ts';
import {
  type ActionWatch,
  NO_WATCH,
  watchedAction,
  type WatchedAction,
  watchedFlush,
  watchedKill,
  type WatchedTurn,
} from './telemetry/action-watch.ts';

const currentConsent = new AsyncLocalStorage<Consent | undefined>();

/** The key of the action that runs right now. A read without a consent has one of its attempt. */
export function currentKey(): string {
  const consent = currentConsent.getStore();
  if (consent !== undefined) return idempotencyKey(consent);
  const { workflowExecution, activityId } = activityInfo();
  return `${workflowExecution?.workflowId ?? 'no-workflow'}/${activityId}`;
}

export function consentInterceptor(
  parts: ExecutionParts,
  watch: ActionWatch = NO_WATCH,
): (context: Context) => ActivityInterceptors {
  return ({ info }) => {
    const inbound: ActivityInboundCallsInterceptor = {
      execute: async (input, next) => {
        if (info.activityType === SLICE_ACTIVITY) {
          return watchedFlush({ watch, ...turnOf(info) }, async () => next(input));
        }
        if (info.activityType === MODEL_TURN && watch.aroundTurn !== undefined) {
          return watch.aroundTurn(turnOf(info), async () => next(input));
        }
        if (info.activityType === KILL) return watchedKill(watch, async () => next(input));
        if (OWN_ACTIVITY_NAMES.includes(info.activityType)) return next(input);
        const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
        const consent = readConsent(input.headers[CONSENT_HEADER]);
        const { args } = input;
        const { activityType: actionType, workflowNamespace: namespace = '' } = info;
        const attempt = { actionType, args, workflowId, runId, namespace, consent };
        const action = watched(info, consent);
        return currentConsent.run(consent, async () =>
          watchedAction(
            { watch, action },
            async () => next(input),
            (call) => executeOnce(parts, attempt, call),
          ),
        );
      },
    };
    return { inbound };
  };
}

const MODEL_TURN = 'modelTurn' satisfies keyof HoldpointActivities;
const KILL = 'recordKill' satisfies keyof HoldpointActivities;

function turnOf({ workflowExecution, attempt }: Info): WatchedTurn {
  return {
    sessionId: workflowExecution?.workflowId ?? '',
    runId: workflowExecution?.runId ?? '',
    attempt,
  };
}

function watched(info: Info, consent: Consent | undefined): WatchedAction {
  return {
    ...turnOf(info),
    tool: info.activityType,
    ...(consent === undefined ? {} : { actionId: consent.actionId, tier: consent.tier }),
    ...(consent?.decision === undefined ? {} : { gateId: consent.decision.gateId }),
  };
}

/** A header that is there and can't be read is no consent, and not none either. */
function readConsent(
  payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0] | undefined,
): Consent | undefined {
  if (payload === undefined) return undefined;
  const consent: unknown = defaultPayloadConverter.fromPayload(payload);
  if (!isPlainObject(consent) || consent['version'] !== 1) {
    throw ApplicationFailure.nonRetryable(
      'The consent of this action can not be read',
      'CONSENT_MISSING',
    );
  }
  return consent as unknown as Consent;
}
