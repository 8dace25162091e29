/** What calls of the client take. */
import type { Client } from '@temporalio/client';
import type { SessionInput } from '../domain/session/session-input.ts';
import type { ProofOptions } from './decide.ts';
import type { DecisionInput } from './decision-input.ts';
import type { PageOptions } from './pending.ts';

export interface HoldpointClientOptions {
  /** Temporal's own client: connection, namespace, data converter and identity are its business. */
  readonly client: Client;
  /** Where sessions run. Default `holdpoint`. */
  readonly taskQueue?: string;
}

export interface StartOptions extends SessionInput {
  /** The workflow id. Default: a random one. Starting the same id again while it runs is refused by Temporal. */
  readonly sessionId?: string;
}

export interface AnswerOptions {
  /** How long to ask for an answer, ms. Default 30 s. It goes before a deadline of the caller's own. */
  readonly withinMs?: number;
}

export interface DecideOptions extends AnswerOptions {
  readonly proof?: ProofOptions;
}

/** What was shown, and the words that answer it. */
export type AnswerInput = Omit<DecisionInput, 'decision' | 'modifications' | 'grant'> & {
  /** As the gate shows it: the agent's question, or its final answer, in whose place these words are delivered. */
  readonly kind: 'question' | 'answer';
  readonly answer: string;
};

export interface WatchOptions extends Pick<PageOptions, 'pageSize' | 'rootSessionId'> {
  /** How often to look, ms. Default 2 s. */
  readonly everyMs?: number;
}
