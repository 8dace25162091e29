/** What a worker says of itself, in one: log, metrics and, where a collector is named, spans hear of the same things. */
import type { StoredKill } from '../../domain/action/kill.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import type { StoredRun } from '../../evidence/sql-evidence-store.ts';
import type { EvidenceReader } from '../../evidence/store.ts';
import type { HoldpointWorkerOptions } from '../worker.ts';
import type { ActionWatch } from './action-watch.ts';
import type { WorkerLog } from './log.ts';
import { createMetrics, type WorkerMetrics } from './metrics.ts';
import { createSessionLog } from './session-log.ts';
import { startSessionTracer } from './session-tracer.ts';

export interface WorkerTelemetry {
  readonly metrics: WorkerMetrics;
  readonly stored: (
    events: readonly AuditEvent[],
    run: StoredRun,
    evidence: EvidenceReader,
  ) => void;
  readonly watch: ActionWatch;
  /** Says what stands when the worker starts. */
  readonly killsStand: (kills: readonly StoredKill[]) => void;
  /** Waits for what still asks the evidence. */
  readonly settled: () => Promise<void>;
  /** Sends what is left. */
  readonly sent: () => Promise<void>;
}

export interface TelemetryOptions extends Pick<
  HoldpointWorkerOptions,
  'policy' | 'tools' | 'activities'
> {
  readonly log: WorkerLog;
  readonly tracesUrl: string | undefined;
}

export function createTelemetry(options: TelemetryOptions): WorkerTelemetry {
  const { policy, tools, activities, log, tracesUrl } = options;
  const metrics = createMetrics({
    tiers: policy.tiers.map(({ name }) => name),
    tools: [...tools.map(({ name }) => name), ...Object.keys(activities ?? {})],
  });
  const sessions = createSessionLog(log);
  const spans = tracesUrl === undefined ? undefined : startSessionTracer(tracesUrl, log);
  return {
    metrics,
    stored: (events, run, evidence) => {
      metrics.stored(events);
      sessions.stored(events, run);
      spans?.stored(events, run, evidence);
    },
    watch: {
      called: (action) => {
        metrics.called(action);
        sessions.called(action);
      },
      ended: (action, end) => {
        metrics.ended(action, end);
        sessions.ended(action, end);
        spans?.ended(action, end);
      },
      killOrdered: sessions.killOrdered,
      flushed: (flush) => {
        metrics.flushed(flush);
        sessions.flushed(flush);
      },
      ...(spans === undefined ? {} : { around: spans.around, aroundTurn: spans.aroundTurn }),
    },
    killsStand: (kills) => kills.forEach(sessions.killStands),
    settled: async () => spans?.settled(),
    sent: async () => spans?.sent(),
  };
}
