/**
 * A session as one story: what people said to the agent, the agent's turns, and its gates, in the order in which they
 * happened. The conversation has no times; the trail has no model's words. They meet at the turn: the gates of a turn
 * carry its number in their actionId (`3/1`: the first call of turn 3).
 */
import type { TrailEntry } from './trail.ts';
import type { ConversationShown } from '../../gateway/api/sessions.ts';
import { detailText, type TrailEvent } from './trail.ts';

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

/** A gate by its trail: what it asked, and what came of it. */
export interface StoryGate {
  readonly gateId: string;
  readonly presented: TrailEvent;
  readonly ended?: TrailEvent;
  readonly kind: string;
  readonly description: string;
  readonly question?: string;
  readonly answer?: string;
}

const ORDERS = new Set(['paused', 'resumed', 'instructed', 'cancelled', 'ended', 'grant_revoked']);
const ENDS = new Set(['approved', 'modified', 'rejected', 'expired', 'withdrawn']);

export interface StoryParts {
  readonly conversation: ConversationShown | undefined;
  readonly trail: readonly TrailEntry[];
  /** The turn that the conversation's last model turn was, where it does not begin with the first. */
  readonly steps: number | undefined;
}

export function storyOf({ conversation, trail, steps }: StoryParts): readonly StoryItem[] {
  const byStep = trailItems(trail);
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

/** Every gate of a trail, by id. */
function gatesOf(trail: readonly TrailEntry[]): ReadonlyMap<string, StoryGate> {
  const gates = new Map<string, StoryGate>();
  for (const { event } of trail) {
    const { gateId, eventType } = event;
    if (gateId === undefined) continue;
    const known = gates.get(gateId);
    if (eventType === 'gate_presented') gates.set(gateId, presentedGate(gateId, event));
    else if (known !== undefined && ENDS.has(eventType)) gates.set(gateId, endedGate(known, event));
  }
  return gates;
}

function presentedGate(gateId: string, presented: TrailEvent): StoryGate {
  const question = presented.actionPayload?.['question'];
  return {
    gateId,
    presented,
    kind: detailText(presented, 'kind'),
    description: detailText(presented, 'description'),
    ...(typeof question === 'string' ? { question } : {}),
  };
}

function endedGate(gate: StoryGate, ended: TrailEvent): StoryGate {
  const modifications = ended.details?.['modifications'];
  const answer =
    typeof modifications === 'object' && modifications !== null && !Array.isArray(modifications)
      ? (modifications as Readonly<Record<string, unknown>>)['answer']
      : undefined;
  return { ...gate, ended, ...(typeof answer === 'string' ? { answer } : {}) };
}
