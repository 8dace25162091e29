/**
 * Proves that what is shown is what runs (H1), on the page of Temporal UI and in the terminal alike: every leaf of the
 * payload is there, or the page says that it is shortened and how to see it all; what nobody can read is called so; the
 * agent's words stand apart; and what stands there has the digest that is decided over.
 */
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gateLines, isWhatRuns, pageText } from '../../cli/gate-text.ts';
import type { ApprovalRequest } from '../../domain/gate/gate.ts';
import { reviewPage } from '../../domain/gate/review-page.ts';
import { fingerprintOf, leafLines, payloadLeaves } from '../../domain/index.ts';
import { SHOWN_PAYLOAD_CHARACTERS_MAX } from '../../domain/limits.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { pendingApprovals } from '../../domain/session/session-view.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import { isJsonObject, isWellFormed, type JsonObject } from '../../domain/text/json.ts';
import { wellFormed } from '../../domain/text/visible-text.ts';
import { noise } from '../support/inspection-corpus.ts';
import { HOSTILE, parsed, strayLines } from '../support/review-page.ts';
import { DIGEST, present, requestOf, RUN, sessionOf, withGate } from './builders.ts';

const BLOB = noise(120).toString('base64');

/** A request as it opens: with the digest of its payload. */
function requestWith(payload: JsonObject, changes: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const request = requestOf({ payload, ...changes });
  const { actionType, toolVersion } = request;
  return {
    ...request,
    payloadDigest: payloadDigest({ actionType, toolVersion, arguments: payload }),
  };
}

function pageOf(payload: JsonObject, changes: Partial<ApprovalRequest> = {}): string {
  return reviewPage(withGate(sessionOf(), { request: requestWith(payload, changes) }), RUN);
}

function gateOf(payload: JsonObject, changes: Partial<ApprovalRequest> = {}): PendingApproval {
  const state = withGate(sessionOf(), { request: requestWith(payload, changes) });
  return present(pendingApprovals(state, RUN)[0]);
}

/** The payload as the page shows it. */
function payloadOn(page: string): readonly string[] {
  return present(parsed(page).fences[0]).text.split('\n');
}

/** What can be hashed: everything else never gets to a gate. */
const TEXTS = Object.values(HOSTILE).filter((text) => isWellFormed(text));

const payloads = fc
  .dictionary(
    fc.oneof(fc.string(), fc.constantFrom(...TEXTS.map((text) => wellFormed(text.slice(0, 40))))),
    fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(...TEXTS.filter((text) => text.length < 5_000)),
    ),
    { maxKeys: 8 },
  )
  .filter((value) => isJsonObject(value)) as fc.Arbitrary<JsonObject>;

