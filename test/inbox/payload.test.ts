import { describe, expect, test } from 'vitest';
import { textLines, textParts } from '../../inbox/model/leaf-lines.ts';
import { lostNames, modificationsOf, payloadChanges } from '../../inbox/model/payload-diff.ts';
import { payloadTree, type TreeLeaf, type TreeNode } from '../../inbox/model/payload-tree.ts';
import { payloadLeaves } from '../../domain/text/payload-leaves.ts';
import type { Json } from '../../domain/text/json.ts';
import { HOSTILE_ITEMS, hostileCorpus } from './hostile-corpus.ts';

function leavesOf(node: TreeNode): readonly TreeLeaf[] {
  return node.kind === 'leaf' ? [node] : node.children.flatMap(leavesOf);
}

describe('a payload as a tree', () => {
  const corpus = hostileCorpus();

  test(`${HOSTILE_ITEMS} hostile texts, each another one, every one a leaf with its words and its marks`, () => {
    expect(corpus).toHaveLength(HOSTILE_ITEMS);
    expect(new Set(corpus.map(({ name }) => name)).size).toBe(HOSTILE_ITEMS);
    const payload = Object.fromEntries(corpus.map(({ text }, index) => [`item-${index}`, text]));
    const leaves = new Map(leavesOf(payloadTree(payload)).map((leaf) => [leaf.name, leaf]));
    const missing = corpus.flatMap(({ name, text, seen, marked }, index) => {
      const leaf = leaves.get(`item-${index}`);
      if (leaf === undefined) return [name];
      const lines = textLines(text, { linesMax: Infinity, charactersMax: Infinity }).lines;
      const inLines = lines.map((line) =>
        'text' in line ? line.text : `${line.blank.toLocaleString('en')} blank lines`,
      );
      const shown = text.includes('\n') ? inLines.join('\n') : leaf.leaf.text;
      return [
        ...seen.map((words) => (text.includes('\n') ? words : JSON.stringify(words).slice(1, -1))),
        ...marked,
      ]
        .filter((words) => !shown.includes(words))
        .map((words) => `${name}: ${words}`);
    });
    expect(missing).toEqual([]);
  });

  test.each<[string, Json]>([
    ['nested', { b: { c: [1, { d: null }] }, a: [], 'a/b~c': '' }],
    ['a scalar', 'text'],
    ['keys that look like places', { 'x/y': { '~0': 1 }, x: { y: 2 } }],
    [
      'deep',
      Array.from({ length: 60 }).reduce<Json>((inner) => ({ deeper: inner, beside: 1 }), 'bottom'),
    ],
  ])('of %s JSON has every leaf of the domain, in its order', (_what, payload) => {
    const shown = leavesOf(payloadTree(payload)).map(({ pointer }) => pointer);
    expect(shown.toSorted()).toEqual(
      payloadLeaves(payload)
        .map(({ pointer }) => pointer)
        .toSorted(),
    );
  });

  test('a name that nobody can read is shown in quotes, with its marks', () => {
    const [leaf] = leavesOf(payloadTree({ 'pay\u200Bee': 1 }));
    expect(leaf?.name).toBe('"pay⟦U+200B⟧ee"');
  });
});

describe('a text of several lines', () => {
  test('blank lines are counted, not drawn, and what stands after them is in sight', () => {
    const { lines, count, more } = textLines(`begin${'\n'.repeat(10_000)}end`, {
      linesMax: 10,
      charactersMax: 80,
    });
    expect(lines).toEqual([
      { line: 1, text: 'begin' },
      { blankFrom: 2, blank: 9_999 },
      { line: 10_001, text: 'end' },
    ]);
    expect([count, more]).toEqual([10_001, 0]);
  });

  test('what is left out is counted', () => {
    const { lines, more } = textLines('a\nb\nc\nd', { linesMax: 2, charactersMax: 80 });
    expect([lines.length, more]).toEqual([2, 2]);
    expect(textLines('x'.repeat(90), { linesMax: 1, charactersMax: 80 }).lines).toEqual([
      { line: 1, text: `${'x'.repeat(80)}… (10 more characters)` },
    ]);
  });

  test('marks stand apart; more of them than a page can draw stay text', () => {
    expect(textParts('a⟦U+202E⟧b')).toEqual([
      { text: 'a', isMark: false },
      { text: '⟦U+202E⟧', isMark: true },
      { text: 'b', isMark: false },
    ]);
    const many = '⟦U+202E⟧'.repeat(5_000);
    expect(textParts(many)).toEqual([{ text: many, isMark: false }]);
  });
});

describe('what differs', () => {
  test('leaf by leaf: changed, new, gone', () => {
    expect(
      payloadChanges({ a: 1, b: { c: 'x' }, d: [1, 2] }, { a: 2, b: { c: 'x' }, d: [1], e: null }),
    ).toEqual([
      { pointer: '/a', before: 1, after: 2 },
      { pointer: '/d/1', before: 2 },
      { pointer: '/e', after: null },
    ]);
  });

  test('a modification holds the top-level arguments that are other ones, and can take none away', () => {
    expect(modificationsOf({ a: 1, b: { c: 1 } }, { a: 1, b: { c: 2 }, d: 3 })).toEqual({
      b: { c: 2 },
      d: 3,
    });
    expect(lostNames({ a: 1, b: 2 }, { b: 2 })).toEqual(['a']);
  });
});
