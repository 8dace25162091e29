/** The activity behind `activityModel`: the one place that talks to a provider. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ApplicationFailure } from '@temporalio/common';
import { APICallError } from 'ai';
import type { Endpoint } from '../order-desk/agent-worker.ts';
import type { ModelActivities } from './activity-model.ts';

export function modelActivities(endpoint: Endpoint): ModelActivities {
  const provider = createOpenAICompatible({ name: 'endpoint', ...endpoint });
  return {
    invokeModel: async ({ modelId, asked }) => {
      try {
        const answered = await provider.chatModel(modelId).doGenerate(asked);
        const { content, finishReason, usage, warnings } = answered;
        // Headers and bodies stay out of the history.
        return { content, finishReason, usage, warnings };
      } catch (error) {
        if (!APICallError.isInstance(error) || error.isRetryable) throw error;
        throw ApplicationFailure.nonRetryable(error.message, error.name);
      }
    },
  };
}
