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
import { readDecision, REVIEWER_PLACEHOLDER } from '../domain/gate/decision.ts';
import {
  QUERIES,
  type SessionStatus,
  SIGNALS,
  UNKNOWN_SIGNAL,
  UPDATES,
  wireName,
} from '../domain/messages.ts';
import {
  OPERATOR_VERBS,
  type OperatorCommand,
  type OperatorVerb,
  readInstruction,
  readOperatorCommand,
  relayed,
} from '../domain/session/operator-command.ts';
import type { DecisionReply, OperatorReply } from '../domain/session/reply.ts';
import { CLAIM_VERBS, type ClaimVerb, readClaim } from '../domain/gate/claim.ts';
import { refusal } from '../domain/refusal.ts';
import { mayDecide } from '../domain/session/session-authority.ts';
import { receiveClaim, receiveGrantRevocation } from '../domain/session/session-claims.ts';
import { receiveCommand, receiveUnknown } from '../domain/session/session-commands.ts';
import { isBeyondBudget, receiveDecision } from '../domain/session/session-decisions.ts';
import { readGrantRevocation } from '../domain/session/session-grants.ts';
import type { Reading } from '../domain/text/reading.ts';
import { pendingApprovals, sessionStatus } from '../domain/session/session-view.ts';
import { refusalFailure } from './failures.ts';
import type { SessionRecord } from './session-record.ts';

type Raw = readonly unknown[];

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
  /** Before any message is handled. */
  readonly onTouch?: () => void;
  /** Also records messages of unknown names. Not for a workflow that has handlers of its own. */
  readonly isWholeWorkflow: boolean;
  /** Also under the short names, which a workflow that knows nothing of Holdpoint may have handlers for. */
  readonly shortNames: boolean;
}

interface OwnMessages {
  readonly signal: Map<string, (raw: Raw) => void>;
  readonly update: Map<string, (raw: Raw) => unknown>;
  readonly query: Map<string, (raw: Raw) => unknown>;
}

const own: OwnMessages = { signal: new Map(), update: new Map(), query: new Map() };

/**
 * What takes a message of a prefixed name, whoever else has set a handler for that name since: the inbound interceptors
 * ask (interceptors.ts).
 */
export function ownHandler<Kind extends keyof OwnMessages>(
  kind: Kind,
  name: string,
): ReturnType<OwnMessages[Kind]['get']> {
  return own[kind].get(name) as ReturnType<OwnMessages[Kind]['get']>;
}

/** Call it before the first await of a workflow: messages may be waiting already. */
export function registerHandlers(record: SessionRecord, options: HandlerOptions): void {
  const names = (name: string): readonly string[] =>
    options.shortNames ? [wireName(name), name] : [wireName(name)];
  const touching =
    <T>(handle: (raw: Raw) => T) =>
    (raw: Raw): T => {
      options.onTouch?.();
      return handle(raw);
    };
  const onSignal = (name: string, handle: (raw: Raw) => void, description: string): void => {
    const take = touching(handle);
    own.signal.set(wireName(name), take);
    for (const known of names(name)) {
      setHandler(defineSignal<unknown[]>(known), (...raw: Raw) => take(raw), { description });
    }
  };
  const onUpdate = (
    name: string,
    handle: (raw: Raw) => unknown,
    { description, validate }: { description: string; validate: (raw: Raw) => void },
  ): void => {
    const take = touching(handle);
    own.update.set(wireName(name), take);
    const validator = (...raw: Raw): void => validate(raw);
    for (const known of names(name)) {
      const update = defineUpdate<unknown, unknown[]>(known);
      setHandler(update, (...raw: Raw) => take(raw), { description, validator });
    }
  };
  const onQuery = (name: string, answer: (raw: Raw) => unknown, description: string): void => {
    own.query.set(wireName(name), answer);
    for (const known of names(name)) {
      const query = defineQuery<unknown, unknown[]>(known);
      setHandler(query, (...raw: Raw) => answer(raw), { description });
    }
  };
  const on = { onSignal, onUpdate, onQuery };
  registerDecisions(record, on);
  for (const verb of OPERATOR_VERBS) registerVerb(record, verb, { ...on, ...options });
  registerClaims(record, on);
  registerQueries(record, on);
  if (options.isWholeWorkflow) registerUnknown(record);
  else registerUnknownPrefixed(record);
}

/** A query that only this kind of workflow answers. */
export function registerQuery(
  name: keyof typeof QUERIES,
  answer: () => unknown,
  description: string,
): void {
  own.query.set(wireName(name), answer);
  for (const known of [wireName(name), name]) {
    setHandler(defineQuery(known), answer, { description });
  }
}

interface Registration {
  readonly onSignal: (name: string, take: (raw: Raw) => void, description: string) => void;
  readonly onUpdate: (
    name: string,
    take: (raw: Raw) => unknown,
    what: { readonly description: string; readonly validate: (raw: Raw) => void },
  ) => void;
  readonly onQuery: (name: string, answer: (raw: Raw) => unknown, description: string) => void;
}

