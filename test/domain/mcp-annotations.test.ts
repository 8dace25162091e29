/**
 * What a server's annotations do to a classification, whole: every answer to every hint, against every entry of a
 * policy. docs/decisions/0013-mcp-tools.md has the same as a table.
 */
import { describe, expect, test } from 'vitest';
import { declaredByAnnotations, UNKNOWN } from '../../domain/mcp/annotations.ts';
import { evaluateAction } from '../../domain/policy/policy.ts';
import { REVERSIBILITIES, type Reversibility } from '../../domain/policy/reversibility.ts';
import { definePolicy } from '../../domain/schema/policy.ts';
import type { JsonObject } from '../../domain/text/json.ts';

type Level = 'read' | Reversibility;
const LEVELS: readonly Level[] = ['read', ...REVERSIBILITIES];

const POLICY = definePolicy({
  name: 'hints',
  version: '1',
  tools: {
    read: { readOnly: true },
    ...Object.fromEntries(
      REVERSIBILITIES.map((reversibility) => [reversibility, { reversibility }]),
    ),
  },
});

function levelOf(actionType: string, annotations: JsonObject): Level {
  const action = { actionType, arguments: {}, ...declaredByAnnotations(annotations) };
  const { readOnly, reversibility } = evaluateAction(POLICY, action, 'low_stakes');
  return readOnly ? 'read' : reversibility;
}

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
const ANSWERS = [undefined, true, false, 'yes'] as const;

/** Every combination of answers: 256. */
const ALL: readonly JsonObject[] = HINTS.reduce<readonly JsonObject[]>(
  (combined, hint) =>
    combined.flatMap((one) =>
      ANSWERS.map((answer) => (answer === undefined ? one : { ...one, [hint]: answer })),
    ),
  [{}],
);

describe('annotations', () => {
  test('H9: never loosen what the policy says, whatever they are', () => {
    expect(ALL).toHaveLength(256);
    for (const annotations of ALL) {
      for (const level of LEVELS) {
        const found = levelOf(level, annotations);
        expect(
          LEVELS.indexOf(found),
          `${level} ${JSON.stringify(annotations)}`,
        ).toBeGreaterThanOrEqual(LEVELS.indexOf(level));
      }
    }
  });

  test('H10: make nothing of a tool that the policy does not name', () => {
    for (const annotations of ALL) expect(levelOf('other', annotations)).toBe('irreversible');
  });

  test.each<[string, JsonObject, readonly Level[]]>([
    ['nothing', {}, ['read', 'reversible', 'partially_reversible', 'irreversible']],
    [
      'readOnlyHint: true',
      { readOnlyHint: true },
      ['read', 'reversible', 'partially_reversible', 'irreversible'],
    ],
    [
      'readOnlyHint: false',
      { readOnlyHint: false },
      ['irreversible', 'reversible', 'partially_reversible', 'irreversible'],
    ],
    [
      'destructiveHint: true',
      { destructiveHint: true },
      ['irreversible', 'irreversible', 'irreversible', 'irreversible'],
    ],
    [
      'destructiveHint: true, although it reads',
      { destructiveHint: true, readOnlyHint: true },
      ['irreversible', 'irreversible', 'irreversible', 'irreversible'],
    ],
    [
      'destructiveHint: false',
      { destructiveHint: false },
      ['read', 'reversible', 'partially_reversible', 'irreversible'],
    ],
    [
      'idempotentHint: false',
      { idempotentHint: false },
      ['partially_reversible', 'partially_reversible', 'partially_reversible', 'irreversible'],
    ],
    [
      'idempotentHint: false of what reads, where it means nothing',
      { idempotentHint: false, readOnlyHint: true },
      ['read', 'reversible', 'partially_reversible', 'irreversible'],
    ],
    [
      'idempotentHint: true',
      { idempotentHint: true },
      ['read', 'reversible', 'partially_reversible', 'irreversible'],
    ],
    [
      'openWorldHint, either way',
      { openWorldHint: true },
      ['read', 'reversible', 'partially_reversible', 'irreversible'],
    ],
    [
      'a hint that is no yes or no',
      { readOnlyHint: 'true' },
      ['irreversible', 'irreversible', 'irreversible', 'irreversible'],
    ],
  ])('%s', (_what, hints, expected) => {
    expect(LEVELS.map((level) => levelOf(level, hints))).toEqual(expected);
  });

  test('a tool that is unknown is irreversible under every entry', () => {
    for (const level of LEVELS) {
      const action = { actionType: level, arguments: {}, ...UNKNOWN };
      expect(evaluateAction(POLICY, action, 'low_stakes')).toMatchObject({
        reversibility: 'irreversible',
        readOnly: false,
        tier: 'synchronous_gate',
      });
    }
  });
});
