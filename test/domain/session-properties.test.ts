/**
 * Proves the session under random sequences of everything that can happen to it: decisions good, bad and hostile,
 * operator commands, deadlines, openings, Temporal's cancellation. Nothing throws, every event can be sealed, the state
 * survives JSON, a gate ends at most once with exactly one outcome event, and after the end nothing is pending.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../domain/audit/audit-chain.ts';
import type { EventDraft } from '../../domain/audit/audit-event.ts';
import type { Policy } from '../../domain/index.ts';
import { OPERATOR_VERBS } from '../../domain/session/operator-command.ts';
import * as commands from '../../domain/session/session-commands.ts';
import { closeSession } from '../../domain/session/session-closing.ts';
import { openGate } from '../../domain/session/session-opening.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { nextDeadline, passTimeOver, takeOutcome } from '../../domain/session/session-gates.ts';
import { openGates, type SessionState } from '../../domain/session/session.ts';
import { tierNamed } from '../../domain/policy/tier.ts';
import {
  COMMAND,
  decisionOf,
  DEFAULT_POLICY,
  DIGEST,
  NOW,
  OTHER_DIGEST,
  requestOf,
  sealAll,
  sessionOf,
  SILENCE_POLICY,
  withProto,
} from './builders.ts';

const GATES = ['gate-1', 'gate-2', 'gate-3', 'gate-4'];
const TIERS = [
  'quick',
  'reminded',
  'patient',
  'strict',
  'async_review',
  'synchronous_gate',
  'gone',
];

/** One thing that happens, `after` ms after the one before it. */
type Happening = { readonly after: number } & (
  | { readonly what: 'decision'; readonly raw: unknown }
  | {
      readonly what: 'command';
      readonly verb: (typeof OPERATOR_VERBS)[number];
      readonly raw: unknown;
    }
  | {
      readonly what: 'opening';
      readonly tier: string;
      readonly reversibility: 'reversible' | 'irreversible';
    }
  | { readonly what: 'unknown'; readonly name: string }
  | { readonly what: 'taking'; readonly gateId: string }
  | { readonly what: 'time' | 'cancellation' | 'closing' }
);

const after = fc.oneof(fc.nat(1_000), fc.nat(20 * 60_000), fc.nat(4 * 3_600_000));

const goodDecision = fc
  .record({
    decisionId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    gateId: fc.constantFrom(...GATES, 'gate-9'),
    payloadDigest: fc.constantFrom(DIGEST, DIGEST, DIGEST, OTHER_DIGEST),
    decision: fc.constantFrom('approved', 'rejected', 'modified'),
    reviewerId: fc.constantFrom('alice', 'rita', 'rosa', 'agent-smith'),
    rationale: fc.constantFrom('', 'so', 'two\nlines\u202E'),
    modifications: fc.constantFrom(undefined, {}, { id: 'c-18' }),
  })
  .map(({ modifications, ...rest }) =>
    decisionOf(modifications === undefined ? rest : { ...rest, modifications }),
  );

const hostile = fc.oneof(
  fc.anything({ withNullPrototype: true, withSparseArray: true, withBigInt: true }),
  fc.json({ stringUnit: 'binary' }).map((text): unknown => JSON.parse(text)),
  goodDecision.map(withProto),
  fc
    .tuple(goodDecision, fc.json({ stringUnit: 'binary', maxDepth: 40 }))
    .map(([decision, text]) => ({
      ...decision,
      decision: 'modified',
      modifications: JSON.parse(text) as unknown,
    })),
  fc.tuple(goodDecision, fc.string({ unit: 'binary' })).map(([decision, text]) => ({
    ...decision,
    reviewerId: text,
    rationale: text,
  })),
);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('decision' as const), after, raw: goodDecision }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('decision' as const), after, raw: hostile }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('opening' as const),
      after,
      tier: fc.constantFrom(...TIERS),
      reversibility: fc.constantFrom('reversible' as const, 'irreversible' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('command' as const),
      after,
      verb: fc.constantFrom('pause' as const, 'resume' as const, 'instruct' as const),
      raw: fc.constant({ ...COMMAND, message: 'go on' }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('command' as const),
      after,
      verb: fc.constantFrom(...OPERATOR_VERBS),
      raw: fc.oneof(hostile, fc.constant(COMMAND)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('unknown' as const),
      after,
      name: fc.oneof(fc.string({ unit: 'grapheme', minLength: 90, maxLength: 120 }), fc.string()),
    }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('time' as const), after }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('taking' as const),
      after,
      gateId: fc.constantFrom(...GATES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom('cancellation' as const, 'closing' as const),
      after,
    }),
  },
);

