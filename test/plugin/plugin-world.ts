/** A worker of a team's own, with plain workflows and with the plugin or without it, and people who decide. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundle,
} from '@temporalio/worker';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { HoldpointClient, type PendingSession } from '../../client/index.ts';
import { definePolicy, type Policy, type PolicySource } from '../../domain/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { holdpoint, type PluginOptions } from '../../workers/plugin.ts';
import { isThorough } from '../support/thorough.ts';
import { until } from '../support/until.ts';

export const PLAIN_POLICY: PolicySource = {
  name: 'plain',
  version: '1',
  tools: {
    look: { readOnly: true },
    ponder: { readOnly: true },
    note: { reversibility: 'reversible' },
    charge: { reversibility: 'irreversible' },
    erase: { reversibility: 'irreversible' },
    publish: { reversibility: 'irreversible' },
    oneItem: { reversibility: 'reversible' },
    nested: { reversibility: 'reversible' },
    doer: { reversibility: 'reversible' },
    launched: { reversibility: 'irreversible' },
  },
};

export interface PluginWorld {
  readonly client: Client;
  readonly people: HoldpointClient;
  readonly evidence: EvidenceStore;
  readonly taskQueue: string;
  /** What ran, in order: `publish page 1`. */
  readonly ran: readonly string[];
  readonly start: (type: string, ...args: readonly unknown[]) => Promise<WorkflowHandle>;
  /** Sessions of this workflow and its children that wait. */
  readonly waiting: (id: string) => Promise<readonly PendingSession[]>;
  /** Open gates of a workflow, once there are as many. */
  readonly gates: (id: string, count?: number) => Promise<readonly PendingApproval[]>;
  readonly decide: (
    id: string,
    gate: PendingApproval,
    how?: object,
  ) => ReturnType<HoldpointClient['decide']>;
  /** Approves whatever waits in a workflow and its children, until it has ended. */
  readonly approveAll: (handle: WorkflowHandle) => Promise<unknown>;
  readonly restart: (plugin?: Partial<PluginOptions> | 'none') => Promise<void>;
  readonly close: () => Promise<void>;
}

export const WORKFLOWS = fileURLToPath(new URL('./plain-workflows.ts', import.meta.url));

export function plainPolicy(changes: Partial<PolicySource> = {}): Policy {
  return definePolicy({ ...PLAIN_POLICY, ...changes });
}

export type PluginWorldOptions = {
  readonly plugin?: Partial<PluginOptions> | 'none';
  readonly workflowsPath?: string;
} & Pick<WorkerOptions, 'maxCachedWorkflows' | 'nexusServices'>;

