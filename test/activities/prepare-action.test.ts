import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { prepareAction } from '../../activities/prepare-action.ts';
import { createToolRegistry } from '../../activities/tool-registry.ts';
import type { Tool } from '../../activities/tool.ts';
import type { PreparedAction, PreparedCall, RefusedCall } from '../../domain/activities.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { EVENT_PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_MAX } from '../../domain/limits.ts';
import { evaluateAction, type Policy } from '../../domain/policy/policy.ts';
import { defaultPolicy, definePolicy } from '../../domain/schema/policy.ts';
import { keptEvidence, lostEvidence } from './kept-evidence.ts';

const REFUND: Tool = {
  name: 'refund',
  description: 'Pays an order back',
  input: z.object({
    order: z.string(),
    amount: z.number().positive(),
    note: z.string().default('none'),
  }),
  reversibility: 'partially_reversible',
  execute: () => null,
};

const ARGUMENTS = { order: 'o-1', amount: 20 };

interface Setting {
  readonly tool?: Partial<Tool>;
  readonly policy?: Policy;
  readonly evidence?: ReturnType<typeof lostEvidence>;
  readonly isOtherPolicyPinned?: boolean;
}

async function prepare(args: unknown, setting: Setting = {}): Promise<PreparedCall> {
  const { tool = {}, policy = defaultPolicy(), evidence = keptEvidence() } = setting;
  const { isOtherPolicyPinned = false } = setting;
  return prepareAction(
    createToolRegistry([{ ...REFUND, ...tool }]),
    { evidence, policy, isOtherPolicyPinned },
    // Whatever a model or a reviewer sends arrives under this type.
    { agentId: 'desk', actionType: 'refund', arguments: args as JsonObject },
  );
}

async function prepared(args: unknown, setting?: Setting): Promise<PreparedAction> {
  const call = await prepare(args, setting);
  if (!call.ok) throw new Error(call.refused.message);
  return call.action;
}

async function refused(args: unknown, setting?: Setting): Promise<RefusedCall> {
  const call = await prepare(args, setting);
  if (call.ok) throw new Error('was not refused');
  return call.refused;
}

