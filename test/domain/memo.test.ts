/**
 * Proves what stands in a run's memo: the first open gates one by one and the rest as a count, small whatever they
 * hold; and that audit events are written when a person was touched, in batches that a server accepts.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AUDIT_EVENT_TYPES,
  type AuditEventType,
  type EventDraft,
} from '../../domain/audit/audit-event.ts';
import { utf8Length } from '../../domain/text/digest.ts';
import { MEMO_EVENTS_BYTES_MAX, MEMO_GATES_MAX, UNWRITTEN_BYTES_MAX } from '../../domain/limits.ts';
import { isWriteDue, memoOf, writeBatches } from '../../domain/audit/memo.ts';
import { DIGEST, gateIn, NOW, sealAll } from './builders.ts';

const draft = (eventType: AuditEventType, characters = 0): EventDraft => ({
  eventType,
  actionType: 'refund',
  details: { text: 'x'.repeat(characters) },
});

describe('the open gates in the memo', () => {
  const gate = gateIn('synchronous_gate');

  test('stand one by one with what an inbox shows', () => {
    expect(memoOf([gate], [])).toEqual({
      version: 1,
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

  test('are a count beyond the first few', () => {
    const many = Array.from({ length: 50 }, () => gate);
    const memo = memoOf(many, []);
    expect(memo.pending).toHaveLength(MEMO_GATES_MAX);
    expect(memo.pendingCount).toBe(50);
  });

  test('stay small and well-formed whatever they hold', () => {
    const description = '😀'.repeat(5_000);
    const payload = { text: 'x'.repeat(100_000) };
    const large = gateIn('escalation', { request: { description, payload } });
    const { pending } = memoOf([large, large, large, large, large], []);
    expect(utf8Length(JSON.stringify(pending))).toBeLessThan(5_000);
    expect(JSON.stringify(pending)).not.toMatch(/\\ud[89a-f]/iu);
  });
});

describe('a write is due', () => {
  test.each(Object.entries(AUDIT_EVENT_TYPES))('%s is the work of a %s', (type, maker) => {
    const events = sealAll([draft('executed'), draft(type as AuditEventType)]);
    expect(isWriteDue(events)).toBe(maker === 'human');
  });

  test('not for nothing', () => {
    expect(isWriteDue([])).toBe(false);
  });

  test('for what machines did once it adds up', () => {
    expect(isWriteDue(sealAll([draft('executed', UNWRITTEN_BYTES_MAX / 2)]))).toBe(false);
    expect(
      isWriteDue(
        sealAll([
          draft('executed', UNWRITTEN_BYTES_MAX / 2),
          draft('failed', UNWRITTEN_BYTES_MAX / 2),
        ]),
      ),
    ).toBe(true);
  });

  test('H8: for every touch of a person and every step of a gate', () => {
    const machine = Object.entries(AUDIT_EVENT_TYPES).filter(([, maker]) => maker === 'machine');
    expect(machine.map(([type]) => type).toSorted()).toEqual([
      'auto_proceeded',
      'ended',
      'executed',
      'failed',
      'not_executed',
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
