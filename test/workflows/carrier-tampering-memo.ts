/**
 * A workflow interceptor that breaks what the replay test guards: it changes one byte of every memo, as a changed
 * encoder would. It stands between the capture and Holdpoint's own interceptors.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { MEMO_KEY } from '../../domain/messages.ts';

export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      concludeActivation: (input, next) => {
        const output = next(input);
        for (const { modifyWorkflowProperties } of output.commands) {
          const data = modifyWorkflowProperties?.upsertedMemo?.fields?.[MEMO_KEY]?.data;
          if (data) data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
        }
        return output;
      },
    },
  ],
});