describe('H1: every leaf', () => {
  test('stands in the terminal, in full', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const lines = gateLines(gateOf(payload), 'session-1');
        for (const leaf of payloadLeaves(payload)) {
          for (const line of leafLines(leaf)) expect(lines).toContain(`    ${line}`);
        }
      }),
    );
  });

  test('stands on the page, or the page says that it is shortened, and how to see all', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const page = pageOf(payload);
        const lines = payloadOn(page);
        const leaves = payloadLeaves(payload);
        const isWhole = leaves.every((leaf) =>
          leafLines(leaf).every((line) => lines.includes(line)),
        );
        expect(page.includes('**Shortened.**')).toBe(!isWhole);
        const counted = Number(/AND (\d+) MORE LEAVES/u.exec(present(lines.at(-1)))?.[1] ?? 0);
        const shown = lines.filter((line) => !line.startsWith('    '));
        expect(shown.length + counted).toBe(leaves.length);
        expect(strayLines(page)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('after a long one is on the page', () => {
    const page = pageOf({ body: 'x'.repeat(200_000), to: 'eve@evil.example' });
    expect(payloadOn(page).at(-1)).toBe('/to = "eve@evil.example"');
    expect(page).toContain('**Shortened.** All of it: query `pendingApprovals`, or in a terminal:');
    expect(parsed(page).fences[1]).toEqual({
      language: 'sh',
      text: 'npx holdpoint gates session-1',
    });
    expect(strayLines(page)).toEqual([]);
  });

  test('is named by the query as the workflow takes it, and the session as a shell reads it', () => {
    const state = { ...sessionOf(), isHosted: true } as const;
    const request = requestWith({ body: 'x'.repeat(9_000) }, { sessionId: 'order `1`' });
    const page = reviewPage(withGate(state, { request }), RUN);
    expect(page).toContain('query `holdpoint_pendingApprovals`');
    expect(parsed(page).fences[1]?.text).toBe("npx holdpoint gates 'order `1`'");
  });

  test('beyond what a page holds is counted, and the terminal has it', () => {
    const payload = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index]),
    );
    const lines = payloadOn(pageOf(payload));
    expect(lines.join('\n').length).toBeLessThanOrEqual(SHOWN_PAYLOAD_CHARACTERS_MAX);
    const more = Number(/AND (\d+) MORE LEAVES, NOT SHOWN HERE/u.exec(present(lines.at(-1)))?.[1]);
    expect(more + lines.length - 1).toBe(5_000);
    const shown = gateLines(gateOf(payload));
    expect(shown.filter((line) => line.startsWith('    /k'))).toHaveLength(5_000);
  });
});

describe('what nobody can read', () => {
  test('is called so before the payload on the page, and at its leaf', () => {
    const page = pageOf({ attachment: BLOB, to: 'a' });
    const line = present(parsed(page).lines.find((one) => one.startsWith('**Uninspectable')));
    expect(line.replaceAll('\\', '')).toBe(
      '**Uninspectable:** /attachment is encoded, and it decodes to no text. Nobody can read what stands there.',
    );
    expect(page.indexOf('**Uninspectable:**')).toBeLessThan(page.indexOf('**Payload**'));
    expect(payloadOn(page)[1]).toMatch(/^ {4}UNINSPECTABLE: encoded/u);
  });

  test('is called so where it is one of too many leaves for the page', () => {
    const payload = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index]),
    );
    expect(pageOf({ ...payload, zzz: BLOB })).toContain('**Uninspectable:** \\/zzz is encoded');
  });

  test('is called so in the terminal, in words', () => {
    const text = gateLines(gateOf({ attachment: BLOB, to: 'a' })).join('\n');
    expect(text).toContain('  UNINSPECTABLE /attachment: nobody can read what stands there');
    expect(text).toContain(
      '    UNINSPECTABLE: encoded, and it decodes to no text. Nobody can read what it holds.',
    );
    expect(gateLines(gateOf({ to: 'a' })).join('\n')).not.toContain('UNINSPECTABLE');
  });

  test.each(TEXTS)('as a name stays in its place: %j', (text) => {
    const page = pageOf({ [text]: { BLOB } });
    expect(page).toContain('**Uninspectable:**');
    expect(strayLines(page)).toEqual([]);
  });
});

describe('lookalikes are marked, and Russian is not', () => {
  const payload = { to: 'billing@pаypal.com', note: 'Верните деньги,\nпожалуйста.' };
  const changes = {
    description: 'Refund to pаypal',
    agentReason: 'pаypal said so',
    note: 'A note on pаypal',
  };
  const MARKED = 'p\u0430⟦U+0430⟧ypal';

  test('on the page: in the payload, the description, the note and the agent’s words', () => {
    const page = pageOf(payload, changes).replaceAll('\\', '');
    expect(page.split(MARKED)).toHaveLength(5);
    expect(page).toContain('"Верните деньги,nпожалуйста."');
  });

  test('in the terminal alike', () => {
    const text = gateLines(gateOf(payload, changes)).join('\n');
    expect(text.split(MARKED)).toHaveLength(5);
    expect(text).toContain('"Верните деньги,\\nпожалуйста."');
  });

  test('in the list of what waits', () => {
    const gates = [{ ...gateOf(payload, changes), kind: 'action' as const }];
    const session = { sessionId: 's', runId: RUN, gates, gatesCount: 1 };
    expect(pageText({ sessions: [session], sessionsCount: 1 })).toContain(MARKED);
  });
});

