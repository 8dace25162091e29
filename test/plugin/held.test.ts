/** What the plugin holds, how that looks to people and to the workflow, and what becomes of it. */
import { randomUUID } from 'node:crypto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { verifyChain } from '../../domain/index.ts';
import { UNKNOWN_SIGNAL, wireName } from '../../domain/messages.ts';
import { existingTemporal } from '../../workers/temporal-binary.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { performed, PROGRAMS } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { callsByPolicy } from './calls-by-policy.ts';
import { openPluginWorld, PLAIN_POLICY, plainPolicy, type PluginWorld } from './plugin-world.ts';

const OLGA = { operatorId: 'olga', reason: 'it looks wrong' };

let world: PluginWorld;
let isChanged = false;
beforeAll(async () => {
  world = await openPluginWorld();
});
afterEach(async () => {
  if (isChanged) await world.restart();
  isChanged = false;
});
afterAll(async () => world.close());

async function oneGate(
  id: string,
): ReturnType<PluginWorld['gates']> extends Promise<readonly (infer Gate)[]>
  ? Promise<Gate>
  : never {
  const [gate] = await world.gates(id);
  if (gate === undefined) throw new Error('One gate is one gate');
  return gate;
}

async function typesOf(id: string): Promise<readonly string[]> {
  const events = (await world.people.auditTrail(id)).map(({ event }) => event);
  expect(verifyChain(events)).toBeUndefined();
  return events.map(({ eventType }) => eventType);
}

async function errorOf(result: Promise<unknown>): Promise<unknown> {
  try {
    await result;
  } catch (error) {
    return error instanceof WorkflowFailedError ? error.cause : error;
  }
  throw new Error('It did not fail');
}

