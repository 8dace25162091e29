/** What activities need of the world, as interfaces. One adapter per technology stands in adapters/. */
import type { Message } from '../domain/session/conversation.ts';
import type { JsonObject } from '../domain/text/json.ts';

/** A tool as a model is told of it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: JsonObject;
}

export interface ModelRequest {
  /** What the conversation begins with; `messages` is what came after it. */
  readonly goal: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDescription[];
  /** Aborted when the turn has taken too long or its session was cancelled. */
  readonly signal: AbortSignal;
}

export interface ModelResponse {
  readonly text: string;
  /**
   * `arguments` is whatever the model wrote; `undefined` where it was no JSON. `callId` is empty where the model gave
   * none, and may repeat.
   */
  readonly calls: readonly {
    readonly callId: string;
    readonly name: string;
    readonly arguments: unknown;
  }[];
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
}

/** Thrown by a model where asking the same again can't help: a wrong key, a request that it does not accept. */
export class ModelRefused extends Error {
  override readonly name = 'ModelRefused';
}

export interface Model {
  /** What it is, for screens and logs; a scripted one says so. */
  readonly name: string;
  /**
   * One turn. Throws {@link ModelRefused}, or any other error where the model can't be reached; never retries by
   * itself, Temporal does.
   */
  respond(request: ModelRequest): Promise<ModelResponse>;
}

export interface ConfidenceRequest {
  /** The goal, or for an action the goal and what it is to do. */
  readonly task: string;
  /** The first 500 characters of the answer, or the proposed call. */
  readonly answer: string;
  readonly signal: AbortSignal;
}

/** Posts what is signed. It follows no redirect and reads no answer but its status. */
export interface Webhooks {
  post(message: WebhookMessage, signal: AbortSignal): Promise<number>;
}

export interface WebhookMessage {
  readonly url: string;
  /** The same for every attempt: a receiver that has seen it has the message. */
  readonly id: string;
  readonly body: string;
}

export interface ConfidenceModel {
  readonly name: string;
  /** The fast model's raw words; domain/policy/confidence.ts reads a number out of them, or does not. */
  rate(request: ConfidenceRequest): Promise<string>;
}
