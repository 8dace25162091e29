/** What the trail would say of a call that the plugin let pass: by rule, and how it ended. */
import { describe, expect, test } from 'vitest';
import { derivedEvents, type UngatedAction } from '../../domain/audit/derived-events.ts';
import { definePolicy } from '../../domain/schema/policy.ts';

const POLICY = definePolicy({
  name: 'orders',
  version: '1',
  tools: {
    look: { readOnly: true },
    label: { reversibility: 'reversible' },
    refund: { reversibility: 'reversible', value: '/amount' },
  },
  rules: [{ name: 'large', when: { valueAbove: 100 }, tier: 'synchronous_gate' }],
});

function call(extra: Partial<UngatedAction>): UngatedAction {
  return {
    kind: 'activity',
    actionType: 'refund',
    arguments: [{ amount: 5 }],
    status: 'executed',
    scheduledAt: 1_000,
    endedAt: 2_000,
    ...extra,
  };
}

describe('the events of a call that nothing held', () => {
  test('are that it went on, by the rule of the policy, and that it ended', () => {
    expect(derivedEvents(call({}), POLICY)).toEqual([
      {
        eventType: 'auto_proceeded',
        actionType: 'refund',
        actionPayload: { amount: 5 },
        tier: 'automated',
        gateLevel: 'auto_proceed',
        details: { rule: 'reversible' },
        at: 1_000,
      },
      { eventType: 'executed', actionType: 'refund', at: 2_000 },
    ]);
  });

  test.each([
    ['open', []],
    ['failed', [{ eventType: 'failed', actionType: 'refund', at: 2_000 }]],
    [
      'cancelled',
      [{ eventType: 'failed', actionType: 'refund', details: { cancelled: true }, at: 2_000 }],
    ],
  ] as const)('of one that is %s end so', (status, ended) => {
    const [, ...rest] = derivedEvents(call({ status }), POLICY);
    expect(rest).toEqual(ended);
  });

  test('of arguments by position have them by position', () => {
    const [passed] = derivedEvents(call({ actionType: 'label', arguments: ['a', 2] }), POLICY);
    expect(passed).toMatchObject({ actionPayload: { arg0: 'a', arg1: 2 } });
  });

  test('of a read are there whatever it was called with', () => {
    const [passed] = derivedEvents(call({ actionType: 'look', arguments: [10n] }), POLICY);
    expect(passed).toMatchObject({ eventType: 'auto_proceeded', details: { rule: 'read-only' } });
    expect(passed).not.toHaveProperty('actionPayload');
  });

  test.each([
    ['a rule of the policy', call({ arguments: [{ amount: 500 }] })],
    ['what it does not name', call({ actionType: 'unknown' })],
    ['arguments that nobody can be shown', call({ actionType: 'label', arguments: [10n] })],
  ])('claim no rule for what the policy holds: %s', (_what, held) => {
    const types = derivedEvents(held, POLICY).map(({ eventType }) => eventType);
    expect(types).toEqual(['executed']);
  });
});
