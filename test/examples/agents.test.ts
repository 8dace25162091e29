/**
 * Agents on two frameworks under the plugin: the examples' own workers and workflows, and a provider that answers over
 * HTTP from a script. What is the same for both is told once.
 */
import { fileURLToPath } from 'node:url';
import { OpenAIProvider } from '@openai/agents-openai';
import { OpenAIAgentsPlugin } from '@temporalio/openai-agents';
import { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure } from '@temporalio/common';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';
import { holdpoint } from 'holdpoint/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgentWorker as createAiSdkWorker } from '../../examples/ai-sdk-agent/worker.ts';
import { createAgentWorker, inOnePiece } from '../../examples/openai-agents/worker.ts';
import { orderPolicy } from '../../examples/order-desk/policy.ts';
import { type AgentWorld, openAgentWorld } from './agent-world.ts';

const READ = { id: 'c-1', name: 'findOrders', argumentsText: '{"customer":"ada"}' };
const REFUND = { id: 'c-2', name: 'refundOrder', argumentsText: '{"order":"o-7","amount":120}' };
const SMALL = { id: 'c-3', name: 'refundOrder', argumentsText: '{"order":"o-7","amount":5}' };
const DONE = { text: 'Done.' };
const FULL = { order: 'o-7', amount: 120 };

const plugin = holdpoint({ policy: orderPolicy });

interface Framework {
  readonly name: string;
  readonly createWorker: Parameters<typeof openAgentWorld>[0];
  readonly variants: string;
  readonly replay: ReplayWorkerOptions;
}

const FRAMEWORKS: readonly Framework[] = [
  {
    name: 'the AI SDK',
    createWorker: createAiSdkWorker,
    variants: pathOf('./ai-sdk-variants.ts'),
    replay: {
      workflowsPath: pathOf('../../examples/ai-sdk-agent/workflows.ts'),
      plugins: [plugin],
    },
  },
  {
    name: 'the OpenAI Agents SDK',
    createWorker: createAgentWorker,
    variants: pathOf('./openai-agents-variants.ts'),
    replay: {
      workflowsPath: pathOf('../../examples/openai-agents/workflows.ts'),
      bundlerOptions: { webpackConfigHook: inOnePiece },
      plugins: [
        new OpenAIAgentsPlugin({ modelProvider: new OpenAIProvider({ apiKey: 'none' }) }),
        plugin,
      ],
    },
  },
];

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

async function causeOf(result: Promise<unknown>): Promise<unknown> {
  try {
    await result;
  } catch (error) {
    return error instanceof WorkflowFailedError ? error.cause : error;
  }
  throw new Error('It did not fail');
}

