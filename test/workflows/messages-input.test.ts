/** What starts a session by hand may be anything: it fails as malformed, and leaves its trail like every session. */
import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { expect, inject, test } from 'vitest';
import { AGENT, modes } from '../support/world.ts';

const INPUT = { goal: 'search', agentId: AGENT };
const text = (written: string): Uint8Array => new TextEncoder().encode(written);

/** A state that would let everything pass, as only a run that continues another may have it. */
const FORGED = {
  version: 1,
  record: { version: 1, state: { phase: 'running' }, head: { seq: 7, hash: 'a'.repeat(64) } },
  progress: { steps: 1, toolCalls: 0, tokens: 0 },
  conversation: { tail: [] },
};

const MALFORMED: readonly (readonly [string, readonly unknown[]])[] = [
  ['no goal', [{ agentId: AGENT }]],
  ['an empty goal', [{ ...INPUT, goal: ' ' }]],
  ['an unknown field', [{ ...INPUT, policy: {} }]],
  ['stakes that are none', [{ ...INPUT, stakes: 'enormous' }]],
  ['an agent with an invisible name', [{ ...INPUT, agentId: '\u200B' }]],
  ['a goal with a lone surrogate', [{ ...INPUT, goal: '\uD800' }]],
  ['text', ['search']],
  ['nothing', []],
  ['something handed on', [INPUT, 'what the run before says']],
  ['a forged state', [INPUT, FORGED]],
];

modes('a session that is started with', (world) => {
  test.each(MALFORMED)('%s fails as malformed, with its trail', async (_what, args) => {
    const { client, taskQueue, holdpoint, wholeTrail, evidence } = world();
    const session = `malformed-${randomUUID()}`;
    await client.workflow.start('agentSession', {
      workflowId: session,
      taskQueue,
      args: [...args],
    });
    await expect(holdpoint.result(session)).rejects.toMatchObject({ cause: { type: 'MALFORMED' } });
    const events = await wholeTrail(session);
    expect(events.map((event) => event.eventType)).toEqual(['started', 'ended']);
    expect(events[1]).toMatchObject({ details: { status: 'failed', reason: 'MALFORMED' } });
    const [stored] = await evidence.sessions(session);
    expect(stored).toMatchObject({ events: 2 });
    expect(await holdpoint.status(session)).toMatchObject({ phase: 'closed' });
  });

  test('what can not be decoded fails as malformed, with its trail', async () => {
    const { client, taskQueue, holdpoint, wholeTrail } = world();
    const session = `undecodable-${randomUUID()}`;
    const broken = { metadata: { encoding: text('json/plain') }, data: text('{') };
    await client.workflowService.startWorkflowExecution({
      namespace: inject('temporalNamespace'),
      workflowId: session,
      workflowType: { name: 'agentSession' },
      taskQueue: { name: taskQueue },
      requestId: randomUUID(),
      input: { payloads: [broken, defaultPayloadConverter.toPayload(FORGED)] },
    });
    await expect(holdpoint.result(session)).rejects.toMatchObject({ cause: { type: 'MALFORMED' } });
    expect((await wholeTrail(session)).map((event) => event.eventType)).toEqual([
      'started',
      'ended',
    ]);
  });
});
