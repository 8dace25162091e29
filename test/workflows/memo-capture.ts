/**
 * A workflow interceptor, outermost in the bundle that replays saved histories: hands the bytes of every memo that the
 * workflow writes to the test outside. Temporal itself compares none of them on replay.
 */
import { type Sinks, proxySinks, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { MEMO_KEY } from '../../domain/messages.ts';

export interface MemoSinks extends Sinks {
  memo: { written(data: readonly number[]): void };
}

const { memo } = proxySinks<MemoSinks>();

export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      concludeActivation: (input, next) => {
        const output = next(input);
        for (const {
          modifyWorkflowProperties,
          continueAsNewWorkflowExecution,
        } of output.commands) {
          const written = modifyWorkflowProperties?.upsertedMemo?.fields?.[MEMO_KEY];
          const passedOn = continueAsNewWorkflowExecution?.memo?.[MEMO_KEY];
          for (const payload of [written, passedOn]) {
            if (payload?.data) memo.written([...payload.data]);
          }
        }
        return output;
      },
    },
  ],
});
