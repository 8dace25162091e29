/**
 * Proves that nothing an outsider sends makes a session grow without end: the budget of recorded refusals per gate and
 * per session with the one event that says it is spent, kept decisions, remembered ids and gates, and the size of the
 * state that continue-as-new has to carry.
 */
import { describe, expect, test } from 'vitest';
import { utf8Length } from '../../domain/text/digest.ts';
import {
  ENDED_GATES_MAX,
  INSTRUCTIONS_MAX,
  KEPT_DECISIONS_MAX,
  RATIONALE_CHARACTERS_MAX,
  REFUSALS_RECORDED_MAX,
  SEEN_DECISIONS_MAX,
} from '../../domain/limits.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { isBeyondBudget, receiveDecision } from '../../domain/session/session-decisions.ts';
import { takeOutcome } from '../../domain/session/session-gates.ts';
import type { SessionState } from '../../domain/session/session.ts';
import {
  COMMAND,
  decisionOf,
  NOW,
  OTHER_DIGEST,
  present,
  requestOf,
  sessionOf,
  withGate,
} from './builders.ts';

const LATER = NOW + 1_000;
/** Temporal refuses a payload above 2 MiB. Half of it is left for gates and conversation. */
const CARRIED_BYTES_MAX = 1024 * 1024;

interface Flood {
  readonly state: SessionState;
  readonly events: readonly object[];
  readonly replies: readonly object[];
}

/** Sends as many messages as `count` and collects what comes back. */
function flood(start: SessionState, count: number, message: (index: number) => unknown): Flood {
  let state = start;
  const events: object[] = [];
  const replies: object[] = [];
  for (let index = 0; index < count; index += 1) {
    const step = receiveDecision(state, message(index), LATER);
    ({ state } = step);
    events.push(...step.events);
    replies.push(step.reply);
  }
  return { state, events, replies };
}

const codes = (events: readonly object[]): readonly string[] =>
  events.map((event) => (event as { details: { code: string } }).details.code);

const wrong = (index: number): object =>
  decisionOf({ decisionId: `d-${index}`, payloadDigest: OTHER_DIGEST });

describe('H4: the budget of recorded refusals', () => {
  test('of a gate is 256; one event says that it is spent, and then there are none', () => {
    const { events, replies, state } = flood(withGate(sessionOf()), 300, wrong);
    expect(events).toHaveLength(REFUSALS_RECORDED_MAX + 1);
    expect(codes(events).slice(0, -1)).toEqual(
      Array.from({ length: REFUSALS_RECORDED_MAX }, () => 'DIGEST_MISMATCH'),
    );
    expect(codes(events).at(-1)).toBe('LIMIT_REACHED');
    expect(state.refusals).toBe(0);
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: 'refused', code: 'DIGEST_MISMATCH' });
    }
  });

  test('of one gate is not that of another, nor that of the session', () => {
    const two = withGate(withGate(sessionOf()), { request: { gateId: 'gate-2' } });
    const { state } = flood(two, 300, wrong);
    const other = receiveDecision(state, { ...wrong(0), decisionId: 'x', gateId: 'gate-2' }, LATER);
    expect(codes(other.events)).toEqual(['DIGEST_MISMATCH']);
    expect(codes(receiveDecision(state, {}, LATER).events)).toEqual(['MALFORMED']);
  });

  test('of the session is 256 for what belongs to no gate', () => {
    const { events, state } = flood(sessionOf(), 300, () => ({}));
    expect(events).toHaveLength(REFUSALS_RECORDED_MAX + 1);
    expect(codes(events).at(-1)).toBe('LIMIT_REACHED');
    expect(state.refusals).toBe(REFUSALS_RECORDED_MAX + 1);
  });

  test('that is spent does not keep a decision from ending the gate', () => {
    const { state } = flood(withGate(sessionOf()), 300, wrong);
    expect(receiveDecision(state, decisionOf(), LATER).reply).toMatchObject({ status: 'decided' });
  });

  test('is not touched by repeats of one decision', () => {
    const { events, replies, state } = flood(withGate(sessionOf()), 300, () => wrong(0));
    expect(events).toHaveLength(1);
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
    expect(state.gates[0]?.refusals).toBe(1);
  });

  test('holds for one id with ever new content', () => {
    const start = receiveDecision(withGate(sessionOf()), decisionOf(), LATER).state;
    const { events, replies } = flood(start, 300, (index) => decisionOf({ rationale: `${index}` }));
    expect(events.length).toBeLessThanOrEqual(REFUSALS_RECORDED_MAX + 1);
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
  });
});

describe('what an update’s validator turns away without a trace', () => {
  const spent = flood(withGate(sessionOf()), 300, wrong).state;

  test('is a refusal beyond the budget', () => {
    expect(isBeyondBudget(spent, wrong(999), LATER)).toBe(true);
  });

  test('is never what still counts: a good decision, a resend, a refusal within the budget', () => {
    expect(isBeyondBudget(spent, decisionOf(), LATER)).toBe(false);
    expect(isBeyondBudget(spent, wrong(0), LATER)).toBe(false);
    expect(isBeyondBudget(withGate(sessionOf()), wrong(0), LATER)).toBe(false);
    expect(isBeyondBudget(sessionOf(), decisionOf(), LATER)).toBe(false);
  });

  test('is also one id with ever new content, once the session has recorded enough', () => {
    const start = receiveDecision(withGate(sessionOf()), decisionOf(), LATER).state;
    const { state } = flood(start, 300, (index) => decisionOf({ rationale: `${index}` }));
    expect(isBeyondBudget(state, decisionOf({ rationale: 'again' }), LATER)).toBe(true);
  });

  test('and asking changes nothing', () => {
    const before = JSON.stringify(spent);
    isBeyondBudget(spent, wrong(999), LATER);
    expect(JSON.stringify(spent)).toBe(before);
  });
});

