/**
 * Proves the session's whole table: every phase meets every operator verb, Temporal's cancellation, a decision, time
 * and the end, with what changes and what does not. H7: a pause starts nothing and stops every clock, a cancel
 * unblocks a pause and withdraws what is open.
 */
import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../domain/index.ts';
import { INSTRUCTIONS_MAX, REFUSALS_RECORDED_MAX } from '../../domain/limits.ts';
import { OPERATOR_VERBS, type OperatorVerb } from '../../domain/session/operator-command.ts';
import { type Phase, PHASES } from '../../domain/session/phase.ts';
import {
  receiveCancellation,
  receiveCommand,
  receiveUnknown,
} from '../../domain/session/session-commands.ts';
import { closeSession } from '../../domain/session/session-closing.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { nextDeadline, passTimeOver, takeOutcome } from '../../domain/session/session-gates.ts';
import { openGates, type SessionState, takeInstructions } from '../../domain/session/session.ts';
import {
  COMMAND,
  decisionOf,
  eventTypes,
  NOW,
  sessionOf,
  SILENCE_POLICY,
  withGate,
} from './builders.ts';

const START = NOW + 10_000;
const LATER = NOW + 60_000;

function sendTo(state: SessionState, verb: OperatorVerb, raw: unknown, now = START) {
  return receiveCommand(state, { verb, raw }, now);
}

function commandFor(verb: OperatorVerb): object {
  return verb === 'instruct' ? { ...COMMAND, message: 'use the staging shop' } : COMMAND;
}

/** A session with one open gate, in each phase. */
function sessionIn(phase: Phase): SessionState {
  const running = withGate(sessionOf());
  if (phase === 'running') return running;
  if (phase === 'closed') return closeSession(running, { now: START, why: 'ended' }).state;
  return sendTo(running, phase === 'paused' ? 'pause' : 'cancel', COMMAND).state;
}

/** Phase × verb: reply, phase after it, and audit events. */
const VERBS: Readonly<
  Record<Phase, Readonly<Record<OperatorVerb, readonly [string, Phase, readonly string[]]>>>
> = {
  running: {
    pause: ['done', 'paused', ['paused']],
    resume: ['unchanged', 'running', ['resumed']],
    cancel: ['done', 'cancelling', ['cancelled', 'withdrawn']],
    instruct: ['done', 'running', ['instructed']],
  },
  paused: {
    pause: ['unchanged', 'paused', ['paused']],
    resume: ['done', 'running', ['resumed']],
    cancel: ['done', 'cancelling', ['cancelled', 'withdrawn']],
    instruct: ['done', 'paused', ['instructed']],
  },
  cancelling: {
    pause: ['SESSION_CLOSED', 'cancelling', ['message_refused']],
    resume: ['SESSION_CLOSED', 'cancelling', ['message_refused']],
    cancel: ['SESSION_CLOSED', 'cancelling', ['message_refused']],
    instruct: ['SESSION_CLOSED', 'cancelling', ['message_refused']],
  },
  closed: {
    pause: ['SESSION_CLOSED', 'closed', ['message_refused']],
    resume: ['SESSION_CLOSED', 'closed', ['message_refused']],
    cancel: ['SESSION_CLOSED', 'closed', ['message_refused']],
    instruct: ['SESSION_CLOSED', 'closed', ['message_refused']],
  },
};

