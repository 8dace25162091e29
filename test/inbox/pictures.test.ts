import { describe, expect, test } from 'vitest';
import { moved, pictureOf, WHOLE, zoomed } from '../../inbox/model/audit-picture.ts';
import { logPlace, stacked } from '../../inbox/model/charts.ts';
import { storyOf } from '../../inbox/model/story.ts';
import { eventWords } from '../../inbox/model/trail.ts';
import { readingText, verificationWords } from '../../inbox/model/words.ts';
import { gate, trailOf } from './builders.ts';

const TRAIL = trailOf(
  { eventType: 'started', details: { goal: 'Settle W-1' } },
  { eventType: 'executed', actionId: '1/1', actionType: 'search' },
  {
    eventType: 'gate_presented',
    gateId: 'g1',
    actionId: '2/1',
    actionType: 'refund',
    details: { kind: 'action', description: 'Refund' },
  },
  {
    eventType: 'gate_presented',
    gateId: 'g2',
    actionId: '2/2',
    actionType: 'question',
    actionPayload: { question: 'Why?' },
    details: { kind: 'question', description: 'The agent asks' },
  },
  { eventType: 'paused', reviewerId: 'ops', rationale: 'month end' },
  { eventType: 'resumed', reviewerId: 'ops' },
  {
    eventType: 'approved',
    gateId: 'g2',
    actionId: '2/2',
    reviewerId: 'rita',
    details: { modifications: { answer: 'Because.' } },
  },
  { eventType: 'approved', gateId: 'g1', actionId: '2/1', reviewerId: 'rita' },
  {
    eventType: 'instructed',
    reviewerId: 'ops',
    rationale: 'call',
    details: { message: 'Be brief.' },
  },
  {
    eventType: 'gate_presented',
    gateId: 'g3',
    actionId: '3/1',
    actionType: 'delete_record',
    details: { kind: 'action', description: 'Delete' },
  },
);

describe('a session as one story', () => {
  const assistant = (text: string) => ({ role: 'assistant', text, calls: [] }) as const;
  const conversation = {
    sessionId: 'session-1',
    goal: 'Settle W-1',
    messages: [
      { role: 'user', text: 'Settle W-1' },
      assistant('I look.'),
      { role: 'tool', callId: 'a', name: 'search', text: 'found' },
      assistant('I refund.'),
      { role: 'tool', callId: 'b', name: 'refund', text: 'paid' },
      { role: 'user', text: 'A person says: Be brief.' },
      assistant('I delete.'),
    ],
    earlier: 0,
  } as const;
  const told = (
    steps?: number,
    parts: Partial<Parameters<typeof storyOf>[0]> = {},
  ): readonly string[] =>
    storyOf({ conversation, trail: TRAIL, steps, ...parts }).map((item) => {
      if (item.kind === 'turn') return `turn ${item.step}: ${item.turn.text}`;
      if (item.kind === 'gate') return `gate ${item.gate.gateId}: ${item.gate.status}`;
      return item.kind === 'order' ? item.event.eventType : item.kind;
    });

  test('has turns, gates and people’s words in the order in which they happened, each once', () => {
    expect(told()).toEqual([
      'goal',
      'turn 1: I look.',
      'result',
      'turn 2: I refund.',
      'result',
      'gate g1: approved',
      'gate g2: approved',
      'paused',
      'resumed',
      'instructed',
      'turn 3: I delete.',
      'gate g3: pending',
    ]);
  });

  test('a question carries what was asked, and what a person answered', () => {
    const gates = storyOf({ conversation, trail: TRAIL, steps: undefined });
    expect(gates.find((item) => item.kind === 'gate' && item.gate.gateId === 'g2')).toMatchObject({
      gate: { question: 'Why?', answer: 'Because.' },
    });
  });

  test('whose beginning is stored elsewhere says so, and its turns keep their numbers', () => {
    const later = { ...conversation, messages: conversation.messages.slice(3), earlier: 3 };
    const items = told(3, { conversation: later });
    expect(items.slice(0, 2)).toEqual(['goal', 'earlier']);
    expect(items).toContain('turn 2: I refund.');
    expect(items.at(-1)).toBe('gate g3: pending');
  });

  test('for who may not read the trail the session’s own gates stand at their turns', () => {
    const open = gate({ facts: { gateId: 'g3', actionId: '3/1' } });
    const ended = { ...open.facts, gateId: 'g1', actionId: '2/1', status: 'approved' } as const;
    const items = told(undefined, { trail: [], session: { gates: [open], ended: [ended] } });
    expect(items.filter((item) => /gate|turn/.test(item))).toEqual([
      'turn 1: I look.',
      'turn 2: I refund.',
      'gate g1: approved',
      'turn 3: I delete.',
      'gate g3: pending',
    ]);
  });

  test('without a conversation it is told by the trail', () => {
    expect(told(undefined, { conversation: undefined })).toEqual([
      'gate g1: approved',
      'gate g2: approved',
      'paused',
      'resumed',
      'instructed',
      'gate g3: pending',
    ]);
  });
});

