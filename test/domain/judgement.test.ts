/**
 * Proves who may decide what, and how: each kind of decision on each kind of gate with each shape of modifications,
 * and every refusal of a pending gate by its code. A refusal leaves the gate as it was (H4).
 */
import { describe, expect, test } from 'vitest';
import { GATE_KINDS, type GateKind } from '../../domain/policy/condition.ts';
import {
  type Decision,
  type DecisionKind,
  DECISIONS,
  REVIEWER_PLACEHOLDER,
} from '../../domain/gate/decision.ts';
import type { ApprovalRequest } from '../../domain/gate/gate.ts';
import type { JsonObject, Policy } from '../../domain/index.ts';
import { decideGate, isRefusal } from '../../domain/gate/judgement.ts';
import { passTime } from '../../domain/gate/ladder.ts';
import {
  DEFAULT_POLICY,
  DIGEST,
  gateIn,
  NAMED_POLICY,
  NOW,
  OTHER_DIGEST,
  policyOf,
  RUN,
  SILENCE_POLICY,
} from './builders.ts';

interface Trial {
  readonly tier?: string;
  readonly policy?: Policy;
  readonly request?: Partial<ApprovalRequest>;
  readonly requesterId?: string;
}

/** How a decision ends a gate, or the code of its refusal. */
function judged(changes: Partial<Decision>, trial: Trial = {}): string {
  const { policy = DEFAULT_POLICY, request = {}, tier = 'synchronous_gate' } = trial;
  const { requesterId = 'rosa' } = trial;
  const gate = gateIn(tier, { policy, request });
  const decision: Decision = {
    decisionId: 'decision-1',
    gateId: 'gate-1',
    runId: RUN,
    payloadDigest: DIGEST,
    decision: 'approved',
    reviewerId: 'alice',
    ...changes,
  };
  const step = decideGate(gate, decision, { policy, now: NOW, requesterId });
  return isRefusal(step) ? step.code : step.gate.status;
}

/** Shapes of modifications, by name. */
const MODIFICATIONS: Readonly<Record<string, JsonObject | undefined>> = {
  none: undefined,
  empty: {},
  arguments: { id: 'c-18' },
  answer: { answer: 'forty-two' },
  'empty answer': { answer: '' },
  'answer that is no text': { answer: 42 },
  'answer and more': { answer: 'forty-two', id: 'c-18' },
  result: { result: { deleted: true } },
  'result of null': { result: null },
};

const M = 'MALFORMED';
/** Per kind and decision: what follows, in the order of MODIFICATIONS. */
const TABLE: Readonly<Record<GateKind, Readonly<Record<DecisionKind, readonly string[]>>>> = {
  action: {
    approved: ['approved', 'approved', M, M, M, M, M, M, M],
    rejected: ['rejected', 'rejected', M, M, M, M, M, M, M],
    modified: [M, M, ...Array.from({ length: 7 }, () => 'modified')],
  },
  answer: {
    approved: ['approved', 'approved', M, M, M, M, M, M, M],
    rejected: ['rejected', 'rejected', M, M, M, M, M, M, M],
    modified: [M, M, M, 'modified', M, M, M, M, M],
  },
  question: {
    approved: [M, M, M, 'approved', M, M, M, M, M],
    rejected: ['rejected', 'rejected', M, M, M, M, M, M, M],
    modified: [M, M, M, M, M, M, M, M, M],
  },
  effect: {
    approved: ['approved', 'approved', M, M, M, M, M, M, M],
    rejected: ['rejected', 'rejected', M, M, M, M, M, M, M],
    modified: [M, M, M, M, M, M, M, 'modified', 'modified'],
  },
};

describe.each(GATE_KINDS)('a gate of kind %s', (kind) => {
  describe.each(DECISIONS)('that is %s', (decision) => {
    const cells = Object.entries(MODIFICATIONS).map(
      ([name, modifications], index) =>
        [name, modifications, TABLE[kind][decision][index] ?? 'no cell'] as const,
    );
    test.each(cells)('with modifications: %s', (_name, modifications, expected) => {
      const changes = modifications === undefined ? {} : { modifications };
      expect(judged({ decision, ...changes }, { request: { kind } })).toBe(expected);
    });
  });
});

