/**
 * The state of one session (one workflow), as a value: open gates, interrupts, answers seen, work in flight. Every
 * function takes a state and what happened, and returns the next state, the audit events that it makes and a reply.
 * Messages are handled in session-messages.ts, time and gates in session-gates.ts.
 *
 * It is what continue-as-new carries, so it holds no function, no Date, nothing that JSON would lose.
 */
import type { EventDraft } from '../audit/audit-event.ts';
import { SESSION } from '../audit/audit-event.ts';
import type { Decision } from '../gate/decision.ts';
import type { Trust } from '../authority/trust.ts';
import type { Gate, Vote } from '../gate/gate.ts';
import type { GrantTerms } from '../gate/grant.ts';
import type { Notice } from '../gate/notice.ts';
import { CARRIED_BYTES_MAX, ENDED_GATES_MAX } from '../limits.ts';
import { utf8Length } from '../text/digest.ts';
import type { Phase } from './phase.ts';
import type { DecisionReply, OutcomeSummary } from './reply.ts';
import type { Instruction, OperatorCommand } from './operator-command.ts';
import type { Lineage } from './lineage.ts';
import type { Tries } from './tries.ts';
import { type Policy, policyVersion } from '../policy/policy.ts';

/** A gate that ended, kept so that a late decision is told the truth. */
export interface EndedGate {
  readonly gateId: string;
  readonly outcome: OutcomeSummary;
}

export interface SeenDecision {
  readonly decisionId: string;
  readonly fingerprint: string;
  readonly reply: DecisionReply;
}

/** Bytes that were rejected in this session: asked for again, they are refused. */
export interface RejectedPayload {
  readonly payloadDigest: string;
  readonly gateId: string;
  readonly reviewerId: string;
  readonly rationale?: string;
}

/** A standing grant, and how often it was used. */
export interface Grant {
  /** The decisionId of the approval that gave it. */
  readonly grantId: string;
  readonly terms: GrantTerms;
  readonly gateId: string;
  readonly actionType: string;
  readonly payloadDigest: string;
  /** The tier in which it was given: what needs a stricter one asks again. */
  readonly tier: string;
  readonly vote: Vote;
  readonly used: number;
}

/** An action or a model turn that was scheduled and has not come back. */
export interface WorkInFlight {
  readonly workId: string;
  readonly actionType: string;
  readonly since: number;
  /** It is the session of a sub-agent, whose work counts there. */
  readonly childSessionId?: string;
}

export interface Pause extends OperatorCommand {
  readonly at: number;
}

export interface SessionState {
  readonly version: 1;
  readonly sessionId: string;
  readonly agentId: string;
  /** Who asked for the work: may not decide about it. */
  readonly requesterId?: string;
  /** Where it stands, as the session of a sub-agent. */
  readonly lineage?: Lineage;
  /**
   * The workflow is its own: it knows nothing of Holdpoint, or ends by itself. A cancel is told to it, and it may go on,
   * to undo what it did: gates may open after it, and each is withdrawn with whoever waits for it.
   */
  readonly isHosted?: true;
  /** Pinned when it is first known; from then on it never changes. */
  readonly policy?: Policy;
  readonly phase: Phase;
  readonly pause?: Pause;
  readonly cancel?: OperatorCommand;
  readonly instructions: readonly Instruction[];
  /** Open gates, and ended ones whose outcome the workflow has not taken yet. */
  readonly gates: readonly Gate[];
  readonly endedGates: readonly EndedGate[];
  readonly keptDecisions: readonly Decision[];
  readonly seenDecisions: readonly SeenDecision[];
  /** Refused messages that belong to no gate of the session. */
  readonly refusals: number;
  readonly inFlight: readonly WorkInFlight[];
  /** Time in which at least one model or tool was at work, ms; `workingSince` while one is. */
  readonly workedMs: number;
  readonly workingSince?: number;
  /** For whom a signed decision has to be made. */
  readonly audience?: string;
  /** Whose signatures count, and who is who, as far as it was looked up … */
  readonly trust?: Trust;
  /** … and the accounts to look up, where a look-up is due. */
  readonly trustWanted?: readonly string[];
  /** Look-ups that decisions have caused. */
  readonly trustTries?: Tries;
  readonly grants?: readonly Grant[];
  readonly rejected?: readonly RejectedPayload[];
  readonly rejectionsInRow?: number;
  /** Notices on their way. */
  readonly notices?: readonly Notice[];
  /** When gates opened within the last hour, where the policy counts them. */
  readonly presentedAt?: readonly number[];
}

