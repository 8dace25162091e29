/**
 * A session as one story: what people said to the agent, the agent's turns, and its gates, in the order in which they
 * happened. The conversation has no times; the trail has no model's words. They meet at the turn: the gates of a turn
 * carry its number in their actionId (`3/1`: the first call of turn 3).
 */
import type { ConversationShown, SessionView } from '../../gateway/api/sessions.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { isObject, memberOf } from './json-path.ts';
import { detailText, type TrailEntry, type TrailEvent } from './trail.ts';
import type { Status } from './words.ts';

type Message = ConversationShown['messages'][number];
export type AgentTurn = Extract<Message, { readonly role: 'assistant' }>;
export type ToolSaid = Extract<Message, { readonly role: 'tool' }>;

export type StoryItem =
  | { readonly kind: 'earlier'; readonly count: number }
  | { readonly kind: 'goal'; readonly text: string }
  | { readonly kind: 'told'; readonly text: string }
  | { readonly kind: 'turn'; readonly turn: AgentTurn; readonly step: number }
  | { readonly kind: 'result'; readonly result: ToolSaid }
  | { readonly kind: 'order'; readonly event: TrailEvent }
  | { readonly kind: 'gate'; readonly gate: StoryGate };

/** A gate: what it asked, and what came of it. */
export interface StoryGate {
  readonly gateId: string;
  readonly kind: string;
  readonly description: string;
  readonly status: Status;
  /** `3/1`: the first call of turn 3. */
  readonly actionId?: string | undefined;
  readonly question?: string;
  readonly answer?: string;
  readonly reviewerId?: string | undefined;
  readonly rationale?: string | undefined;
}

const ORDERS = new Set(['paused', 'resumed', 'instructed', 'cancelled', 'ended', 'grant_revoked']);
const ENDS: readonly Status[] = ['approved', 'modified', 'rejected', 'expired', 'withdrawn'];

export interface StoryParts {
  readonly conversation: ConversationShown | undefined;
  /** Empty for who may not read it: then the session's own list of gates tells, without orders. */
  readonly trail: readonly TrailEntry[];
  readonly session?: Pick<SessionView, 'gates' | 'ended'>;
  /** The turn that the conversation's last model turn was, where it does not begin with the first. */
  readonly steps: number | undefined;
}

export function storyOf({ conversation, trail, session, steps }: StoryParts): readonly StoryItem[] {
  const byStep = trail.length === 0 ? gateItems(session) : trailItems(trail);
  const placed: StoryItem[] = [...(byStep.get(0) ?? [])];
  if (conversation === undefined) {
    const rest = [...byStep].filter(([step]) => step !== 0).toSorted(([a], [b]) => a - b);
    return [...placed, ...rest.flatMap(([, items]) => items)];
  }
  const { goal, messages, earlier } = conversation;
  const told = new Set(trail.map(({ event }) => detailText(event, 'message')));
  const turns = messages.filter(({ role }) => role === 'assistant').length;
  const first = earlier === 0 || steps === undefined ? 1 : Math.max(1, steps - turns + 1);
  const items: StoryItem[] = [{ kind: 'goal', text: goal }];
  if (earlier > 0) items.push({ kind: 'earlier', count: earlier });
  items.push(...placed, ...upTo(byStep, 1, first));
  let step = first - 1;
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') {
      step += 1;
      items.push({ kind: 'turn', turn: message, step });
    } else if (message.role === 'tool') {
      items.push({ kind: 'result', result: message });
    } else if (!isKnown(message.text, { goal, told, isFirst: index === 0 })) {
      items.push({ kind: 'told', text: message.text });
    }
    const isLastOfStep = messages[index + 1]?.role !== 'tool';
    if (message.role !== 'user' && isLastOfStep) items.push(...(byStep.get(step) ?? []));
  }
  return [...items, ...upTo(byStep, step + 1, Infinity)];
}

