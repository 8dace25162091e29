/**
 * Proves what a person is asked: the approval requests of the four kinds of gate, that their digest is of exactly what
 * is shown (H1), and that whatever a model or tool says, the request can be sealed into the trail.
 */
import { describe, expect, test } from 'vitest';
import type { PreparedAction } from '../../domain/activities.ts';
import { argumentListOf, argumentsOf, payloadsOf } from '../../domain/action/call-arguments.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import {
  actionQuestion,
  agentQuestion,
  answerQuestion,
  approvalRequest,
  effectQuestion,
  type Question,
} from '../../domain/gate/gate-request.ts';
import { AUTOMATED, evaluateAction, policyVersion } from '../../domain/index.ts';
import { presentGate } from '../../domain/gate/ladder.ts';
import { DEFAULT_POLICY, DIGEST, NOW, sealAll, sessionOf, withProto } from './builders.ts';

const ACTION: PreparedAction = {
  actionType: 'charge_card',
  arguments: { amount: 250 },
  reversibility: 'partially_reversible',
  readOnly: false,
  value: 250,
  toolVersion: '3',
  payloadDigest: DIGEST,
  description: 'Charge card: amount = 250',
  quick: false,
  timeoutMs: 1_000,
  agentReason: 'the customer asked for it',
};
const EVALUATION = evaluateAction(DEFAULT_POLICY, ACTION, 'medium_stakes');
const OPENING = { gateId: 'gate-1', actionId: '3/1', now: NOW };

function requestFor(question: Question, note?: string) {
  const opening = note === undefined ? OPENING : { ...OPENING, note };
  return approvalRequest(sessionOf(), DEFAULT_POLICY, question, opening);
}

describe('an approval request', () => {
  test('says why it asks again, and what the tool wants to be known', () => {
    const noted = actionQuestion({ ...ACTION, note: 'It has changed.' }, EVALUATION);
    expect(requestFor(noted).note).toBe('It has changed.');
    expect(requestFor(noted, 'Approved in another run.').note).toBe(
      'Approved in another run. It has changed.',
    );
  });

  test('of an action shows the call, the policy’s word and the agent’s reason', () => {
    expect(requestFor(actionQuestion(ACTION, EVALUATION), 'asked again')).toEqual({
      gateId: 'gate-1',
      actionId: '3/1',
      sessionId: 'session-1',
      agentId: 'agent-smith',
      kind: 'action',
      actionType: 'charge_card',
      toolVersion: '3',
      description: 'Charge card: amount = 250',
      payload: { amount: 250 },
      payloadDigest: payloadDigest({
        actionType: 'charge_card',
        toolVersion: '3',
        arguments: { amount: 250 },
      }),
      reversibility: 'partially_reversible',
      estimatedImpact: 'medium',
      gateLevel: 'review_if_high_value',
      value: 250,
      rule: 'partially-reversible-high-value',
      policyVersion: policyVersion(DEFAULT_POLICY),
      agentReason: 'the customer asked for it',
      note: 'asked again',
      presentedAt: NOW,
    });
  });

  test('H1: digests what it shows, whatever the prepared action says its digest is', () => {
    const request = requestFor(actionQuestion(ACTION, EVALUATION));
    expect(request.payloadDigest).not.toBe(DIGEST);
    expect(request.payloadDigest).toBe(payloadDigest({ ...request, arguments: request.payload }));
  });

  test('of an answer shows task, answer, confidence and the lesson’s reason', () => {
    const scored = { task: 'capital of France?', answer: 'Lyon', confidence: { score: 0.52 } };
    const question = answerQuestion(DEFAULT_POLICY, scored, 'medium_stakes');
    const reason = 'Confidence 0.52 below threshold 0.65';
    expect(question.evaluation).toMatchObject({ kind: 'answer', tier: 'synchronous_gate' });
    expect(requestFor(question)).toMatchObject({
      kind: 'answer',
      actionType: 'answer',
      description: reason,
      confidence: 0.52,
      payload: { task: 'capital of France?', answer: 'Lyon', confidence: 0.52, reason },
    });
    const sure = { ...scored, confidence: { score: 0.65 } };
    expect(answerQuestion(DEFAULT_POLICY, sure, 'medium_stakes').evaluation.tier).toBe(AUTOMATED);
  });

  test('of a question shows the agent’s words, and goes to a person', () => {
    const question = agentQuestion(DEFAULT_POLICY, 'Which shop?', 'low_stakes');
    expect(question.evaluation).toMatchObject({ kind: 'question', tier: 'synchronous_gate' });
    expect(requestFor(question)).toMatchObject({
      kind: 'question',
      payload: { question: 'Which shop?' },
      description: 'The agent asks a question',
    });
  });

  test('H11: of an effect asks whether it happened, in the escalation tier', () => {
    const effect = { action: ACTION, idempotencyKey: 'session-1/run-0/3/1' };
    const question = effectQuestion(DEFAULT_POLICY, effect, 'low_stakes');
    expect(question.evaluation).toMatchObject({
      kind: 'effect',
      tier: 'escalation',
      reversibility: 'irreversible',
    });
    expect(requestFor(question)).toMatchObject({
      kind: 'effect',
      actionType: 'charge_card',
      description: 'Did this happen? Charge card: amount = 250',
      payload: { arguments: { amount: 250 }, idempotencyKey: 'session-1/run-0/3/1' },
    });
  });
});

