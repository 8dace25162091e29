/** Holdpoint's own activities as workflows call them: timeouts and retries written out, one proxy a purpose. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { HoldpointActivities } from '../domain/activities.ts';

/** Evidence and ledger. They retry without end: a session does not end before its evidence is stored (H8). */
export const evidence = proxyActivities<
  Pick<
    HoldpointActivities,
    'storeEvidence' | 'reconcileAction' | 'settleEffect' | 'recordLateDecision'
  >
>({
  startToCloseTimeout: '30 seconds',
  heartbeatTimeout: '10 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    maximumInterval: '30 seconds',
    nonRetryableErrorTypes: ['EvidenceConflict'],
  },
});

/**
 * The pause flag. An ordinary activity would wait in the queue behind the very action that it is to stop; a local one
 * runs within the workflow task that took the interrupt. It may run twice: a flag that is set again is set.
 */
export const interrupt = proxyLocalActivities<Pick<HoldpointActivities, 'setInterrupt'>>({
  startToCloseTimeout: '5 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/** Model and preparation. A failing model has a stated end. */
export const agent = proxyActivities<
  Pick<HoldpointActivities, 'modelTurn' | 'prepareAction' | 'loadPolicy'>
>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 5 },
});
