/** Tiers: whom a held action is routed to, how fast they answer, and what no response means. */
import { HOUR_MS, MINUTE_MS } from '../limits.ts';

/**
 * What happens when the response target passes unanswered:
 * `reject` the gate expires and the action does not run · `approve` it expires and the action runs (reversible
 * actions only) · `fail` it expires and the session fails with ApprovalTimeoutError · `escalate` it moves to
 * `escalateTo` · `hold` it waits without end, with reminders.
 */
export const NO_RESPONSES = ['reject', 'approve', 'hold', 'fail', 'escalate'] as const;
export type NoResponse = (typeof NO_RESPONSES)[number];

/**
 * `claimed`: `reviewerId` is what the caller says, and nothing proves it. `signed`: a signature by a key that no worker
 * holds. From weakest to strongest.
 */
export const PROOF_LEVELS = ['claimed', 'signed'] as const;
export type ProofLevel = (typeof PROOF_LEVELS)[number];

/** The tier without a gate. It is not in a policy's list: nobody is asked, nothing can be set. */
export const AUTOMATED = 'automated';

export interface Tier {
  readonly name: string;
  /** Whom it is for, in words, shown to reviewers. */
  readonly route: string;
  /** Who may decide, by person or account; `anyone` but the requester, the agent and its owner. */
  readonly reviewers: 'anyone' | readonly string[];
  /** Groups whose members may decide as well. */
  readonly groups?: readonly string[];
  /** How many distinct people have to approve; left out: one. One rejection ends it. */
  readonly quorum?: number;
  /** What a decision has to prove. Left out: `claimed`. */
  readonly proof?: ProofLevel;
  /** A decision here has to say why. */
  readonly rationaleRequired?: boolean;
  /** Channels that tell people of a gate here, by the names that the workers know them by. */
  readonly notify?: readonly string[];
  /** Response target. For `hold` it is only the rhythm of the first reminder. */
  readonly respondWithinMs: number;
  /** Reminders repeat at this rhythm while the gate is in this tier … */
  readonly remindAfterMs?: number;
  /** … at most so often; left out: as long as it waits. */
  readonly repeat?: number;
  /** After this long the next tier's reviewers are asked as well. The deadline stays. */
  readonly escalateAfterMs?: number;
  /** When a claim of a gate ends by itself. Left out: after 10 minutes. */
  readonly claimForMs?: number;
  readonly onNoResponse: NoResponse;
  /** The next tier: for `onNoResponse: escalate`, and for `escalateAfterMs`. */
  readonly escalateTo?: string;
}

/** The gated tiers of the source, from loosest to strictest (SOURCE, row by row). */
export const DEFAULT_TIERS: readonly Tier[] = [
  {
    name: 'async_review',
    route: 'on-call queue',
    reviewers: 'anyone',
    respondWithinMs: HOUR_MS,
    onNoResponse: 'escalate',
    escalateTo: 'escalation',
  },
  {
    name: 'synchronous_gate',
    route: 'real-time reviewer',
    reviewers: 'anyone',
    respondWithinMs: 5 * MINUTE_MS,
    onNoResponse: 'reject',
  },
  {
    name: 'escalation',
    route: 'manager or domain expert',
    reviewers: 'anyone',
    respondWithinMs: 30 * MINUTE_MS,
    onNoResponse: 'reject',
  },
];

/** Strictness of a tier: 0 is `automated`, then the order of the policy's list. An unknown name is stricter than all. */
export function strictnessOf(tiers: readonly Tier[], name: string): number {
  if (name === AUTOMATED) return 0;
  const index = tiers.findIndex((tier) => tier.name === name);
  return index === -1 ? tiers.length + 1 : index + 1;
}

export function tierNamed(tiers: readonly Tier[], name: string): Tier | undefined {
  return tiers.find((tier) => tier.name === name);
}

/** The tiers that a gate of `tier` can climb to, each once. */
export function climbFrom(tiers: readonly Tier[], tier: Tier): readonly string[] {
  const climbed: string[] = [];
  let current: Tier | undefined = tier;
  while (current?.escalateTo !== undefined && !climbed.includes(current.escalateTo)) {
    climbed.push(current.escalateTo);
    current = tierNamed(tiers, current.escalateTo);
  }
  return climbed;
}
