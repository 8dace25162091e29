/**
 * What the chain would hold of a call that the plugin let pass, had it cost an event of its own: by which rule it went on,
 * and how it ended. Derived from Temporal's own events and the policy that the run goes by; nothing of it is sealed.
 */
import { argumentsOf } from '../action/call-arguments.ts';
import { proceedEvent } from '../action/proceed-event.ts';
import { evaluateUndeclared, isUndeclaredHeld } from '../action/undeclared-action.ts';
import type { Stakes } from '../policy/confidence.ts';
import type { Policy } from '../policy/policy.ts';
import type { EventDraft } from './audit-event.ts';
import type { EncodedCall } from './ungated-calls.ts';

export interface UngatedAction extends Omit<EncodedCall<unknown>, 'payloads'> {
  readonly arguments: readonly unknown[];
}

export interface DerivedEvent extends EventDraft {
  /** The server's time, ms since 1970. */
  readonly at: number;
}

/**
 * `auto_proceeded`, and `executed` or `failed` where it has ended. Without the first where this policy would have held the
 * call: it was made before Holdpoint had a say in its run, or by another policy.
 */
export function derivedEvents(
  call: UngatedAction,
  policy: Policy,
  stakes: Stakes = 'medium_stakes',
): readonly DerivedEvent[] {
  const { actionType, scheduledAt, endedAt } = call;
  const payload = argumentsOf(call.arguments);
  const evaluation = evaluateUndeclared(policy, { actionType, payload }, stakes);
  const isHeld = isUndeclaredHeld({ actionType, payload }, evaluation);
  const subject = { actionType, ...(payload === undefined ? {} : { payload }) };
  return [
    ...(isHeld ? [] : [{ ...proceedEvent({ ...subject, evaluation }), at: scheduledAt }]),
    ...endOf(call).map((draft) => ({ ...draft, actionType, at: endedAt ?? scheduledAt })),
  ];
}

function endOf({ status }: UngatedAction): readonly Pick<EventDraft, 'eventType' | 'details'>[] {
  switch (status) {
    case 'open':
      return [];
    case 'executed':
      return [{ eventType: 'executed' }];
    case 'failed':
      return [{ eventType: 'failed' }];
    case 'cancelled':
      return [{ eventType: 'failed', details: { cancelled: true } }];
  }
}
