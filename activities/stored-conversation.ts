/**
 * The older part of a conversation, in the evidence store: a chain of parts, each of them canonical JSON
 * `{ previous?: digest, messages: […] }` kept under its digest. A part never changes, so storing it again (a retry of
 * the turn) changes nothing, and reading it back shows that it is what was stored.
 */
import { ApplicationFailure } from '@temporalio/activity';
import { canonicalJson } from '../domain/text/canonical-json.ts';
import type { ConversationRef, Message } from '../domain/session/conversation.ts';
import { digestOfText } from '../domain/text/digest.ts';
import type { Json } from '../domain/text/json.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { wellFormed } from '../domain/text/visible-text.ts';

const CONVERSATION_UNREADABLE = 'ConversationUnreadable';

interface Part {
  readonly previous?: string;
  readonly messages: readonly Message[];
}

export async function loadConversation(
  evidence: Pick<EvidenceStore, 'content'>,
  ref: ConversationRef | undefined,
): Promise<readonly Message[]> {
  const parts: (readonly Message[])[] = [];
  let digest = ref?.digest;
  let missing = ref?.messages ?? 0;
  while (digest !== undefined) {
    const part = await loadPart(evidence, digest);
    missing -= part.messages.length;
    parts.push(part.messages);
    digest = part.previous;
  }
  if (missing !== 0) throw unreadable('holds another number of messages than its reference says');
  return parts.toReversed().flat();
}

/** Moves `tail` to the store, behind what is there already. */
export async function storeTail(
  evidence: Pick<EvidenceStore, 'putContent'>,
  previous: ConversationRef | undefined,
  tail: readonly Message[],
): Promise<ConversationRef | undefined> {
  if (tail.length === 0) return previous;
  const part = { messages: tail.map(messageJson) };
  const digest = await evidence.putContent(
    canonicalJson(previous === undefined ? part : { ...part, previous: previous.digest }),
  );
  return { digest, messages: (previous?.messages ?? 0) + tail.length };
}

/** A message as a value that has canonical JSON: a tool of another team may have put any text into it. */
function messageJson(message: Message): Json {
  const text = wellFormed(message.text);
  return message.role === 'assistant'
    ? { ...message, text, calls: message.calls.map((call) => ({ ...call })) }
    : { ...message, text };
}

async function loadPart(evidence: Pick<EvidenceStore, 'content'>, digest: string): Promise<Part> {
  const text = await evidence.content(digest);
  if (text === undefined) {
    // Another attempt may find it, on a worker that has the right store.
    const message = `Conversation part ${digest} is not in the evidence store of this worker`;
    throw ApplicationFailure.retryable(message, CONVERSATION_UNREADABLE);
  }
  if (digestOfText(text) !== digest) throw unreadable(`part ${digest} is not what was stored`);
  // Written by storeTail, as its digest shows.
  return JSON.parse(text) as Part;
}

function unreadable(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`The stored conversation ${why}`, CONVERSATION_UNREADABLE);
}
