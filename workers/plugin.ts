/**
 * The plugin: Holdpoint in workers whose workflows know nothing of it. One object for worker, bundler, client and
 * replay, as Temporal's plugin interfaces ask; what it holds, and how, stands in workflows/host.ts.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import type { ClientOptions, ClientPlugin, WorkflowClientInterceptor } from '@temporalio/client';
import type { BundleOptions, BundlerPlugin, WorkerOptions, WorkerPlugin } from '@temporalio/worker';
import { readFile } from 'node:fs/promises';
import { evidenceActivities } from '../activities/evidence-activities.ts';
import { type Channel, notifyActivities } from '../activities/notify.ts';
import { createToolRegistry } from '../activities/tool-registry.ts';
import {
  checkTrust,
  type Directory,
  type KeySource,
  trustActivities,
} from '../activities/trust.ts';
import { HELD_PATCH, REQUESTER_HEADER, UNINDEXED_PATCH } from '../domain/messages.ts';
import type { Stakes } from '../domain/policy/confidence.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { HostSettings } from '../domain/session/host-settings.ts';
import { consentInterceptor } from './action-context.ts';
import { pureCore } from './pure-core.ts';
import { sibling } from './sibling.ts';
import { isAttributeThere } from './search-attributes.ts';
import { besideTeam, servedBeside, withSettings } from './team-workflows.ts';
import type { ActionWatch } from './telemetry/action-watch.ts';
import { notifyParts, ownNamesRefused, trustOf } from './worker.ts';

export interface PluginOptions {
  /** Says which activities, child workflows and Nexus operations (`service/operation`) are held. */
  readonly policy: Policy;
  /** Needed by a worker; a client, a bundle and a replay do without. */
  readonly evidence?: EvidenceStore;
  /** Whose signed decisions count. Left out: nobody's. */
  readonly keys?: KeySource;
  /** Who stands behind accounts, for a policy that says `people: directory`. */
  readonly directory?: Directory;
  /** Ways to reach people, by the names that the policy's tiers use (`notify`). */
  readonly channels?: Readonly<Record<string, Channel>>;
  /** Where the inbox is: notices link into it. */
  readonly inboxUrl?: string;
  /** Whose actions these are, in gates and trail. Default: the type of the workflow. */
  readonly agentId?: string;
  /** Default `medium_stakes`. */
  readonly stakes?: Stakes;
  /** Of a client: who asks for the workflows that it starts, and so may not decide about them. */
  readonly requesterId?: string;
  /** Hears of activities and flushes, for logs and metrics. */
  readonly watch?: ActionWatch;
  /** Where warnings go. */
  readonly warn?: (line: string) => void;
}

export type HoldpointPlugin = Required<
  Pick<WorkerPlugin, 'name' | 'configureWorker' | 'configureReplayWorker'> &
    Pick<BundlerPlugin, 'configureBundler'> &
    Pick<ClientPlugin, 'configureClient'>
>;

export function holdpoint(options: PluginOptions): HoldpointPlugin {
  return {
    name: 'holdpoint',
    configureWorker: (worker) => configureWorker(options, worker),
    configureReplayWorker: async (replay) => {
      // The bundler does all that a replay needs. Without it, everything would replay as if nothing had been held.
      if (replay.workflowBundle !== undefined)
        await requireOwnBundle(replay.workflowBundle, options.policy);
      return replay;
    },
    configureBundler: (bundle) => configureBundler(options, bundle),
    configureClient: (client) => configureClient(options, client),
  };
}

