/**
 * A model without a model: for demo and tests, and named as scripted wherever a model's name is shown. It keeps no
 * state, so it plays the same part on every worker and in every attempt: its turn is the number of turns that the
 * conversation has already.
 */
import type { JsonObject } from '../../domain/text/json.ts';
import type { ConfidenceModel, ConfidenceRequest, Model, ModelRequest } from '../ports.ts';

export interface ScriptedCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

export interface ScriptedTurn {
  /** The answer; beside calls, why they are made. */
  readonly text?: string;
  readonly calls?: readonly ScriptedCall[];
}

/** Written down, or made from what the model is asked, so that a script can react to a rejection. */
export type TurnScript = ScriptedTurn | ((request: ModelRequest) => ScriptedTurn);

/** After its last turn the script repeats it: an answer that is sent back is given again. */
export function scriptedModel(turns: readonly [TurnScript, ...TurnScript[]]): Model {
  return {
    name: 'scripted model',
    respond: async (request) => {
      const turn = request.messages.filter(({ role }) => role === 'assistant').length;
      const script = turns[Math.min(turn, turns.length - 1)] ?? {};
      const { text = '', calls = [] } = typeof script === 'function' ? script(request) : script;
      return {
        text,
        calls: calls.map((call, index) => ({ ...call, callId: `scripted-${turn}-${index}` })),
        usage: { inputTokens: 0, outputTokens: 0 },
      };
    },
  };
}

export interface ScriptedScore {
  /** For answers and calls that contain this; left out: for everything. */
  readonly containing?: string;
  /** What the fast model says: a number, or any words. */
  readonly score: number | string;
}

/** The first score that fits. Where none does it fails, which counts as low: a script is never surer than written. */
export function scriptedConfidence(scores: readonly ScriptedScore[]): ConfidenceModel {
  return {
    name: 'scripted confidence',
    rate: async ({ answer }: ConfidenceRequest) => {
      const fit = scores.find(({ containing = '' }) => answer.includes(containing));
      if (fit === undefined) throw new Error('The script has no score for this');
      return String(fit.score);
    },
  };
}
