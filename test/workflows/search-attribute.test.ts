/**
 * The search attribute that sessions write: a worker checks it by name and type when it starts, and what a run did
 * about it stands in its history, so that workers with and without it can follow each other.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { verifyChain } from '../../domain/index.ts';
import { GATES_ATTRIBUTE, UNINDEXED_PATCH } from '../../domain/messages.ts';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { ensureSearchAttribute } from '../../workers/search-attributes.ts';
import { createHoldpointWorker } from '../../workers/worker.ts';
import { createDesk, deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { type HistoryEvent, runsOf } from './session-runs.ts';

const KEYWORD = 2;
const INT = 3;
const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const OTHER = { name: 'delete_record', arguments: { id: 'c-2' } };
const DENIED = '7 PERMISSION_DENIED: Request unauthorized.';

let connection: Connection;
let native: NativeConnection;
let evidence: EvidenceStore;
/** Ends the worker of a test that failed. */
const dismissals = new Set<() => Promise<void>>();

beforeAll(async () => {
  const address = inject('temporalAddress');
  [connection, native, evidence] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
    openPgliteEvidence({}),
  ]);
});
afterAll(async () => {
  for (const dismiss of dismissals) await dismiss();
  await Promise.all([connection.close(), evidence.close()]);
  await native.close();
});

