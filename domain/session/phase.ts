/** The phases of a session. */

/**
 * `running → paused → running` at an operator's word; `cancelling` from either, and back to none; `closed` when no
 * more can change. A session is cancelled once.
 */
export const PHASES = ['running', 'paused', 'cancelling', 'closed'] as const;
export type Phase = (typeof PHASES)[number];
