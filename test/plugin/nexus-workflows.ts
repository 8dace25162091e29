/** A workflow that calls a Nexus service, and one that calls an activity of somebody else's task queue. */
import { createNexusServiceClient, proxyActivities } from '@temporalio/workflow';
import { printing } from './nexus-service.ts';

export async function ordering(endpoint: string, text: string): Promise<readonly string[]> {
  const client = createNexusServiceClient({ endpoint, service: printing });
  const options = { scheduleToCloseTimeout: '20 seconds' } as const;
  const seen = await client.executeOperation('preview', text, options);
  const printed = await client.executeOperation('print', text, options).catch(causeOf);
  return [seen, printed];
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const type = cause instanceof Error && 'type' in cause ? String(cause.type) : 'no type';
  return `${error instanceof Error ? error.name : 'no error'}: ${type}`;
}

interface Elsewhere {
  publish(page: string): Promise<string>;
}

export async function elsewhere(taskQueue: string, page: string): Promise<string> {
  const { publish } = proxyActivities<Elsewhere>({
    taskQueue,
    startToCloseTimeout: '20 seconds',
    retry: { maximumAttempts: 3 },
  });
  return publish(page);
}
