/**
 * A sub-agent: an action whose effect is another session, a child workflow of this one. What it does is gated in its own
 * session, one by one. What operators say to this session reaches it, and through it those below it.
 *
 * H6 the child knows every agent above it, and none decides there · H7 a pause holds what has not started, orders reach
 * what has, and the end of a child is awaited · H12 the ledger lets one start through, in whichever run.
 */
import { ApplicationFailure, CancelledFailure, ChildWorkflowFailure } from '@temporalio/common';
import { CancellationScope, type ChildWorkflowHandle, startChild } from '@temporalio/workflow';
import type { Consent } from '../domain/action/consent.ts';
import { wireName } from '../domain/messages.ts';
import type { Stakes } from '../domain/policy/confidence.ts';
import { refusal } from '../domain/refusal.ts';
import type { SessionResult } from '../domain/session/agent-loop.ts';
import { type AgentRef } from '../domain/session/lineage.ts';
import {
  childInput,
  childResult,
  childSessionId,
  type Origin,
  originOf,
} from '../domain/session/sub-agent.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { summaryText } from '../domain/text/summary.ts';
import { textOf } from '../domain/session/conversation.ts';
import type { PerformOptions } from './action-runner.ts';
import { scheduleWith, takePendingConsent } from './consent-header.ts';
import { refusalFailure, SESSION_FAILURES } from './failures.ts';
import type { Cleared } from './gatekeeper.ts';
import { reserveStart } from './reserved-start.ts';
import type { RunningChild } from './running-child.ts';
import type { SessionRecord } from './session-record.ts';

/** What agentSession is, to who starts it as a child. */
type AgentSession = (
  input: ReturnType<typeof childInput>,
  origin: Origin,
) => Promise<SessionResult>;

/** How a call of an agent's tool is carried out. */
export function subAgent(
  record: SessionRecord,
  stakes: Stakes,
): Pick<PerformOptions, 'schedule' | 'child'> {
  let isReserved = false;
  return {
    child: {
      sessionIdOf: (consent) => childSessionId(record.state, consent),
      isReported: () => isReserved,
    },
    schedule: async ({ action }: Cleared) => {
      const consent = takePendingConsent();
      const { agent } = action;
      if (consent === undefined) throw new Error('What is started has a consent');
      if (agent === undefined) throw refusalFailure(refusal('DIGEST_MISMATCH'));
      isReserved = false;
      await reserveOnce(record, consent, action.arguments);
      isReserved = true;
      const goal = textOf(action.arguments['goal'] ?? '');
      return runChild(record, consent, { agent, goal, stakes });
    },
  };
}

/** A Reset would start the session anew, and what it did with it: every start takes its key, also one that needs none. */
async function reserveOnce(
  record: SessionRecord,
  consent: Consent,
  payload: JsonObject,
): Promise<void> {
  record.reserving.add(consent.actionId);
  try {
    await reserveStart(record, { ...consent, oneShot: true }, payload);
  } catch (error) {
    const isEnding = record.state.phase === 'cancelling' || record.state.phase === 'closed';
    throw isEnding ? refusalFailure(refusal('SESSION_CLOSED')) : error;
  } finally {
    record.reserving.delete(consent.actionId);
  }
}

async function runChild(
  record: SessionRecord,
  consent: Consent,
  child: { readonly agent: AgentRef; readonly goal: string; readonly stakes: Stakes },
): Promise<JsonObject> {
  const { actionId, actionType } = consent;
  const childId = childSessionId(record.state, consent);
  const note = (
    eventType: 'child_started' | 'child_ended',
    details: Readonly<Record<string, string>>,
  ): void =>
    record.note({
      eventType,
      actionId,
      actionType,
      details: { childSessionId: childId, ...details },
    });
  // Of its own: Temporal's cancellation is passed on where it is meant, and an operator's `cancel` goes as an order.
  const scope = new CancellationScope();
  scope.cancelRequested.catch(() => undefined);
  const input = childInput(record.state, child);
  const started = scope.run(() =>
    scheduleWith(consent, () =>
      startChild<AgentSession>('agentSession', {
        workflowId: childId,
        args: [input, originOf(record.state)],
        staticSummary: summaryText(child.goal),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        // This run may be terminated: the child then withdraws its gates and stores its evidence by itself.
        parentClosePolicy: 'REQUEST_CANCEL',
      }),
    ),
  );
  record.children.set(childId, { relay: relayTo(started), cancel: () => scope.cancel() });
  try {
    const handle = await started;
    note('child_started', { agentId: input.agentId });
    const result = await scope.run(() => handle.result());
    note('child_ended', { status: result.status });
    return childResult(childId, result);
  } catch (error) {
    const end = endOf(error);
    note('child_ended', end);
    throw ApplicationFailure.nonRetryable(`Session ${childId}: ${causeOf(error).message}`, FAILED);
  } finally {
    record.children.delete(childId);
  }
}

/** No refusal code: what a child fails with is never taken for a word of the ledger (H6). */
const FAILED = 'SubAgentFailed';

function causeOf(error: unknown): Error {
  const cause = error instanceof ChildWorkflowFailure ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** How a child ended that has no result: the wire name of why, never its message. */
function endOf(error: unknown): { readonly status: string; readonly reason: string } {
  const cause = causeOf(error);
  const reason = cause instanceof ApplicationFailure ? (cause.type ?? cause.name) : cause.name;
  const isCancelled = cause instanceof CancelledFailure || reason === SESSION_FAILURES.cancelled;
  return { status: isCancelled ? 'cancelled' : 'failed', reason };
}

/**
 * One order after the other, each when the one before has arrived: Temporal may deliver two signals in any order, and a
 * resume that comes before its pause leaves a child paused. One that meets a child that has ended changes nothing.
 */
function relayTo(started: Promise<ChildWorkflowHandle<AgentSession>>): RunningChild['relay'] {
  let last: Promise<unknown> = started;
  return ({ verb, command }) => {
    last = CancellationScope.nonCancellable(async () => {
      await last.catch(() => undefined);
      const handle = await started;
      await handle.signal(wireName(verb), command);
    }).catch(() => undefined);
  };
}
