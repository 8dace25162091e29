/**
 * The operator's word meets a session: pause, resume, cancel, instruct, and messages that nobody knows. Total: any
 * input gives a reply and a state that works.
 *
 * H7 a pause stops the clock of every gate and starts nothing; a cancel unblocks a pause and withdraws open gates.
 */
import type { EventDraft } from '../audit/audit-event.ts';
import { utf8Length } from '../text/digest.ts';
import {
  INSTRUCTIONS_BYTES_MAX,
  INSTRUCTIONS_MAX,
  REFUSED_WORDS_CHARACTERS_MAX,
} from '../limits.ts';
import {
  type Instruction,
  type OperatorCommand,
  type OperatorVerb,
  readInstruction,
  readOperatorCommand,
} from './operator-command.ts';
import type { Reading } from '../text/reading.ts';
import { refusal, type Refusal } from '../refusal.ts';
import { countRefusal } from './refusal-budget.ts';
import type { OperatorReply } from './reply.ts';
import { sessionEvent, type SessionState, type Step, stepTo } from './session.ts';
import { shiftGates, withdrawAll } from './session-gates.ts';
import { cutText, visibleText } from '../text/visible-text.ts';

/** An operator's word arrives, from anyone, in any state. */
export function receiveCommand(
  state: SessionState,
  message: { readonly verb: OperatorVerb; readonly raw: unknown },
  now: number,
): Step<OperatorReply> {
  const { verb, raw } = message;
  if (verb === 'instruct' && state.isHosted) {
    const no = refusal('MALFORMED', 'No agent of Holdpoint runs here that could be told.');
    return refuseMessage(state, { message: verb, no });
  }
  if (verb === 'instruct') {
    return obey(state, verb, readInstruction(raw), (instruction) => instruct(state, instruction));
  }
  const act = { pause, resume, cancel }[verb];
  return obey(state, verb, readOperatorCommand(raw), (command) => act(state, command, now));
}

function obey<Command extends OperatorCommand>(
  state: SessionState,
  verb: OperatorVerb,
  reading: Reading<Command>,
  act: (command: Command) => Step<OperatorReply>,
): Step<OperatorReply> {
  if (!reading.ok) {
    const no = refusal('MALFORMED', `${verb}: ${reading.problem}.`);
    return refuseMessage(state, { message: verb, no });
  }
  if (state.phase === 'closed' || state.phase === 'cancelling') {
    const command = reading.value;
    return refuseMessage(state, { message: verb, no: refusal('SESSION_CLOSED'), command });
  }
  return act(reading.value);
}

function pause(state: SessionState, command: OperatorCommand, now: number): Step<OperatorReply> {
  const { pause: held } = state;
  if (held !== undefined && !isTakenOver(held, command)) return unchanged(state, 'paused', command);
  const at = held?.at ?? now;
  const paused: SessionState = { ...state, phase: 'paused', pause: { ...command, at } };
  const inFlight = state.inFlight.map((work) => work.workId);
  return done(paused, [commandEvent('paused', command, { inFlight })]);
}

/** A pause that came from the session above is now one that was ordered here, and ends here. */
function isTakenOver(held: OperatorCommand, by: OperatorCommand): boolean {
  return held.relayedBy !== undefined && by.relayedBy === undefined;
}

/**
 * Deadlines move by the length of the pause: nobody loses time to answer. What an operator paused here is not let go by
 * the word for the session above.
 */
function resume(state: SessionState, command: OperatorCommand, now: number): Step<OperatorReply> {
  const { pause: held } = state;
  if (held === undefined || isTakenOver(command, held)) {
    return unchanged(state, 'resumed', command);
  }
  const event = commandEvent('resumed', command, { pausedMs: now - held.at });
  return done(unpaused(state, now), [event]);
}

function cancel(state: SessionState, command: OperatorCommand, now: number): Step<OperatorReply> {
  if (state.isHosted) return cancelHosted(state, command, now);
  const { pause: _over, ...rest } = state;
  const cancelling: SessionState = { ...rest, phase: 'cancelling', cancel: command };
  const withdrawn = withdrawAll(cancelling, { now, why: 'cancelled' });
  return done(withdrawn.state, [commandEvent('cancelled', command), ...withdrawn.events]);
}

