/**
 * A worker that runs sessions: Holdpoint's workflows, its activities, a team's tools, and the interceptors on both
 * sides. One call makes it; everything it needs comes in, nothing is read from the environment here.
 */
import {
  bundleWorkflowCode,
  DefaultLogger,
  type NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { signedWebhooks } from '../activities/adapters/signed-webhooks.ts';
import { askPerson } from '../activities/ask-person.ts';
import { evidenceActivities } from '../activities/evidence-activities.ts';
import { agentActivities, type AgentParts } from '../activities/model-turn.ts';
import { type Channel, notifyActivities, type NotifyParts } from '../activities/notify.ts';
import type { ConfidenceModel, Model } from '../activities/ports.ts';
import { callbackActivities, type CallbackParts } from '../activities/send-outcome.ts';
import { toolActivity } from '../activities/tool-activity.ts';
import { createToolRegistry, type ToolRegistry } from '../activities/tool-registry.ts';
import type { Tool } from '../activities/tool.ts';
import {
  checkTrust,
  type Directory,
  type KeySource,
  trustActivities,
  type TrustParts,
} from '../activities/trust.ts';
import { OWN_ACTIVITY_NAMES } from '../domain/activities.ts';
import type { CallbackOrigins } from '../domain/gate/callback.ts';
import { SECOND_MS } from '../domain/limits.ts';
import { DEFAULT_TASK_QUEUE } from '../domain/messages.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { Json } from '../domain/text/json.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { UNINDEXED_PATCH } from '../domain/messages.ts';
import { consentInterceptor, currentKey } from './action-context.ts';
import { isAttributeThere } from './search-attributes.ts';
import { ownBundle } from './own-bundle.ts';
import { pureCore } from './pure-core.ts';
import { sibling } from './sibling.ts';
import { besideTeam, servedBeside } from './team-workflows.ts';
import type { ActionWatch } from './telemetry/action-watch.ts';

export interface HoldpointWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue?: string;
  readonly policy: Policy;
  readonly policyOf?: AgentParts['policyOf'];
  readonly evidence: EvidenceStore;
  /** Whose signed decisions count. Left out: nobody's, so that a tier that asks for proof takes no decision. */
  readonly keys?: KeySource;
  /** Who stands behind accounts, for a policy that says `people: directory`. */
  readonly directory?: Directory;
  /** Ways to reach people, by the names that the policy's tiers use (`notify`). */
  readonly channels?: Readonly<Record<string, Channel>>;
  /** Where the inbox is: notices link into it. */
  readonly inboxUrl?: string;
  readonly tools: readonly Tool[];
  readonly model: Model;
  readonly confidenceModel: ConfidenceModel;
  /** Activities of the team's own workflows, beside the tools. */
  readonly activities?: Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;
  /** Default: Holdpoint's own workflows, as the build bundled them. A team's bundle is made by `bundleWorkflows`. */
  readonly workflowBundle?: WorkerOptions['workflowBundle'];
  readonly maxCachedWorkflows?: number;
  /** How long activities may go on after `shutdown()`, before they are cancelled. Default: not at all. */
  readonly drainMs?: number;
  /** Makes this a versioned worker: a run stays with the version that it began on, and may leave it at its continue-as-new. */
  readonly deployment?: WorkerVersion;
  /** Where outcomes of external gates may be sent, and what signs them. Left out: nowhere. */
  readonly callbacks?: CallbackSettings;
  /** Hears of actions and flushes, for logs and metrics. */
  readonly watch?: ActionWatch;
  /** Where warnings go. */
  readonly warn?: (line: string) => void;
}

export interface CallbackSettings {
  /** Such as `https://hooks.example.com`. */
  readonly origins: CallbackOrigins;
  /** Of the Standard Webhooks specification: `whsec_` and base64. */
  readonly secret: string;
}

/**
 * The SDK stops a workflow task after 5 s of a clock on the wall, an option that its types leave out; and where that
 * meets a promise, Node aborts the whole process (seen with 20.20). Ten thousand signals in one task, on a machine that
 * is busy, would so end the worker with all its sessions. The server takes a task back after 10 s anyway.
 */
const TASK_LIMIT = { isolateExecutionTimeout: 30 * SECOND_MS };

/**
 * Bundles workflow code with Holdpoint's interceptors. `workflowsPath`: a module that exports workflows of a team's own;
 * left out: Holdpoint's.
 */
export function bundleWorkflows(
  options: {
    readonly workflowsPath?: string;
    readonly interceptorModules?: readonly string[];
  } = {},
): Promise<WorkflowBundleWithSourceMap> {
  const { workflowsPath: team, interceptorModules = [] } = options;
  const registered = sibling('workflows/registered');
  const bundling = {
    // Ours come first: the consent has to reach its activity before anyone waits.
    workflowInterceptorModules: [sibling('workflows/interceptors'), ...interceptorModules],
    preloadModules: pureCore(),
    logger: new DefaultLogger('WARN'),
  };
  return team === undefined
    ? bundleWorkflowCode({ ...bundling, workflowsPath: registered })
    : bundleWorkflowCode(besideTeam({ team, registered, beside: besideTeams() }, bundling));
}

