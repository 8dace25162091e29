/**
 * Proves that Temporal UI's page of open gates says what it must, and that nothing from a payload, a model or a person
 * gets out of its place: the Markdown is read back by simple means, and every line outside a fence must have one of the
 * page's own shapes.
 */
import { describe, expect, test } from 'vitest';
import type { ApprovalRequest } from '../../domain/gate/gate.ts';
import { utf8Length } from '../../domain/text/digest.ts';
import { readDecision } from '../../domain/gate/decision.ts';
import { DEFAULT_TIERS, definePolicy, fingerprintOf, silenceText } from '../../domain/index.ts';
import { CURRENT_DETAILS_CHARACTERS_MAX } from '../../domain/limits.ts';
import { reviewPage } from '../../domain/gate/review-page.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import type { SessionState } from '../../domain/session/session.ts';
import {
  COMMAND,
  DIGEST,
  NAMED_POLICY,
  NOW,
  OTHER_DIGEST,
  present,
  RUN,
  sessionOf,
  SILENCE_POLICY,
  withGate,
} from './builders.ts';
import { HOSTILE, PAGE_BYTES_MAX, parsed, strayLines } from '../support/review-page.ts';

function pageOf(request: Partial<ApprovalRequest> = {}, state: SessionState = sessionOf()): string {
  return reviewPage(withGate(state, { request }), RUN);
}

describe('the page', () => {
  test('of a session in which nothing waits is empty', () => {
    expect(reviewPage(sessionOf(), RUN)).toBe('');
    const decided = receiveDecision(
      withGate(sessionOf()),
      JSON.parse(
        present(parsed(pageOf()).fences.at(-1)).text.replace('REPLACE-WITH-YOUR-ID', 'alice'),
      ),
      NOW,
    ).state;
    expect(decided.gates[0]?.status).toBe('approved');
    expect(reviewPage(decided, RUN)).toBe('');
  });

  test('says everything that a person needs to decide', () => {
    const page = pageOf({ value: 250, confidence: 0.5, agentReason: 'a duplicate', note: 'again' });
    const rows = parsed(page).lines.filter((line) => line.startsWith('| '));
    const cells = Object.fromEntries(
      rows.map((row) =>
        row
          .replaceAll('\\', '')
          .split(' | ')
          .map((cell) => cell.replace(/^\| | \|$/gu, '')),
      ),
    ) as Readonly<Record<string, string>>;
    expect(cells).toMatchObject({
      Kind: 'action',
      Tool: 'delete_record (version 1)',
      Reversibility: 'irreversible',
      Impact: 'high',
      Value: '250',
      Confidence: '0.50',
      Tier: 'synchronous_gate (rule irreversible-or-unknown, policy default@1#000000000000)',
      'Who may decide': 'anyone but the requester, the agents and their owners',
      'Answer by': '2026-11-23T09:35:00.000Z',
      'Payload digest': DIGEST,
      Fingerprint: fingerprintOf(DIGEST),
    });
    expect(page).toContain('# 1 gate waits for a person');
    expect(page).toContain('## Delete record');
    expect(page).toContain('**Why now:** again');
    expect(parsed(page).fences.slice(0, 2)).toEqual([
      { language: 'text', text: '/id = "c-17"' },
      { language: 'text', text: 'a duplicate' },
    ]);
    expect(parsed(page).fences.map((fence) => fence.language)).toEqual(['text', 'text', 'json']);
    expect(strayLines(page)).toEqual([]);
  });

  test('of a gate that takes proof and several people says so, who is at it, and gives the command that signs', () => {
    const policy = definePolicy({
      name: 'desk',
      version: '1',
      tiers: DEFAULT_TIERS.map(({ reviewers: _anyone, ...tier }) => ({
        ...tier,
        reviewers: ['ann|a'],
        groups: ['desk'],
        quorum: 2,
        proof: 'signed' as const,
        rationaleRequired: true,
      })),
    });
    const claim = {
      reviewerId: 'bob',
      personId: 'bob',
      since: NOW,
      at: NOW,
      until: NOW + 60_000,
    };
    const state = withGate(sessionOf());
    const gates = state.gates.map((gate) => ({ ...gate, claim, barred: ['cleo'] }));
    const page = reviewPage({ ...state, policy, gates }, RUN);
    const plain = page.replaceAll('\\', '');
    for (const row of [
      '| Who may decide | ann|a, those in desk |',
      '| Approved | 0 of 2 people |',
      '| Proof | signed: counts with the signature of a trusted key |',
      '| Reason | each decision has to say why |',
      `| Claimed | by bob until ${new Date(NOW + 60_000).toISOString()} |`,
      '| Not by | cleo: changed this payload |',
    ]) {
      expect(plain).toContain(row);
    }
    const [command] = parsed(page).fences.slice(-1);
    expect(command).toMatchObject({
      language: 'sh',
      text: 'npx holdpoint sign session-1 gate-1 --approve --as YOU',
    });
    expect(strayLines(page)).toEqual([]);
  });

  test.each([
    ['reject', 'reminded'],
    ['approve', 'quick'],
    ['hold', 'patient'],
    ['fail', 'strict'],
    ['escalate', 'async_review'],
  ] as const)('says what silence means: %s', (noResponse, tier) => {
    const state = sessionOf({ policy: SILENCE_POLICY });
    const page = reviewPage(
      withGate(state, { tier, request: { reversibility: 'reversible' } }),
      RUN,
    );
    const row = page.split('\n').find((line) => line.includes('If nobody answers'));
    expect(row?.replaceAll('\\', '')).toBe(
      `| If nobody answers | ${silenceText('action', noResponse)} |`,
    );
  });

  test('names the reviewers of the tier', () => {
    const state = withGate(sessionOf({ policy: NAMED_POLICY }), { tier: 'async_review' });
    expect(reviewPage(state, RUN)).toContain('| Who may decide | dana, dirk |');
  });

  test('gives a decision that is ready to paste, except that it names nobody yet', () => {
    const template = present(parsed(pageOf()).fences.at(-1)).text;
    const decision: unknown = JSON.parse(template);
    expect(readDecision(decision).ok).toBe(true);
    const state = withGate(sessionOf());
    expect(receiveDecision(state, decision, NOW).reply).toMatchObject({ code: 'NOT_AUTHORIZED' });
    const signed: unknown = JSON.parse(template.replace('REPLACE-WITH-YOUR-ID', 'alice'));
    expect(receiveDecision(state, signed, NOW).reply).toMatchObject({ status: 'decided' });
  });

  test('names the signal as the workflow takes it: one that knows nothing of Holdpoint, by its prefix', () => {
    const signal = /name `(\w+)`/;
    expect(signal.exec(pageOf())?.[1]).toBe('decide');
    expect(signal.exec(pageOf({}, { ...sessionOf(), isHosted: true }))?.[1]).toBe(
      'holdpoint_decide',
    );
  });

  test('asks for the words of an answer to a question', () => {
    const template = present(parsed(pageOf({ kind: 'question' })).fences.at(-1)).text;
    expect(JSON.parse(template)).toMatchObject({ modifications: { answer: '' } });
  });

  test('says who paused, and why', () => {
    const paused = receiveCommand(
      withGate(sessionOf()),
      { verb: 'pause', raw: COMMAND },
      NOW,
    ).state;
    expect(reviewPage(paused, RUN)).toContain('**Paused** by olga: the customer called. Deadlines');
    const empty = receiveCommand(sessionOf(), { verb: 'pause', raw: COMMAND }, NOW).state;
    expect(reviewPage(empty, RUN)).toContain('**Paused** by olga');
  });
});