describe('a call that is held', () => {
  test('H1: stands in a gate with its arguments, and runs as approved', async () => {
    const { start, decide, ran, people } = world;
    const handle = await start('polling', 'tide');
    const gate = await oneGate(handle.workflowId);
    expect(gate).toMatchObject({
      actionType: 'publish',
      payload: { arg0: 'tide after 3' },
      agentId: 'polling',
      reversibility: 'irreversible',
    });
    expect(ran).not.toContain('publish tide after 3');
    expect(await decide(handle.workflowId, gate)).toMatchObject({ status: 'decided' });
    expect(await handle.result()).toBe('publish tide after 3');
    expect(await typesOf(handle.workflowId)).toEqual([
      'gate_presented',
      'approved',
      'executed',
      'ended',
    ]);
    const looked = 'look (activity, automated, by read-only) → executed';
    expect(await callsByPolicy(handle.workflowId, PLAIN_POLICY)).toEqual([looked, looked, looked]);
    expect(await callsByPolicy(handle.workflowId, { ...PLAIN_POLICY, version: '2' })).toMatchObject(
      [expect.stringMatching(/^This is plain@2#.*; the session goes by plain@1#/)],
    );
    // Who decides after that is told what had happened.
    expect(
      await people.decide(handle.workflowId, { ...late(gate), decision: 'rejected' }),
    ).toMatchObject({
      status: 'refused',
      code: 'ALREADY_DECIDED',
    });
  });

  test('is shown and decided by the temporal program, by the lines of the guide', async () => {
    const handle = await world.start('polling', 'ebb');
    const { gateId, runId, payloadDigest } = await oneGate(handle.workflowId);
    const lines = filledIn(pageFence('docs/guides/plugin.md#terminal'), {
      'order-2': handle.workflowId,
      '"gateId": "…"': `"gateId": "${gateId}"`,
      '"runId": "…"': `"runId": "${runId}"`,
      '"payloadDigest": "…"': `"payloadDigest": "${payloadDigest}"`,
    });
    const said = await performed(lines, {
      env: {
        PATH: PROGRAMS,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        TEMPORAL_PROGRAM: (await existingTemporal({})) ?? 'temporal',
      },
    });
    expect(said).toContain('ebb after 3');
    expect(await handle.result()).toBe('publish ebb after 3');
  });

  test('H8: the evidence is what the history says, before the workflow has ended', async () => {
    const { start, decide, evidence, people } = world;
    const handle = await start('polling', 'dawn');
    await decide(handle.workflowId, await oneGate(handle.workflowId));
    await handle.result();
    const [session] = await evidence.sessions(handle.workflowId);
    if (session === undefined) throw new Error('No evidence');
    const stored = (await evidence.events(session)).map(({ event }) => event.hash);
    const trail = (await people.auditTrail(handle.workflowId)).map(({ event }) => event.hash);
    expect(stored).toEqual(trail);
  });

  test('H5: runs with what a reviewer made of it', async () => {
    const { start, decide } = world;
    const handle = await start('polling', 'noon');
    const gate = await oneGate(handle.workflowId);
    await decide(handle.workflowId, gate, {
      decision: 'modified',
      modifications: { arg0: 'noon, corrected' },
    });
    expect(await handle.result()).toBe('publish noon, corrected');
  });

  test('a call that is rejected or withdrawn fails as calls of its kind fail, with why', async () => {
    const { start, gates, decide } = world;
    const handle = await start('catching');
    for (const gate of await gates(handle.workflowId, 2)) {
      await decide(handle.workflowId, gate, { decision: 'rejected', rationale: 'no' });
    }
    expect(await handle.result()).toEqual([
      'ActivityFailure: ActionRejected',
      'ActivityFailure: ActionRejected',
    ]);
  });

  test('H10: an activity that the policy does not name waits', async () => {
    const { start, decide } = world;
    const handle = await start('unlisted');
    const gate = await oneGate(handle.workflowId);
    expect(gate).toMatchObject({ actionType: 'surprise', reversibility: 'irreversible' });
    await decide(handle.workflowId, gate);
    expect(await handle.result()).toBe('surprise !');
  });

  test('H10, H12: what can not be undone, and what nobody knows, is refused as a local activity; a read is not', async () => {
    const handle = await world.start('locals');
    const refused = 'ActivityFailure: LOCAL_ACTIVITY';
    expect(await handle.result()).toEqual(['seen here', refused, refused]);
    expect(await typesOf(handle.workflowId)).toEqual(['not_executed', 'not_executed', 'ended']);
    expect(world.ran.filter((line) => /^(publish there|surprise \?)/.test(line))).toEqual([]);
  });

  test('H12: an activity that can not be undone has one attempt, whatever the workflow wrote', async () => {
    const { start, decide } = world;
    const handle = await start('polling', 'dusk');
    await decide(handle.workflowId, await oneGate(handle.workflowId));
    await handle.result();
    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? [])
      .map((event) => event.activityTaskScheduledEventAttributes)
      .find((attributes) => attributes?.activityType?.name === 'publish');
    expect(scheduled?.retryPolicy?.maximumAttempts).toBe(1);
  });

  test('H12: a child workflow is held, and spends one reserving activity', async () => {
    const { start, decide, evidence } = world;
    const handle = await start('launching');
    const gate = await oneGate(handle.workflowId);
    expect(gate).toMatchObject({ actionType: 'launched', payload: { arg0: 'up' } });
    await decide(handle.workflowId, gate);
    expect(await handle.result()).toEqual(['note up']);
    const [session] = await evidence.sessions(handle.workflowId);
    if (session === undefined) throw new Error('No evidence');
    expect(await evidence.entriesOf(session)).toMatchObject([
      { actionType: 'launched', state: 'started', decisionId: expect.any(String) },
    ]);
  });

  test('a child workflow that is rejected does not start, and fails as children do', async () => {
    const { start, decide, client } = world;
    const handle = await start('launching');
    await decide(handle.workflowId, await oneGate(handle.workflowId), { decision: 'rejected' });
    expect(await handle.result()).toEqual(['ChildWorkflowFailure: ActionRejected']);
    await expect(client.workflow.getHandle(`${handle.workflowId}/up`).describe()).rejects.toThrow(
      /not found/i,
    );
  });
});

describe('operators', () => {
  test('H7: a pause holds also what is not gated, and a resume lets it go on', async () => {
    const { start, people, decide, ran } = world;
    const what = `paused ${randomUUID()}`;
    const handle = await start('beside', what);
    const gate = await oneGate(handle.workflowId);
    expect(await people.pause(handle.workflowId, OLGA)).toMatchObject({ status: 'done' });
    await decide(handle.workflowId, gate);
    await handle.signal('goOn');
    expect(await people.status(handle.workflowId)).toMatchObject({ phase: 'paused' });
    // Another run passes through the same queue meanwhile.
    await (await start('harmless', 2)).result();
    expect(ran.filter((line) => line.includes(what))).toEqual([]);
    await people.resume(handle.workflowId, OLGA);
    await handle.result();
    expect(ran.filter((line) => line.includes(what)).toSorted()).toEqual([
      expect.stringContaining('note'),
      expect.stringContaining('publish'),
    ]);
    expect(await typesOf(handle.workflowId)).toEqual([
      'gate_presented',
      'paused',
      'approved',
      'resumed',
      'executed',
      'ended',
    ]);
  });

  test('H7: a cancel is told to the workflow, which may clean up through a gate', async () => {
    const { start, people, gates, decide, ran } = world;
    const handle = await start('cleaning');
    const [first] = await gates(handle.workflowId);
    expect(first).toMatchObject({ actionType: 'publish' });
    expect(await people.cancel(handle.workflowId, OLGA)).toMatchObject({ status: 'done' });
    const cleanup = await until('the gate of the clean-up', async () => {
      const [gate] = await people.gates(handle.workflowId);
      return gate?.actionType === 'erase' && gate;
    });
    await decide(handle.workflowId, cleanup);
    const error = await errorOf(handle.result());
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect((error as ApplicationFailure).type).toBe('AgentCancelled');
    expect(ran).not.toContain('publish while it runs');
    expect(await typesOf(handle.workflowId)).toEqual([
      'gate_presented',
      'cancelled',
      'withdrawn',
      'gate_presented',
      'approved',
      'executed',
      'ended',
    ]);
  });

  test("H7: Temporal's own cancellation withdraws what waits in a cancelled scope, and the run ends as cancelled", async () => {
    const { start, gates, people, decide } = world;
    const handle = await start('cleaning');
    await gates(handle.workflowId);
    await handle.cancel();
    const cleanup = await until('the gate of the clean-up', async () => {
      const [gate] = await people.gates(handle.workflowId);
      return gate?.actionType === 'erase' && gate;
    });
    await decide(handle.workflowId, cleanup, { decision: 'rejected' });
    await until('its end', async () => (await handle.describe()).status.name !== 'RUNNING');
    const types = await typesOf(handle.workflowId);
    expect(types.slice(0, 4)).toEqual(
      expect.arrayContaining(['gate_presented', 'cancelled', 'withdrawn']),
    );
    expect(types.at(-1)).toBe('ended');
  });

  test('a call in a scope that runs out of time is withdrawn, and the workflow goes on', async () => {
    const { start, people, ran } = world;
    const handle = await start('withinTime', 300);
    expect(await handle.result()).toBe('note too late');
    expect(ran).not.toContain('publish in time');
    expect(await typesOf(handle.workflowId)).toEqual(['gate_presented', 'withdrawn', 'ended']);
    expect(await people.gates(handle.workflowId)).toEqual([]);
  });

  test('an instruction is refused: there is no agent of ours to tell', async () => {
    const { start, people, gates, approveAll } = world;
    const handle = await start('polling', 'told');
    await gates(handle.workflowId);
    expect(
      await people.instruct(handle.workflowId, { ...OLGA, message: 'be quick' }),
    ).toMatchObject({ status: 'refused', code: 'MALFORMED' });
    await approveAll(handle);
  });

  test('H4: a signal whose name only begins like ours is recorded; one of another name is not touched', async () => {
    const { start, gates, approveAll } = world;
    const handle = await start('polling', 'noise');
    await gates(handle.workflowId);
    await handle.signal(wireName('decid'), { gateId: 'x' });
    await handle.signal('somebodyElses', 1);
    await until('the refusal', async () =>
      (await typesOf(handle.workflowId)).includes('message_refused'),
    );
    expect(UNKNOWN_SIGNAL).toMatch(/^holdpoint_/);
    await approveAll(handle);
    const types = await typesOf(handle.workflowId);
    expect(types.filter((type) => type === 'message_refused')).toHaveLength(1);
  });
});

describe('a workflow that continues as new', () => {
  test('H8: has one trail over its runs, gapless, and its policy goes on with it', async () => {
    const { start, approveAll, people, evidence } = world;
    const handle = await start('loop', 1, 3);
    expect(await approveAll(handle)).toEqual([
      'publish page 1',
      'publish page 2',
      'publish page 3',
    ]);
    const trail = await people.auditTrail(handle.workflowId);
    expect(verifyChain(trail.map(({ event }) => event))).toBeUndefined();
    expect(new Set(trail.map(({ runId }) => runId)).size).toBe(3);
    expect(trail.filter(({ event }) => event.eventType === 'executed')).toHaveLength(3);
    const [session] = await evidence.sessions(handle.workflowId);
    if (session === undefined) throw new Error('No evidence');
    expect((await evidence.events(session)).map(({ event }) => event.hash)).toEqual(
      trail.map(({ event }) => event.hash),
    );
  });
});

describe('a deploy', () => {
  const LOOSE = plainPolicy({
    version: '2',
    tools: {
      look: { readOnly: true },
      note: { reversibility: 'reversible' },
      publish: { reversibility: 'reversible' },
    },
  });

  test('with another policy leaves a run that was held under the one that it pinned', async () => {
    const { start, decide } = world;
    const handle = await start('interpreter', {
      each: [
        { do: 'publish', what: `first ${randomUUID()}` },
        { do: 'publish', what: 'second' },
      ],
    });
    const first = await oneGate(handle.workflowId);
    isChanged = true;
    await world.restart({ policy: LOOSE });
    await decide(handle.workflowId, first);
    const second = await until('the second gate', async () => {
      const [gate] = await world.people.gates(handle.workflowId);
      return gate !== undefined && gate.gateId !== first.gateId && gate;
    });
    expect(second.policyVersion).toBe(first.policyVersion);
    await decide(handle.workflowId, second);
    expect(await handle.result()).toHaveLength(2);
  });

  test('of the plugin itself, in the middle of a run: what ran before stays as it was, what comes is held', async () => {
    isChanged = true;
    await world.restart('none');
    const taskQueue = `later-${randomUUID()}`;
    const handle = await world.start('midway', taskQueue);
    await until('its first call', async () =>
      (await handle.fetchHistory()).events?.some(
        (event) => event.activityTaskCompletedEventAttributes,
      ),
    );
    await world.restart();
    isChanged = false;
    await handle.signal('goOn');
    const gate = await oneGate(handle.workflowId);
    expect(gate).toMatchObject({ actionType: 'publish', payload: { arg0: 'after' } });
    await world.decide(handle.workflowId, gate);
    const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
    const other = await Worker.create({
      connection,
      namespace: inject('temporalNamespace'),
      taskQueue,
      activities: { publish: async (page: string) => `published ${page}` },
    });
    await other.runUntil(async () =>
      expect(await handle.result()).toEqual([
        'publish before',
        'publish after',
        'published under way',
      ]),
    );
    await connection.close();
    const calls = await world.people.ungatedCalls(handle.workflowId);
    expect(calls.map(({ arguments: [page], status }) => `${String(page)}: ${status}`)).toEqual([
      'under way: executed',
      'before: executed',
    ]);
    const unruled = 'publish (activity, WHICH THIS POLICY HOLDS) → executed';
    expect(await callsByPolicy(handle.workflowId, PLAIN_POLICY)).toEqual([unruled, unruled]);
  });
});

function late({ gateId, runId, payloadDigest }: Awaited<ReturnType<typeof oneGate>>) {
  return { gateId, runId, payloadDigest, decisionId: randomUUID(), reviewerId: 'rita' };
}
