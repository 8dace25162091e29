/**
 * client/: what applications use to start sessions, decide gates and read trails.
 *
 * May import: domain/, @temporalio/client. Never: workflows/, activities/, workers/.
 *
 * This file is the package entry `holdpoint/client`.
 */
export type { DecisionAnswer, Unanswered } from './decision-answer.ts';
export {
  type DecideOptions,
  type DecisionInput,
  HoldpointClient,
  type HoldpointClientOptions,
  type StartOptions,
  type WaitingSession,
} from './holdpoint-client.ts';
export type { SessionHistory } from './session-history.ts';
export type { DecisionReply, OperatorReply } from '../domain/session/reply.ts';
export type { PendingApproval, SessionStatus } from '../domain/messages.ts';
export type { SessionInput } from '../domain/session/session-input.ts';
export type { SessionResult } from '../domain/session/agent-loop.ts';
