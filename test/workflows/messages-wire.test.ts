/**
 * Messages as they may come over the wire, whatever their sender meant: misspelt, reserved, undecodable, too large, too
 * early. None stops a session: it answers, its trail is whole, and its gate still decides.
 */
import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { describe, expect, inject, test } from 'vitest';
import type { AuditEvent } from '../../domain/index.ts';
import { type PendingApproval, QUERIES, SIGNALS, UPDATES } from '../../domain/messages.ts';
import { OPERATOR_VERBS } from '../../domain/session/operator-command.ts';
import { until } from '../support/until.ts';
import { AGENT, modes, REVIEWER, type World } from '../support/world.ts';

type Payload = temporal.api.common.v1.IPayload;

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'looks odd' };
const COMPLETED = 3;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const payload = (encoding: string, text: string): Payload => ({
  metadata: { encoding: bytes(encoding) },
  data: bytes(text),
});

/** What no converter of the session can read. */
const UNDECODABLE: readonly (readonly [string, Payload])[] = [
  ['broken JSON', payload('json/plain', '{"gateId": ')],
  ['no JSON at all', payload('json/plain', '')],
  ['an unknown encoding', payload('binary/unknown', 'x')],
  ['an encrypted payload', payload('binary/encrypted', '\u0001\u0002')],
  ['no encoding', { data: bytes('{}') }],
];

async function signalRaw(
  world: World,
  session: string,
  name: string,
  ...payloads: Payload[]
): Promise<void> {
  await world.client.workflowService.signalWorkflowExecution({
    namespace: inject('temporalNamespace'),
    workflowExecution: { workflowId: session },
    signalName: name,
    requestId: randomUUID(),
    identity: 'a test',
    input: { payloads },
  });
}

async function updateRaw(
  world: World,
  session: string,
  name: string,
  ...payloads: Payload[]
): Promise<temporal.api.update.v1.IOutcome | undefined> {
  const { outcome } = await world.client.workflowService.updateWorkflowExecution({
    namespace: inject('temporalNamespace'),
    workflowExecution: { workflowId: session },
    waitPolicy: { lifecycleStage: COMPLETED },
    request: {
      meta: { updateId: randomUUID(), identity: 'a test' },
      input: { name, args: { payloads } },
    },
  });
  return outcome ?? undefined;
}

async function gated({
  start,
  oneGate,
}: World): Promise<{ session: string; gate: PendingApproval }> {
  const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
  return { session, gate: await oneGate(session) };
}

function refusedIn(events: readonly AuditEvent[]): readonly AuditEvent[] {
  return events.filter(({ eventType }) => eventType.endsWith('_refused'));
}

async function untilRefused(
  world: World,
  session: string,
  count: number,
): Promise<readonly AuditEvent[]> {
  return until(`${count} refusals in the trail`, async () => {
    const found = refusedIn(await world.trail(session));
    return found.length === count && found;
  });
}

