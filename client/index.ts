/**
 * client/: what applications use to start sessions, decide gates and read trails.
 *
 * May import: domain/, @temporalio/client. Never: workflows/, activities/, workers/.
 *
 * This file is the package entry `holdpoint/client`.
 */
export type {
  ClaimAnswer,
  DecisionAnswer,
  OperatorAnswer,
  Unanswered,
  UnansweredDecision,
} from './answers.ts';
export type {
  AnswerInput,
  AnswerOptions,
  DecideOptions,
  HoldpointClientOptions,
  StartOptions,
  WatchOptions,
} from './client-options.ts';
export { HoldpointClient } from './holdpoint-client.ts';
export type { ProofOptions } from './decide.ts';
export type { DecisionInput } from './decision-input.ts';
export {
  type DecisionSigner,
  decisionSigner,
  type SigningContext,
  type SigningKey,
} from './decision-signer.ts';
export type { KillAnswer } from './kill-orders.ts';
export type { KillCommand, KillOptions, KillReport, LiftOptions } from './kill-switch.ts';
export type { KilledSession } from './killed-sessions.ts';
export { createSigningKey, type NewSigningKey, thumbprintOf } from './signing-key.ts';
export type { ExternalGateQuestion, GateKey, RequestedGate } from './external-gates.ts';
export { type ConnectOptions, TemporalUnreachable } from './connection.ts';
export type { PageOptions, PendingPage, PendingSession } from './pending.ts';
export type {
  ListedSession,
  SessionCounts,
  SessionMark,
  Sessions,
  SessionsOptions,
  SessionsPage,
  SessionState,
} from './sessions.ts';
export type {
  AnyTools,
  DecisionOf,
  GateOf,
  ListedGateOf,
  ModificationsOf,
  ShownGate,
  ToolType,
} from './tool-types.ts';
export type { SessionHistory } from './session-history.ts';
export { traceIdOf } from '../domain/audit/trace-ids.ts';
export type { DecisionReply, OperatorReply } from '../domain/session/reply.ts';
export type {
  MayDecide,
  PendingApproval,
  SessionConversation,
  SessionStatus,
} from '../domain/messages.ts';
export type { AuthorityQuestion } from '../domain/session/session-authority.ts';
export type { ClaimWord } from '../domain/gate/claim.ts';
export type { GrantTerms } from '../domain/gate/grant.ts';
export type { TrustedKey } from '../domain/proof/trusted-key.ts';
export type { GrantRevocation } from '../domain/session/session-grants.ts';
export type { KillScope, StoredKill } from '../domain/action/kill.ts';
export type { KillList } from '../domain/activities.ts';
export type { ExternalGate, ExternalGateInput } from '../domain/session/external-gate.ts';
export type { SessionInput } from '../domain/session/session-input.ts';
export type { SessionResult } from '../domain/session/agent-loop.ts';
export type { UngatedCall } from './ungated-calls.ts';
