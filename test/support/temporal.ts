/**
 * One Temporal dev server for all server tests of a run, as vitest's globalSetup. Tests take its address by
 * `inject('temporalAddress')` and keep apart from each other by task queue and workflow id, never by order.
 */
import type { TestProject } from 'vitest/node';
import { startTemporalServer } from '../../workers/temporal-server.ts';
import type { TemporalServer } from '../../workers/temporal-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly temporalAddress: string;
    readonly temporalNamespace: string;
  }
}

let server: TemporalServer | undefined;

export async function setup(project: TestProject): Promise<void> {
  server = await startTemporalServer({ progress: (line) => console.log(`temporal: ${line}`) });
  project.provide('temporalAddress', server.address);
  project.provide('temporalNamespace', server.namespace);
}

export async function teardown(): Promise<void> {
  await server?.close();
}
