/**
 * What Holdpoint is measured against: an agent with approvals as a good Temporal user writes it by hand. A turn of the
 * model, and each call it proposes: a risky one waits for a signal, with a timer; every call is an ordinary activity.
 *
 * It has no inbox, no audit trail, no ledger, no pause: nothing that costs an event and could be left out.
 */
import {
  condition,
  defineQuery,
  defineSignal,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { JsonObject, Json } from 'holdpoint/policy';

export interface Call {
  readonly callId: string;
  readonly name: string;
  readonly arguments: JsonObject;
  /** Waits for a person. */
  readonly risky: boolean;
}

export type Message =
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly Call[] }
  | { readonly role: 'tool'; readonly callId: string; readonly result: Json };

export interface Turn {
  readonly text: string;
  readonly calls: readonly Call[];
}

export interface TurnInput {
  readonly goal: string;
  readonly messages: readonly Message[];
}

export interface HandDecision {
  readonly gate: number;
  readonly approved: boolean;
  readonly reviewerId: string;
}

export const decideSignal = defineSignal<[HandDecision]>('decide');
export const pendingQuery = defineQuery<Call | undefined>('pending');

const { modelTurn } = proxyActivities<{ modelTurn(input: TurnInput): Promise<Turn> }>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumAttempts: 5 },
});

const tools = proxyActivities<Record<string, (args: JsonObject) => Promise<Json>>>({
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 3 },
});

const STEPS_MAX = 100;

export async function handWrittenAgent(goal: string): Promise<string> {
  const decisions = new Map<number, HandDecision>();
  let pending: Call | undefined;
  let gates = 0;
  setHandler(decideSignal, (decision) => {
    if (!decisions.has(decision.gate)) decisions.set(decision.gate, decision);
  });
  setHandler(pendingQuery, () => pending);

  const isApproved = async (call: Call): Promise<boolean> => {
    if (!call.risky) return true;
    gates += 1;
    const gate = gates;
    pending = call;
    await condition(() => decisions.has(gate), '5 minutes');
    pending = undefined;
    return decisions.get(gate)?.approved === true;
  };

  const messages: Message[] = [];
  for (let step = 1; step <= STEPS_MAX; step += 1) {
    const turn = await modelTurn({ goal, messages });
    if (turn.calls.length === 0) return turn.text;
    messages.push({ role: 'assistant', ...turn });
    for (const call of turn.calls) {
      const result = (await isApproved(call))
        ? ((await tools[call.name]?.(call.arguments)) ?? null)
        : 'A person did not approve this call.';
      messages.push({ role: 'tool', callId: call.callId, result });
    }
  }
  return 'Task incomplete.';
}