describe.each(PHASES)('a session that is %s', (phase) => {
  const before = sessionIn(phase);

  test('is what its name says', () => {
    expect(before.phase).toBe(phase);
    expect(openGates(before)).toHaveLength(phase === 'running' || phase === 'paused' ? 1 : 0);
  });

  test.each(OPERATOR_VERBS)('meets %s', (verb) => {
    const [reply, after, events] = VERBS[phase][verb];
    const step = sendTo(before, verb, commandFor(verb), LATER);
    expect(step.reply.status === 'refused' ? step.reply.code : step.reply.status).toBe(reply);
    expect(step.state.phase).toBe(after);
    expect(eventTypes(step.events)).toEqual(events);
    expect(step.events[0]).toMatchObject({ reviewerId: 'olga', rationale: COMMAND.reason });
    if (step.reply.status === 'refused') expect(step.reply.message).not.toBe('');
    else expect(step.reply.phase).toBe(after);
  });

  test.each(OPERATOR_VERBS)('refuses %s without who and why, and changes nothing else', (verb) => {
    for (const raw of [
      undefined,
      {},
      { operatorId: 'olga' },
      { ...commandFor(verb), reason: ' ' },
    ]) {
      const step = sendTo(before, verb, raw, LATER);
      expect(step.reply).toMatchObject({ status: 'refused', code: 'MALFORMED' });
      expect(step.state).toEqual({ ...before, refusals: before.refusals + 1 });
      expect(eventTypes(step.events)).toEqual(['message_refused']);
    }
  });

  test('meets a message of an unknown name, and changes nothing else', () => {
    const step = receiveUnknown(before, 'aprove');
    expect(step.reply).toMatchObject({ status: 'refused', code: 'MALFORMED' });
    expect(step.state).toEqual({ ...before, refusals: before.refusals + 1 });
    expect(step.events).toEqual([
      {
        eventType: 'message_refused',
        actionType: 'session',
        details: { code: 'MALFORMED', message: 'aprove' },
      },
    ]);
  });

  test('meets a decision on its gate', () => {
    const step = receiveDecision(before, decisionOf(), LATER);
    const expected = {
      running: { status: 'decided', outcome: { status: 'approved', reviewerId: 'alice' } },
      paused: { status: 'decided', outcome: { status: 'approved', reviewerId: 'alice' } },
      cancelling: { status: 'refused', code: 'WITHDRAWN', outcome: { status: 'withdrawn' } },
      closed: { status: 'refused', code: 'WITHDRAWN', outcome: { status: 'withdrawn' } },
    }[phase];
    expect(step.reply).toMatchObject(expected);
    expect(step.state.phase).toBe(phase);
  });

  test('meets a decision on no gate', () => {
    const step = receiveDecision(before, decisionOf({ gateId: 'gate-9' }), LATER);
    const isOver = phase === 'cancelling' || phase === 'closed';
    expect(step.reply).toMatchObject(
      isOver ? { status: 'refused', code: 'SESSION_CLOSED' } : { status: 'recorded' },
    );
    expect(step.state.keptDecisions).toHaveLength(isOver ? 0 : 1);
  });

  test('meets its deadline', () => {
    const deadline = phase === 'running' ? NOW + 5 * MINUTE_MS : undefined;
    expect(nextDeadline(before)).toBe(deadline);
    const step = passTimeOver(before, NOW + 5 * MINUTE_MS);
    if (phase === 'running') {
      expect(eventTypes(step.events)).toEqual(['expired']);
      expect(openGates(step.state)).toEqual([]);
    } else {
      expect(step).toEqual({ state: before, events: [], reply: undefined });
    }
  });

  test('meets Temporal’s own cancellation', () => {
    const step = receiveCancellation(before, LATER);
    if (phase === 'cancelling' || phase === 'closed') {
      expect(step).toEqual({ state: before, events: [], reply: undefined });
      return;
    }
    expect(step.state.phase).toBe('cancelling');
    expect(step.state).not.toHaveProperty('pause');
    expect(openGates(step.state)).toEqual([]);
    expect(eventTypes(step.events)).toEqual(['cancelled', 'withdrawn']);
    expect(step.events[0]).not.toHaveProperty('reviewerId');
  });

  test('ends, and nothing is pending', () => {
    const step = closeSession(before, { now: LATER, why: 'ended' });
    expect(step.state).toMatchObject({ phase: 'closed', keptDecisions: [] });
    expect(openGates(step.state)).toEqual([]);
    expect(nextDeadline(step.state)).toBeUndefined();
    const wasOpen = openGates(before).length;
    expect(eventTypes(step.events)).toEqual(wasOpen === 1 ? ['withdrawn'] : []);
    const again = closeSession(step.state, { now: LATER, why: 'ended' });
    expect(again).toEqual({ state: step.state, events: [], reply: undefined });
  });

  test('meets a gate that opens', () => {
    const step = withGate(before, { request: { gateId: 'gate-2' }, now: LATER });
    const isOver = phase === 'cancelling' || phase === 'closed';
    const opened = step.gates.find((gate) => gate.request.gateId === 'gate-2');
    expect(opened?.status).toBe(isOver ? 'withdrawn' : 'pending');
  });
});

describe('H7: an action that may run and has not been taken up when the session ends', () => {
  const quick = withGate(sessionOf({ policy: SILENCE_POLICY }), {
    tier: 'quick',
    request: { reversibility: 'reversible' },
  });
  const CLEARED: Readonly<Record<string, SessionState>> = {
    approved: receiveDecision(sessionIn('running'), decisionOf(), LATER).state,
    modified: receiveDecision(
      sessionIn('running'),
      decisionOf({ decision: 'modified', modifications: { id: 'c-18' } }),
      LATER,
    ).state,
    'let through by silence': passTimeOver(quick, NOW + 10 * MINUTE_MS).state,
  };

  test.each(Object.entries(CLEARED))(
    '%s: is said not to have been executed, once',
    (_how, state) => {
      const step = closeSession(state, { now: LATER, why: 'ended' });
      expect(step.events).toMatchObject([{ eventType: 'not_executed', gateId: 'gate-1' }]);
      expect(closeSession(step.state, { now: LATER, why: 'ended' }).events).toEqual([]);
    },
  );

  test('is not said of what was rejected, expired, or taken up', () => {
    const rejected = receiveDecision(
      sessionIn('running'),
      decisionOf({ decision: 'rejected' }),
      LATER,
    ).state;
    const expired = passTimeOver(sessionIn('running'), NOW + 5 * MINUTE_MS).state;
    const taken = takeOutcome(CLEARED['approved'] ?? rejected, 'gate-1')?.state ?? rejected;
    for (const state of [rejected, expired, taken]) {
      expect(closeSession(state, { now: LATER, why: 'ended' }).events).toEqual([]);
    }
  });
});

