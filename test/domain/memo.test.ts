/**
 * Proves what stands in a run's memo: the first open gates one by one and the rest as a count, small whatever they
 * hold; and that it is written when a person was touched and nothing else carries that, in batches that a server accepts.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AUDIT_EVENT_TYPES,
  type AuditEvent,
  type AuditEventType,
  type EventDraft,
} from '../../domain/audit/audit-event.ts';
import type { Gate } from '../../domain/gate/gate.ts';
import { DEFAULT_TIERS, definePolicy } from '../../domain/index.ts';
import { utf8Length } from '../../domain/text/digest.ts';
import { MEMO_EVENTS_BYTES_MAX, MEMO_GATES_MAX, UNWRITTEN_BYTES_MAX } from '../../domain/limits.ts';
import {
  type GateList,
  gateList,
  isMemoDue,
  memoOf,
  writeBatches,
} from '../../domain/audit/memo.ts';
import { type HoldpointMemo, PENDING_WHILE } from '../../domain/messages.ts';
import { policyVersion } from '../../domain/policy/policy.ts';
import type { SessionState } from '../../domain/session/session.ts';
import { DIGEST, gateIn, NOW, policyOf, sealAll, sessionOf, tierOf, withGate } from './builders.ts';

const draft = (eventType: AuditEventType, characters = 0): EventDraft => ({
  eventType,
  actionType: 'refund',
  details: { text: 'x'.repeat(characters) },
});

const listOf = (...open: readonly Gate[]): GateList => ({ open, isIndexed: true });
const NONE = listOf();

describe('the open gates in the memo', () => {
  const gate = gateIn('synchronous_gate');

  test('stand one by one with what an inbox shows', () => {
    expect(memoOf(listOf(gate), [])).toEqual({
      version: 1,
      pendingWhile: PENDING_WHILE,
      pending: [
        {
          gateId: 'gate-1',
          kind: 'action',
          actionType: 'delete_record',
          description: 'Delete record: id = "c-17"',
          payloadDigest: DIGEST,
          tier: 'synchronous_gate',
          respondBy: NOW + 300_000,
          presentedAt: NOW,
          estimatedImpact: 'high',
        },
      ],
      pendingCount: 1,
      audit: [],
    });
  });

  test('say what it takes, where that is several people or proof', () => {
    const policy = definePolicy({
      name: 'desk',
      version: '1',
      tiers: DEFAULT_TIERS.map((tier) => ({
        ...tier,
        reviewers: 'anyone' as const,
        quorum: tier.name === 'escalation' ? 2 : 1,
        proof: tier.name === 'async_review' ? ('claimed' as const) : ('signed' as const),
      })),
    });
    const shown = (tier: string): unknown => {
      const [one] = memoOf({ ...listOf(gateIn(tier)), policy }, []).pending;
      return { proof: one?.proof, decisionsNeeded: one?.decisionsNeeded };
    };
    expect(shown('escalation')).toEqual({ proof: 'signed', decisionsNeeded: 2 });
    expect(shown('synchronous_gate')).toEqual({ proof: 'signed' });
    expect(shown('async_review')).toEqual({});
    expect(memoOf({ ...listOf(gateIn('async_review')), policy }, [])).toEqual(
      memoOf(listOf(gateIn('async_review')), []),
    );
  });

  test('count as long as the search attribute says so, and always where a run has none', () => {
    expect(memoOf(listOf(gate), []).pendingWhile).toBe("HoldpointGates = 'open'");
    const unindexed = memoOf({ open: [gate], isIndexed: false }, []);
    expect(unindexed).not.toHaveProperty('pendingWhile');
    expect(unindexed.pending).toHaveLength(1);
  });

  test('are a count beyond the first few', () => {
    const many = Array.from({ length: 50 }, () => gate);
    const memo = memoOf(listOf(...many), []);
    expect(memo.pending).toHaveLength(MEMO_GATES_MAX);
    expect(memo.pendingCount).toBe(50);
  });

  test('stay small and well-formed whatever they hold', () => {
    const description = '😀'.repeat(5_000);
    const payload = { text: 'x'.repeat(100_000) };
    const large = gateIn('escalation', { request: { description, payload } });
    const { pending } = memoOf(listOf(large, large, large, large, large), []);
    expect(utf8Length(JSON.stringify(pending))).toBeLessThan(5_000);
    expect(JSON.stringify(pending)).not.toMatch(/\\ud[89a-f]/iu);
  });
});

describe('the list of a session', () => {
  const several = policyOf({
    name: 'several',
    version: '1',
    tiers: [tierOf('board', { quorum: 2 }), ...DEFAULT_TIERS],
  });
  const listed = (changes: Partial<SessionState>, tier: string): HoldpointMemo =>
    memoOf(gateList(withGate(sessionOf(changes), { tier }), true), []);

  test('says whose it is, under which policy, in which phase, and how many people a gate takes', () => {
    const paused = { policy: several, phase: 'paused' } as const;
    expect(listed(paused, 'board')).toMatchObject({
      agentId: 'agent-smith',
      requesterId: 'rosa',
      policyVersion: policyVersion(several),
      phase: 'paused',
      pending: [{ decisionsNeeded: 2 }],
    });
    expect(listed({ policy: several }, 'synchronous_gate')).not.toHaveProperty('phase');
  });

  test('is to the byte what it was, where the policy was pinned before it said more', () => {
    const { listing: _new, ...older } = several;
    const memo = listed({ policy: older, phase: 'paused' }, 'board');
    expect(Object.keys(memo)).toEqual([
      'version',
      'pendingWhile',
      'pending',
      'pendingCount',
      'audit',
    ]);
    expect(memo.pending[0]).not.toHaveProperty('decisionsNeeded');
  });
});

describe('a write is due', () => {
  const due = (list: GateList, unwritten: readonly AuditEvent[], made = unwritten): boolean =>
    isMemoDue(list, { made, unwritten });

  test.each(Object.entries(AUDIT_EVENT_TYPES))('%s is the work of a %s', (type, maker) => {
    const events = sealAll([draft('executed'), draft(type as AuditEventType)]);
    expect(due(NONE, events)).toBe(maker === 'human');
  });

  test('not for nothing', () => {
    expect(due(NONE, [])).toBe(false);
    expect(due(listOf(gateIn('escalation')), [])).toBe(false);
  });

  test('for what machines did once it adds up', () => {
    expect(due(NONE, sealAll([draft('executed', UNWRITTEN_BYTES_MAX / 2)]))).toBe(false);
    expect(
      due(
        NONE,
        sealAll([
          draft('executed', UNWRITTEN_BYTES_MAX / 2),
          draft('failed', UNWRITTEN_BYTES_MAX / 2),
        ]),
      ),
    ).toBe(true);
  });

  describe('of a decision that an activity carries', () => {
    const made = sealAll([draft('executed'), draft('approved')]);

    test('not where it was about the last open gate: the search attribute says so', () => {
      expect(due(NONE, [], made)).toBe(false);
    });

    test('where other gates stay open: the list has changed', () => {
      expect(due(listOf(gateIn('escalation')), [], made)).toBe(true);
    });

    test('where no search attribute could say that none is left', () => {
      expect(due({ open: [], isIndexed: false }, [], made)).toBe(true);
    });

    test('H8: where a touch came after what it carries', () => {
      const [, late] = sealAll([draft('approved'), draft('decision_refused')]);
      expect(due(NONE, late === undefined ? [] : [late], made)).toBe(true);
    });
  });

  test('H8: for every touch of a person and every step of a gate', () => {
    const machine = Object.entries(AUDIT_EVENT_TYPES).filter(([, maker]) => maker === 'machine');
    expect(machine.map(([type]) => type).toSorted()).toEqual([
      'auto_proceeded',
      'child_ended',
      'child_started',
      'ended',
      'executed',
      'failed',
      'grant_used',
      'not_executed',
      'notified',
      'started',
    ]);
  });
});

describe('batches of events', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: MEMO_EVENTS_BYTES_MAX >> 1 }), {
    maxLength: 12,
  });

  test('hold every event once, in order, and fit into one write each', () => {
    fc.assert(
      fc.property(sizes, (characters) => {
        const events = sealAll(characters.map((size) => draft('executed', size)));
        const batches = writeBatches(events);
        expect(batches.flat()).toEqual(events);
        for (const batch of batches) {
          expect(utf8Length(JSON.stringify(batch))).toBeLessThan(MEMO_EVENTS_BYTES_MAX + 1_024);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('an event that is larger than a batch stands alone', () => {
    const events = sealAll([
      draft('executed'),
      draft('failed', MEMO_EVENTS_BYTES_MAX + 1),
      draft('executed'),
    ]);
    expect(writeBatches(events).map((batch) => batch.length)).toEqual([1, 1, 1]);
  });

  test('of nothing are one empty write, which still carries the open gates', () => {
    expect(writeBatches([])).toEqual([[]]);
  });
});
