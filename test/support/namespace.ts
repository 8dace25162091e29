/** A namespace of a test's own on the server of the run, for what looks at everything in one. */
import { randomUUID } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { until } from './until.ts';

export async function newNamespace(connection: Connection): Promise<string> {
  const namespace = `test-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 24 * 3_600 } as never,
  });
  await until('the namespace', () =>
    connection.workflowService.describeNamespace({ namespace }).catch(() => undefined),
  );
  return namespace;
}