describe('whatever a model or a tool says, its gate opens and can be sealed', () => {
  const questions: readonly {
    readonly what: string;
    readonly ask: () => Question;
    readonly note?: string;
  }[] = [
    {
      what: 'a reason with a lone surrogate',
      ask: () => actionQuestion({ ...ACTION, agentReason: 'a\uD800' }, EVALUATION),
    },
    {
      what: 'a description with a lone surrogate',
      ask: () => actionQuestion({ ...ACTION, description: '\uDC00' }, EVALUATION),
    },
    {
      what: 'a note with a lone surrogate',
      ask: () => actionQuestion(ACTION, EVALUATION),
      note: 'refused: \uD83D',
    },
    {
      what: 'a value that is no number',
      ask: () => actionQuestion(ACTION, { ...EVALUATION, value: Number.NaN }),
    },
    {
      what: 'an answer with a lone surrogate',
      ask: () =>
        answerQuestion(
          DEFAULT_POLICY,
          { task: 't', answer: '\uD800', confidence: { score: 0.1 } },
          'low_stakes',
        ),
    },
    {
      what: 'a score that is no number',
      ask: () =>
        answerQuestion(
          DEFAULT_POLICY,
          { task: 't', answer: 'a', confidence: { score: Number.NaN } },
          'low_stakes',
        ),
    },
    {
      what: 'a question with a lone surrogate',
      ask: () => agentQuestion(DEFAULT_POLICY, 'which \uDFFF?', 'low_stakes'),
    },
  ];
  test.each(questions)('$what', ({ ask, note }) => {
    const request = requestFor(ask(), note);
    const { events } = presentGate(DEFAULT_POLICY, request, { tier: 'escalation', now: NOW });
    expect(() => sealAll(events)).not.toThrow();
  });
});

describe('the arguments of any activity as one payload', () => {
  test.each<readonly [readonly unknown[], unknown]>([
    [[{ amount: 5 }], { amount: 5 }],
    [[], {}],
    [['a'], { arg0: 'a' }],
    [['a', 2, [3]], { arg0: 'a', arg1: 2, arg2: [3] }],
    [[{ a: 1 }, { b: 2 }], { arg0: { a: 1 }, arg1: { b: 2 } }],
    [[[1]], { arg0: [1] }],
    [[undefined, null], { arg0: null, arg1: null }],
    [[{ a: undefined }], undefined],
    [[{ a: Number.NaN }], undefined],
    [['\uD800'], undefined],
    [[withProto({})], undefined],
    [[new Date(0)], undefined],
    [[10n], undefined],
  ])('%o is %o', (args, payload) => {
    expect(argumentsOf(args)).toEqual(payload);
  });

  test.each([[[{ amount: 5 }]], [[]], [['a', 2, [3]]], [[{ a: 1 }, { b: 2 }]], [[null]]])(
    'goes back into the shape that it had: %j',
    (args) => {
      const payload = argumentsOf(args);
      expect(payload === undefined ? payload : argumentListOf(payload, args)).toEqual(args);
    },
  );

  test('H1: after a modification all of it is executed, or there is no list at all', () => {
    const original = ['a', 'b'];
    for (const payload of [
      { arg0: 'x', arg1: 'y' },
      { arg0: 'x', arg1: 'y', arg2: 'z' },
      { arg0: 'x', arg1: 'y', note: 'z' },
      { arg0: 'x' },
    ]) {
      const list: readonly unknown[] | undefined = argumentListOf(payload, original);
      if (list !== undefined) expect(argumentsOf(list)).toEqual(payload);
    }
  });

  test('of a tool, which always gets one object, are its own where that is empty', () => {
    expect(payloadsOf([{}], true)).toEqual([{ arg0: {} }, {}]);
    expect(payloadsOf([{}], false)).toEqual([{ arg0: {} }]);
    expect(payloadsOf([{ id: 1 }], true)).toEqual([{ id: 1 }]);
    expect(payloadsOf([], true)).toEqual([{}]);
    expect(payloadsOf([{}, 1], true)).toEqual([{ arg0: {}, arg1: 1 }]);
    expect(payloadsOf([10n], true)).toEqual([]);
  });

  test('H1: two calls that differ never share a digest', () => {
    const digest = (args: readonly unknown[]): string =>
      payloadDigest({ actionType: 'a', toolVersion: '1', arguments: argumentsOf(args) ?? {} });
    expect(digest(['x'])).not.toBe(digest([{ arg0: 'x' }]));
    expect(digest([{ arg0: 'x', arg1: 'y' }])).not.toBe(digest(['x', 'y']));
    expect(digest([{}])).not.toBe(digest([]));
  });
});
