/**
 * A workflow interceptor that breaks what the replay test guards: it changes the last event of what every consent and
 * every stored slice carries, as a changed encoder would. It stands between the capture and Holdpoint's own
 * interceptors.
 */
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { CONSENT_HEADER } from '../../domain/action/consent.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import { SLICE_ACTIVITY } from '../../domain/audit/carrier.ts';

function tampered(payload: Payload, field: string): Payload {
  const value = defaultPayloadConverter.fromPayload<Record<string, unknown>>(payload);
  const events = value[field] as readonly AuditEvent[];
  const changed = events.map((event, index) =>
    index === events.length - 1 ? { ...event, at: event.at + 1 } : event,
  );
  return defaultPayloadConverter.toPayload({ ...value, [field]: changed });
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  internals: [
    {
      concludeActivation: (input, next) => {
        const output = next(input);
        for (const { scheduleActivity } of output.commands) {
          const { headers, arguments: args, activityType } = scheduleActivity ?? {};
          const consent = headers?.[CONSENT_HEADER];
          if (headers && consent) headers[CONSENT_HEADER] = tampered(consent, 'evidence');
          const slice = args?.[0];
          if (activityType === SLICE_ACTIVITY && slice) args[0] = tampered(slice, 'events');
        }
        return output;
      },
    },
  ],
});
