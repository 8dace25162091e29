/** What both workers get. */
import type { NativeConnection } from '@temporalio/worker';
import type { EvidenceStore } from 'holdpoint/worker';
import type { OrderActivities } from './orders.ts';

export interface AgentWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly evidence: EvidenceStore;
  readonly orders: OrderActivities;
  readonly endpoint: Endpoint;
  /** Other workflows than the example's. */
  readonly workflowsPath?: string;
}

/** A provider that speaks OpenAI's chat completions. */
export interface Endpoint {
  /** Ends in `/v1`. */
  readonly baseURL: string;
  readonly apiKey: string;
}
