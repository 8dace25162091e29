/** The workflow types of Holdpoint: every function that this file exports is one. The worker bundles it. */
export { agentSession } from './agent-session.ts';
export { deliverOutcome } from './deliver-outcome.ts';
export { externalGate } from './external-gate.ts';
export { killSwitch, standingKills } from './kill-switch.ts';
export { lateDecision } from './late-decision.ts';
