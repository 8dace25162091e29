import { describe, expect, test } from 'vitest';
import {
  afterStep,
  answerWords,
  contentOf,
  type DecidingStep,
  needsReason,
  refusalWords,
  UNDECIDED,
} from '../../inbox/model/decision.ts';
import { grantDraft, grantTermsOf, grantWords } from '../../inbox/model/grant-draft.ts';
import { noAnswer, problemFrom } from '../../inbox/model/problem.ts';
import { decideBodySchema } from '../../gateway/api/decisions.ts';
import { gate } from './builders.ts';

const content = (rationale = '') => {
  const made = contentOf(gate(), 'approve', { rationale });
  if (made === undefined) throw new Error('It waits');
  return made;
};
const send = (freshId: string, rationale = ''): DecidingStep => ({
  type: 'send',
  content: content(rationale),
  freshId,
});
const unsure: DecidingStep = { type: 'failed', problem: noAnswer() };
const idAfter = (...steps: readonly DecidingStep[]): string | undefined =>
  steps.reduce(afterStep, UNDECIDED).last?.decisionId;

describe('a decision on its way', () => {
  test('names the digest, run and policy that were shown', () => {
    expect(content()).toEqual({
      runId: 'run-1',
      payloadDigest: gate().payloadDigest,
      policyVersion: 'desk@1',
      decision: 'approved',
    });
    expect(decideBodySchema.safeParse({ ...content('ok'), decisionId: 'x' }).success).toBe(true);
  });

  test('sent again after no answer it goes under the same id; with another reason under a fresh one', () => {
    expect(idAfter(send('one'), unsure, send('two'))).toBe('one');
    expect(idAfter(send('one'), unsure, { type: 'edit' }, send('two', 'because'))).toBe('two');
  });

  test('pressed twice it is sent once', () => {
    const once = afterStep(UNDECIDED, send('one'));
    expect(afterStep(once, send('two'))).toBe(once);
    expect(afterStep(once, { type: 'edit' })).toBe(once);
  });

  test.each([
    ['NO_ANSWER', 0],
    ['UNREACHABLE', 503],
    ['NOT_ANSWERING', 503],
    ['INTERNAL', 500],
    ['RATE_LIMITED', 429],
  ])('%s is no “no”: nobody knows, and the same may be sent again', (code, status) => {
    const problem = code === 'NO_ANSWER' ? noAnswer() : problemFrom(status, { code, detail: 'x' });
    const after = [send('one'), { type: 'failed', problem } as const].reduce(afterStep, UNDECIDED);
    expect(after.sending.step).toBe('unsure');
  });

  test('a refusal is final, and says its code and how the gate had ended before', () => {
    const problem = problemFrom(409, {
      code: 'ALREADY_DECIDED',
      detail: 'The gate was decided before.',
      outcome: { status: 'rejected', at: 0, reviewerId: 'omar' },
    });
    const after = [send('one'), { type: 'failed', problem } as const].reduce(afterStep, UNDECIDED);
    expect(after.sending.step).toBe('refused');
    expect(refusalWords(problem)).toBe(
      'It was rejected by omar before, 1970-01-01 00:00:00 UTC. Your answer changed nothing. (ALREADY_DECIDED)',
    );
    expect(refusalWords(problemFrom(403, { code: 'SELF_APPROVAL', detail: 'Not you.' }))).toBe(
      'Not you. (SELF_APPROVAL)',
    );
  });

  test('whatever a proxy answers is a problem with words', () => {
    expect(problemFrom(502, '<html>').code).toBe('UNREACHABLE');
    expect(problemFrom(418, null)).toMatchObject({ code: 'UNEXPECTED', isUnsure: false });
  });

  test('answers are told as they are: decided, one of two, kept, signed', () => {
    const base = { gateId: 'g', decisionId: 'd', isSigned: false };
    expect(answerWords({ ...base, status: 'recorded', votes: 1, needed: 2 })).toContain('1 of 2');
    const outcome = { status: 'approved', at: 0, reviewerId: 'rita' } as const;
    expect(answerWords({ ...base, status: 'decided', outcome, isSigned: true })).toBe(
      'Decided: approved by rita, 1970-01-01 00:00:00 UTC. Signed.',
    );
    const kept = { ...base, status: 'recorded', keptFor: 'trust', message: 'Kept.' } as const;
    expect(answerWords(kept)).toBe('Kept.');
  });

  test('a no says why; a yes where the tier wants it', () => {
    expect(needsReason(gate(), 'approve')).toBe(false);
    expect(needsReason(gate(), 'reject')).toBe(true);
    expect(needsReason(gate({ open: { rationaleRequired: true } }), 'approve')).toBe(true);
  });
});

describe('the terms of a standing grant', () => {
  const limits = { timesMax: 10, withinMs: 3_600_000 };
  const draft = grantDraft({ order: 'W-1', amount: 129.9 }, limits);
  const read = (changes: object) =>
    grantTermsOf({ ...draft, ...changes }, { tool: 'refund', limits, now: 0 });

  test('begin with the very same call', () => {
    expect(read({})).toEqual({
      ok: true,
      terms: { scope: 'exact', times: 5, until: '1970-01-01T01:00:00.000Z' },
    });
  });

  test('within a tool every argument is bound until somebody frees it', () => {
    const bounds = draft.bounds.map((bound) =>
      bound.pointer === '/amount' ? { ...bound, rule: 'atMost', atMost: '50' } : bound,
    );
    const reading = read({ scope: 'tool', bounds });
    expect(reading).toMatchObject({
      ok: true,
      terms: {
        bounds: [
          { pointer: '/amount', atMost: 50 },
          { pointer: '/order', equals: 'W-1' },
        ],
      },
    });
    if (reading.ok) expect(grantWords(reading.terms)).toContain('/amount up to 50');
  });

  test.each([
    [{ times: '11' }, 'from 1 to 10'],
    [{ times: '1.5' }, 'whole number'],
    [{ minutes: '61' }, 'up to 60 minutes'],
    [{ scope: 'tool', bounds: [] }, 'at least one bound'],
    [
      { scope: 'tool', bounds: [{ pointer: '/amount', value: 1, rule: 'atMost', atMost: '' }] },
      '0 or above',
    ],
  ])('%j is refused with the way out', (changes, words) => {
    expect(read(changes)).toMatchObject({ ok: false, problem: expect.stringContaining(words) });
  });
});