describe('the picture of a trail', () => {
  const picture = pictureOf(TRAIL, 'time');

  test('has a mark for every event, a bar for every gate, a band for every pause', () => {
    expect(picture.marks).toHaveLength(TRAIL.length);
    expect(picture.bars.map(({ gateId, isOpen }) => [gateId, isOpen])).toEqual([
      ['g1', false],
      ['g2', false],
      ['g3', true],
    ]);
    expect(picture.pauses).toHaveLength(1);
  });

  test('gates that wait at once never lie over each other', () => {
    for (const bar of picture.bars) {
      for (const other of picture.bars) {
        const isOver = bar.lane === other.lane && bar.from < other.to && other.from < bar.to;
        expect(isOver && bar !== other).toBe(false);
      }
    }
  });

  test('a pause that goes on reaches the end, and events of one moment are told apart by order', () => {
    expect(pictureOf(trailOf({ eventType: 'paused' }, { at: 9 }), 'time').pauses[0]?.to).toBe(1);
    const same = trailOf({ at: 5 }, { at: 5 }, { at: 5 });
    expect(pictureOf(same, 'time').marks.map(({ x }) => x)).toEqual([0, 0.5, 1]);
    expect(pictureOf([], 'time')).toMatchObject({ marks: [], bars: [] });
  });

  test('zoom and movement stay within the whole', () => {
    const close = zoomed(WHOLE, 0.9, 0.25);
    expect(close).toEqual({ from: 0.75, to: 1 });
    expect(moved(close, 3)).toEqual(close);
    expect(zoomed(close, 0.9, 100)).toEqual(WHOLE);
  });
});

describe('charts and words', () => {
  test('parts stand side by side, and add up to their share of the longest', () => {
    const parts = stacked(
      [
        { name: 'a', value: 1 },
        { name: 'b', value: 3 },
      ],
      8,
    );
    expect(parts.map(({ x, width }) => [x, width])).toEqual([
      [0, 12.5],
      [12.5, 37.5],
    ]);
    expect(stacked([{ name: 'a', value: 0 }], 0)[0]?.width).toBe(0);
    expect([logPlace(10), logPlace(1_000), logPlace(86_400_000), logPlace(1e12)]).toEqual([
      0, 0, 100, 100,
    ]);
  });

  test('the chain’s result is told as it is', () => {
    const result = { holds: true, events: 3, isWhole: true, evidence: 'agrees' } as const;
    expect(verificationWords(result).join(' ')).toContain('The chain holds: each of 3 events');
    const broken = {
      ...result,
      holds: false,
      isWhole: false,
      evidence: 'differs',
      problem: { seq: 2, reason: 'changed' },
    } as const;
    expect(verificationWords(broken)).toEqual([
      'The chain does NOT hold: event 2 is not what it was when it was hashed.',
      'Its first runs are missing: Temporal no longer keeps them.',
      'The evidence store says something ELSE: one of the two was changed.',
    ]);
    expect(readingText(45)).toBe('About 5 seconds to read: 45 characters');
    expect(readingText(15_000)).toContain('17 minutes');
  });

  test('an event says its reason and what a reader wants of its details', () => {
    const [first] = trailOf({ rationale: 'ok', details: { code: 'EXPIRED', decisionId: 'd' } });
    expect(first === undefined ? '' : eventWords(first.event)).toBe('“ok” · code EXPIRED');
  });
});
