/** The conversation of an agent session: what the model is shown, in this project's own words. */
import type { JsonObject } from '../text/json.ts';
import { canonicalJson } from '../text/canonical-json.ts';
import type { Json } from '../text/json.ts';
import { utf8Length } from '../text/digest.ts';
import { CONVERSATION_INLINE_BYTES_MAX } from '../limits.ts';

export interface ToolCall {
  /** Unique within the conversation. */
  readonly callId: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

export type Message =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ToolCall[] }
  | {
      readonly role: 'tool';
      readonly callId: string;
      readonly name: string;
      readonly text: string;
    };

/** The older part of a conversation, in the evidence store: each part names the one before it. */
export interface ConversationRef {
  readonly digest: string;
  readonly messages: number;
}

export interface Conversation {
  readonly stored?: ConversationRef;
  /** What is not stored yet. */
  readonly tail: readonly Message[];
}

export function addMessages(
  conversation: Conversation,
  messages: readonly Message[],
): Conversation {
  return { ...conversation, tail: [...conversation.tail, ...messages] };
}

/** Whether the tail has grown so large that the next model turn moves it to the evidence store. */
export function isTailLarge(conversation: Conversation): boolean {
  return utf8Length(JSON.stringify(conversation.tail)) > CONVERSATION_INLINE_BYTES_MAX;
}

/** Text of a value for the model: strings as they are, everything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}
