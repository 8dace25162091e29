/**
 * One Temporal dev server for all server tests of a run, as vitest's globalSetup. Tests take its address by
 * `inject('temporalAddress')` and keep apart from each other by task queue and workflow id, never by order.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from '../../workers/worker.ts';
import { startTemporalServer } from '../../workers/temporal-server.ts';
import type { TemporalServer } from '../../workers/temporal-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly temporalAddress: string;
    readonly temporalNamespace: string;
    readonly workflowBundlePath: string;
  }
}

let server: TemporalServer | undefined;
let folder: string | undefined;

export async function setup(project: TestProject): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  server = await startTemporalServer({ progress: (line) => console.log(`temporal: ${line}`) });
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-bundle-'));
  const workflowBundlePath = join(folder, 'workflows.js');
  await writeFile(workflowBundlePath, (await bundleWorkflows()).code);
  project.provide('temporalAddress', server.address);
  project.provide('temporalNamespace', server.namespace);
  project.provide('workflowBundlePath', workflowBundlePath);
}

export async function teardown(): Promise<void> {
  await server?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
}
