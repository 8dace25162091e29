/**
 * The messages of people reach a session: signals, their acknowledged twins as updates, and queries. Every handler is
 * total and synchronous: it asks domain/, stores the state and answers. None waits, so none can block another.
 *
 * H4 only a malformed message, or one beyond the budget of recorded refusals, is refused by a validator, which leaves
 * no history; every other "no" is an accepted update with a refusal for an answer.
 */
import {
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import { readDecision, REVIEWER_PLACEHOLDER } from '../domain/gate/decision.ts';
import {
  type PendingApproval,
  QUERIES,
  type SessionStatus,
  SIGNALS,
  UPDATES,
} from '../domain/messages.ts';
import {
  OPERATOR_VERBS,
  type OperatorVerb,
  readInstruction,
  readOperatorCommand,
} from '../domain/session/operator-command.ts';
import type { DecisionReply, OperatorReply } from '../domain/session/reply.ts';
import { refusal } from '../domain/refusal.ts';
import { receiveCommand, receiveUnknown } from '../domain/session/session-commands.ts';
import { isBeyondBudget, receiveDecision } from '../domain/session/session-decisions.ts';
import { pendingApprovals, sessionStatus } from '../domain/session/session-view.ts';
import { refusalFailure } from './failures.ts';
import type { SessionRecord } from './session-record.ts';

type Raw = readonly unknown[];

const decide = defineSignal<[unknown]>(SIGNALS.decide);
const submitDecision = defineUpdate<DecisionReply, [unknown]>(UPDATES.submitDecision);
const status = defineQuery<SessionStatus>(QUERIES.status);
const approvals = defineQuery<readonly PendingApproval[]>(QUERIES.pendingApprovals);
const trail = defineQuery<readonly AuditEvent[]>(QUERIES.auditTrail);

const DECISION_SHAPE = `{ "gateId", "runId", "payloadDigest", "decision": "approved" | "rejected" | "modified", "reviewerId": "${REVIEWER_PLACEHOLDER}", "rationale"?, "modifications"? }`;

const VERBS: Readonly<Record<OperatorVerb, string>> = {
  pause: 'Holds the session before its next turn and its next action; deadlines stand still.',
  resume: 'Lets a paused session go on; deadlines move by the length of the pause.',
  cancel: 'Ends the session: open gates are withdrawn, what runs is awaited, nothing new starts.',
  instruct: 'Gives the agent a message at its next turn.',
};

export interface HandlerOptions {
  /** After `cancel` was taken: interrupts what waits. */
  readonly onCancel: () => void;
  /** Also records messages of unknown names. Not for a workflow that has handlers of its own. */
  readonly isWholeWorkflow: boolean;
}

/** Call it before the first await of a workflow: messages may be waiting already. */
export function registerHandlers(record: SessionRecord, options: HandlerOptions): void {
  const decideNow = (raw: Raw): DecisionReply =>
    record.apply(receiveDecision(record.state, only(raw), Date.now()));
  setHandler(decide, (...raw: Raw) => void decideNow(raw), {
    description: `Decides a gate. Input: ${DECISION_SHAPE}`,
  });
  setHandler(submitDecision, (...raw: Raw) => decideNow(raw), {
    description: `As the signal ${SIGNALS.decide}, and answers what became of it.`,
    validator: (...raw: Raw) => {
      const reading = readDecision(only(raw));
      if (!reading.ok) throw refusalFailure(refusal('MALFORMED', `Decision: ${reading.problem}.`));
      if (isBeyondBudget(record.state, only(raw), Date.now()))
        throw refusalFailure(refusal('LIMIT_REACHED'));
    },
  });
  for (const verb of OPERATOR_VERBS) registerVerb(record, verb, options);
  setHandler(status, () => statusOf(record), { description: 'What the session does right now.' });
  setHandler(approvals, () => pendingApprovals(record.state, workflowInfo().runId), {
    description: 'Every open gate, with its whole payload.',
  });
  setHandler(trail, () => record.trail, { description: 'The audit events of this run.' });
  if (options.isWholeWorkflow) registerUnknown(record);
}

function registerVerb(record: SessionRecord, verb: OperatorVerb, options: HandlerOptions): void {
  const obey = (raw: Raw): OperatorReply => {
    const reply = record.apply(receiveCommand(record.state, { verb, raw: only(raw) }, Date.now()));
    if (verb === 'cancel' && reply.status === 'done') options.onCancel();
    return reply;
  };
  const message = verb === 'instruct' ? ', "message"' : '';
  const description = `${VERBS[verb]} Input: { "operatorId", "reason"${message} }`;
  setHandler(defineSignal<[unknown]>(SIGNALS[verb]), (...raw: Raw) => void obey(raw), {
    description,
  });
  setHandler(defineUpdate<OperatorReply, [unknown]>(UPDATES[verb]), (...raw: Raw) => obey(raw), {
    description,
    validator: (...raw: Raw) => {
      const read = verb === 'instruct' ? readInstruction : readOperatorCommand;
      const reading = read(only(raw));
      if (!reading.ok) throw refusalFailure(refusal('MALFORMED', `${verb}: ${reading.problem}.`));
    },
  });
}

function registerUnknown(record: SessionRecord): void {
  record.takesUnknown = true;
  setDefaultSignalHandler((name) => {
    record.apply(receiveUnknown(record.state, name));
  });
  setDefaultUpdateHandler((name) => record.apply(receiveUnknown(record.state, name)));
}

/** A message is one object. None, or several, is nothing that can be read. */
function only(raw: Raw): unknown {
  return raw.length === 1 ? raw[0] : undefined;
}

function statusOf(record: SessionRecord): SessionStatus {
  return sessionStatus(record.state, { lastSeq: record.head.seq, progress: record.progress });
}
