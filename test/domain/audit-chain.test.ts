/**
 * Proves the audit chain: every sealed trail verifies, from its start and from any point of it, and every kind of
 * tampering (a field edited, an event deleted, inserted, swapped, a branch) is found at the first number at which the
 * chain does not hold. The encoder's bytes are written out once, so that a changed encoder is noticed.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { headOf } from '../../domain/audit/audit-chain.ts';
import {
  AUDIT_EVENT_TYPES,
  type AuditEvent,
  type AuditEventType,
  type EventDraft,
  GENESIS,
  GENESIS_HASH,
  hashOf,
  sealEvent,
} from '../../domain/audit/audit-event.ts';
import { verifyChain } from '../../domain/index.ts';
import { digestOfText } from '../../domain/text/digest.ts';
import { EVENT_PAYLOAD_BYTES_MAX, JSON_DEPTH_MAX } from '../../domain/limits.ts';
import { DIGEST, nested, NOW, present, sealAll, withProto } from './builders.ts';

const TYPES = Object.keys(AUDIT_EVENT_TYPES) as AuditEventType[];

const draft: fc.Arbitrary<EventDraft> = fc
  .record({
    eventType: fc.constantFrom(...TYPES),
    actionType: fc.constantFrom('session', 'refund', 'delete_record'),
    gateId: fc.option(fc.uuid(), { nil: undefined }),
    reviewerId: fc.option(fc.constantFrom('alice', 'bob'), { nil: undefined }),
    rationale: fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
    confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    details: fc.option(
      fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
      {
        nil: undefined,
      },
    ),
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as EventDraft)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));

const trail = fc.array(draft, { minLength: 3, maxLength: 6 }).map((drafts) => sealAll(drafts));

const RUNS = { numRuns: 40 };

/** A trail and a place in it that is neither its first nor its last. */
const placed = trail.chain((events) =>
  fc.record({ events: fc.constant(events), at: fc.integer({ min: 1, max: events.length - 2 }) }),
);

