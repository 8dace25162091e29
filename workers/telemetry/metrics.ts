/**
 * A worker's metrics for Prometheus. What happened in sessions is counted from their audit events, once each, by the
 * process whose call stored the event: the sum over all processes is the number of events in the evidence store.
 *
 * Labels are bounded: tiers of this worker's policy, tools that it registers, outcomes and codes of closed lists. What
 * is not on its list, such as a tier of an older policy, counts as `other`. docs/reference/metrics.md holds each.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { agentOf, type StoredKill } from '../../domain/action/kill.ts';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import { REFUSALS } from '../../domain/refusal.ts';
import { ACTION_OUTCOMES, type ActionWatch } from './action-watch.ts';
import type { OpenGates } from './open-gates.ts';

const OTHER = 'other';
const DECISIONS = ['approved', 'modified', 'rejected'] as const;
const NOTICE_RESULTS = ['sent', 'failed'] as const;
const FLUSH_BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface MetricsNames {
  readonly tiers: readonly string[];
  /** Tools, and activities of the team's own. */
  readonly tools: readonly string[];
}

export interface ScrapedState {
  readonly openGates: OpenGates | undefined;
  readonly kills: readonly StoredKill[] | undefined;
}

export interface WorkerMetrics extends ActionWatch {
  readonly stored: (events: readonly AuditEvent[]) => void;
  /** For a scrape. What could not be had is undefined; then the gauges of the time before go. */
  readonly text: (found: ScrapedState) => Promise<string>;
  readonly contentType: string;
}

