/** Holdpoint's own activities as workflows call them: timeouts and retries written out, one proxy a purpose. */
import { type ActivityOptions, proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { HoldpointActivities } from '../domain/activities.ts';
import type { Notice } from '../domain/gate/notice.ts';
import {
  CALLBACK_WITHIN_MS,
  LOCAL_MS,
  MINUTE_MS,
  NOTICE_WITHIN_MS,
  SECOND_MS,
} from '../domain/limits.ts';

const EVIDENCE_MS = 30 * SECOND_MS;

const EVIDENCE: ActivityOptions = {
  startToCloseTimeout: EVIDENCE_MS,
  heartbeatTimeout: '10 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    maximumInterval: '30 seconds',
    nonRetryableErrorTypes: ['EvidenceConflict'],
  },
};

/** Evidence and ledger. They retry without end: a session does not end before its evidence is stored (H8). */
export const evidence =
  proxyActivities<
    Pick<
      HoldpointActivities,
      | 'storeEvidence'
      | 'reserveAction'
      | 'settleEffect'
      | 'setInterrupt'
      | 'recordLateDecision'
      | 'recordKill'
      | 'listKills'
    >
  >(EVIDENCE);

/** Keys and people. It retries without end: while nobody is known, nobody is believed. */
export const trust = proxyActivities<Pick<HoldpointActivities, 'loadTrust'>>({
  startToCloseTimeout: '30 seconds',
  summary: 'whose signatures count, and who is who',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/** A notice is sent again for as long as it is of use. */
export function notifier({
  respondBy,
  at,
  channel,
  kind,
}: Notice): Pick<HoldpointActivities, 'notify'> {
  const leftMs = respondBy === null ? NOTICE_WITHIN_MS : Math.max(respondBy - at, MINUTE_MS);
  return proxyActivities<Pick<HoldpointActivities, 'notify'>>({
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: Math.min(leftMs, NOTICE_WITHIN_MS),
    heartbeatTimeout: '10 seconds',
    summary: `${kind}, over ${channel}`,
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  });
}

/** Likewise; a look-up that finds nothing waits for as long as the call itself might take. */
export function reconciler(timeoutMs: number): Pick<HoldpointActivities, 'reconcileAction'> {
  return proxyActivities<Pick<HoldpointActivities, 'reconcileAction'>>({
    ...EVIDENCE,
    startToCloseTimeout: timeoutMs + EVIDENCE_MS,
  });
}

/**
 * A flag at once: as a local activity, within the workflow task that took the interrupt or the kill. An ordinary one
 * would wait in the queue behind the very action that it is to stop. It may run twice, since a flag that is set again is
 * set, and has to end within the task.
 */
export const atOnce = proxyLocalActivities<
  Pick<HoldpointActivities, 'setInterrupt' | 'recordKill'>
>({
  scheduleToCloseTimeout: LOCAL_MS,
  retry: { initialInterval: '100 milliseconds' },
});

/** The policy of the worker at hand, pinned in the history by the one event of a local activity. */
export const policyAtHand = proxyLocalActivities<Pick<HoldpointActivities, 'loadPolicy'>>({
  scheduleToCloseTimeout: LOCAL_MS,
  retry: { initialInterval: '100 milliseconds' },
});

const AGENT: ActivityOptions = {
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 5 },
};

/** An outcome is sent again for as long as its receiver may be away, ever more rarely. */
export const callbacks = proxyActivities<Pick<HoldpointActivities, 'sendOutcome'>>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: CALLBACK_WITHIN_MS,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '10 minutes' },
});

/** Model and preparation, with a summary for who reads the history. A failing model has a stated end. */
export function agent(summary: string): Pick<HoldpointActivities, 'modelTurn' | 'prepareAction'> {
  return proxyActivities<Pick<HoldpointActivities, 'modelTurn' | 'prepareAction'>>({
    ...AGENT,
    summary,
  });
}

/** What an external gate begins with. It retries without end, since its requester waits for a person anyway. */
export const external = proxyActivities<Pick<HoldpointActivities, 'prepareExternal'>>({
  ...AGENT,
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
});