describe('the agent’s words', () => {
  test('stand after the payload, in a box of their own, and look like nothing else', () => {
    const forged = 'fine\n  to decide:\n    npx holdpoint decide x y --approve';
    const lines = gateLines(gateOf({ to: 'a' }, { agentReason: forged }), 'session-1');
    const from = lines.indexOf('  the agent says (not checked by anyone):');
    expect(from).toBeGreaterThan(lines.indexOf('    /to = "a"'));
    expect(lines.slice(from + 1, from + 4)).toEqual([
      '    | fine',
      '    |   to decide:',
      '    |     npx holdpoint decide x y --approve',
    ]);
    expect(lines.filter((line) => line === '  to decide:')).toHaveLength(1);
    const page = pageOf({ to: 'a' }, { agentReason: forged });
    expect(
      parsed(page)
        .fences.map(({ text }) => text)
        .slice(0, 2),
    ).toEqual(['/to = "a"', forged]);
  });
});

describe('the digest', () => {
  test('and its fingerprint are the same on every surface', () => {
    const gate = gateOf({ to: 'a' });
    expect(gate.fingerprint).toBe(fingerprintOf(gate.payloadDigest));
    for (const surface of [pageOf({ to: 'a' }), gateLines(gate).join('\n')]) {
      expect(surface).toContain(gate.payloadDigest);
      expect(surface).toContain(gate.fingerprint);
    }
  });

  test('H1: of another payload is found out in the terminal: nothing is offered that would decide it', () => {
    const gate = gateOf({ to: 'a' });
    expect(isWhatRuns(gate)).toBe(true);
    expect(gateLines(gate, 'session-1').join('\n')).toContain('npx holdpoint decide session-1');
    for (const other of [
      { ...gate, payload: { to: 'b' } },
      { ...gate, toolVersion: '2' },
      { ...gate, actionType: 'other' },
      { ...gate, payloadDigest: DIGEST },
      { ...gate, payload: { to: 'a\uD800' } },
    ]) {
      const text = gateLines(other, 'session-1').join('\n');
      expect(isWhatRuns(other)).toBe(false);
      expect(text).toContain('DO NOT APPROVE');
      expect(text).not.toContain('npx holdpoint');
    }
  });
});

/** Who shows something to people. Whoever else imports shown-text.ts would hash, store or compare what may change. */
const SURFACES = [
  'cli/authority-text.ts',
  'cli/commands/audit.ts',
  'cli/commands/kill.ts',
  'cli/commands/sessions.ts',
  'cli/gate-text.ts',
  'cli/grant-question.ts',
  'cli/shell.ts',
  'domain/audit/audit-trail.ts',
  'domain/gate/notice-text.ts',
  'domain/gate/review-page.ts',
  'domain/index.ts',
  'domain/text/payload-leaves.ts',
  'domain/text/summary.ts',
  'inbox/model/leaf-lines.ts',
  'inbox/model/payload-tree.ts',
];

test('only surfaces mark lookalikes: nothing that is hashed holds such a mark', () => {
  const files = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'],
    {
      encoding: 'utf8',
    },
  )
    .split('\n')
    .filter((file) => file !== '' && !file.startsWith('test/'));
  const importing = (name: string): readonly string[] =>
    files.filter((file) => new RegExp(`from '[^']*${name}'`, 'u').test(readFileSync(file, 'utf8')));
  expect(importing('shown-text.ts').toSorted()).toEqual(SURFACES);
  expect(importing('lookalike.ts')).toEqual(['domain/text/shown-text.ts']);
  // A description is hashed, by way of the event that presents its gate.
  expect(importing('visible-text.ts')).toContain('domain/policy/description.ts');
});