export interface Step<Reply = undefined> {
  readonly state: SessionState;
  readonly events: readonly EventDraft[];
  readonly reply: Reply;
}

export function newSession(identity: {
  readonly sessionId: string;
  readonly agentId: string;
  readonly requesterId?: string;
  readonly lineage?: Lineage;
  readonly isHosted?: true;
  readonly audience?: string;
}): SessionState {
  return {
    version: 1,
    ...identity,
    phase: 'running',
    instructions: [],
    gates: [],
    endedGates: [],
    keptDecisions: [],
    seenDecisions: [],
    refusals: 0,
    inFlight: [],
    workedMs: 0,
  };
}

export function stepTo(state: SessionState, events: readonly EventDraft[] = []): Step {
  return { state, events, reply: undefined };
}

/** An event about the session as a whole. */
export function sessionEvent(draft: Omit<EventDraft, 'actionType'>): EventDraft {
  return { actionType: SESSION, ...draft };
}

export function replaceGate(state: SessionState, gate: Gate): SessionState {
  const { gateId } = gate.request;
  const gates = state.gates.map((one) => (one.request.gateId === gateId ? gate : one));
  return { ...state, gates };
}

export function gateOf(state: SessionState, gateId: string): Gate | undefined {
  return state.gates.find((gate) => gate.request.gateId === gateId);
}

/** Open or ended, taken or not: a decision for it is judged, and does not wait for a gate to open. */
export function isGateKnown(state: SessionState, gateId: string): boolean {
  return (
    gateOf(state, gateId) !== undefined || state.endedGates.some((one) => one.gateId === gateId)
  );
}

export function openGates(state: SessionState): readonly Gate[] {
  return state.gates.filter((gate) => gate.status === 'pending');
}

/** Newest last, oldest dropped: what is remembered is bounded. */
export function remember<T>(list: readonly T[], item: T, max: number): readonly T[] {
  return [...list, item].slice(-max);
}

export function rememberEnded(state: SessionState, ended: EndedGate): SessionState {
  return { ...state, endedGates: remember(state.endedGates, ended, ENDED_GATES_MAX) };
}

/** The policy is pinned once. A later one, of a newer deployment, does not touch a session that runs. */
export function pinPolicy(state: SessionState, policy: Policy): SessionState {
  return state.policy === undefined ? { ...state, policy } : state;
}

export function policyVersionOf(state: SessionState): string | undefined {
  return state.policy === undefined ? undefined : policyVersion(state.policy);
}

/** Something goes to work: by name, so that a pause can say what is still in flight. */
export function beginWork(state: SessionState, work: WorkInFlight): SessionState {
  const inFlight = [...state.inFlight, work];
  if (work.childSessionId !== undefined) return { ...state, inFlight };
  return { ...state, inFlight, workingSince: state.workingSince ?? work.since };
}

export function endWork(state: SessionState, workId: string, now: number): SessionState {
  const { workingSince, ...rest } = state;
  const inFlight = state.inFlight.filter((work) => work.workId !== workId);
  const isWorking = inFlight.some((work) => work.childSessionId === undefined);
  if (isWorking || workingSince === undefined) return { ...state, inFlight };
  return { ...rest, inFlight, workedMs: state.workedMs + (now - workingSince) };
}

/** Time a model or a tool was at work until `now`, ms. Waiting for people doesn't count. */
export function workedUntil(state: SessionState, now: number): number {
  return state.workedMs + (state.workingSince === undefined ? 0 : now - state.workingSince);
}

/** Whether a state, and what goes to the next run beside it, are little enough for one input: the server ends what is more. */
export function isPortable(state: SessionState, beside: unknown): boolean {
  return utf8Length(JSON.stringify([state, beside])) <= CARRIED_BYTES_MAX;
}

/** The agent's next turn takes what operators told it. */
export function takeInstructions(state: SessionState): {
  readonly state: SessionState;
  readonly instructions: readonly Instruction[];
} {
  return { state: { ...state, instructions: [] }, instructions: state.instructions };
}
