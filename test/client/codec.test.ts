/**
 * The trail behind a payload codec: memo and inputs are encoded, and decoded with the client's data converter. Headers
 * pass no codec (SDK 1.24), so a consent is read as it stands. The codec here takes nothing that it did not encode.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { askPerson } from '../../activities/ask-person.ts';
import { evidenceActivities } from '../../activities/evidence-activities.ts';
import { agentActivities } from '../../activities/model-turn.ts';
import { toolActivity } from '../../activities/tool-activity.ts';
import { createToolRegistry } from '../../activities/tool-registry.ts';
import { HoldpointClient } from '../../client/index.ts';
import { carriersOf } from '../../domain/audit/run-history.ts';
import { verifyChain } from '../../domain/index.ts';
import { QUERIES } from '../../domain/messages.ts';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { consentInterceptor, currentKey } from '../../workers/action-context.ts';
import { ensureSearchAttribute } from '../../workers/search-attributes.ts';
import { createDesk, deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';

const ENCODING = Buffer.from('binary/flipped');

const flipped = (data: Uint8Array | null | undefined): Uint8Array =>
  (data ?? new Uint8Array()).map((byte) => byte ^ 0xff);

/** Every payload within another one, its bytes flipped. */
const codec: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map(({ metadata, data }) => ({
      metadata: { ...metadata, encoding: ENCODING, was: metadata?.['encoding'] ?? ENCODING },
      data: flipped(data),
    })),
  decode: async (payloads) =>
    payloads.map((payload) => {
      if (!isEncoded(payload)) throw new Error('Not encoded');
      const { metadata, data } = payload;
      const { was, ...rest } = metadata ?? {};
      return { metadata: { ...rest, ...(was ? { encoding: was } : {}) }, data: flipped(data) };
    }),
};

function isEncoded({ metadata }: Payload): boolean {
  return ENCODING.equals(metadata?.['encoding'] ?? new Uint8Array());
}

let connection: Connection;
let native: NativeConnection;
let evidence: EvidenceStore;

beforeAll(async () => {
  const address = inject('temporalAddress');
  [connection, native, evidence] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
    openPgliteEvidence({}),
  ]);
});
afterAll(async () => {
  await Promise.all([connection.close(), evidence.close()]);
  await native.close();
});

test('H8: memo, consent and slice give one trail, whatever the codec takes', async () => {
  const [namespace, taskQueue] = [inject('temporalNamespace'), `test-${randomUUID()}`];
  const dataConverter = { payloadCodecs: [codec] };
  const [desk, policy] = [createDesk(), deskPolicy()];
  const { model, confidenceModel } = desk;
  const registry = createToolRegistry([...desk.tools, askPerson]);
  await ensureSearchAttribute(native, namespace);
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    dataConverter,
    workflowBundle: { codePath: inject('workflowBundlePath') },
    activities: {
      ...Object.fromEntries(desk.tools.map((tool) => [tool.name, toolActivity(tool, currentKey)])),
      ...agentActivities({ registry, evidence, policy, model, confidenceModel }),
      ...evidenceActivities({ evidence, registry, policy }),
    },
    patchActivationCallback: () => false,
    interceptors: { activity: [consentInterceptor({ evidence, registry, policy })] },
  });
  const client = new Client({ connection, namespace, dataConverter });
  const holdpoint = new HoldpointClient({ client, taskQueue });
  desk.play('codec', {
    turns: [{ calls: [{ name: 'delete_record', arguments: { id: 'c-1' } }] }, { text: 'Done.' }],
  });
  await worker.runUntil(async () => {
    const session = await holdpoint.start({ goal: 'codec', agentId: 'agent' });
    const gate = await until('the gate', async () => (await holdpoint.gates(session))[0]);
    const { gateId, runId, payloadDigest } = gate;
    const shown = { gateId, runId, payloadDigest };
    await holdpoint.decide(session, { ...shown, decision: 'approved', reviewerId: 'rita' });
    await holdpoint.result(session);
    const handle = client.workflow.getHandle(session);
    const trail = (await holdpoint.auditTrail(session)).map(({ event }) => event);
    expect(verifyChain(trail)).toBeUndefined();
    expect(trail.at(-1)?.eventType).toBe('ended');
    expect(trail).toEqual(await handle.query(QUERIES.auditTrail));
    const { events } = await handle.fetchHistory();
    const carriers = carriersOf(events ?? []).map(({ kind, payload }) => [
      kind,
      isEncoded(payload),
    ]);
    expect(carriers).toEqual([
      ['memo', true],
      ['consent', false],
      ['slice', true],
    ]);
  });
});