describe('H1: the bytes', () => {
  test('a decision for other bytes is refused', () => {
    expect(judged({ payloadDigest: OTHER_DIGEST })).toBe('DIGEST_MISMATCH');
  });

  test('in any kind of decision, before anything is said about who may decide', () => {
    for (const decision of DECISIONS) {
      const wrong = { decision, payloadDigest: OTHER_DIGEST, reviewerId: 'agent-smith' };
      expect(judged(wrong)).toBe('DIGEST_MISMATCH');
    }
  });
});

describe('who may decide', () => {
  test('the unedited placeholder is nobody', () => {
    expect(judged({ reviewerId: REVIEWER_PLACEHOLDER })).toBe('NOT_AUTHORIZED');
  });

  test('a signature is refused while no key is configured', () => {
    expect(judged({ signature: 'c2lnbmVk' })).toBe('SIGNATURE_INVALID');
    expect(judged({ signature: '' })).toBe('SIGNATURE_INVALID');
  });

  test('only whom the tier names, exactly', () => {
    const at = (tier: string, reviewerId: string): string =>
      judged({ reviewerId }, { tier, policy: NAMED_POLICY });
    expect(at('async_review', 'dana')).toBe('approved');
    expect(at('async_review', 'dirk')).toBe('approved');
    expect(at('synchronous_gate', 'dirk')).toBe('NOT_AUTHORIZED');
    expect(at('escalation', 'dana')).toBe('NOT_AUTHORIZED');
    for (const other of ['Dana', 'dana2', 'anyone', 'constructor', '__proto__', 'ｄａｎａ']) {
      expect(at('async_review', other)).toBe('NOT_AUTHORIZED');
    }
  });

  test('after a move to the next tier, also who could decide before', () => {
    const gate = gateIn('async_review', { policy: NAMED_POLICY });
    const moved = passTime(gate, { policy: NAMED_POLICY, now: NOW + 3_600_000 }).gate;
    const by = (reviewerId: string): boolean =>
      !isRefusal(
        decideGate(
          moved,
          {
            decisionId: 'd',
            gateId: 'gate-1',
            runId: RUN,
            payloadDigest: DIGEST,
            decision: 'approved',
            reviewerId,
          },
          { policy: NAMED_POLICY, now: NOW },
        ),
      );
    expect(['dana', 'bea', 'rosa'].map(by)).toEqual([true, true, false]);
  });
});