describe.each(FRAMEWORKS)('an agent on $name', ({ createWorker, replay }) => {
  let world: AgentWorld;
  beforeAll(async () => {
    world = await openAgentWorld(createWorker);
  });
  afterAll(async () => world.close());

  test('H1: reads without a gate; what can not be undone waits, runs once when approved, and the agent answers', async () => {
    const { model, start, gate, decide, refunds, told, people } = world;
    model.serve({ calls: [READ] }, { calls: [REFUND] }, DONE);
    const handle = await start();
    const { workflowId } = handle;
    const open = await gate(workflowId);
    expect(open).toMatchObject({ actionType: 'refundOrder', payload: FULL });
    expect(told()).toEqual(['[{"order":"o-7","total":120}]']);
    expect(refunds).toEqual([]);
    await decide(workflowId, open);
    expect(await handle.result()).toBe('Done.');
    expect(refunds).toEqual([FULL]);
    expect(told()).toHaveLength(2);
    expect(told()[1]).toContain('paid 120 back for o-7');
    const trail = (await people.auditTrail(workflowId)).map(({ event }) => event.eventType);
    expect(trail).toEqual(['gate_presented', 'approved', 'executed', 'ended']);
  });

  test('a call that is rejected does not run: the agent is told why, and goes on', async () => {
    const { model, start, gate, decide, refunds, told } = world;
    const before = refunds.length;
    model.serve({ calls: [REFUND] }, { text: 'I did not pay.' });
    const handle = await start();
    await decide(handle.workflowId, await gate(handle.workflowId), {
      decision: 'rejected',
      rationale: 'she was paid already',
    });
    expect(await handle.result()).toBe('I did not pay.');
    expect(refunds).toHaveLength(before);
    expect(told()).toEqual([
      expect.stringMatching(
        /rejected this action\. It was not executed\. Reason: she was paid already/,
      ),
    ]);
  });

  test('H5: a call that is modified runs with what the reviewer made of it, and the agent is told so', async () => {
    const { model, start, gate, decide, refunds, told } = world;
    model.serve({ calls: [REFUND] }, DONE);
    const handle = await start();
    await decide(handle.workflowId, await gate(handle.workflowId), {
      decision: 'modified',
      modifications: { amount: 80 },
    });
    await handle.result();
    expect(refunds.at(-1)).toEqual({ order: 'o-7', amount: 80 });
    expect(told()).toEqual([expect.stringContaining('paid 80 back for o-7')]);
  });

  test('H1: of two calls of one turn each has its own gate, and one says nothing of the other', async () => {
    const { model, start, gates, decide, refunds, told } = world;
    const before = refunds.length;
    model.serve({ calls: [REFUND, SMALL] }, DONE);
    const handle = await start();
    for (const open of await gates(handle.workflowId, 2)) {
      const decision = open.payload['amount'] === 5 ? 'approved' : 'rejected';
      await decide(handle.workflowId, open, { decision });
    }
    await handle.result();
    expect(refunds.slice(before)).toEqual([{ order: 'o-7', amount: 5 }]);
    expect(told()).toEqual([
      expect.stringMatching(/rejected/),
      expect.stringContaining('paid 5 back'),
    ]);
  });

  test('H7: a cancel while nothing is decided ends it: nothing runs, and no model is asked again', async () => {
    const { model, start, gate, people, refunds } = world;
    const before = refunds.length;
    model.serve({ calls: [REFUND] }, DONE);
    const asked = model.requests.length;
    const handle = await start();
    await gate(handle.workflowId);
    await people.cancel(handle.workflowId, { operatorId: 'olga', reason: 'enough' });
    expect(await causeOf(handle.result())).toMatchObject({ type: 'AgentCancelled' });
    expect(refunds).toHaveLength(before);
    expect(model.requests).toHaveLength(asked + 1);
  });

  test('a model that refuses for good ends the workflow with a failure', async () => {
    const { model, start } = world;
    model.serve({ status: 400, message: 'no such model' });
    const handle = await start();
    const cause = await causeOf(handle.result());
    expect(cause).toBeInstanceOf(ActivityFailure);
    expect((cause as ActivityFailure).cause?.message).toContain('no such model');
  });

  test('a finished run replays', async () => {
    const { model, start, gate, decide } = world;
    model.serve({ calls: [READ] }, { calls: [REFUND] }, DONE);
    const handle = await start();
    await decide(handle.workflowId, await gate(handle.workflowId));
    await handle.result();
    await Worker.runReplayHistory(replay, await handle.fetchHistory(), handle.workflowId);
  });
});

describe.each(FRAMEWORKS)('the own approval of $name', ({ createWorker, variants }) => {
  test('H6: is left as it is, and opens no gate: after it the call still waits for a person', async () => {
    const world = await openAgentWorld(createWorker, { workflowsPath: variants });
    const { model, start, gate, decide, refunds } = world;
    model.serve({ calls: [REFUND] }, DONE);
    const handle = await start('ownApproval');
    const open = await gate(handle.workflowId);
    expect(refunds).toEqual([]);
    await decide(handle.workflowId, open);
    expect(await handle.result()).toEqual(['1 interrupted', 'Done.']);
    expect(refunds).toEqual([FULL]);
    await world.close();
  });
});

describe('tools of the OpenAI Agents SDK that handle no failure', () => {
  let world: AgentWorld;
  beforeAll(async () => {
    world = await openAgentWorld(createAgentWorker, {
      workflowsPath: pathOf('./openai-agents-variants.ts'),
    });
  });
  afterAll(async () => world.close());

  test('without an errorFunction ask the agent to try again, after the words of the reviewer', async () => {
    const { model, start, gate, decide, told } = world;
    model.serve({ calls: [REFUND] }, DONE);
    const handle = await start('defaultWords');
    await decide(handle.workflowId, await gate(handle.workflowId), { decision: 'rejected' });
    expect(await handle.result()).toBe('Done.');
    expect(told()).toEqual([
      expect.stringMatching(/Please try again.*A reviewer rejected this action/),
    ]);
  });

  test('by activityAsTool end the workflow with the rejection', async () => {
    const { model, start, gate, decide, refunds } = world;
    model.serve({ calls: [REFUND] }, DONE);
    const handle = await start('activityTools');
    await decide(handle.workflowId, await gate(handle.workflowId), { decision: 'rejected' });
    expect(await causeOf(handle.result())).toMatchObject({
      type: 'AgentsWorkflowError',
      message: expect.stringContaining('A reviewer rejected this action'),
    });
    expect(refunds).toEqual([]);
  });
});
