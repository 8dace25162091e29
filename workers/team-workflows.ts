/**
 * A team's own workflows, bundled with what Holdpoint needs beside them: `lateDecision`, which answers who decides after
 * a workflow has ended. Without it that person would wait for good.
 *
 * The SDK bundles one module. So one is written for the time of the bundling, and stands in the place of Holdpoint's
 * own: a CommonJS one, since that passes on a default export, the SDK's handler for unknown types, where there is one.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  bundleWorkflowCode,
  type BundleOptions,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';

export interface TeamModules {
  /** The module that exports the team's workflows. */
  readonly team: string;
  /** The module in whose place the joint one stands. The bundle begins beside it, and finds the SDK from there. */
  readonly registered: string;
  readonly lateDecision: string;
}

export async function bundleTeamWorkflows(
  { team, registered, lateDecision }: TeamModules,
  options: Omit<BundleOptions, 'workflowsPath' | 'webpackConfigHook'>,
): Promise<WorkflowBundleWithSourceMap> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-workflows-'));
  const joint = join(folder, 'workflows.cjs');
  const exported = `...${required(team)}, lateDecision: ${required(lateDecision)}.lateDecision`;
  try {
    await writeFile(joint, `module.exports = { ${exported} };\n`);
    return await bundleWorkflowCode({
      ...options,
      workflowsPath: registered,
      webpackConfigHook: (config) => {
        const known = config.resolve?.alias ?? {};
        if (Array.isArray(known)) throw new TypeError('The SDK used to give its aliases by name');
        const alias = { ...known, [`${registered}$`]: joint };
        return { ...config, resolve: { ...config.resolve, alias } };
      },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function required(path: string): string {
  return `require(${JSON.stringify(path)})`;
}