async function configureWorker(
  plugin: PluginOptions,
  options: WorkerOptions,
): Promise<WorkerOptions> {
  const { policy, evidence, watch, warn } = plugin;
  const { connection, namespace = 'default', workflowBundle, activities = {} } = options;
  if (evidence === undefined) {
    throw new TypeError(
      'The plugin of a worker needs an evidence store: openPostgresEvidence, or openPgliteEvidence for one process',
    );
  }
  if (connection === undefined) {
    throw new TypeError('Give the worker its connection, so that the plugin can look at Temporal');
  }
  if (workflowBundle !== undefined) await requireOwnBundle(workflowBundle, policy);
  const isIndexed = await isAttributeThere({
    connection,
    namespace,
    ...(warn === undefined ? {} : { warn }),
  });
  const registry = createToolRegistry([]);
  const { activity = [], ...interceptors } = options.interceptors ?? {};
  const parts = { evidence, registry, policy, ...trustOf(plugin) };
  checkTrust(parts, warn);
  return withOwnPatches(
    {
      ...options,
      activities: {
        ...ownNamesRefused(activities as Readonly<Record<string, unknown>>),
        ...evidenceActivities(parts),
        ...trustActivities(parts),
        ...notifyActivities(notifyParts(plugin)),
        loadPolicy: async () => policy,
      },
      interceptors: { ...interceptors, activity: [consentInterceptor(parts, watch), ...activity] },
    },
    (patchId) => patchId !== UNINDEXED_PATCH || !isIndexed,
  );
}

/** A callback that knows nothing of ours would keep calls from being held. */
function withOwnPatches(
  options: WorkerOptions,
  isActive: (patchId: string) => boolean,
): WorkerOptions {
  const { patchActivationCallback: others } = options;
  const patchActivationCallback: WorkerOptions['patchActivationCallback'] = (asked) => {
    const { patchId } = asked;
    const isOurs = patchId === UNINDEXED_PATCH || patchId.startsWith(`${HELD_PATCH}/`);
    return isOurs ? isActive(patchId) : (others?.(asked) ?? true);
  };
  return { ...options, patchActivationCallback };
}

/** Workflows of a bundle that was made without the plugin would run as if there were none. */
async function requireOwnBundle(
  bundle: NonNullable<WorkerOptions['workflowBundle']>,
  { digest }: Policy,
): Promise<void> {
  const code = 'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8');
  if (code.includes(digest)) return;
  throw new TypeError(
    'This workflow bundle was made without the plugin, or with another policy: hand the same plugin to bundleWorkflowCode',
  );
}

function configureBundler(
  { policy, agentId, stakes = 'medium_stakes' }: PluginOptions,
  options: BundleOptions,
): BundleOptions {
  const settings: HostSettings = {
    policy,
    stakes,
    ...(agentId === undefined ? {} : { agentId }),
  };
  const beside = besideTeam(
    {
      team: options.workflowsPath,
      registered: sibling('workflows/registered'),
      beside: servedBeside(),
    },
    {
      ...options,
      workflowInterceptorModules: [
        // Ours come first: nothing is scheduled before it was looked at.
        sibling('workflows/host-interceptors'),
        sibling('workflows/interceptors'),
        ...(options.workflowInterceptorModules ?? []),
      ],
      preloadModules: [
        ...pureCore(),
        sibling('workflows/host-settings'),
        ...(options.preloadModules ?? []),
      ],
    },
  );
  return withSettings(beside, settings);
}

function configureClient(
  { requesterId }: PluginOptions,
  options: Omit<ClientOptions, 'plugins'>,
): Omit<ClientOptions, 'plugins'> {
  if (requesterId === undefined) return options;
  const { workflow, ...interceptors } = options.interceptors ?? {};
  const others = Array.isArray(workflow) ? workflow : [];
  return {
    ...options,
    interceptors: { ...interceptors, workflow: [...others, requesterInterceptor(requesterId)] },
  };
}

function requesterInterceptor(requesterId: string): WorkflowClientInterceptor {
  const header = { [REQUESTER_HEADER]: defaultPayloadConverter.toPayload(requesterId) };
  const withRequester = <Input extends { readonly headers: object }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...header },
  });
  return {
    startWithDetails: async (input, next) => next(withRequester(input)),
    signalWithStart: async (input, next) => next(withRequester(input)),
    startUpdateWithStart: async (input, next) =>
      next({ ...input, workflowStartHeaders: { ...input.workflowStartHeaders, ...header } }),
  };
}