describe('preparing a call', () => {
  test('digests, describes and returns what the schema put out, defaults applied', async () => {
    const action = await prepared(ARGUMENTS);
    const applied = { ...ARGUMENTS, note: 'none' };
    expect(action).toEqual({
      actionType: 'refund',
      arguments: applied,
      toolVersion: '1',
      payloadDigest: payloadDigest({
        actionType: 'refund',
        toolVersion: '1',
        arguments: applied,
      }),
      reversibility: 'partially_reversible',
      readOnly: false,
      description: 'Refund: amount = 20, note = "none", order = "o-1"',
      quick: false,
      timeoutMs: 60_000,
      schemaDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('puts the schema of its tool into the store, once, and does without where there is none', async () => {
    const evidence = keptEvidence();
    const { schemaDigest = '' } = await prepared(ARGUMENTS, { evidence });
    expect(JSON.parse(evidence.contents.get(schemaDigest) ?? '')).toMatchObject({
      type: 'object',
      required: ['order', 'amount'],
    });
    evidence.contents.clear();
    expect(await prepared(ARGUMENTS, { evidence })).toMatchObject({ schemaDigest });
    expect(evidence.contents.size).toBe(0);
    expect(await prepared(ARGUMENTS, { evidence: lostEvidence() })).not.toHaveProperty(
      'schemaDigest',
    );
  });

  test('leaves it to the policy where the tool does not say, and is reversible where it only reads', async () => {
    const { reversibility: _left, ...silent } = REFUND;
    const preparation = { evidence: keptEvidence(), policy: defaultPolicy() };
    const input = { agentId: 'desk', actionType: 'refund', arguments: ARGUMENTS };
    const unknown = await prepareAction(createToolRegistry([silent]), preparation, input);
    expect(unknown.ok && unknown.action.reversibility).toBeUndefined();
    const reading = createToolRegistry([{ ...silent, readOnly: true, quick: true }]);
    expect(await prepareAction(reading, preparation, input)).toMatchObject({
      action: { reversibility: 'reversible', readOnly: true, quick: true },
    });
  });

  test('refuses an unknown tool with the names of those there are', async () => {
    const call = await prepareAction(
      createToolRegistry([REFUND]),
      { evidence: keptEvidence(), policy: defaultPolicy() },
      { agentId: 'desk', actionType: 'Refund\u202E!', arguments: {} },
    );
    expect(call).toEqual({
      ok: false,
      refused: {
        actionType: 'Refund__',
        reason: 'unknown_tool',
        message: 'There is no tool "Refund⟦U+202E⟧!". Tools: refund.',
      },
    });
  });

  test('tells the model where its arguments fail the schema', async () => {
    const tool = {
      input: z.strictObject({
        order: z.object({ id: z.string() }),
        to: z.union([z.email(), z.object({ iban: z.string() })]),
      }),
    };
    const { reason, message } = await refused(
      { order: { id: 7 }, to: { iban: 1 }, extra: true },
      { tool },
    );
    expect(reason).toBe('invalid_arguments');
    expect(message).toBe(
      'Invalid arguments for refund. order.id: Invalid input: expected string, received number; ' +
        'to: Invalid input (either arguments: Invalid input: expected string, received object or ' +
        'iban: Invalid input: expected string, received number); arguments: Unrecognized key: "extra".',
    );
  });

  test('keeps the message short however much is wrong', async () => {
    const tool = { input: z.object({ list: z.array(z.string()) }) };
    const { message } = await refused({ list: Array.from({ length: 500 }, () => 1) }, { tool });
    expect(message).toContain('list.9: Invalid input');
    expect(message).toContain('and 490 more problems');
    expect(message.length).toBeLessThan(2_100);
  });

  test.each([
    ['a list', [], 'they must be one JSON object'],
    ['nothing', undefined, 'they must be one JSON object'],
    ['a lone surrogate', { order: '\uD800', amount: 1 }, '/order: contains a lone surrogate'],
    ['__proto__', JSON.parse('{"__proto__": {"amount": 1}}'), 'this key is refused'],
    ['nesting beyond the bound', nested(34), 'nested too deep'],
    ['hostile nesting', nested(5_000), 'nested too deep'],
    [
      'too many bytes',
      { order: 'x'.repeat(PAYLOAD_BYTES_MAX), amount: 1 },
      'bytes where 262144 are allowed',
    ],
  ])('refuses arguments that are %s, and never throws', async (_case, args, message) => {
    const call = await refused(args);
    expect(call.reason).toBe('invalid_arguments');
    expect(call.message).toContain(message);
  });

  test('takes nesting up to the bound, which fits into every envelope', async () => {
    const tool = { input: z.looseObject({}) };
    expect((await prepared(nested(25), { tool })).payloadDigest).toHaveLength(64);
  });
});

describe('a schema that is not fit to bind a consent', () => {
  test.each([
    [
      'puts out no JSON',
      z.object({ at: z.string().transform((at) => new Date(at)) }),
      'puts out is no JSON (/at: is not a plain object)',
    ],
    [
      'does not take its own output',
      z.object({ at: z.string().transform((at) => at.length) }),
      'changes or refuses its own output',
    ],
    [
      'changes its own output (H1)',
      z.object({ at: z.string().transform((at) => `${at}!`) }),
      'changes or refuses its own output',
    ],
    ['asks the world', z.object({ at: z.string().refine(async () => true) }), 'Its schema failed'],
    [
      'throws',
      z.object({
        at: z.string().refine(() => {
          throw new Error('boom');
        }),
      }),
      'Its schema failed: boom',
    ],
    [
      'puts out too much',
      z.object({ at: z.string().overwrite((at) => at.padEnd(PAYLOAD_BYTES_MAX, '.')) }),
      'too large',
    ],
  ])('is refused to the model, and the author told, where it %s', async (_case, input, message) => {
    const call = await refused({ at: '2026-11-23' }, { tool: { input } });
    expect(call.reason).toBe('invalid_arguments');
    expect(call.message).toContain(message);
  });

  test('may tidy up, and leave out what is undefined', async () => {
    const input = z.object({
      email: z.string().trim().toLowerCase(),
      note: z
        .string()
        .optional()
        .transform((note) => note?.trim()),
    });
    expect((await prepared({ email: ' A@B.example ' }, { tool: { input } })).arguments).toEqual({
      email: 'a@b.example',
    });
  });
});

describe("a tool's own words about a call (H10)", () => {
  const throws = (): never => {
    throw new Error('boom');
  };

  test.each([
    ['throws', throws],
    ['is no number', () => Number.NaN],
    ['is endless', () => Number.POSITIVE_INFINITY],
    ['is a text', (() => '7') as unknown as () => number],
    ['is a promise', (async () => Promise.reject(new Error('late'))) as unknown as () => number],
  ])('has a value that counts as above every limit where it %s', async (_case, value) => {
    const action = await prepared(ARGUMENTS, { tool: { value } });
    expect(action.value).toBeNull();
    expect(evaluateAction(defaultPolicy(), action, 'medium_stakes').tier).toBe('escalation');
  });

  test.each([
    ['throws', throws, true],
    ['says nothing', (() => undefined) as unknown as () => boolean, true],
    ['is a promise', (async () => false) as unknown as () => boolean, true],
    ['says yes', () => true, true],
    ['says no', () => false, false],
  ])('is ambiguous where it %s', async (_case, ambiguous, expected) => {
    expect((await prepared(ARGUMENTS, { tool: { ambiguous } })).ambiguous).toBe(expected);
  });

  test.each([
    ['throws', throws],
    ['is blank', () => ' '],
    ['is no text', (() => 7) as unknown as () => string],
  ])('is described by rule where its description %s', async (_case, own) => {
    expect((await prepared(ARGUMENTS, { tool: { describe: own } })).description).toMatch(
      /^Refund: /,
    );
  });

  test('shows every character of its description, and no more than fit', async () => {
    const forged = { describe: () => `Refund\u202E 20\uD800\n${'x'.repeat(1_000)}` };
    const { description } = await prepared(ARGUMENTS, { tool: forged });
    expect(description).toContain('Refund⟦U+202E⟧ 20\uFFFD⟦U+000A⟧xxx');
    expect(description).toMatch(/more characters\)$/);
  });

  test('can not change what is digested and executed (H1)', async () => {
    const meddle = (args: unknown): number => {
      (args as { amount: number }).amount = 1_000_000;
      return 1;
    };
    const action = await prepared(ARGUMENTS, { tool: { value: meddle } });
    expect(action.arguments['amount']).toBe(20);
    const { actionType, toolVersion, arguments: args } = action;
    expect(action.payloadDigest).toBe(payloadDigest({ actionType, toolVersion, arguments: args }));
  });
});

describe('novelty', () => {
  const asking = definePolicy({
    name: 'team',
    version: '1',
    rules: [{ name: 'first-use', when: { novel: true }, tier: 'escalation' }],
  });

  test('is not asked for where no rule wants it', async () => {
    expect(await prepared(ARGUMENTS, { evidence: lostEvidence() })).not.toHaveProperty('novel');
  });

  test('is told from what this agent executed before', async () => {
    const evidence = keptEvidence();
    expect((await prepared(ARGUMENTS, { policy: asking, evidence })).novel).toBe(true);
    evidence.executed.add('desk/refund');
    expect((await prepared(ARGUMENTS, { policy: asking, evidence })).novel).toBe(false);
  });

  test('is asked for where a policy is pinned that this worker does not know', async () => {
    expect((await prepared(ARGUMENTS, { isOtherPolicyPinned: true })).novel).toBe(true);
  });

  test('is a failure where nobody can tell, never a loosening', async () => {
    const setting = { policy: asking, evidence: lostEvidence() };
    await expect(prepare(ARGUMENTS, setting)).rejects.toThrow('the database is gone');
  });
});

describe('a payload too large for its event', () => {
  const large = { order: 'x'.repeat(EVENT_PAYLOAD_BYTES_MAX), amount: 1 };

  test('is kept under its digest', async () => {
    const evidence = keptEvidence();
    const { payloadDigest: digest, schemaDigest } = await prepared(large, { evidence });
    expect([...evidence.contents.keys()]).toEqual([schemaDigest, digest]);
    expect(JSON.parse(evidence.contents.get(digest) ?? '')).toEqual({
      arguments: { ...large, note: 'none' },
      tool: 'refund',
      toolVersion: '1',
    });
  });

  test('is a failure where it can not be kept', async () => {
    await expect(prepare(large, { evidence: lostEvidence() })).rejects.toThrow(
      'the database is gone',
    );
  });

  test('leaves nothing in the store where it is small', async () => {
    const evidence = keptEvidence();
    const { schemaDigest } = await prepared(ARGUMENTS, { evidence });
    expect([...evidence.contents.keys()]).toEqual([schemaDigest]);
  });
});

/** An object nested `depth` levels deep, the outermost counted. */
function nested(depth: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 1; level < depth; level += 1) value = { in: value };
  return value;
}