describe('separation of duties', () => {
  const SAME = [
    ['as it is', 'Rosa Straße', 'Rosa Straße'],
    ['in lower case', 'Rosa', 'rosa'],
    ['in upper case', 'Rosa', 'ROSA'],
    ['in full width', 'Rosa', 'Ｒｏｓａ'],
    ['in mathematical letters', 'Rosa', '𝐑𝐨𝐬𝐚'],
    ['with a composed accent', 'Rosé', 'Rosé'],
    ['with a ligature', 'Steffi', 'Steﬃ'],
    ['with the Kelvin sign', 'Karl', '\u212Aarl'],
    ['with a long s', 'rosa', 'roſa'],
    ['in the upper case of ß', 'Rosa Straße', 'ROSA STRASSE'],
    ['in the upper case of a final sigma', 'ΝΙΚΟΣ', 'νικοσ'],
  ] as const;

  test.each(SAME)('who asked for the work can’t decide, %s', (_how, id, reviewerId) => {
    expect(judged({ reviewerId }, { requesterId: id })).toBe('SELF_APPROVAL');
  });

  test.each(SAME)('H6: the agent can’t decide, %s', (_how, id, reviewerId) => {
    expect(judged({ reviewerId }, { request: { agentId: id } })).toBe('SELF_APPROVAL');
  });

  test.each(['rosa2', 'ros', 'r osa'])('%s is somebody else', (reviewerId) => {
    expect(judged({ reviewerId }, { requesterId: 'rosa' })).toBe('approved');
  });

  test.each(DECISIONS)('a self-made %s is refused as well', (decision) => {
    const changes = decision === 'modified' ? { modifications: { id: 'x' } } : {};
    expect(judged({ decision, reviewerId: 'rosa', ...changes })).toBe('SELF_APPROVAL');
  });

  test('a policy may let the requester decide, and never the agent', () => {
    const lax = policyOf({
      name: 'lax',
      version: '1',
      separationOfDuties: { requesterMayDecide: true },
    });
    expect(judged({ reviewerId: 'rosa' }, { policy: lax })).toBe('approved');
    expect(judged({ reviewerId: 'Agent-Smith' }, { policy: lax })).toBe('SELF_APPROVAL');
    expect(
      judged(
        { reviewerId: 'sam' },
        { policy: lax, requesterId: 'sam', request: { agentId: 'SAM' } },
      ),
    ).toBe('SELF_APPROVAL');
  });

  test('comes before the list of a tier: a named reviewer can’t decide about their own work', () => {
    expect(
      judged(
        { reviewerId: 'rita' },
        { tier: 'strict', policy: SILENCE_POLICY, requesterId: 'rita' },
      ),
    ).toBe('SELF_APPROVAL');
  });

  test('a session that nobody is known to have asked for still never lets the agent decide', () => {
    const gate = gateIn('synchronous_gate');
    const decision: Decision = {
      decisionId: 'd',
      gateId: 'gate-1',
      runId: RUN,
      payloadDigest: DIGEST,
      decision: 'approved',
      reviewerId: 'agent-smith',
    };
    expect(decideGate(gate, decision, { policy: DEFAULT_POLICY, now: NOW })).toMatchObject({
      code: 'SELF_APPROVAL',
    });
  });
});

describe('which arguments may be changed', () => {
  const change = (actionType: string, modifications: JsonObject): string =>
    judged(
      { decision: 'modified', reviewerId: 'dana', modifications },
      { policy: NAMED_POLICY, request: { actionType } },
    );

  test('all of them, where the policy does not say', () => {
    expect(change('delete_record', { id: 1, anything: 2 })).toBe('modified');
    expect(change('new_tool', { id: 1 })).toBe('modified');
  });

  test('only those that the policy names', () => {
    expect(change('refund', { amount: 1 })).toBe('modified');
    expect(change('refund', { amount: 1, note: 'x' })).toBe('modified');
    for (const name of ['account', 'Amount', 'amount ', 'constructor', 'toString', '0']) {
      expect(change('refund', { amount: 1, [name]: 2 })).toBe('MODIFICATION_NOT_ALLOWED');
    }
  });

  test('none, where the policy names none', () => {
    expect(change('lock', { id: 1 })).toBe('MODIFICATION_NOT_ALLOWED');
  });
});

test('a refusal says which gate, and what to do', () => {
  const gate = gateIn('escalation', { policy: NAMED_POLICY });
  const decision: Decision = {
    decisionId: 'd',
    gateId: 'gate-1',
    runId: RUN,
    payloadDigest: OTHER_DIGEST,
    decision: 'approved',
    reviewerId: 'dana',
  };
  const context = { policy: NAMED_POLICY, now: NOW };
  expect(decideGate(gate, decision, context)).toEqual({
    code: 'DIGEST_MISMATCH',
    message: `Gate gate-1 holds ${DIGEST.slice(0, 12)}…. The decision is for other bytes than those that wait. Reload the request and look again.`,
  });
  expect(decideGate(gate, { ...decision, payloadDigest: DIGEST }, context)).toEqual({
    code: 'NOT_AUTHORIZED',
    message:
      'dana is no reviewer of tier escalation. This reviewer may not decide at this tier. The request names who may.',
  });
});