/** Temporal's own cancellation: no operator is named, the rest is as with `cancel`. */
export function receiveCancellation(state: SessionState, now: number): Step {
  if (state.phase === 'closed' || state.phase === 'cancelling') return stepTo(state);
  const event = sessionEvent({ eventType: 'cancelled', details: { by: 'temporal' } });
  // Where an operator cancelled a hosted workflow, this is how it is told.
  if (state.isHosted)
    return stepTo(unpaused(state, now), state.cancel === undefined ? [event] : []);
  const { pause: _over, ...rest } = state;
  const withdrawn = withdrawAll({ ...rest, phase: 'cancelling' }, { now, why: 'cancelled' });
  return stepTo(withdrawn.state, [event, ...withdrawn.events]);
}

/** The workflow is told, and what waits in it with it: here nothing is withdrawn, and it may go on. */
function cancelHosted(
  state: SessionState,
  command: OperatorCommand,
  now: number,
): Step<OperatorReply> {
  if (state.cancel !== undefined) return unchanged(state, 'cancelled', command);
  const told = { ...unpaused(state, now), cancel: command };
  return done(told, [commandEvent('cancelled', command)]);
}

function unpaused(state: SessionState, now: number): SessionState {
  const { pause: held, ...rest } = state;
  if (held === undefined) return state;
  return shiftGates({ ...rest, phase: 'running' }, { from: held.at, until: now });
}

function instruct(state: SessionState, instruction: Instruction): Step<OperatorReply> {
  const instructions = [...state.instructions, instruction];
  const isFull = state.instructions.length >= INSTRUCTIONS_MAX;
  if (isFull || utf8Length(JSON.stringify(instructions)) > INSTRUCTIONS_BYTES_MAX) {
    const waiting = state.instructions.length;
    const no = refusal('LIMIT_REACHED', `${waiting} instructions wait already.`);
    return refuseMessage(state, { message: 'instruct', no, command: instruction });
  }
  const instructed = { ...state, instructions };
  const { message } = instruction;
  return done(instructed, [commandEvent('instructed', instruction, { message })]);
}

function commandEvent(
  eventType: 'paused' | 'resumed' | 'cancelled' | 'instructed',
  command: OperatorCommand,
  details?: EventDraft['details'],
): EventDraft {
  const { relayedBy } = command;
  const said = { ...details, ...(relayedBy === undefined ? {} : { relayedBy }) };
  return sessionEvent({
    eventType,
    reviewerId: command.operatorId,
    rationale: command.reason,
    ...(Object.keys(said).length === 0 ? {} : { details: said }),
  });
}

function done(state: SessionState, events: readonly EventDraft[]): Step<OperatorReply> {
  return { state, events, reply: { status: 'done', phase: state.phase } };
}

/** Words that changed nothing are repeated up to a length: a flood of them may not fill a task or a trail. */
function brief(command: OperatorCommand): OperatorCommand {
  return { ...command, reason: cutText(command.reason, REFUSED_WORDS_CHARACTERS_MAX) };
}

/** Nothing to do, which is still a person's touch and stands in the trail. */
function unchanged(
  state: SessionState,
  eventType: 'paused' | 'resumed' | 'cancelled',
  command: OperatorCommand,
): Step<OperatorReply> {
  const { state: counted, code } = countRefusal(state, refusal('DUPLICATE'), undefined);
  const details = code === 'LIMIT_REACHED' ? { unchanged: true, code } : { unchanged: true };
  const events = code === undefined ? [] : [commandEvent(eventType, brief(command), details)];
  return { state: counted, events, reply: { status: 'unchanged', phase: state.phase } };
}

/** A message that the session does not know, by a misspelt name or a garbled body. */
export function receiveUnknown(state: SessionState, name: string): Step<OperatorReply> {
  return refuseMessage(state, {
    message: cutText(visibleText(name), 100),
    no: refusal('MALFORMED', 'No message of this name is known.'),
  });
}

function refuseMessage(
  state: SessionState,
  context: { readonly message: string; readonly no: Refusal; readonly command?: OperatorCommand },
): Step<OperatorReply> {
  const { no, command, message } = context;
  const counted = countRefusal(state, no, undefined);
  const event = (code: Refusal['code']): EventDraft =>
    sessionEvent({
      eventType: 'message_refused',
      ...(command === undefined
        ? {}
        : { reviewerId: command.operatorId, rationale: brief(command).reason }),
      details: { code, message },
    });
  return {
    state: counted.state,
    events: counted.code === undefined ? [] : [event(counted.code)],
    reply: { status: 'refused', ...no },
  };
}