describe('a pause', () => {
  const paused = sessionIn('paused');

  test('says who, why and since when, and what is in flight', () => {
    expect(paused.pause).toEqual({ ...COMMAND, at: START });
    const busy = sessionOf({
      inFlight: [{ workId: '1/1', actionType: 'refund', since: NOW }],
    });
    expect(sendTo(busy, 'pause', COMMAND).events).toEqual([
      {
        eventType: 'paused',
        actionType: 'session',
        reviewerId: 'olga',
        rationale: COMMAND.reason,
        details: { inFlight: ['1/1'] },
      },
    ]);
  });

  test('a second one does not take the place of the first', () => {
    const again = sendTo(paused, 'pause', { operatorId: 'otto', reason: 'me too' }, LATER);
    expect(again.state.pause).toEqual({ ...COMMAND, at: START });
    expect(again.events[0]).toMatchObject({ reviewerId: 'otto', details: { unchanged: true } });
  });

  test('gives every gate the time back that it took', () => {
    const resumed = sendTo(paused, 'resume', COMMAND, START + 7_000);
    expect(resumed.state.gates[0]?.respondBy).toBe(NOW + 5 * MINUTE_MS + 7_000);
    expect(resumed.state).not.toHaveProperty('pause');
    expect(resumed.events[0]).toMatchObject({ details: { pausedMs: 7_000 } });
  });

  test('gives a gate that opened during it the time since then', () => {
    const opened = withGate(paused, { request: { gateId: 'gate-2' }, now: START + 3_000 });
    const { state } = sendTo(opened, 'resume', COMMAND, START + 7_000);
    expect(state.gates.map((gate) => gate.respondBy)).toEqual([
      NOW + 5 * MINUTE_MS + 7_000,
      START + 3_000 + 5 * MINUTE_MS + 4_000,
    ]);
  });

  test('longer than every deadline expires nothing', () => {
    const over = NOW + 60 * MINUTE_MS;
    expect(passTimeOver(paused, over).events).toEqual([]);
    const { state } = sendTo(paused, 'resume', COMMAND, over);
    expect(passTimeOver(state, over).events).toEqual([]);
    expect(nextDeadline(state)).toBe(over + 5 * MINUTE_MS - 10_000);
  });

  test('ended by a cancel or by the end of the session is over', () => {
    for (const state of [
      sendTo(paused, 'cancel', COMMAND).state,
      receiveCancellation(paused, LATER).state,
      closeSession(paused, { now: LATER, why: 'ended' }).state,
    ]) {
      expect(state).not.toHaveProperty('pause');
    }
  });
});

describe('instructions', () => {
  test('wait in order until the agent takes them', () => {
    let state = sessionOf();
    for (const message of ['one', 'two']) {
      state = sendTo(state, 'instruct', { ...COMMAND, message }).state;
    }
    const taken = takeInstructions(state);
    expect(taken.instructions.map((one) => one.message)).toEqual(['one', 'two']);
    expect(takeInstructions(taken.state).instructions).toEqual([]);
  });

  test('have a bound, and what comes beyond it is refused', () => {
    let state = sessionOf();
    for (let count = 0; count < INSTRUCTIONS_MAX; count += 1) {
      state = sendTo(state, 'instruct', { ...COMMAND, message: `${count}` }).state;
    }
    const beyond = sendTo(state, 'instruct', { ...COMMAND, message: 'one more' });
    expect(beyond.reply).toMatchObject({ status: 'refused', code: 'LIMIT_REACHED' });
    expect(beyond.state.instructions).toHaveLength(INSTRUCTIONS_MAX);
    expect(eventTypes(beyond.events)).toEqual(['message_refused']);
  });
});

describe('H4: what changes nothing is recorded up to its budget, and the last event says that it is spent', () => {
  const MESSAGES: Readonly<Record<string, (state: SessionState) => ReturnType<typeof sendTo>>> = {
    'unknown messages': (state) => receiveUnknown(state, 'aprove'),
    'malformed commands': (state) => sendTo(state, 'pause', {}),
    'a resume of what runs': (state) => sendTo(state, 'resume', COMMAND),
    'a pause of what is paused': (state) =>
      sendTo({ ...state, phase: 'paused', pause: { ...COMMAND, at: NOW } }, 'pause', COMMAND),
  };

  test.each(Object.entries(MESSAGES))('%s', (_name, send) => {
    let state = sessionOf();
    const events: object[] = [];
    for (let count = 0; count < REFUSALS_RECORDED_MAX + 20; count += 1) {
      const step = send(state);
      ({ state } = step);
      events.push(...step.events);
      expect(['refused', 'unchanged']).toContain(step.reply.status);
    }
    expect(events).toHaveLength(REFUSALS_RECORDED_MAX + 1);
    const codes = events.map((event) => JSON.stringify(event).includes('"LIMIT_REACHED"'));
    expect(codes.indexOf(true)).toBe(REFUSALS_RECORDED_MAX);
  });
});
