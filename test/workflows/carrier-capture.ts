/**
 * A workflow interceptor, outermost in the bundle that replays saved histories: hands what carries the trail, and the
 * memo that is passed on, to the test outside. Temporal itself compares none of it on replay.
 */
import { type Payload } from '@temporalio/common';
import { type Sinks, proxySinks, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { CONSENT_HEADER } from '../../domain/action/consent.ts';
import { type CarrierKind, SLICE_ACTIVITY } from '../../domain/audit/carrier.ts';
import { MEMO_KEY } from '../../domain/messages.ts';

export interface CarrierSinks extends Sinks {
  carrier: { left(kind: CarrierKind, data: readonly number[]): void };
}

const { carrier } = proxySinks<CarrierSinks>();

function tell(kind: CarrierKind, payload: Payload | null | undefined): void {
  if (payload?.data) carrier.left(kind, [...payload.data]);
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      concludeActivation: (input, next) => {
        const output = next(input);
        for (const command of output.commands) {
          const { scheduleActivity, modifyWorkflowProperties } = command;
          tell('memo', modifyWorkflowProperties?.upsertedMemo?.fields?.[MEMO_KEY]);
          tell('consent', scheduleActivity?.headers?.[CONSENT_HEADER]);
          const isSlice = scheduleActivity?.activityType === SLICE_ACTIVITY;
          if (isSlice) tell('slice', scheduleActivity.arguments?.[0]);
          tell('memo', command.continueAsNewWorkflowExecution?.memo?.[MEMO_KEY]);
        }
        return output;
      },
    },
  ],
});