describe('decisions before their gate', () => {
  const early = (index: number): object =>
    decisionOf({ decisionId: `d-${index}`, gateId: `gate-${index}` });

  test('are kept up to 32; what comes then is refused and recorded', () => {
    const { state, replies, events } = flood(sessionOf(), KEPT_DECISIONS_MAX + 5, early);
    expect(state.keptDecisions).toHaveLength(KEPT_DECISIONS_MAX);
    const recorded = replies.filter((reply) => 'status' in reply && reply.status === 'recorded');
    expect(recorded).toHaveLength(KEPT_DECISIONS_MAX);
    expect(codes(events)).toEqual(Array.from({ length: 5 }, () => 'UNKNOWN_GATE'));
  });

  test('the room is free again when a gate opens', () => {
    const { state } = flood(sessionOf(), KEPT_DECISIONS_MAX, early);
    const opened = withGate(state, { request: { gateId: 'gate-3' } });
    expect(receiveDecision(opened, early(100), LATER).reply.status).toBe('recorded');
  });
});

describe('what is remembered', () => {
  test('at most 512 ids: a flood does not make a decision count twice', () => {
    const start = receiveDecision(withGate(sessionOf()), decisionOf(), LATER).state;
    const { state } = flood(start, SEEN_DECISIONS_MAX + 50, wrong);
    expect(state.seenDecisions.length).toBeLessThanOrEqual(SEEN_DECISIONS_MAX);
    expect(receiveDecision(state, decisionOf(), LATER).state.gates[0]?.outcome).toEqual(
      start.gates[0]?.outcome,
    );
  });

  test('H2: a flood beyond the budget does not drive out the answer to the decision that counted', () => {
    const decided = receiveDecision(withGate(sessionOf()), decisionOf(), LATER);
    const { state } = flood(decided.state, SEEN_DECISIONS_MAX + 50, wrong);
    expect(receiveDecision(state, decisionOf(), LATER).reply).toEqual(decided.reply);
  });

  test('256 ended gates, the newest', () => {
    let state = sessionOf();
    for (let index = 0; index < ENDED_GATES_MAX + 10; index += 1) {
      const gateId = `gate-${index}`;
      state = withGate(state, { request: requestOf({ gateId }) });
      const id = { decisionId: `d-${index}`, gateId };
      state = receiveDecision(state, decisionOf(id), LATER).state;
      state = present(takeOutcome(state, gateId)).state;
    }
    expect(state.endedGates).toHaveLength(ENDED_GATES_MAX);
    expect(state.endedGates.at(-1)?.gateId).toBe(`gate-${ENDED_GATES_MAX + 9}`);
    expect(state.gates).toEqual([]);
  });

  test('a gate that ended so long ago that it is forgotten is not said to have never been', () => {
    let state = sessionOf();
    for (let index = 0; index < ENDED_GATES_MAX + KEPT_DECISIONS_MAX + 2; index += 1) {
      const gateId = `gate-${index}`;
      state = withGate(state, { request: requestOf({ gateId }) });
      state = receiveDecision(state, decisionOf({ decisionId: `d-${index}`, gateId }), LATER).state;
      state = present(takeOutcome(state, gateId)).state;
    }
    const late = (index: number): object =>
      decisionOf({ decisionId: `late-${index}`, gateId: `gate-${index}` });
    const { replies } = flood(state, KEPT_DECISIONS_MAX + 1, late);
    expect(JSON.stringify(replies.at(-1))).not.toContain('never opened');
  });
});

describe('the state that continue-as-new carries stays small', () => {
  const size = (state: SessionState): number => {
    const { policy: _policy, ...carried } = state;
    return utf8Length(JSON.stringify(carried));
  };

  test('under the largest decisions for gates that do not exist', () => {
    const modifications = { text: '€'.repeat(60_000) };
    const { state } = flood(sessionOf(), KEPT_DECISIONS_MAX, (index) =>
      decisionOf({
        decisionId: `d-${index}`,
        gateId: `g-${index}`,
        decision: 'modified',
        modifications,
      }),
    );
    expect(size(state)).toBeLessThan(CARRIED_BYTES_MAX);
  });

  test('under the largest instructions', () => {
    const words = '漢'.repeat(RATIONALE_CHARACTERS_MAX);
    let state = sessionOf();
    for (let index = 0; index < INSTRUCTIONS_MAX; index += 1) {
      const raw = { ...COMMAND, reason: words, message: words };
      state = receiveCommand(state, { verb: 'instruct', raw }, LATER).state;
    }
    expect(size(state)).toBeLessThan(CARRIED_BYTES_MAX);
  });

  test('under the largest rationales and modifications of gates that have ended', () => {
    const modifications = { text: '€'.repeat(60_000) };
    const rationale = '漢'.repeat(RATIONALE_CHARACTERS_MAX);
    let state = sessionOf();
    for (let index = 0; index < 16; index += 1) {
      const gateId = `gate-${index}`;
      state = withGate(state, { request: requestOf({ gateId }) });
      const change = {
        decisionId: `d-${index}`,
        gateId,
        decision: 'modified',
        modifications,
        rationale,
      };
      state = receiveDecision(state, decisionOf(change), LATER).state;
      state = present(takeOutcome(state, gateId)).state;
    }
    expect(size(state)).toBeLessThan(CARRIED_BYTES_MAX);
  });
});