interface Run {
  readonly state: SessionState;
  readonly events: readonly EventDraft[];
  readonly now: number;
  readonly opened: readonly string[];
}

/** `pause` and its like take no message; the generator puts one everywhere. */
function bodyFor(verb: string, raw: unknown): unknown {
  const isGood = typeof raw === 'object' && raw !== null && 'message' in raw && 'operatorId' in raw;
  return isGood && verb !== 'instruct' ? COMMAND : raw;
}

function step(run: Run, one: Happening): Run {
  const now = run.now + one.after;
  const { state } = run;
  const to = (next: { state: SessionState; events: readonly EventDraft[] }): Run => ({
    ...run,
    now,
    state: next.state,
    events: [...run.events, ...next.events],
  });
  switch (one.what) {
    case 'decision':
      return to(receiveDecision(state, one.raw, now));
    case 'command':
      return to(
        commands.receiveCommand(state, { verb: one.verb, raw: bodyFor(one.verb, one.raw) }, now),
      );
    case 'unknown':
      return to(commands.receiveUnknown(state, one.name));
    case 'time':
      return to(passTimeOver(state, now));
    case 'cancellation':
      return to(commands.receiveCancellation(state, now));
    case 'closing':
      return to(closeSession(state, { now, why: 'ended' }));
    case 'taking': {
      const taken = takeOutcome(state, one.gateId);
      return taken === undefined ? { ...run, now } : { ...run, now, state: taken.state };
    }
    case 'opening': {
      const gateId = GATES[run.opened.length];
      if (gateId === undefined) return { ...run, now };
      const { tier, reversibility } = one;
      const request = requestOf({ gateId, actionId: gateId, presentedAt: now, reversibility });
      const opened = openGate(state, { policy: SILENCE_POLICY, request, tier, now });
      return { ...to(opened), opened: [...run.opened, gateId] };
    }
  }
}

function runAll(happenings: readonly Happening[], policy: Policy = SILENCE_POLICY): Run {
  const start: Run = { state: sessionOf({ policy }), events: [], now: NOW, opened: [] };
  return happenings.reduce(step, start);
}

const OUTCOMES = ['approved', 'rejected', 'modified', 'expired', 'withdrawn'];
const outcomesOf = (events: readonly EventDraft[], gateId: string): readonly string[] =>
  events
    .filter((event) => event.gateId === gateId && OUTCOMES.includes(event.eventType))
    .map((event) => event.eventType);

const sequence = fc.array(happening, { minLength: 1, maxLength: 30 });
const RUNS = { numRuns: 200 };

