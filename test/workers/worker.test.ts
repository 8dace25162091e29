/** What a worker is told beyond what its types know. */
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { createHoldpointWorker } from '../../workers/worker.ts';
import { createDesk, deskPolicy } from '../support/desk.ts';

let connection: NativeConnection;
let evidence: EvidenceStore;

beforeAll(async () => {
  connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  evidence = await openPgliteEvidence({});
});
afterAll(async () => {
  await evidence.close();
  await connection.close();
});

test('a workflow task is not stopped before the server would take it back, since that can end the process', async () => {
  const { tools, model, confidenceModel } = createDesk();
  const worker = await createHoldpointWorker({
    connection,
    namespace: inject('temporalNamespace'),
    taskQueue: 'never-run',
    policy: deskPolicy(),
    evidence,
    tools,
    model,
    confidenceModel,
    workflowBundle: { codePath: inject('workflowBundlePath') },
  });
  const running = worker.runUntil(Promise.resolve());
  expect(worker.options.isolateExecutionTimeoutMs).toBeGreaterThan(10_000);
  await running;
});
