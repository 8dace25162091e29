/** The words of the screen for what the API says in codes: one word, one thing, as in the glossary. */
import type { GateFacts, ShownGate } from '../../gateway/api/gates.ts';
import type { SessionRow } from '../../gateway/api/sessions.ts';
import type { Verification } from '../../gateway/api/audit.ts';

export type Kind = GateFacts['kind'];
export type Status = ShownGate['status'];

export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  action: 'Action',
  answer: 'Final answer',
  question: 'Question',
  effect: 'Did it happen?',
};

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  pending: 'Waits',
  approved: 'Approved',
  modified: 'Modified',
  rejected: 'Rejected',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
};

export const REVERSIBILITY_WORDS: Readonly<Record<GateFacts['reversibility'], string>> = {
  reversible: 'Can be undone',
  partially_reversible: 'Can be undone in part',
  irreversible: 'Can not be undone',
};

export const STATE_WORDS: Readonly<Record<SessionRow['state'], string>> = {
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  terminated: 'Terminated',
  timed_out: 'Timed out',
  unknown: 'Unknown',
};

export const PHASE_WORDS: Readonly<Record<NonNullable<SessionRow['phase']>, string>> = {
  running: 'Running',
  paused: 'Paused',
  cancelling: 'Cancelling',
  closed: 'Closed',
};

/** `synchronous_gate` → `synchronous gate`. */
export function spaced(name: string): string {
  return name.replaceAll('_', ' ');
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${numberText(count)} ${count === 1 ? one : many}`;
}

const NUMBERS = new Intl.NumberFormat('en', { maximumFractionDigits: 20 });

export function numberText(value: number): string {
  return NUMBERS.format(value);
}

export function percentText(rate: number | null): string {
  return rate === null ? '–' : `${Math.round(rate * 100)} %`;
}

/** A careful reader takes in some 15 characters a second of what they have not seen before. */
const CHARACTERS_PER_SECOND = 15;

/** How long a request takes to read, in words; no measure of the person. */
export function readingText(characters: number): string {
  const seconds = Math.max(5, Math.round(characters / CHARACTERS_PER_SECOND));
  const time = seconds < 90 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
  return `About ${time} to read: ${counted(characters, 'character')}`;
}

/** The chain's result in words: what was checked, and what it does not say. */
export function verificationWords(result: Verification): readonly string[] {
  const { holds, events, problem, isWhole, evidence } = result;
  const chain = holds
    ? `The chain holds: each of ${counted(events, 'event')} follows on the one before it, and none was changed.`
    : `The chain does NOT hold: ${problem === undefined ? 'it could not be followed' : PROBLEM_WORDS[problem.reason](problem.seq)}.`;
  const whole = isWhole
    ? 'It begins with the first event of the session.'
    : 'Its first runs are missing: Temporal no longer keeps them.';
  return [chain, whole, EVIDENCE_WORDS[evidence]];
}

type ChainProblem = NonNullable<Verification['problem']>;

const PROBLEM_WORDS: Readonly<Record<ChainProblem['reason'], (seq: number) => string>> = {
  gap: (seq) => `an event is missing before number ${seq}`,
  fork: (seq) => `two events claim to be number ${seq}`,
  changed: (seq) => `event ${seq} is not what it was when it was hashed`,
  version: (seq) => `event ${seq} has a version that is not known here`,
  session: (seq) => `event ${seq} belongs to another session`,
};

const EVIDENCE_WORDS: Readonly<Record<Verification['evidence'], string>> = {
  agrees: 'The evidence store says the same.',
  differs: 'The evidence store says something ELSE: one of the two was changed.',
  none: 'The evidence store has no event of it yet.',
  not_read: 'This gateway reads no evidence store, so it was not compared.',
};
