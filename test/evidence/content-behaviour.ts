import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOfText } from '../../domain/text/digest.ts';
import { isWellFormed } from '../../domain/text/json.ts';
import { REFUSALS_RECORDED_MAX } from '../../domain/limits.ts';
import type { DecisionReply } from '../../domain/session/reply.ts';
import type { Opened } from './conformance.ts';
import { lateDecision, newSession } from './samples.ts';

const CLOSED = {
  status: 'refused',
  code: 'SESSION_CLOSED',
  message: 'It ended.',
} as const satisfies DecisionReply;

export function contentBehaviour(store: Opened): void {
  test('any text is kept under its digest, exactly', async () => {
    const odd = ['', '\0', '\ufeffmark', '\u{1f511}', '\\u0000', 'e\u0301', 'x'.repeat(1_000_000)];
    const text = fc.oneof(
      fc.constantFrom(...odd),
      fc.string({ unit: 'binary' }).filter(isWellFormed),
    );
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const digest = await store().putContent(content);
        expect(digest).toBe(digestOfText(content));
        expect(await store().content(digest)).toBe(content);
      }),
      { numRuns: 40 },
    );
    for (const content of odd) {
      expect(await store().content(await store().putContent(content))).toBe(content);
    }
  });

  test('the same text from many at once is kept once', async () => {
    const digests = await Promise.all(
      Array.from({ length: 20 }, () => store().putContent('said by many')),
    );
    expect(new Set(digests)).toEqual(new Set([digestOfText('said by many')]));
  });

  test('a digest that nobody stored has no content', async () => {
    expect(await store().content(digestOfText('never stored'))).toBeUndefined();
  });

  test('a text that has no bytes is refused', async () => {
    await expect(store().putContent('half a key: \ud83d')).rejects.toThrow('lone surrogate');
  });

  test('H4: a late decision is kept with its reply, and a repeat once', async () => {
    const { sessionId } = newSession();
    const decision = lateDecision({
      rationale: 'why \0 not',
      decision: 'modified',
      modifications: { '\0': [null] },
    });
    const reply: DecisionReply = { ...CLOSED, outcome: { status: 'expired', at: 5 } };
    await store().recordLateDecision(sessionId, decision, reply);
    await store().recordLateDecision(sessionId, decision, CLOSED);
    const [kept, ...others] = await store().lateDecisions(sessionId);
    expect(kept).toMatchObject({ decision, reply });
    expect(Math.abs((kept?.storedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(others).toEqual([]);
    expect(await store().lateDecisions('another session')).toEqual([]);
  });

  test('H4: a second content under the same decision id is kept beside the first', async () => {
    const { sessionId } = newSession();
    for (const rationale of ['yes', 'no']) {
      await store().recordLateDecision(sessionId, lateDecision({ rationale }), CLOSED);
    }
    const kept = await store().lateDecisions(sessionId);
    expect(kept.map(({ decision }) => decision.rationale)).toEqual(['yes', 'no']);
  });

  test('H4: late decisions of one gate are kept up to its budget', async () => {
    const { sessionId } = newSession();
    for (let n = 0; n < REFUSALS_RECORDED_MAX + 3; n += 1) {
      await store().recordLateDecision(sessionId, lateDecision({ decisionId: `d${n}` }), CLOSED);
    }
    const other = lateDecision({ gateId: 'another gate' });
    await store().recordLateDecision(sessionId, other, CLOSED);
    const kept = await store().lateDecisions(sessionId);
    expect(kept).toHaveLength(REFUSALS_RECORDED_MAX + 1);
    expect(kept.at(-1)?.decision).toEqual(other);
  });
}
