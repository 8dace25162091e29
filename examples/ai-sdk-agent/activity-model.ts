/**
 * A model of the AI SDK whose calls are activities: what a workflow hands to `generateText`. Temporal's own package,
 * @temporalio/ai-sdk, does the same and needs Node 22 and ai 7.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { wrapLanguageModel } from 'ai';

type LanguageModel = Parameters<typeof wrapLanguageModel>[0]['model'];
type Asked = Parameters<LanguageModel['doGenerate']>[0];
type Answered = Awaited<ReturnType<LanguageModel['doGenerate']>>;

export interface ModelActivities {
  invokeModel(call: ModelCall): Promise<Answered>;
}

export interface ModelCall {
  readonly modelId: string;
  /** All of a call but its signal: to cancel is up to Temporal. */
  readonly asked: Omit<Asked, 'abortSignal'>;
}

const { invokeModel } = proxyActivities<ModelActivities>({ startToCloseTimeout: '5 minutes' });

export function activityModel(modelId: string): LanguageModel {
  return {
    specificationVersion: 'v3',
    provider: 'activity',
    modelId,
    supportedUrls: {},
    doGenerate: ({ abortSignal: _signal, ...asked }) => invokeModel({ modelId, asked }),
    doStream: () => {
      throw new TypeError('An activity answers in one piece: use generateText');
    },
  };
}