export async function openPluginWorld({
  plugin = {},
  workflowsPath = WORKFLOWS,
  ...workerOptions
}: PluginWorldOptions = {}): Promise<PluginWorld> {
  const address = inject('temporalAddress');
  const namespace = inject('temporalNamespace');
  const [connection, native, evidence] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
    openPgliteEvidence({}),
  ]);
  const taskQueue = `plain-${randomUUID()}`;
  const ran: string[] = [];
  const startWorker = async (
    options: Partial<PluginOptions> | 'none',
  ): Promise<() => Promise<void>> => {
    const plugins =
      options === 'none' ? [] : [holdpoint({ policy: plainPolicy(), evidence, ...options })];
    const worker = await Worker.create({
      connection: native,
      namespace,
      taskQueue,
      workflowBundle: await bundled(workflowsPath, options),
      activities: plainActivities(ran),
      plugins,
      stickyQueueScheduleToStartTimeout: '2 seconds',
      ...workerOptions,
    });
    const running = worker.run();
    return async () => {
      worker.shutdown();
      await running;
    };
  };
  let stop = await startWorker(plugin);
  const client = new Client({ connection, namespace });
  const people = new HoldpointClient({ client, taskQueue });
  const waiting: PluginWorld['waiting'] = async (id) => {
    const found: PendingSession[] = [];
    for await (const session of people.everyPending()) {
      if (session.sessionId === id || session.sessionId.startsWith(`${id}/`)) found.push(session);
    }
    return found;
  };
  const decide: PluginWorld['decide'] = (id, gate, how = {}) =>
    people.decide(id, {
      gateId: gate.gateId,
      runId: gate.runId,
      payloadDigest: gate.payloadDigest,
      decision: 'approved',
      reviewerId: 'rita',
      ...how,
    });
  return {
    client,
    people,
    evidence,
    taskQueue,
    ran,
    waiting,
    decide,
    start: (type, ...args) =>
      client.workflow.start(type, {
        taskQueue,
        workflowId: `${type}-${randomUUID()}`,
        args: [...args],
      }),
    gates: (id, count = 1) =>
      until(`${count} gates of ${id}`, async () => {
        const open = await people.gates(id);
        return open.length === count && open;
      }),
    approveAll: async (handle) => {
      const result = handle.result();
      let isOver = false;
      const over = (): void => {
        isOver = true;
      };
      result.then(over, over);
      await until(
        `the end of ${handle.workflowId}`,
        async () => {
          for (const { sessionId } of await waiting(handle.workflowId)) {
            // Just after a restart the server may ask the worker that is gone.
            const open = await people.gates(sessionId).catch(() => []);
            for (const gate of open) await decide(sessionId, gate);
          }
          return isOver;
        },
        50_000,
      );
      return result;
    },
    restart: async (options = {}) => {
      await stop();
      stop = await startWorker(options);
    },
    close: async () => {
      await stop();
      await connection.close();
      await native.close();
      await evidence.close();
    },
  };
}

/** A bundle takes seconds: one for each policy. */
const bundles = new Map<string, Promise<WorkflowBundle>>();

export function bundled(
  workflowsPath: string,
  plugin: Partial<PluginOptions> | 'none',
): Promise<WorkflowBundle> {
  const options = plugin === 'none' ? undefined : { policy: plainPolicy(), ...plugin };
  const { policy, agentId, stakes } = options ?? {};
  const key = JSON.stringify([workflowsPath, policy?.digest, agentId, stakes]);
  const known = bundles.get(key);
  if (known !== undefined) return known;
  const plugins = options === undefined ? [] : [holdpoint(options)];
  const logger = new DefaultLogger('WARN');
  const bundle = bundleWorkflowCode({ workflowsPath, plugins, logger });
  bundles.set(key, bundle);
  return bundle;
}

/** A bundle and a worker take their time where several are made at once. */
const OPENING_MS = 120_000;

/**
 * The suite on a worker that replays at every task, where a line that is not deterministic fails; in a thorough run also
 * on one that keeps workflows in memory, as whatever uses a world without modes does.
 */
export function pluginModes(
  title: string,
  suite: (world: () => PluginWorld) => void,
  options: PluginWorldOptions = {},
): void {
  const modes = [
    ...(isThorough ? [['cached', {}] as const] : []),
    ['replayed at every task', { maxCachedWorkflows: 0 }] as const,
  ];
  describe.each(modes)(`${title} (%s)`, (_mode, extra) => {
    let world: PluginWorld | undefined;
    beforeAll(async () => {
      world = await openPluginWorld({ ...options, ...extra });
    }, OPENING_MS);
    afterAll(async () => world?.close(), OPENING_MS);
    suite(() => {
      if (world === undefined) throw new Error('The world is not open yet');
      return world;
    });
  });
}

function plainActivities(
  ran: string[],
): Record<string, (...args: never[]) => Promise<string | void>> {
  const did =
    (name: string) =>
    async (...args: readonly unknown[]): Promise<string> => {
      const said = args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)));
      const line = [name, ...said].join(' ');
      ran.push(line);
      return line;
    };
  return {
    look: async (what: string) => {
      if (what === 'nowhere') throw new Error('There is nothing to see');
      return `seen ${what}`;
    },
    ponder: async (what: string, ms: number) => {
      await delay(ms);
      return `pondered ${what}`;
    },
    note: did('note'),
    charge: did('charge'),
    erase: did('erase'),
    publish: did('publish'),
    surprise: did('surprise'),
    forget: async () => undefined,
  };
}