/** As what every worker serves, and external gates. */
function besideTeams(): Readonly<Record<string, string>> {
  return {
    ...servedBeside(),
    externalGate: sibling('workflows/external-gate'),
    deliverOutcome: sibling('workflows/deliver-outcome'),
  };
}

export async function createHoldpointWorker(options: HoldpointWorkerOptions): Promise<Worker> {
  const { connection, namespace, evidence, policy, policyOf, model, confidenceModel } = options;
  const registry = createToolRegistry([...options.tools, askPerson]);
  const parts = { evidence, registry, policy, ...trustOf(options) };
  checkTrust(parts, options.warn);
  const isIndexed = await isAttributeThere(options);
  return Worker.create({
    connection,
    namespace,
    taskQueue: options.taskQueue ?? DEFAULT_TASK_QUEUE,
    workflowBundle: options.workflowBundle ?? (await ownBundle()) ?? (await bundleWorkflows()),
    activities: {
      ...ownNamesRefused(options.activities ?? {}),
      ...Object.fromEntries(registry.tools.map((tool) => [tool.name, currentTool(registry, tool)])),
      ...agentActivities({
        registry,
        evidence,
        policy,
        ...(policyOf === undefined ? {} : { policyOf }),
        model,
        confidenceModel,
      }),
      ...evidenceActivities(parts),
      ...trustActivities(parts),
      ...notifyActivities(notifyParts(options)),
      ...callbackActivities(callbackParts(options.callbacks)),
    },
    interceptors: { activity: [consentInterceptor(parts, options.watch)] },
    // A workflow whose worker was lost is picked up by another one within this time.
    stickyQueueScheduleToStartTimeout: '2 seconds',
    ...TASK_LIMIT,
    patchActivationCallback: ({ patchId }) => patchId !== UNINDEXED_PATCH || !isIndexed,
    ...(options.maxCachedWorkflows === undefined
      ? {}
      : { maxCachedWorkflows: options.maxCachedWorkflows }),
    ...(options.drainMs === undefined ? {} : draining(options.drainMs)),
    ...(options.deployment === undefined ? {} : versioned(options.deployment)),
  });
}

/** What a worker is given to know people by, and nothing where it is given nothing. */
export function trustOf({
  keys,
  directory,
}: Pick<HoldpointWorkerOptions, 'keys' | 'directory'>): Pick<TrustParts, 'keys' | 'directory'> {
  return {
    ...(keys === undefined ? {} : { keys }),
    ...(directory === undefined ? {} : { directory }),
  };
}

/** Throws where the policy names a channel that this worker does not have: people would wait for word in vain. */
export function notifyParts({
  policy,
  channels = {},
  inboxUrl,
}: Pick<HoldpointWorkerOptions, 'policy' | 'channels' | 'inboxUrl'>): NotifyParts {
  for (const { name, notify = [] } of policy.tiers) {
    const missing = notify.find((channel) => !Object.hasOwn(channels, channel));
    if (missing === undefined) continue;
    throw new TypeError(
      `Tier ${name} of policy ${policy.name} notifies over ${missing}, and this worker has no such channel: give it one in channels (holdpoint.config, or the worker's options).`,
    );
  }
  return { channels, ...(inboxUrl === undefined ? {} : { inboxUrl }) };
}

/** The activity of a tool, as the registry knows it when it is called. */
function currentTool(registry: ToolRegistry, tool: Tool): (args: Json) => Promise<Json> {
  return async (args) => toolActivity(registry.find(tool.name) ?? tool, currentKey)(args);
}

function callbackParts(callbacks: CallbackSettings | undefined): CallbackParts | undefined {
  if (callbacks === undefined) return undefined;
  return { origins: callbacks.origins, webhooks: signedWebhooks(callbacks.secret) };
}

/** A version of a worker deployment, as Temporal calls it. */
export interface WorkerVersion {
  /** What stays the same over all versions. */
  readonly deploymentName: string;
  readonly buildId: string;
}

function versioned(version: WorkerVersion): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  return {
    workerDeploymentOptions: {
      version,
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

/** What ignores its cancellation longer than a tool may is left to the end of the process. */
const LEFT_AFTER_MS = 5 * SECOND_MS;

function draining(drainMs: number): Pick<WorkerOptions, 'shutdownGraceTime' | 'shutdownForceTime'> {
  return { shutdownGraceTime: drainMs, shutdownForceTime: drainMs + LEFT_AFTER_MS };
}

export function ownNamesRefused<Activities extends Readonly<Record<string, unknown>>>(
  activities: Activities,
): Activities {
  const taken = Object.keys(activities).find((name) => OWN_ACTIVITY_NAMES.includes(name));
  if (taken === undefined) return activities;
  throw new TypeError(`The activity name ${taken} is Holdpoint's own: rename yours`);
}