/** Where a text from outside can stand. */
const PLACES: Readonly<Record<string, (text: string) => Partial<ApprovalRequest>>> = {
  'the payload': (text) => ({ payload: { text } }),
  'a key of the payload': (text) => ({ payload: { [text]: 1 } }),
  'the agent’s reason': (text) => ({ agentReason: text }),
  'the description': (text) => ({ description: text }),
  'the note': (text) => ({ note: text }),
  'the name of the tool': (text) => ({ actionType: text }),
  'the version of the tool': (text) => ({ toolVersion: text }),
};

describe.each(Object.entries(PLACES))('in %s', (_place, put) => {
  test.each(Object.entries(HOSTILE))('%s stays in its place', (_what, text) => {
    const page = pageOf(put(text));
    expect(strayLines(page)).toEqual([]);
    expect(page).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
    const { lines, fences } = parsed(page);
    expect(lines.filter((line) => line.startsWith('#'))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('| Reversibility'))).toEqual([
      '| Reversibility | irreversible |',
    ]);
    expect(fences.at(-1)?.text).toContain('"reviewerId": "REPLACE-WITH-YOUR-ID"');
    expect(utf8Length(page)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
  });
});

describe('the reason of a pause', () => {
  test.each(Object.entries(HOSTILE))('%s: stays in its place, and hides no gate', (_what, text) => {
    const state = withGate(
      sessionOf({ phase: 'paused', pause: { operatorId: 'olga', reason: text, at: NOW } }),
    );
    const page = reviewPage(state, RUN);
    expect(strayLines(page)).toEqual([]);
    expect(page).toContain('## Delete record');
    expect(utf8Length(page)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
  });
});

test('the reading of the page bites: a page that does not escape is found out', () => {
  const page = pageOf();
  for (const forged of [
    '# 2 gates wait\n',
    '| Reversibility | a | b |',
    '<b>',
    '[a](b)',
    '```js\n```\n- x',
  ]) {
    expect(strayLines(`${page}\n\n${forged}`)).not.toEqual([]);
  }
  expect(strayLines(`## a | b\n\n| Tool | x | y |`)).toHaveLength(2);
});

describe('many gates', () => {
  const many = (count: number, request: Partial<ApprovalRequest> = {}): SessionState =>
    Array.from({ length: count }, (_, index) => index).reduce<SessionState>(
      (state, index) =>
        withGate(state, {
          request: { ...request, gateId: `gate-${index}`, payloadDigest: OTHER_DIGEST },
        }),
      sessionOf(),
    );

  test('stand whole as far as they fit; the rest is counted', () => {
    const page = reviewPage(many(200), RUN);
    const shown = parsed(page).lines.filter((line) => line.startsWith('## ')).length;
    expect(page).toContain('# 200 gates wait for a person');
    expect(page).toContain(`… and ${200 - shown} more: query \`pendingApprovals\`.`);
    expect(shown).toBeGreaterThan(5);
    expect(page.length).toBeLessThanOrEqual(CURRENT_DETAILS_CHARACTERS_MAX + 100);
    expect(strayLines(page)).toEqual([]);
  });

  test('full of ideographs stay under the limit, which is one of bytes', () => {
    const page = reviewPage(many(5, { payload: { text: '漢'.repeat(4_000) } }), RUN);
    expect(utf8Length(page)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    expect(page).toContain('more: query');
  });

  test('of which one is large: it does not hide the others', () => {
    const large = withGate(sessionOf(), { request: { agentReason: 'x'.repeat(50_000) } });
    const state = withGate(large, { request: { gateId: 'gate-2', description: 'Refund' } });
    expect(reviewPage(state, RUN)).toContain('## Refund');
  });
});
