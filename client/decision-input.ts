/** A decision as callers write it. */
import type { Decision } from '../domain/gate/decision.ts';

export type DecisionInput = Omit<Decision, 'decisionId'> & { readonly decisionId?: string };