/** A namespace of its own, with no attribute or with this one. */
async function newNamespace(type?: number): Promise<string> {
  const namespace = `attribute-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 24 * 3_600 } as never,
  });
  await until('the namespace', () =>
    connection.workflowService.describeNamespace({ namespace }).catch(() => undefined),
  );
  if (type !== undefined) {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: { [GATES_ATTRIBUTE]: type },
    });
  }
  return namespace;
}

async function typeIn(namespace: string): Promise<number | undefined> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return customAttributes[GATES_ATTRIBUTE];
}

/** The same connection with credentials that may not do this. */
function forbidding(
  ...methods: readonly ('listSearchAttributes' | 'addSearchAttributes')[]
): NativeConnection {
  const denied = async (): Promise<never> => {
    throw new Error(DENIED);
  };
  const refusing = Object.fromEntries(methods.map((method) => [method, denied]));
  const operatorService = Object.assign(Object.create(native.operatorService) as object, refusing);
  return Object.create(native, { operatorService: { value: operatorService } }) as NativeConnection;
}

describe('a worker that starts', () => {
  test('finds the attribute registered', async () => {
    const namespace = await newNamespace(KEYWORD);
    expect(await ensureSearchAttribute(native, namespace)).toEqual({ status: 'registered' });
  });

  test('adds the attribute where it is missing', async () => {
    const namespace = await newNamespace();
    expect(await ensureSearchAttribute(native, namespace)).toEqual({ status: 'added' });
    expect(await typeIn(namespace)).toBe(KEYWORD);
    expect(await ensureSearchAttribute(native, namespace)).toEqual({ status: 'registered' });
  });

  test('is not stopped by another one that adds it at the same time', async () => {
    const namespace = await newNamespace();
    const checks = Array.from({ length: 8 }, () => ensureSearchAttribute(native, namespace));
    const found = (await Promise.all(checks)).map(({ status }) => status);
    expect(found).toContain('added');
    expect(await typeIn(namespace)).toBe(KEYWORD);
  });

  test('does not start where the attribute has another type, and names the command', async () => {
    const namespace = await newNamespace(INT);
    await expect(ensureSearchAttribute(native, namespace)).rejects.toThrow(
      `Search attribute HoldpointGates has type Int, and has to be Keyword: remove it and add it again. Run: temporal operator search-attribute create --namespace ${namespace} --name HoldpointGates --type Keyword`,
    );
  });

  test('does not start where the attribute is missing and it may not add it, and names the command', async () => {
    const namespace = await newNamespace();
    const check = ensureSearchAttribute(forbidding('addSearchAttributes'), namespace);
    await expect(check).rejects.toThrow(
      `Search attribute HoldpointGates is missing, and this worker may not add it (${DENIED}). Run: temporal operator search-attribute create --namespace ${namespace} --name HoldpointGates --type Keyword`,
    );
  });

  test('says so where it may not even list', async () => {
    const check = ensureSearchAttribute(forbidding('listSearchAttributes'), await newNamespace());
    expect(await check).toEqual({ status: 'unknown', reason: DENIED });
  });
});

const isUpsert = ({
  upsertWorkflowSearchAttributesEventAttributes: upsert,
}: HistoryEvent): boolean => upsert?.searchAttributes?.indexedFields?.[GATES_ATTRIBUTE] != null;

function isPatched({ markerRecordedEventAttributes: marker }: HistoryEvent): boolean {
  const payloads = Object.values(marker?.details ?? {}).flatMap((detail) => detail.payloads ?? []);
  return payloads.some(({ data }) => Buffer.from(data ?? []).includes(UNINDEXED_PATCH));
}

describe.each([
  ['cached', {}],
  ['replayed at every task', { maxCachedWorkflows: 0 }],
] as const)('a session (%s)', (_mode, cache) => {
  interface Stage {
    readonly session: string;
    readonly holdpoint: HoldpointClient;
    readonly client: Client;
    /** Ends the worker there is, and starts one that may list search attributes, or may not. */
    readonly employ: (worker: 'indexed' | 'unindexed') => Promise<void>;
    readonly decideNext: () => Promise<void>;
    readonly events: () => Promise<readonly HistoryEvent[]>;
    readonly warnings: readonly string[];
  }

  /** A session with two gates, one after the other. */
  async function stage(): Promise<Stage> {
    const namespace = inject('temporalNamespace');
    const taskQueue = `attribute-${randomUUID()}`;
    const client = new Client({ connection, namespace });
    const holdpoint = new HoldpointClient({ client, taskQueue });
    const desk = createDesk();
    const goal = `goal ${randomUUID()}`;
    desk.play(goal, { turns: [{ calls: [DELETE] }, { calls: [OTHER] }, { text: 'Done.' }] });
    const session = await holdpoint.start({ goal, agentId: 'agent' });
    const warnings: string[] = [];
    let employed: { readonly worker: Worker; readonly running: Promise<void> } | undefined;
    const dismiss = async (): Promise<void> => {
      employed?.worker.shutdown();
      await employed?.running;
      employed = undefined;
    };
    dismissals.add(dismiss);
    return {
      session,
      holdpoint,
      client,
      warnings,
      employ: async (kind) => {
        await dismiss();
        const worker = await createHoldpointWorker({
          connection: kind === 'indexed' ? native : forbidding('listSearchAttributes'),
          namespace,
          taskQueue,
          evidence,
          policy: deskPolicy(),
          tools: desk.tools,
          model: desk.model,
          confidenceModel: desk.confidenceModel,
          workflowBundle: { codePath: inject('workflowBundlePath') },
          warn: (line) => warnings.push(line),
          ...cache,
        });
        employed = { worker, running: worker.run() };
      },
      decideNext: async () => {
        const [gate] = await until('a gate', async () => {
          const gates = await holdpoint.gates(session);
          return gates.length > 0 && gates;
        });
        if (gate === undefined) throw new Error('No gate');
        const { gateId, runId, payloadDigest } = gate;
        const decision = { gateId, runId, payloadDigest, decision: 'approved' } as const;
        await holdpoint.decide(session, { ...decision, reviewerId: 'rita' });
      },
      events: async () => (await runsOf(client, session)).flatMap((run) => run.events),
    };
  }

  async function expectWhole({ session, holdpoint }: Stage): Promise<void> {
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 3 });
    const events = (await holdpoint.auditTrail(session)).map(({ event }) => event);
    expect(verifyChain(events)).toBeUndefined();
    expect(events.filter((event) => event.eventType === 'executed')).toHaveLength(2);
  }

  test('of a worker that may list writes the attribute, and no marker', async () => {
    const there = await stage();
    await there.employ('indexed');
    await there.decideNext();
    await there.decideNext();
    await expectWhole(there);
    const events = await there.events();
    expect(events.filter(isUpsert)).toHaveLength(4);
    expect(events.some(isPatched)).toBe(false);
    expect(there.warnings).toEqual([]);
  });

  test('of a worker that may not list runs without the attribute, after a warning', async () => {
    const there = await stage();
    await there.employ('unindexed');
    expect(there.warnings).toEqual([
      `Search attributes can't be listed (${DENIED}): sessions run without theirs.`,
    ]);
    await there.decideNext();
    await there.decideNext();
    await expectWhole(there);
    const events = await there.events();
    expect(events.some(isUpsert)).toBe(false);
    expect(events.filter(isPatched)).toHaveLength(1);
  });

  test.each([
    ['indexed', 'unindexed', 'indexed'],
    ['unindexed', 'indexed', 'unindexed'],
  ] as const)('of a worker that is %s goes on at one that is %s, and back', async (...kinds) => {
    const there = await stage();
    const [first, second, third] = kinds;
    await there.employ(first);
    await until('the first gate', async () => {
      const gates = await there.holdpoint.gates(there.session);
      return gates.length === 1;
    });
    await there.employ(second);
    await there.decideNext();
    await until('the second gate', async () => {
      const [gate] = await there.holdpoint.gates(there.session);
      return gate?.payload['id'] === 'c-2';
    });
    await there.employ(third);
    await there.decideNext();
    await expectWhole(there);
    // What the first gate met stands in the history, and every later worker has kept to it.
    expect((await there.events()).some(isPatched)).toBe(true);
  });
});
