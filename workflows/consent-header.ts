/**
 * Hands the consent of a cleared action to the interceptor that schedules its activity. The interceptor chain begins
 * synchronously within the call that schedules, so one variable, set around that call, can't reach another action.
 * If an interceptor before ours waited, the consent would be missing, and the worker would refuse the action.
 */
import type { Consent } from '../domain/action/consent.ts';

let pending: Consent | undefined;

/** Calls `schedule` such that the activity it schedules first carries `consent`. */
export function scheduleWith<T>(consent: Consent, schedule: () => T): T {
  pending = consent;
  try {
    return schedule();
  } finally {
    pending = undefined;
  }
}

export function takePendingConsent(): Consent | undefined {
  const consent = pending;
  pending = undefined;
  return consent;
}

/** What is about to be scheduled has been cleared. */
export function isConsentPending(): boolean {
  return pending !== undefined;
}
