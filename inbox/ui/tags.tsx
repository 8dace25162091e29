/** Small signs for tier, impact, status and kind: each differs by shape and by word, never by colour alone. */
import type { ReactNode } from 'react';
import type { GateFacts } from '../../gateway/api/gates.ts';
import { type Kind, KIND_WORDS, spaced, type Status, STATUS_WORDS } from '../model/words.ts';
import { Shown } from './shown.tsx';

type Impact = GateFacts['estimatedImpact'];

const IMPACT_SHAPES: Readonly<Record<Impact, string>> = {
  low: 'M6 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z',
  medium: 'M6 1.5 11 10.5H1z',
  high: 'M6 .5 11.5 6 6 11.5 .5 6z',
};

export function ImpactTag({ impact }: { readonly impact: Impact }): ReactNode {
  return (
    <span className={`tag impact ${impact}`}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        <path d={IMPACT_SHAPES[impact]} />
      </svg>
      {impact} impact
    </span>
  );
}

/** A policy names its tiers: those that are known have a colour, and every one its name. */
const TIERS: Readonly<Record<string, string>> = {
  async_review: 'calm',
  synchronous_gate: 'prompt',
  escalation: 'raised',
};

export function TierTag({ tier }: { readonly tier: string }): ReactNode {
  return (
    <span className={`tag tier ${TIERS[tier] ?? 'other'}`}>
      <Shown text={spaced(tier)} />
    </span>
  );
}

const STATUS_SIGNS: Readonly<Record<Status, string>> = {
  pending: '◷',
  approved: '✓',
  modified: '✎',
  rejected: '✕',
  expired: '⌛',
  withdrawn: '↩',
};

export function StatusTag({ status }: { readonly status: Status }): ReactNode {
  return (
    <span className={`tag status ${status}`}>
      <span aria-hidden="true">{STATUS_SIGNS[status]}</span> {STATUS_WORDS[status]}
    </span>
  );
}

export function KindTag({ kind }: { readonly kind: Kind }): ReactNode {
  return <span className={`tag kind ${kind}`}>{KIND_WORDS[kind]}</span>;
}
