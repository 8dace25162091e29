import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOfText } from '../../domain/text/digest.ts';
import type { Json } from '../../domain/text/json.ts';
import { LEDGER_STATES, type LedgerMove, type Reservation } from '../../domain/action/ledger.ts';
import type { EvidenceStore, SessionKey } from '../../evidence/store.ts';
import type { Opened } from './conformance.ts';
import { orderOf } from './kill-behaviour.ts';
import { LedgerModel } from './ledger-model.ts';
import { decisionBy, keyOf, newSession, reservationOf, timeless } from './samples.ts';

const RUNS = 60;

type Step =
  | { readonly kind: 'reserve' | 'giveUp'; readonly of: Asked }
  | { readonly kind: 'move'; readonly of: Asked; readonly move: LedgerMove }
  | { readonly kind: 'pause'; readonly of: Asked; readonly paused: boolean }
  | { readonly kind: 'kill'; readonly of: Asked; readonly killed: boolean; readonly all: boolean };

/** Few sessions, actions, payloads and decisions, so that they meet. */
interface Asked {
  readonly session: 0 | 1;
  readonly action: number;
  readonly payload: number;
  readonly decision: number | undefined;
  readonly oneShot: boolean;
  readonly agent: 0 | 1;
}

const asked: fc.Arbitrary<Asked> = fc.record({
  session: fc.constantFrom(0 as const, 1 as const),
  action: fc.nat(1),
  payload: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1) }),
  decision: fc.option(fc.nat(3), { nil: undefined }),
  oneShot: fc.boolean(),
  agent: fc.constantFrom(0 as const, 1 as const),
});

const json = fc.jsonValue({ noUnicodeString: false }).map((value) => withoutMinusZero(value));

const move: fc.Arbitrary<LedgerMove> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ to: 'started' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      to: fc.constant('unknown' as const),
      message: fc.string({ unit: 'binary' }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      to: fc.constant('reconciled' as const),
      happened: fc.boolean(),
      result: json,
      settledBy: fc.string(),
    }),
  },
  fc.record({ to: fc.constant('done' as const), result: json }),
  fc.record({ to: fc.constant('failed_before_effect' as const), message: fc.string() }),
  fc.constant({ to: 'fenced' } as const),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('reserve' as const), of: asked }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('move' as const), of: asked, move }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('giveUp' as const), of: asked }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pause' as const),
      of: asked,
      paused: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      of: asked,
      killed: fc.boolean(),
      all: fc.boolean(),
    }),
  },
);

/** Steps at random seldom bring an action through its whole life, so some of them come as one. */
const life: fc.Arbitrary<readonly Step[]> = fc
  .tuple(asked, fc.array(move, { maxLength: 2 }))
  .map(([one, then]) => [
    { kind: 'reserve', of: one },
    { kind: 'move', of: one, move: { to: 'started' } },
    { kind: 'move', of: one, move: { to: 'unknown', message: 'The connection broke.' } },
    ...then.map((each) => ({ kind: 'move', of: one, move: each }) as const),
  ]);

const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.oneof({ weight: 5, arbitrary: step.map((each) => [each]) }, life), {
    maxLength: 25,
    size: 'max',
  })
  .map((scenes) => scenes.flat());

export function ledgerModelBehaviour(store: Opened): void {
  test('H2, H7, H12: any sequence of steps of two sessions leaves store and model equal', async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const model = new LedgerModel();
        const first = newSession();
        // One id, two first runs: the pair that is most easily mixed up.
        const sessions = [first, newSession(first.sessionId)] as const;
        for (const each of sequence) {
          const [found, expected] = await take(each, { store: store(), model, sessions });
          expect(found).toEqual(expected);
        }
        for (const scope of [{ all: true } as const, agent(0, sessions), agent(1, sessions)]) {
          await store().recordKill(orderOf('lift', scope));
        }
        for (const session of sessions)
          expect(await kept(store(), session)).toEqual(modelled(model, session));
        for (const { state } of model.entries.values()) reached.add(state);
      }),
      { numRuns: RUNS },
    );
    // Had the sequences not reached every state, the comparison would have shown less than it says.
    for (const state of LEDGER_STATES) expect(reached).toContain(state);
  });
}

interface Sides {
  readonly store: EvidenceStore;
  readonly model: LedgerModel;
  readonly sessions: readonly [SessionKey, SessionKey];
}

async function take(each: Step, { store, model, sessions }: Sides): Promise<[unknown, unknown]> {
  const reservation = reservationFor(each.of, sessions);
  switch (each.kind) {
    case 'reserve':
      return [await store.reserve(reservation), model.reserve(reservation)];
    case 'giveUp':
      return [timeless(await store.giveUp(reservation)), timeless(model.giveUp(reservation))];
    case 'move': {
      const key = keyOf(reservation);
      return [timeless(await store.move(key, each.move)), timeless(model.move(key, each.move))];
    }
    case 'kill': {
      const scope = each.all ? ({ all: true } as const) : { agentId: reservation.consent.agentId };
      model.setKilled(scope, each.killed);
      const reply = await store.recordKill(orderOf(each.killed ? 'kill' : 'lift', scope));
      return [reply.status, 'stored'];
    }
    case 'pause': {
      const session = sessions[each.of.session];
      model.setPaused(session, each.paused);
      return [await store.setPaused(session, each.paused), undefined];
    }
  }
}

function agent(which: 0 | 1, [first]: Sides['sessions']): { readonly agentId: string } {
  return { agentId: `agent ${which} of ${first.firstExecutionRunId}` };
}

function reservationFor(one: Asked, sessions: Sides['sessions']): Reservation {
  return reservationOf(sessions[one.session], {
    actionId: `1/${one.action}`,
    payloadDigest: digestOfText(`payload ${one.payload}`),
    oneShot: one.oneShot,
    ...agent(one.agent, sessions),
    ...(one.decision === undefined ? {} : { decision: decisionBy(`d${one.decision}`) }),
  });
}

async function kept(store: EvidenceStore, session: SessionKey): Promise<unknown> {
  const entries = await store.entriesOf(session);
  return byKey(entries.map(timeless));
}

function modelled(model: LedgerModel, { firstExecutionRunId }: SessionKey): unknown {
  const entries = [...model.entries.values()];
  return byKey(
    entries.filter((entry) => entry.firstExecutionRunId === firstExecutionRunId).map(timeless),
  );
}

function byKey(entries: readonly ReturnType<typeof timeless>[]): unknown {
  return Object.fromEntries(entries.map((entry) => [entry?.key, entry]));
}

/** JSON has no minus zero: it is written as zero, by the canonical form too. */
function withoutMinusZero(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
