/**
 * Confidence: how sure a fast model is of an answer or a proposed action, 0.0 to 1.0, and what follows from it.
 * Confidence is not correctness. It can only make a call stricter, never looser (H9).
 */

/** What is at stake, from low to high. */
export const STAKES = ['low_stakes', 'medium_stakes', 'high_stakes'] as const;
export type Stakes = (typeof STAKES)[number];

/** Below (not at) the threshold of its stakes a person is asked. */
export const ESCALATION_THRESHOLDS = {
  low_stakes: 0.4,
  medium_stakes: 0.65,
  high_stakes: 0.85,
} as const satisfies Record<Stakes, number>;

export type Thresholds = Readonly<Record<Stakes, number>>;

export const BANDS = ['low', 'medium', 'high'] as const;
export type Band = (typeof BANDS)[number];

/** What a text that holds no number counts as. */
const UNPARSED_CONFIDENCE = 0.5;

export interface Confidence {
  /** 0.0 to 1.0 */
  readonly score: number;
  /** `unparsed`: the model answered no number; `failed`: it could not be asked, which counts as low. */
  readonly note?: 'unparsed' | 'failed';
}

const NUMBER = /^\s*(?:0(?:\.\d+)?|\.\d+|1(?:\.0+)?)\s*$/;

/** Reads a fast model's answer. Anything but one plain number from 0 to 1 is 0.5. */
export function parseConfidence(text: unknown): number {
  return confidenceFrom(text).score;
}

/** As {@link parseConfidence}, and flags in the trail what could not be parsed. */
export function confidenceFrom(text: unknown): Confidence {
  if (typeof text !== 'string' || !NUMBER.test(text)) {
    return { score: UNPARSED_CONFIDENCE, note: 'unparsed' };
  }
  return { score: Number(text) };
}

/** The fast model could not be asked: that counts as low, never as a pass. */
export const CONFIDENCE_FAILED: Confidence = { score: 0, note: 'failed' };

/** A score that is none counts as one that could not be had. */
export function soundConfidence(confidence: Confidence): Confidence {
  const { score } = confidence;
  return score >= 0 && score <= 1 ? confidence : CONFIDENCE_FAILED;
}

/**
 * The band of a score: `low` below the threshold of its stakes, `high` at or above the next threshold up
 * (for high stakes there is none, so nothing is medium), `medium` between.
 */
export function bandOf(score: number, stakes: Stakes, thresholds: Thresholds): Band {
  // Written so that NaN, which no comparison accepts, is low.
  if (!(score >= thresholds[stakes] && score <= 1)) return 'low';
  const above = stakes === 'low_stakes' ? thresholds.medium_stakes : thresholds.high_stakes;
  return score >= above ? 'high' : 'medium';
}

/** Why a person is asked, in the lesson's words. */
export function confidenceReason(score: number, threshold: number): string {
  const rounded = score.toFixed(2);
  const shown = Number(rounded) < threshold ? rounded : String(score);
  return `Confidence ${shown} below threshold ${threshold}`;
}