/** It answers, its trail is whole, no task of it failed, and its gate decides as if nothing had been. */
async function expectAlive(world: World, session: string, gate: PendingApproval): Promise<void> {
  await world.wholeTrail(session);
  expect(await world.oneGate(session)).toEqual(gate);
  expect(await world.decide(session, gate, {})).toMatchObject({ status: 'decided' });
  expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  expect(world.desk.executionsOf(session)).toHaveLength(1);
  await world.wholeTrail(session);
  const { events } = await world.client.workflow.getHandle(session).fetchHistory();
  expect((events ?? []).filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
}

const NAMES: readonly (readonly [string, string, string])[] = [
  ['misspelt', 'aprove', 'aprove'],
  ['of the wrong case', 'Decide', 'Decide'],
  ['reserved by the SDK', '__temporal_x', 'reserved:__temporal_x'],
  ['of a built-in query', '__stack_trace', '__stack_trace'],
  ['of an object’s own', '__proto__', '__proto__'],
  [
    'long, and cut within a character',
    `${'a'.repeat(99)}😀😀`,
    `${'a'.repeat(99)}… (4 more characters)`,
  ],
  ['with what can not be seen', 'de\u202Ecide', 'de⟦U+202E⟧cide'],
];

modes('a message', (world) => {
  describe.each(NAMES)('whose name is %s', (_what, name, recorded) => {
    test('is refused, recorded as signal and as update, and the session lives', async () => {
      const { client } = world();
      const { session, gate } = await gated(world());
      const handle = client.workflow.getHandle(session);
      await handle.signal<[unknown]>(name, { gateId: gate.gateId });
      const [bySignal] = await untilRefused(world(), session, 1);
      const refused = { code: 'MALFORMED', message: recorded };
      expect(bySignal).toMatchObject({ eventType: 'message_refused', details: refused });
      const reply = await handle.executeUpdate<unknown, [unknown]>(name, { args: [{}] });
      expect(reply).toMatchObject({ status: 'refused', code: 'MALFORMED' });
      const [, byUpdate] = await untilRefused(world(), session, 2);
      expect(byUpdate).toMatchObject({ eventType: 'message_refused', details: refused });
      await expect(handle.query(name === '__stack_trace' ? '__none' : name)).rejects.toThrow();
      await expectAlive(world(), session, gate);
    });
  });

  describe.each(UNDECODABLE)('that is %s', (_what, undecodable) => {
    test('is malformed as a signal of any name, and the session lives', async () => {
      const { session, gate } = await gated(world());
      const names = [SIGNALS.decide, ...OPERATOR_VERBS, 'aprove'];
      for (const name of names) await signalRaw(world(), session, name, undecodable);
      const refused = await untilRefused(world(), session, names.length);
      expect(refused.map(({ details }) => details?.['code'])).toEqual(names.map(() => 'MALFORMED'));
      await expectAlive(world(), session, gate);
    });

    test('is refused as an update or a query of any name, and the session lives', async () => {
      const { session, gate } = await gated(world());
      for (const name of [UPDATES.submitDecision, ...OPERATOR_VERBS, 'submitDecison']) {
        const outcome = await updateRaw(world(), session, name, undecodable);
        expect(outcome?.failure, name).toBeDefined();
      }
      const queried = world().client.workflowService.queryWorkflow({
        namespace: inject('temporalNamespace'),
        execution: { workflowId: session },
        query: { queryType: QUERIES.status, queryArgs: { payloads: [undecodable] } },
      });
      expect((await queried).queryResult?.payloads).toHaveLength(1);
      await expectAlive(world(), session, gate);
    });
  });

  test('nested a hundred thousand deep is malformed, and the session lives', async () => {
    const { session, gate } = await gated(world());
    const depth = 100_000;
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const bad = [deep, `{"modifications":{"a":${deep}}}`, `{"rationale":${deep}}`];
    for (const text of bad) {
      await signalRaw(world(), session, SIGNALS.decide, payload('json/plain', text));
      const outcome = await updateRaw(
        world(),
        session,
        UPDATES.submitDecision,
        payload('json/plain', text),
      );
      expect(outcome?.failure).toMatchObject({ applicationFailureInfo: { type: 'MALFORMED' } });
    }
    await untilRefused(world(), session, bad.length);
    await expectAlive(world(), session, gate);
  });
});

/** The server takes signals whose input has up to 2 MiB, and updates up to the 4 MiB of a gRPC message. */
const MIB = 1024 * 1024;
const decisionOf = (size: number): Record<string, unknown> => ({ rationale: 'x'.repeat(size) });

modes('a message of 2 MiB', (world) => {
  test('as a signal just below the limit is malformed and recorded; above it the server refuses it', async () => {
    const { client } = world();
    const { session, gate } = await gated(world());
    const handle = client.workflow.getHandle(session);
    await handle.signal<[unknown]>(SIGNALS.decide, decisionOf(2 * MIB - 100));
    const [refused] = await untilRefused(world(), session, 1);
    expect(refused).toMatchObject({
      eventType: 'decision_refused',
      details: { code: 'MALFORMED' },
    });
    await expect(
      handle.signal<[unknown]>(SIGNALS.decide, decisionOf(2 * MIB)),
    ).rejects.toMatchObject({ cause: { details: 'Blob data size exceeds limit.' } });
    await expectAlive(world(), session, gate);
  });

  test('as an update is malformed up to a size, and beyond it not taken at all', async () => {
    const { client } = world();
    const { session, gate } = await gated(world());
    const handle = client.workflow.getHandle(session);
    const send = async (size: number): Promise<unknown> =>
      handle
        .executeUpdate<unknown, [unknown]>(UPDATES.submitDecision, { args: [decisionOf(size)] })
        .catch((failure: unknown) => failure);
    const malformed = await send(1.5 * MIB);
    expect(malformed).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(malformed).toMatchObject({ cause: { type: 'MALFORMED' } });
    for (const size of [2 * MIB - 300, 2 * MIB, 3 * MIB]) {
      const failure = await send(size);
      expect(failure).toBeInstanceOf(WorkflowUpdateFailedError);
      expect(failure).toMatchObject({ cause: { type: 'UnprocessedUpdate' } });
    }
    await expectAlive(world(), session, gate);
  });

  test('as an update, in one task with other messages, does not end the session', async () => {
    const { client, stopWorker, startWorker } = world();
    const { session, gate } = await gated(world());
    const handle = client.workflow.getHandle(session);
    await stopWorker();
    const large = handle
      .executeUpdate<unknown, [unknown]>(UPDATES.submitDecision, { args: [decisionOf(3 * MIB)] })
      .catch((failure: unknown) => failure);
    const named = handle
      .executeUpdate<unknown, [unknown]>('y'.repeat(3 * MIB), { args: [{}] })
      .catch((failure: unknown) => failure);
    for (let sent = 0; sent < 3; sent += 1) await handle.signal<[unknown]>(SIGNALS.decide, {});
    await startWorker();
    expect(await large).toBeInstanceOf(Error);
    expect(await named).toBeInstanceOf(Error);
    await untilRefused(world(), session, 3);
    await expectAlive(world(), session, gate);
  });
});

modes('a message before the first workflow task', (world) => {
  const script = { turns: [{ calls: [DELETE] }, DONE] } as const;

  test('of any kind is handled, good or bad, and the session lives', async () => {
    const { client, desk, stopWorker, startWorker, taskQueue, oneGate } = world();
    const goal = `early ${randomUUID()}`;
    desk.play(goal, script);
    await stopWorker();
    const session = `early-${randomUUID()}`;
    const early = {
      gateId: 'not-open-yet',
      runId: 'no-run',
      payloadDigest: 'a'.repeat(64),
      decision: 'approved',
      reviewerId: REVIEWER,
    };
    const handle = await client.workflow.signalWithStart('agentSession', {
      workflowId: session,
      taskQueue,
      args: [{ goal, agentId: AGENT }],
      signal: SIGNALS.decide,
      signalArgs: [early],
    });
    await handle.signal<[unknown]>(SIGNALS.decide, {});
    await handle.signal('aprove');
    await handle.signal('__temporal_x');
    await signalRaw(world(), session, SIGNALS.pause, payload('json/plain', '{'));
    const reserved = updateRaw(world(), session, '__temporal_y').catch(
      (failure: unknown) => failure,
    );
    await startWorker();
    await untilRefused(world(), session, 5);
    expect(await reserved).not.toBeInstanceOf(Error);
    const gate = await oneGate(session);
    await expectAlive(world(), session, gate);
    const ended = refusedIn(await world().trail(session));
    expect(ended.map(({ details }) => details?.['code'])).toContain('UNKNOWN_GATE');
  });

  test('H7: a pause that comes so early holds the first model turn', async () => {
    const { client, holdpoint, desk, stopWorker, startWorker, start, trail } = world();
    await stopWorker();
    const session = await start(script);
    await client.workflow.getHandle(session).signal<[unknown]>(SIGNALS.pause, OPERATOR);
    await startWorker();
    await until('the pause is recorded', async () =>
      (await trail(session)).some(({ eventType }) => eventType === 'paused'),
    );
    expect(await holdpoint.status(session)).toMatchObject({ phase: 'paused', inFlight: [] });
    await holdpoint.cancel(session, OPERATOR);
    await expect(holdpoint.result(session)).rejects.toMatchObject({
      cause: { type: 'AgentCancelled' },
    });
    expect(desk.executionsOf(session)).toEqual([]);
  });
});