/** The goal begins the conversation; an instruction stands in the trail, with who gave it and why. */
function isKnown(
  text: string,
  said: { readonly goal: string; readonly told: ReadonlySet<string>; readonly isFirst: boolean },
): boolean {
  if (said.isFirst && text.includes(said.goal)) return true;
  return [...said.told].some((message) => message !== '' && text.includes(message));
}

function upTo(
  byStep: ReadonlyMap<number, readonly StoryItem[]>,
  from: number,
  before: number,
): readonly StoryItem[] {
  return [...byStep]
    .filter(([step]) => step >= from && step < before)
    .toSorted(([a], [b]) => a - b)
    .flatMap(([, items]) => items);
}

/** Orders and gates, by the turn that was the latest when they came. */
function trailItems(trail: readonly TrailEntry[]): ReadonlyMap<number, readonly StoryItem[]> {
  const gates = gatesOf(trail);
  const byStep = new Map<number, StoryItem[]>();
  let step = 0;
  for (const { event } of trail) {
    step = Math.max(step, stepOf(event.actionId) ?? step);
    const gate = event.eventType === 'gate_presented' ? gates.get(event.gateId ?? '') : undefined;
    const item: StoryItem | undefined =
      gate === undefined
        ? ORDERS.has(event.eventType)
          ? { kind: 'order', event }
          : undefined
        : { kind: 'gate', gate };
    if (item !== undefined) byStep.set(step, [...(byStep.get(step) ?? []), item]);
  }
  return byStep;
}

function stepOf(actionId: string | undefined): number | undefined {
  const found = /^(\d+)\/\d+$/.exec(actionId ?? '');
  return found === null ? undefined : Number(found[1]);
}

/** The gates of a session as it lists them, oldest first. */
function gateItems(session: StoryParts['session']): ReadonlyMap<number, readonly StoryItem[]> {
  const { gates = [], ended = [] } = session ?? {};
  const all: readonly StoryGate[] = [
    ...ended.toReversed().map(({ kind = 'action', ...gate }) => ({ ...gate, kind })),
    ...gates.map(({ facts, status, payload }) => ({
      ...facts,
      status,
      ...questionIn(payload),
    })),
  ];
  const byStep = new Map<number, StoryItem[]>();
  for (const gate of all) {
    const step = stepOf(gate.actionId) ?? 0;
    byStep.set(step, [...(byStep.get(step) ?? []), { kind: 'gate', gate }]);
  }
  return byStep;
}

function questionIn(payload: JsonObject | undefined): Pick<StoryGate, 'question'> {
  const question = payload?.['question'];
  return typeof question === 'string' ? { question } : {};
}

/** Every gate of a trail, by id. */
function gatesOf(trail: readonly TrailEntry[]): ReadonlyMap<string, StoryGate> {
  const gates = new Map<string, StoryGate>();
  for (const { event } of trail) {
    const { gateId } = event;
    if (gateId === undefined) continue;
    const known = gates.get(gateId);
    const status = ENDS.find((end) => end === event.eventType);
    if (event.eventType === 'gate_presented') gates.set(gateId, presentedGate(gateId, event));
    else if (known !== undefined && status !== undefined) {
      gates.set(gateId, endedGate(known, event, status));
    }
  }
  return gates;
}

function presentedGate(gateId: string, event: TrailEvent): StoryGate {
  return {
    gateId,
    kind: detailText(event, 'kind'),
    description: detailText(event, 'description'),
    status: 'pending',
    actionId: event.actionId,
    ...questionIn(event.actionPayload),
  };
}

function endedGate(gate: StoryGate, ended: TrailEvent, status: Status): StoryGate {
  const { reviewerId, rationale, details } = ended;
  const modifications = details?.['modifications'];
  const answer = isObject(modifications) ? memberOf(modifications, 'answer') : undefined;
  return {
    ...gate,
    status,
    reviewerId,
    rationale,
    ...(typeof answer === 'string' ? { answer } : {}),
  };
}