export function createMetrics({ tiers, tools }: MetricsNames): WorkerMetrics {
  const registry = new Registry();
  const within = (names: readonly string[]) => (name: string | undefined) =>
    name !== undefined && names.includes(name) ? name : OTHER;
  const tierOf = within(tiers);
  const toolOf = within(tools);
  const counters = createCounters(registry, { tiers, tools });
  const gauges = createGauges(registry);
  const flush = new Histogram({
    name: 'holdpoint_evidence_flush_seconds',
    help: "How long a session's evidence took to be stored, or to fail.",
    labelNames: ['result'] as const,
    buckets: FLUSH_BUCKETS_S,
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    stored: (events) => events.forEach((event) => countEvent(counters, event, tierOf)),
    called() {},
    ended: ({ tool }, { outcome }) => counters.actions.inc({ tool: toolOf(tool), outcome }),
    flushed: ({ isStored, tookMs }) =>
      flush.observe({ result: isStored ? 'stored' : 'failed' }, tookMs / 1_000),
    text: async ({ openGates, kills }) => {
      setGauges(gauges, openGates, { tiers, tierOf });
      setKills(gauges, kills);
      return registry.metrics();
    },
  };
}

type Counters = ReturnType<typeof createCounters>;

/** Counted by tier alone. */
const BY_TIER = {
  opened: ['holdpoint_gates_opened_total', 'Gates that opened.'],
  expiries: ['holdpoint_gates_expired_total', 'Gates that nobody answered in time.'],
  escalations: ['holdpoint_gates_escalated_total', 'Gates that moved to this tier.'],
  withdrawals: [
    'holdpoint_gates_withdrawn_total',
    'Gates that a cancel, or the end of their session, withdrew.',
  ],
  alarms: [
    'holdpoint_gates_without_reviewer_total',
    'Gates that came to a tier in which too few people could decide them.',
  ],
} as const;

function createCounters(registry: Registry, names: MetricsNames) {
  const registers = [registry];
  const byTier = (what: keyof typeof BY_TIER): Counter<'tier'> => {
    const [name, help] = BY_TIER[what];
    return new Counter({ name, help, labelNames: ['tier'] as const, registers });
  };
  const counters = {
    opened: byTier('opened'),
    expiries: byTier('expiries'),
    escalations: byTier('escalations'),
    withdrawals: byTier('withdrawals'),
    alarms: byTier('alarms'),
    decisions: new Counter({
      name: 'holdpoint_decisions_total',
      help: 'Decisions that counted, by what was decided.',
      labelNames: ['decision', 'tier'] as const,
      registers,
    }),
    notices: new Counter({
      name: 'holdpoint_notices_total',
      help: 'Notices to people, by whether their receiver took them.',
      labelNames: ['result', 'tier'] as const,
      registers,
    }),
    refusals: new Counter({
      name: 'holdpoint_refusals_total',
      help: 'Decisions, messages and actions that were refused, by code.',
      labelNames: ['code'] as const,
      registers,
    }),
    actions: new Counter({
      name: 'holdpoint_actions_total',
      help: 'Actions that came to this worker, by how that ended.',
      labelNames: ['tool', 'outcome'] as const,
      registers,
    }),
  };
  startAtZero(counters, names);
  return counters;
}

/** A rate over a counter that appears with its first event misses that event. */
function startAtZero(
  { decisions, notices, refusals, actions, ...byTier }: Counters,
  { tiers, tools }: MetricsNames,
): void {
  for (const tier of [...tiers, OTHER]) {
    for (const counter of Object.values(byTier)) counter.inc({ tier }, 0);
    for (const result of NOTICE_RESULTS) notices.inc({ result, tier }, 0);
    for (const decision of DECISIONS) decisions.inc({ decision, tier }, 0);
  }
  for (const code of Object.keys(REFUSALS)) refusals.inc({ code }, 0);
  for (const tool of tools) {
    for (const outcome of ACTION_OUTCOMES) actions.inc({ tool, outcome }, 0);
  }
}

function countEvent(
  counters: Counters,
  event: AuditEvent,
  tierOf: (name: string | undefined) => string,
): void {
  const tier = tierOf(event.tier);
  switch (event.eventType) {
    case 'gate_presented':
      return counters.opened.inc({ tier });
    case 'approved':
    case 'modified':
    case 'rejected':
      return counters.decisions.inc({ decision: event.eventType, tier });
    case 'expired':
      return counters.expiries.inc({ tier });
    case 'escalated':
      return counters.escalations.inc({ tier });
    case 'withdrawn':
      return counters.withdrawals.inc({ tier });
    case 'no_reviewer':
      return counters.alarms.inc({ tier });
    case 'notified': {
      const isSent = event.details?.['status'] === 'sent';
      return counters.notices.inc({ result: isSent ? 'sent' : 'failed', tier });
    }
    case 'decision_refused':
    case 'message_refused':
    case 'not_executed': {
      const code = refusalCode(event);
      return code === undefined ? undefined : counters.refusals.inc({ code });
    }
    default:
  }
}

/** Of an action that did not run, only where a refusal was why. */
export function refusalCode({ details }: AuditEvent): string | undefined {
  const code = details?.['code'];
  if (typeof code !== 'string') return undefined;
  return Object.hasOwn(REFUSALS, code) ? code : OTHER;
}

type Gauges = ReturnType<typeof createGauges>;

function createGauges(registry: Registry) {
  const registers = [registry];
  return {
    open: new Gauge({
      name: 'holdpoint_gates_open',
      help: 'Gates that wait for people, in all sessions of the namespace.',
      labelNames: ['tier'] as const,
      registers,
    }),
    oldest: new Gauge({
      name: 'holdpoint_gates_oldest_age_seconds',
      help: 'How long the gate has waited that waits longest; 0 where none does.',
      labelNames: ['tier'] as const,
      registers,
    }),
    sessions: new Gauge({
      name: 'holdpoint_sessions_waiting',
      help: 'Sessions in which at least one gate waits for people.',
      registers,
    }),
    listed: new Gauge({
      name: 'holdpoint_gates_list_complete',
      help: '1: the gauges of open gates hold all of them. 0: the list could not be had, or was too long.',
      registers,
    }),
    kills: new Gauge({
      name: 'holdpoint_kills_in_force',
      help: 'Kills that stand: of all agents, and of agents by name.',
      labelNames: ['scope'] as const,
      registers,
    }),
  };
}

function setKills({ kills: gauge }: Gauges, kills: readonly StoredKill[] | undefined): void {
  gauge.reset();
  if (kills === undefined) return;
  const ofAll = kills.filter((kill) => agentOf(kill) === undefined).length;
  gauge.set({ scope: 'all' }, ofAll);
  gauge.set({ scope: 'agent' }, kills.length - ofAll);
}

function setGauges(
  { open, oldest, sessions, listed }: Gauges,
  gates: OpenGates | undefined,
  {
    tiers,
    tierOf,
  }: { readonly tiers: readonly string[]; readonly tierOf: (name: string) => string },
): void {
  open.reset();
  oldest.reset();
  listed.set(gates?.isComplete === true ? 1 : 0);
  if (gates === undefined) return sessions.reset();
  sessions.set(gates.sessions);
  for (const tier of [...tiers, OTHER]) {
    open.set({ tier }, 0);
    oldest.set({ tier }, 0);
  }
  const oldestOf = new Map<string, number>();
  for (const { tier: named, count, oldestAgeMs } of gates.tiers) {
    const tier = tierOf(named);
    open.inc({ tier }, count);
    oldestOf.set(tier, Math.max(oldestOf.get(tier) ?? 0, oldestAgeMs));
  }
  for (const [tier, ageMs] of oldestOf) oldest.set({ tier }, ageMs / 1_000);
}