function registerDecisions(record: SessionRecord, { onSignal, onUpdate }: Registration): void {
  const decideNow = (raw: Raw): DecisionReply =>
    record.apply(receiveDecision(record.state, only(raw), Date.now()));
  onSignal(
    SIGNALS.decide,
    (raw) => void decideNow(raw),
    `Decides a gate. Input: ${DECISION_SHAPE}`,
  );
  onUpdate(UPDATES.submitDecision, decideNow, {
    description: `As the signal ${SIGNALS.decide}, and answers what became of it.`,
    validate: (raw) => {
      const reading = readDecision(only(raw));
      if (!reading.ok) throw refusalFailure(refusal('MALFORMED', `Decision: ${reading.problem}.`));
      if (isBeyondBudget(record.state, only(raw), Date.now()))
        throw refusalFailure(refusal('LIMIT_REACHED'));
    },
  });
}

function registerVerb(
  record: SessionRecord,
  verb: OperatorVerb,
  { onSignal, onUpdate, onCancel }: Registration & Pick<HandlerOptions, 'onCancel'>,
): void {
  const obey = (raw: Raw): OperatorReply => {
    const reply = record.apply(receiveCommand(record.state, { verb, raw: only(raw) }, Date.now()));
    if (reply.status === 'done') relay(record, verb, raw);
    if (verb === 'cancel' && reply.status === 'done') onCancel();
    return reply;
  };
  const message = verb === 'instruct' ? ', "message"' : '';
  const description = `${VERBS[verb]} Input: { "operatorId", "reason"${message} }`;
  onSignal(SIGNALS[verb], (raw) => void obey(raw), description);
  onUpdate(UPDATES[verb], obey, {
    description,
    validate: (raw) => {
      const read = verb === 'instruct' ? readInstruction : readOperatorCommand;
      refuseMalformed(verb, read(only(raw)));
    },
  });
}

const CLAIM_WORDS: Readonly<Record<ClaimVerb, string>> = {
  claim: 'Tells the other reviewers that you look at a gate. It keeps nobody from deciding.',
  release: 'Gives a claimed gate back to the queue.',
};

/** What reviewers say beside their decisions. */
function registerClaims(record: SessionRecord, { onSignal, onUpdate }: Registration): void {
  for (const verb of CLAIM_VERBS) {
    const take = (raw: Raw): OperatorReply =>
      record.apply(receiveClaim(record.state, { verb, raw: only(raw) }, Date.now()));
    const description = `${CLAIM_WORDS[verb]} Input: { "gateId", "reviewerId", "reason"? }`;
    onSignal(SIGNALS[verb], (raw) => void take(raw), description);
    onUpdate(UPDATES[verb], take, {
      description,
      validate: (raw) => refuseMalformed(verb, readClaim(only(raw))),
    });
  }
  const revoke = (raw: Raw): OperatorReply =>
    record.apply(receiveGrantRevocation(record.state, only(raw)));
  const description =
    'Ends a standing grant. Input: { "grantId", "operatorId", "reason" }; the status lists grants.';
  onSignal(SIGNALS.revokeGrant, (raw) => void revoke(raw), description);
  onUpdate(UPDATES.revokeGrant, revoke, {
    description,
    validate: (raw) => refuseMalformed('revokeGrant', readGrantRevocation(only(raw))),
  });
}

function refuseMalformed(verb: string, reading: Reading<unknown>): void {
  if (!reading.ok) throw refusalFailure(refusal('MALFORMED', `${verb}: ${reading.problem}.`));
}

/** What was taken here is passed on to the sub-agents that run, who ordered it and why unchanged. */
function relay(record: SessionRecord, verb: OperatorVerb, raw: Raw): void {
  const command = relayed(record.state.sessionId, only(raw) as OperatorCommand);
  for (const child of record.children.values()) child.relay({ verb, command });
}

function registerQueries(record: SessionRecord, { onQuery }: Registration): void {
  onQuery(QUERIES.status, () => statusOf(record), 'What the session does right now.');
  onQuery(
    QUERIES.pendingApprovals,
    ([after]) => pendingApprovals(record.state, workflowInfo().runId, after),
    'Every open gate, with its whole payload. Where a gate says gatesMore: ask again, with its gateId as the input.',
  );
  onQuery(QUERIES.auditTrail, () => record.trail, 'The audit events of this run.');
  onQuery(
    QUERIES.mayDecide,
    (raw) => mayDecide(record.state, only(raw), Date.now()),
    'Whether somebody may decide a gate, and if not why. Input: { "gateId", "reviewerId", "isSigned"?, "person"?, "groups"? }',
  );
}

/** The interceptor hands every signal here whose name only begins like ours. */
function registerUnknownPrefixed(record: SessionRecord): void {
  setHandler(defineSignal<unknown[]>(UNKNOWN_SIGNAL), (...raw: Raw) => {
    record.apply(receiveUnknown(record.state, String(raw[0])));
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
  const { progress, head } = record;
  return sessionStatus(record.state, { now: Date.now(), lastSeq: head.seq, progress });
}
