/** The reversibility map and the gate level that follows from it (source lesson, SOURCE "Kept as it stands"). */

/** From loosest to strictest. */
export const REVERSIBILITIES = ['reversible', 'partially_reversible', 'irreversible'] as const;
export type Reversibility = (typeof REVERSIBILITIES)[number];

export const GATE_LEVELS = ['auto_proceed', 'review_if_high_value', 'mandatory_review'] as const;
export type GateLevel = (typeof GATE_LEVELS)[number];

/** Actions known by name. Everything else is irreversible until a policy says otherwise (H10). */
export const REVERSIBILITY = {
  create_draft: 'reversible',
  add_tag: 'reversible',
  modify_config: 'reversible',
  send_notification: 'partially_reversible',
  charge_card: 'partially_reversible',
  delete_record: 'irreversible',
  send_email: 'irreversible',
  publish_publicly: 'irreversible',
  /** An alias of publish_publicly: the older map of the lesson knows it under this name. */
  publish_content: 'irreversible',
  provision_infrastructure: 'irreversible',
} as const satisfies Record<string, Reversibility>;

/** Above this value a partially reversible action is reviewed. In the unit of the tool's own value. */
export const HIGH_VALUE_LIMIT = 100;

/** Above this value any action goes to the escalation tier. */
export const ESCALATION_LIMIT = 1_000;

const BY_NAME: ReadonlyMap<string, Reversibility> = new Map(Object.entries(REVERSIBILITY));

export function reversibilityOf(action: string): Reversibility {
  return BY_NAME.get(action) ?? 'irreversible';
}

export function strictestReversibility(a: Reversibility, b: Reversibility): Reversibility {
  return REVERSIBILITIES.indexOf(a) >= REVERSIBILITIES.indexOf(b) ? a : b;
}

/**
 * Whether `value` lies above `limit`. A value that can't be read as a number counts as above every limit (H10);
 * no value at all counts as none. A negative value counts by its size.
 */
export function isAbove(value: number | null | undefined, limit: number): boolean {
  if (value === undefined) return false;
  if (value === null || Number.isNaN(value)) return true;
  return Math.abs(value) > limit;
}

export function gateLevel(
  reversibility: Reversibility,
  value: number | null | undefined,
  highValueLimit: number,
): GateLevel {
  switch (reversibility) {
    case 'irreversible':
      return 'mandatory_review';
    case 'partially_reversible':
      return isAbove(value, highValueLimit) ? 'review_if_high_value' : 'auto_proceed';
    case 'reversible':
      return 'auto_proceed';
  }
}

/** The review level that the lesson's map asks for `action`, worth `value` (no value: `null` or left out). */
export function gateLevelFor(action: string, value?: number | null): GateLevel {
  return gateLevel(reversibilityOf(action), value ?? undefined, HIGH_VALUE_LIMIT);
}
