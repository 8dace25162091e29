/**
 * Holds docs/design/default-policy.md and the code to each other in both directions: every row of each of its tables is
 * in the code, and everything in the code has its row. The wording of "why" is free.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../domain/policy/condition.ts';
import { BANDS, bandOf, STAKES } from '../../domain/policy/confidence.ts';
import {
  AUTOMATED,
  DEFAULT_LIMITS,
  DEFAULT_RULES,
  DEFAULT_TIERS,
  ESCALATION_THRESHOLDS,
  HOUR_MS,
  MINUTE_MS,
  NOVELTY_RULE,
  type Rule,
  REVERSIBILITY,
  type Tier,
} from '../../domain/index.ts';
import { present } from './builders.ts';

const PAGE = readFileSync(new URL('../../docs/design/default-policy.md', import.meta.url), 'utf8')
  // The formatter pads cells.
  .replaceAll(/ {2,}/gu, ' ');

type Row = readonly string[];

/** The rows of every table whose first column has this title. */
function tablesOf(page: string, firstColumn: string): readonly Row[] {
  const rows: Row[] = [];
  let isInside = false;
  for (const line of page.split('\n')) {
    if (!line.startsWith('|')) {
      isInside = false;
      continue;
    }
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
    if (cells[0] === firstColumn) isInside = true;
    else if (isInside && cells[0]?.startsWith('---') !== true) rows.push(cells);
  }
  return rows;
}

/** The strictest row wins, so their order means nothing. */
function sorted(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted(([a = ''], [b = '']) => a.localeCompare(b));
}

function columns(rows: readonly Row[], count: number): readonly Row[] {
  return rows.map((row) => row.slice(0, count));
}

const number = (value: number): string => value.toLocaleString('en-US');

function timeText(ms: number): string {
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} h` : `${ms / MINUTE_MS} min`;
}

function tierRow({ name, route, respondWithinMs, onNoResponse, escalateTo }: Tier): Row {
  const silence = escalateTo === undefined ? onNoResponse : `${onNoResponse} to ${escalateTo}`;
  return [name, route, timeText(respondWithinMs), silence];
}

const KIND_WORDS = {
  action: '',
  answer: 'final answer',
  question: 'the agent asks a question',
  effect: 'did an irreversible action happen?',
} as const;

/** A condition in the words of the page. */
function wordsOf(when: Condition): string {
  const { kinds = [], reversibility = [], confidence = [], valueAbove, ambiguous, novel } = when;
  const limits = { highValueLimit: 'highValue', escalationLimit: 'escalation' } as const;
  const above = typeof valueAbove === 'string' ? DEFAULT_LIMITS[limits[valueAbove]] : valueAbove;
  return [
    ...kinds.map((kind) => KIND_WORDS[kind]),
    ...reversibility.map((one) =>
      one === 'irreversible' ? 'irreversible, or not named by the policy' : one.replace('_', ' '),
    ),
    ...(confidence.length === 0 ? [] : [`confidence ${confidence.join(' or ')}`]),
    ...(above === undefined ? [] : [`value above ${number(above)}`]),
    ...(ambiguous === undefined ? [] : ['marked ambiguous by its tool or a rule']),
    ...(novel === undefined ? [] : ['first use of the tool by this agent']),
  ].join(', ');
}

function ruleRow({ name, when, tier }: Rule): Row {
  return [name, wordsOf(when), tier];
}

function bandRow(stakes: (typeof STAKES)[number]): Row {
  const { [stakes]: threshold, high_stakes: top } = ESCALATION_THRESHOLDS;
  const next = stakes === 'low_stakes' ? ESCALATION_THRESHOLDS.medium_stakes : top;
  const medium = next === threshold ? '–' : `< ${next}`;
  return [stakes, String(threshold), `< ${threshold}`, medium, `≥ ${next}`];
}

describe('the page of the default policy and the code say the same of', () => {
  test('the tiers, from loosest to strictest', () => {
    const automated = [AUTOMATED, 'nobody', '–', '–'];
    expect(tablesOf(PAGE, 'tier')).toEqual([automated, ...DEFAULT_TIERS.map(tierRow)]);
  });

  test('the rows, and the one that is left to the team', () => {
    const rules = [...DEFAULT_RULES, NOVELTY_RULE];
    expect(sorted(columns(tablesOf(PAGE, 'rule'), 3))).toEqual(sorted(rules.map(ruleRow)));
  });

  test('the limits', () => {
    const limits = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [
      name,
      number(Number(value)),
    ]);
    expect(columns(tablesOf(PAGE, 'limit'), 2)).toEqual(limits);
  });

  test('the thresholds and bands', () => {
    expect(tablesOf(PAGE, 'stakes')).toEqual(STAKES.map(bandRow));
  });

  test('the known actions', () => {
    const actions = Object.entries(REVERSIBILITY).map(([name, one]) => [
      name,
      one.replace('_', ' '),
    ]);
    expect(tablesOf(PAGE, 'action')).toEqual(actions);
  });
});

test('the bands of the page are those that scores get', () => {
  for (const [stakes = '', , low = '', medium = '', high = ''] of tablesOf(PAGE, 'stakes')) {
    const level = present(STAKES.find((one) => one === stakes));
    const edges = { low, medium, high };
    for (const band of BANDS) {
      const edge = Number(edges[band].replace(/^\D+/u, ''));
      if (edges[band] === '–') continue;
      const score = edges[band].startsWith('<') ? edge - 1e-9 : edge;
      expect(bandOf(score, level, ESCALATION_THRESHOLDS)).toBe(band);
    }
  }
});

test('every row says why', () => {
  const reasons = [
    ...tablesOf(PAGE, 'rule').map((row) => row[3]),
    ...tablesOf(PAGE, 'limit').map((row) => row[2]),
  ];
  for (const why of reasons) expect(why).toMatch(/^[A-Z"].{20,}$/u);
});

test('files that the page names are there', () => {
  const named = [...PAGE.matchAll(/`((?:domain|test)\/[^`]+)`/gu)].map((match) => match[1]);
  expect(named.length).toBeGreaterThan(3);
  for (const path of named) {
    expect(() => readFileSync(new URL(`../../${path}`, import.meta.url))).not.toThrow();
  }
});

describe('the comparison bites', () => {
  test.each([
    ['a row that the code does not have', '| `ambiguous` |', '| `ambiguities` |'],
    [
      'another tier',
      '| `question` | the agent asks a question | `synchronous_gate` |',
      '| `question` | the agent asks a question | `automated` |',
    ],
    ['another limit', 'value above 100 |', 'value above 101 |'],
    [
      'another condition',
      '| final answer, confidence low |',
      '| final answer, confidence medium |',
    ],
  ])('on %s', (_what, there, instead) => {
    expect(PAGE).toContain(there);
    const rows = columns(tablesOf(PAGE.replace(there, instead), 'rule'), 3);
    expect(sorted(rows)).not.toEqual(sorted([...DEFAULT_RULES, NOVELTY_RULE].map(ruleRow)));
  });

  test('on a row that is gone', () => {
    const without = PAGE.replace(/\n\| `question`[^\n]*/u, '');
    expect(tablesOf(without, 'rule')).toHaveLength(DEFAULT_RULES.length);
  });
});
