/**
 * Types of the package as its users meet them, one right and one wrong use of each entry: type-checked here, and once
 * more in a project that has the package installed (starter.test.ts). Nothing of it runs.
 */
import type { HoldpointClient } from 'holdpoint/client';
import { serveGateway } from 'holdpoint/gateway';
import { definePolicy, type Policy } from 'holdpoint/policy';
import { scriptedReviewer } from 'holdpoint/testing';
import { defineTool } from 'holdpoint/tools';
import { type HoldpointConfig, defineConfig } from 'holdpoint/worker';
import { createHoldpoint } from 'holdpoint/workflow';
import { z } from 'zod';

const refund = defineTool({
  name: 'refund',
  description: 'Pays money back.',
  input: z.object({ order: z.string(), amount: z.number() }),
  execute: ({ order, amount }) => `${order}: ${amount}`,
});

export const policy: Policy = definePolicy({
  name: 'desk',
  version: '1',
  tools: { refund: { reversibility: 'partially_reversible', value: '/amount' } },
});

// holdpoint/tools
export const wrongTool = defineTool({
  name: 'wrong',
  description: 'Reads an argument that it does not have.',
  input: z.object({ order: z.string() }),
  // @ts-expect-error -- there is no amount
  execute: ({ amount }) => amount,
});

// holdpoint/policy
export const wrongPolicy = definePolicy({
  name: 'desk',
  version: '1',
  // @ts-expect-error -- no such reversibility
  tools: { refund: { reversibility: 'hardly' } },
});

// holdpoint/worker
export const config: Pick<HoldpointConfig, 'tools'> = defineConfig({
  tools: [refund],
  policy,
  model: { provider: 'openai', model: 'gpt-4.1' },
});
export const wrongConfig = defineConfig({
  tools: [refund],
  policy,
  // @ts-expect-error -- nobody of that name provides models
  model: { provider: 'nobody', model: 'none' },
});

// holdpoint/workflow
export async function payOut(order: string): Promise<string> {
  const hold = createHoldpoint({ agentId: 'desk' });
  const cleared = await hold.gate({ actionType: 'refund', arguments: { order, amount: 10 } });
  // @ts-expect-error -- there are arguments only where it may proceed
  const wrong: unknown = cleared.arguments;
  return JSON.stringify([cleared.proceed ? cleared.arguments : 'no', wrong]);
}

// holdpoint/client
const tools = [refund] as const;
export async function decideRefund(people: HoldpointClient<typeof tools>): Promise<string> {
  const { sessions } = await people.pending();
  const names: readonly ('refund' | 'question' | 'answer')[] = sessions.flatMap(({ gates }) =>
    gates.map(({ actionType }) => actionType),
  );
  // @ts-expect-error -- no tool is called so
  const wrong = names.includes('refnud');
  const [gate] = await people.gates('session-1');
  if (gate?.kind !== 'action') return String(wrong);
  const rita = { decision: 'modified', reviewerId: 'rita' } as const;
  await people.decide(gate, { ...rita, modifications: { amount: gate.payload.amount / 2 } });
  // @ts-expect-error -- an amount is a number
  await people.decide(gate, { ...rita, modifications: { amount: 'half' } });
  return gate.actionType;
}

// holdpoint/gateway
export async function serve(holdpoint: HoldpointClient): Promise<string> {
  const at = { host: '127.0.0.1', port: 0 };
  // @ts-expect-error -- whose tokens count has to be said
  await serveGateway(at, { holdpoint, callbackOrigins: [] });
  const { url } = await serveGateway(at, { holdpoint, tokens: [], callbackOrigins: [] });
  return url;
}

// holdpoint/testing
export const reviewer = scriptedReviewer({ refund: { decision: 'rejected', rationale: 'No.' } });
// @ts-expect-error -- nobody decides so
export const wrongReviewer = scriptedReviewer({ refund: { decision: 'perhaps' } });