describe('a chain that was sealed', () => {
  test('verifies, is gapless from 1, and starts at the genesis', () => {
    fc.assert(
      fc.property(trail, (events) => {
        expect(verifyChain(events)).toBeUndefined();
        expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
        expect(events[0]?.previousHash).toBe(GENESIS_HASH);
        expect(headOf(events)).toEqual({ seq: events.length, hash: events.at(-1)?.hash });
      }),
      RUNS,
    );
  });

  test('verifies from any head on, as a run does that continues another', () => {
    fc.assert(
      fc.property(placed, ({ events, at }) => {
        const head = headOf(events.slice(0, at));
        expect(verifyChain(events.slice(at), head)).toBeUndefined();
        expect(verifyChain(events.slice(at))).toEqual({ seq: 1, reason: 'gap' });
      }),
      RUNS,
    );
  });

  test('still verifies after JSON, with its keys in another order', () => {
    fc.assert(
      fc.property(trail, (events) => {
        const turned = events.map((event) =>
          Object.fromEntries(Object.entries(event).toReversed()),
        ) as unknown as AuditEvent[];
        expect(verifyChain(JSON.parse(JSON.stringify(turned)) as AuditEvent[])).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('that is empty verifies, and its head is where it started', () => {
    expect(verifyChain([])).toBeUndefined();
    expect(headOf([])).toEqual(GENESIS);
  });
});

const FIELDS = [
  'eventType',
  'actionType',
  'gateId',
  'reviewerId',
  'decision',
  'rationale',
  'confidence',
  'details',
  'agentId',
  'at',
  'policyVersion',
  'payloadDigest',
  'invented',
] as const;

describe('tampering is found at the first number at which the chain does not hold', () => {
  test.each(FIELDS)('%s edited, added or removed', (field) => {
    fc.assert(
      fc.property(placed, ({ events, at }) => {
        const edit = (event: AuditEvent): AuditEvent => {
          const current = (event as unknown as Readonly<Record<string, unknown>>)[field];
          return { ...event, [field]: current === 'tampered' ? 'again' : 'tampered' };
        };
        const edited = events.map((event, index) => (index === at ? edit(event) : event));
        expect(verifyChain(edited)).toEqual({ seq: at + 1, reason: 'changed' });
        const removed = events.map((event, index) => {
          if (index !== at || !(field in event)) return event;
          const entries = Object.entries(event).filter(([name]) => name !== field);
          return Object.fromEntries(entries) as unknown as AuditEvent;
        });
        const wasThere = field in present(events[at]);
        expect(verifyChain(removed)?.seq).toBe(wasThere ? at + 1 : undefined);
      }),
      { numRuns: 15 },
    );
  });

  test('an event deleted', () => {
    fc.assert(
      fc.property(placed, ({ events, at }) => {
        expect(verifyChain(events.toSpliced(at, 1))).toEqual({ seq: at + 1, reason: 'gap' });
        expect(verifyChain(events.slice(1))).toEqual({ seq: 1, reason: 'gap' });
      }),
      RUNS,
    );
  });

  test('an event repeated', () => {
    fc.assert(
      fc.property(placed, ({ events, at }) => {
        const twice = events.toSpliced(at, 0, present(events[at]));
        expect(verifyChain(twice)).toEqual({ seq: at + 2, reason: 'gap' });
      }),
      RUNS,
    );
  });

  test('a forged event put in, sealed as if it belonged there', () => {
    fc.assert(
      fc.property(placed, draft, ({ events, at }, forged) => {
        const head = headOf(events.slice(0, at));
        const context = { sessionId: 'session-1', agentId: 'agent-smith', at: NOW };
        const inserted = events.toSpliced(at, 0, sealEvent(head, context, forged));
        expect(verifyChain(inserted)).toEqual({ seq: at + 2, reason: 'gap' });
        const renumbered = inserted.map((event, index) => ({ ...event, seq: index + 1 }));
        expect(verifyChain(renumbered)?.seq).toBe(at + 2);
      }),
      RUNS,
    );
  });

  test('two events swapped', () => {
    fc.assert(
      fc.property(placed, ({ events, at }) => {
        const swapped = events.with(at, present(events[at + 1])).with(at + 1, present(events[at]));
        expect(verifyChain(swapped)).toEqual({ seq: at + 1, reason: 'gap' });
        const renumbered = swapped.map((event, index) => ({ ...event, seq: index + 1 }));
        expect(verifyChain(renumbered)?.seq).toBe(at + 1);
      }),
      RUNS,
    );
  });

  test('an event edited and sealed again: the next one does not follow on it', () => {
    fc.assert(
      fc.property(placed, ({ events, at }) => {
        const { hash: _old, ...edited } = { ...present(events[at]), reviewerId: 'mallory' };
        const forged = events.with(at, { ...edited, hash: hashOf(edited) });
        expect(verifyChain(forged)).toEqual({ seq: at + 2, reason: 'fork' });
      }),
      RUNS,
    );
  });

  test('an event of another session, of another version, without a number', () => {
    const events = sealAll([
      { eventType: 'started', actionType: 'session' },
      { eventType: 'ended', actionType: 'session' },
    ]);
    const second = (changes: object): readonly AuditEvent[] => [
      present(events[0]),
      { ...present(events[1]), ...changes },
    ];
    expect(verifyChain(second({ sessionId: 'session-2' }))).toEqual({ seq: 2, reason: 'session' });
    expect(verifyChain(second({ version: 2 }))).toEqual({ seq: 2, reason: 'version' });
    expect(verifyChain(second({ seq: Number.NaN }))).toEqual({ seq: 2, reason: 'gap' });
    expect(verifyChain(second({ seq: '2' }))).toEqual({ seq: 2, reason: 'gap' });
    expect(verifyChain(second({ hash: GENESIS_HASH }))).toEqual({ seq: 2, reason: 'changed' });
    expect(verifyChain(second({ previousHash: DIGEST }))).toEqual({ seq: 2, reason: 'fork' });
  });

  test('whatever was put in its place: what can’t be hashed is a change, never a throw', () => {
    const events = sealAll([
      { eventType: 'started', actionType: 'session' },
      { eventType: 'ended', actionType: 'session' },
    ]);
    const odd = [
      { rationale: '\uD800' },
      { confidence: Number.NaN },
      { details: nested(200) },
      { details: withProto({}) },
      { details: { a: undefined } },
      { rationale: undefined },
    ];
    for (const changes of odd) {
      const tampered = [present(events[0]), { ...present(events[1]), ...changes }];
      expect(verifyChain(tampered as AuditEvent[])).toEqual({ seq: 2, reason: 'changed' });
    }
  });
});

describe('the encoder', () => {
  const context = { sessionId: 's', agentId: 'a', at: 1, policyVersion: 'p@1#0' };

  test('H8: version 1 hashes these bytes, and always will', () => {
    const event = sealEvent(GENESIS, context, {
      eventType: 'approved',
      actionType: 'refund',
      gateId: 'g',
      reviewerId: 'alice',
      decision: 'approved',
      details: { b: 1, a: '€' },
    });
    const bytes = `{"actionType":"refund","agentId":"a","at":1,"decision":"approved","details":{"a":"€","b":1},"eventType":"approved","gateId":"g","policyVersion":"p@1#0","previousHash":"${GENESIS_HASH}","reviewerId":"alice","seq":1,"sessionId":"s","version":1}`;
    expect(event.hash).toBe(digestOfText(bytes));
  });

  test('H8: holds nothing that changes on Reset or deploy', () => {
    const event = sealEvent(GENESIS, context, { eventType: 'started', actionType: 'session' });
    expect(Object.keys(event).toSorted()).toEqual([
      'actionType',
      'agentId',
      'at',
      'eventType',
      'hash',
      'policyVersion',
      'previousHash',
      'seq',
      'sessionId',
      'version',
    ]);
  });

  test('a draft can’t put itself in another place', () => {
    const cheat = {
      eventType: 'approved',
      actionType: 'refund',
      seq: 99,
      sessionId: 'other',
      previousHash: DIGEST,
      at: 0,
      version: 2,
    } as EventDraft;
    const event = sealEvent(GENESIS, context, cheat);
    expect(event).toMatchObject({
      seq: 1,
      sessionId: 's',
      previousHash: GENESIS_HASH,
      at: 1,
      version: 1,
    });
    expect(verifyChain([event])).toBeUndefined();
  });
});

describe('a payload in its event', () => {
  const presented = (actionPayload: EventDraft['actionPayload']): AuditEvent =>
    present(
      sealAll([
        {
          eventType: 'gate_presented',
          actionType: 'refund',
          payloadDigest: DIGEST,
          ...(actionPayload === undefined ? {} : { actionPayload }),
        },
      ])[0],
    );
  /** `{"text":"…"}` takes 11 bytes beside the text. */
  const sized = (bytes: number): { readonly text: string } => ({ text: 'x'.repeat(bytes - 11) });

  test('stands there up to 16 KiB', () => {
    const payload = sized(EVENT_PAYLOAD_BYTES_MAX);
    expect(presented(payload).actionPayload).toEqual(payload);
  });

  test('above 16 KiB is left out, and named by its digest', () => {
    const event = presented(sized(EVENT_PAYLOAD_BYTES_MAX + 1));
    expect(event).not.toHaveProperty('actionPayload');
    expect(event.payloadDigest).toBe(DIGEST);
    expect(verifyChain([event])).toBeUndefined();
  });

  test('is measured in bytes of UTF-8', () => {
    expect(presented({ text: '€'.repeat(EVENT_PAYLOAD_BYTES_MAX / 2) })).not.toHaveProperty(
      'actionPayload',
    );
  });

  test('may be nested as deep as arguments may', () => {
    expect(presented(nested(JSON_DEPTH_MAX)).actionPayload).toEqual(nested(JSON_DEPTH_MAX));
  });
});
