/** How the people keep up: what waits by tier and age, and, where evidence is read, how fast and how they decided. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/limits.ts';
import type { EvidenceReader, GateFigures, GateFiguresOf } from '../../evidence/store.ts';
import type { Figures, OpenTier, Overview } from '../api/overview.ts';
import type { PendingGate } from '../api/pending.ts';
import type { GatewayContext } from '../endpoint.ts';
import { ifServed, type InboxParts, wholeNumberOf } from './parts.ts';

const DAYS = { default: 7, max: 90 } as const;
const OPEN_FRESH_MS = 5 * SECOND_MS;
/** The database counts a window this often at most, however many look. */
const FIGURES_FRESH_MS = 30 * SECOND_MS;

export class Overviews {
  readonly #parts: InboxParts;
  readonly #figures = new Map<
    number,
    { readonly at: number; readonly found: Promise<GateFigures | undefined> }
  >();

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  async read(context: GatewayContext): Promise<Response> {
    const days = wholeNumberOf(context, 'days', DAYS);
    const now = Date.now();
    const window = { days, from: now - days * DAY_MS, to: now };
    const [list, sessions, figures] = await Promise.all([
      this.#parts.feed.latest(OPEN_FRESH_MS),
      this.#parts.holdpoint.sessions.counts(window.from),
      this.#figuresOf(window),
    ]);
    const view: Overview = {
      open: {
        gates: list.counts.gates,
        sessions: list.counts.sessions,
        byTier: openTiers(list.gates, now),
        isWhole: list.isWhole,
      },
      window,
      sessions,
      ...(figures === undefined
        ? { figuresMissing: missing(this.#parts.evidence) }
        : { figures: shownFigures(figures) }),
      at: now,
    };
    return context.json(view);
  }

  async #figuresOf({ days, from, to }: Overview['window']): Promise<GateFigures | undefined> {
    const { evidence } = this.#parts;
    if (evidence === undefined) return undefined;
    const known = this.#figures.get(days);
    if (known !== undefined && to - known.at < FIGURES_FRESH_MS) return known.found;
    const found = ifServed(evidence.gateFigures({ from, to }));
    this.#figures.set(days, { at: to, found });
    found.catch(() => this.#figures.delete(days));
    return found;
  }
}

function missing(evidence: EvidenceReader | undefined): string {
  return evidence === undefined
    ? 'How people decided stands in the evidence store, and this gateway reads none (HOLDPOINT_EVIDENCE_URL). What is here comes from visibility alone.'
    : 'How people decided stands in the evidence store, which does not answer right now.';
}

function openTiers(gates: readonly PendingGate[], now: number): readonly OpenTier[] {
  const tiers = new Map<string, PendingGate[]>();
  for (const gate of gates) {
    const own = tiers.get(gate.tier);
    if (own === undefined) tiers.set(gate.tier, [gate]);
    else own.push(gate);
  }
  return [...tiers].map(([tier, own]) => ({
    tier,
    gates: own.length,
    claimed: own.filter(({ claimedBy }) => claimedBy !== undefined).length,
    ages: agesOf(own, now),
    oldestAt: Math.min(...own.map(({ presentedAt }) => presentedAt)),
  }));
}

function agesOf(gates: readonly PendingGate[], now: number): OpenTier['ages'] {
  const within = (fromMs: number, toMs: number): number =>
    gates.filter(({ presentedAt }) => {
      const age = Math.max(0, now - presentedAt);
      return age >= fromMs && age < toMs;
    }).length;
  return {
    under5Min: within(0, 5 * MINUTE_MS),
    under1Hour: within(5 * MINUTE_MS, HOUR_MS),
    under1Day: within(HOUR_MS, DAY_MS),
    over1Day: within(DAY_MS, Infinity),
  };
}

function shownFigures({ all, byTier, byDay }: GateFigures): NonNullable<Overview['figures']> {
  return {
    all: figuresOf(all),
    byTier: byTier.map(({ name, ...rest }) => ({ tier: name, ...figuresOf(rest) })),
    byDay: byDay.map(({ name, ...rest }) => ({ day: name, ...figuresOf(rest) })),
  };
}

function figuresOf({ responseMs, ...counts }: GateFiguresOf): Figures {
  const { approved, modified, rejected } = counts;
  const decided = approved + modified + rejected;
  const approvalRate = decided === 0 ? null : (approved + modified) / decided;
  return { ...counts, approvalRate, responseMs: responseMs ?? null };
}
