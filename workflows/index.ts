/**
 * workflows/: deterministic orchestration. It asks domain/ what happens, stores the state and runs the effects.
 *
 * May import: domain/ without domain/schema, @temporalio/workflow, @temporalio/common. Never: activities (their
 * interface lives in domain/activities.ts), client, workers, any IO. A business `if` belongs in domain/.
 *
 * This file is the package entry `holdpoint/workflow`, for teams that write workflows of their own.
 */
export { agentSession, type CarriedSession } from './agent-session.ts';
export { deliverOutcome } from './deliver-outcome.ts';
export { type CarriedGate, externalGate } from './external-gate.ts';
export { killSwitch, standingKills } from './kill-switch.ts';
export { lateDecision } from './late-decision.ts';
export {
  createHoldpoint,
  type EscalationResult,
  type GateAction,
  type GateResult,
  type Holdpoint,
  type HoldpointOptions,
} from './holdpoint.ts';
export { GUARD_FAILURES, prepareGuarded } from './guard.ts';
export { undeclaredAction } from '../domain/action/undeclared-action.ts';
export { SESSION_FAILURES } from './failures.ts';
export type { CarriedRecord } from './session-record.ts';
export type { SessionResult } from '../domain/session/agent-loop.ts';
export type { ExternalGate, ExternalGateInput } from '../domain/session/external-gate.ts';
export type { SessionInput } from '../domain/session/session-input.ts';