describe('whatever happens to a session', () => {
  test('nothing throws, and every event can be sealed into one chain', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        const { events } = runAll(happenings);
        expect(verifyChain(sealAll(events))).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('the state is JSON: continue-as-new carries it as it is', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        const { state } = runAll(happenings);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
      RUNS,
    );
  });

  test('H4: each gate has at most one outcome event, and exactly one once it has ended', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        const { state, events, opened } = runAll(happenings);
        const pending = new Set(openGates(state).map((gate) => gate.request.gateId));
        for (const gateId of opened) {
          expect(outcomesOf(events, gateId)).toHaveLength(pending.has(gateId) ? 0 : 1);
        }
      }),
      RUNS,
    );
  });

  test('H4: the outcome that is remembered is the one in the trail, and never changes', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        let run = runAll([]);
        const ended = new Map<string, string>();
        for (const one of happenings) {
          run = step(run, one);
          for (const gateId of run.opened) {
            const gate = run.state.gates.find((open) => open.request.gateId === gateId);
            const outcome =
              gate?.outcome ?? run.state.endedGates.find((old) => old.gateId === gateId)?.outcome;
            if (outcome === undefined) continue;
            expect(outcomesOf(run.events, gateId)).toEqual([outcome.status]);
            const { status, at, reviewerId } = outcome;
            const summary = JSON.stringify({ status, at, reviewerId });
            expect(ended.get(gateId) ?? summary).toBe(summary);
            ended.set(gateId, summary);
          }
        }
      }),
      RUNS,
    );
  });

  test('H1: only a person who may decide, over the bytes of the gate, approves', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        const { events } = runAll(happenings);
        for (const event of events) {
          if (event.eventType !== 'approved' && event.eventType !== 'modified') continue;
          expect(['rosa', 'agent-smith']).not.toContain(event.reviewerId);
          const reviewers = tierNamed(SILENCE_POLICY.tiers, event.tier ?? '')?.reviewers;
          if (Array.isArray(reviewers)) expect(reviewers).toContain(event.reviewerId);
          expect(event.payloadDigest).toBe(DIGEST);
        }
      }),
      RUNS,
    );
  });

  test('H3: an expiry that approves is only ever of what is reversible', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        const { state } = runAll(happenings);
        for (const { request, outcome } of state.gates) {
          if (outcome?.noResponse === 'approve') expect(request.reversibility).toBe('reversible');
        }
      }),
      RUNS,
    );
  });

  test('after its end nothing is pending, whatever comes then', () => {
    fc.assert(
      fc.property(sequence, sequence, (before, later) => {
        const closing: Happening = { what: 'closing', after: 0 };
        const { state, events, opened } = runAll([...before, closing, ...later]);
        expect(openGates(state)).toEqual([]);
        expect(nextDeadline(state)).toBeUndefined();
        expect(state.keptDecisions).toEqual([]);
        for (const gateId of opened) expect(outcomesOf(events, gateId)).toHaveLength(1);
      }),
      RUNS,
    );
  });

  test('a gate that waits while the session runs always has a next moment, or holds for a person', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        const { state } = runAll(happenings);
        if (openGates(state).length === 0) return;
        expect(state.phase === 'paused' || nextDeadline(state) !== undefined).toBe(true);
      }),
      RUNS,
    );
  });

  test('the same happenings make the same state and the same events', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        expect(runAll(happenings)).toEqual(runAll(happenings));
      }),
      { numRuns: 50 },
    );
  });
});

test('H7: a pause of any length moves every deadline by exactly as long as its gate was open in it', () => {
  const gap = fc.nat(280_000);
  fc.assert(
    fc.property(
      fc.array(gap, { maxLength: 4 }),
      gap,
      fc.array(gap, { maxLength: 3 }),
      fc.nat(1e10),
      (before, wait, during, tail) => {
        const opening = (pause: number): Happening => ({
          what: 'opening',
          tier: 'patient',
          reversibility: 'irreversible',
          after: pause,
        });
        const pausing: Happening = { what: 'command', verb: 'pause', raw: COMMAND, after: wait };
        const running = runAll([...before.map(opening), pausing].slice(0, 5));
        const held = during.map(opening).reduce(step, running);
        const resumed = step(held, { what: 'command', verb: 'resume', raw: COMMAND, after: tail });
        for (const gate of held.state.gates) {
          const later = resumed.state.gates.find(
            (one) => one.request.gateId === gate.request.gateId,
          );
          const overlap = resumed.now - Math.max(running.now, gate.request.presentedAt);
          expect(later?.remindAt).toBe((gate.remindAt ?? 0) + overlap);
          expect(later?.respondBy).toBe(null);
        }
      },
    ),
  );
});

test('the property bites: a session that forgot that its gate has ended is found out', () => {
  const forgetful = (run: Run, one: Happening): Run => {
    const next = step(run, one);
    const gates = next.state.gates.map(({ outcome: _forgotten, ...gate }) => ({
      ...gate,
      status: 'pending' as const,
    }));
    return { ...next, state: { ...next.state, gates } };
  };
  const found = fc.check(
    fc.property(sequence, (happenings) => {
      const start: Run = {
        state: sessionOf({ policy: DEFAULT_POLICY }),
        events: [],
        now: NOW,
        opened: [],
      };
      const { events, opened } = happenings.reduce(forgetful, start);
      return opened.every((gateId) => outcomesOf(events, gateId).length <= 1);
    }),
    { numRuns: 1_000, endOnFailure: true },
  );
  expect(found.failed).toBe(true);
});
