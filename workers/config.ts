/**
 * What a team writes in `holdpoint.config.ts`: its tools, policy and model, and where sessions run. The command line's
 * `dev` and `worker` run from it; a program of one's own hands the same things to `createHoldpointWorker`.
 */
import { dirname, resolve } from 'node:path';
import {
  type ModelConfig,
  modelFromConfig,
  type Models,
} from '../activities/adapters/ai-sdk-model.ts';
import { checkMcpServers, type McpServerConfig } from '../activities/adapters/mcp-server-config.ts';
import { directoryFrom, isAddress, trustedKeysFrom } from '../activities/adapters/trust-sources.ts';
import type { Tool } from '../activities/tool.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { defaultPolicy } from '../domain/schema/policy.ts';
import { MCP_LOCK_FILE } from './mcp-lock.ts';
import type { McpOptions } from './mcp.ts';
import { readPolicyFile } from './policy-file.ts';
import type { HoldpointWorkerOptions } from './worker.ts';

export interface HoldpointConfig {
  readonly tools: readonly Tool[];
  /** MCP servers whose tools sessions get as well. */
  readonly mcpServers?: readonly McpServerConfig[];
  /** A policy, or the path of a YAML or JSON file beside the configuration. Left out: the default policy. */
  readonly policy?: Policy | string;
  /** Trusted keys for signed decisions: a JSON file beside the configuration, or an address. */
  readonly keys?: string;
  /** Who stands behind accounts, for a policy that says `people: directory`: a JSON file, or an address. */
  readonly directory?: string;
  /** Ways to reach people, by the names that the policy's tiers use (`notify`). */
  readonly channels?: HoldpointWorkerOptions['channels'];
  /** A provider's model, or a scripted one. */
  readonly model: ModelConfig | Models;
  /** Default `holdpoint`. */
  readonly taskQueue?: string;
  /** A module that exports the team's own workflows, by its path beside the configuration. */
  readonly workflows?: string;
  /** Activities of those workflows, beside the tools. */
  readonly activities?: HoldpointWorkerOptions['activities'];
}

/** Types the configuration, and nothing else: what is wrong in it is found when it is used. */
export function defineConfig(config: HoldpointConfig): HoldpointConfig {
  return config;
}

export type WorkerParts = Pick<
  HoldpointWorkerOptions,
  | 'tools'
  | 'policy'
  | 'model'
  | 'confidenceModel'
  | 'taskQueue'
  | 'activities'
  | 'keys'
  | 'directory'
  | 'channels'
> & { readonly workflowsPath?: string; readonly mcp?: McpOptions };

/** The parts of a worker. Throws an error that names the field. `path`: where the configuration stands. */
export async function workerParts(config: HoldpointConfig, path: string): Promise<WorkerParts> {
  const { tools, policy, model, taskQueue, workflows, activities, mcpServers } = config;
  const beside = (file: string): string => resolve(dirname(path), file);
  const located = (location: string): string => (isAddress(location) ? location : beside(location));
  if (!Array.isArray(tools)) throw new TypeError(`${path}: tools has to be a list of tools`);
  if (typeof model !== 'object') throw new TypeError(`${path}: model is missing`);
  const models = 'confidenceModel' in model ? model : modelFromConfig(model);
  return {
    tools,
    policy:
      typeof policy === 'string'
        ? await readPolicyFile(beside(policy))
        : (policy ?? defaultPolicy()),
    model: models.model,
    confidenceModel: models.confidenceModel,
    ...(config.keys === undefined ? {} : { keys: trustedKeysFrom(located(config.keys)) }),
    ...(config.directory === undefined
      ? {}
      : { directory: directoryFrom(located(config.directory)) }),
    ...(config.channels === undefined ? {} : { channels: config.channels }),
    ...(taskQueue === undefined ? {} : { taskQueue }),
    ...(activities === undefined ? {} : { activities }),
    ...(workflows === undefined ? {} : { workflowsPath: beside(workflows) }),
    ...(mcpServers === undefined
      ? {}
      : { mcp: { servers: mcpServersIn(mcpServers, path), lockFile: beside(MCP_LOCK_FILE) } }),
  };
}

function mcpServersIn(servers: unknown, path: string): readonly McpServerConfig[] {
  try {
    return checkMcpServers(servers);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`${path}: ${reason}`, { cause: error });
  }
}
