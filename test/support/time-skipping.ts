/**
 * The server that skips time: a gate of 300 s expires in milliseconds. It has no visibility list.
 *
 * It is Temporal's own test server, fetched by Maven and run by Java. Where neither is present, the SDK's own download
 * of the same server is tried. Either is kept in Holdpoint's cache folder.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { defaultCacheFolder, ensureCacheEntry } from '../../workers/cache-entry.ts';
import { runGuarded } from '../../workers/guarded-process.ts';
import { programOnPath } from '../../workers/program.ts';
import { announced } from '../../workers/progress.ts';
import { downloadBySdk, sdkVersion } from '../../workers/sdk-download.ts';
import { skip } from './skip.ts';
import type { Skip } from './skip.ts';

const SERVER_VERSION = '1.38.0';
const COPY_DEPENDENCIES =
  'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const FETCH_AT_MOST_MS = 5 * 60_000;
const STARTS_MAX = 4;

// The SDK starts this with a port, waits five seconds, and ends it by SIGKILL to this very process; hence `exec`, and
// the cheap start (0.5 s instead of 0.75 s). It does not end it when the test run itself is killed; hence the watch.
const RUN_SCRIPT = `#!/bin/sh
folder=$(dirname "$0") parent=$PPID self=$$
(
  while kill -0 "$self"; do
    kill -0 "$parent" || kill -s KILL "$self"
    sleep 1
  done
) >/dev/null 2>&1 </dev/null &
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$folder/lib/*" io.temporal.testserver.TestServer "$@" >/dev/null 2>&1
`;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>holdpoint</groupId><artifactId>time-skipping-server</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${SERVER_VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;

export interface TimeSkippingServer {
  /** An executable, as the SDK wants it. */
  readonly path: string;
}

export async function timeSkippingServer(): Promise<TimeSkippingServer | Skip> {
  const env = process.env;
  try {
    const programs = await Promise.all(['java', 'mvn'].map((name) => programOnPath(name, env)));
    return {
      path: programs.every((program) => program !== undefined)
        ? await fetchedByMaven(env)
        : await downloaded(env),
    };
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return skip(`no time-skipping server, neither by Java and Maven nor by download: ${cause}`);
  }
}

/** Starts the server. The SDK waits five seconds for it, which is short on a busy machine: so it may begin again. */
export async function startTimeSkipping({
  path,
}: TimeSkippingServer): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path', path } as const;
  for (let start = 1; ; start += 1) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
    } catch (error) {
      if (start === STARTS_MAX) throw error;
    }
  }
}

async function fetchedByMaven(env: NodeJS.ProcessEnv): Promise<string> {
  const entry = await ensureCacheEntry({
    path: join(defaultCacheFolder(env), `temporal-test-server-${SERVER_VERSION}`),
    progress: console.log,
    make: async (folder) => {
      const step = `fetching temporal-test-server ${SERVER_VERSION} with Maven (38 MB, once)`;
      return announced({ progress: console.log, step }, () => mavenCopy(join(folder, 'made'), env));
    },
  });
  return join(entry, 'run');
}

async function mavenCopy(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, 'pom.xml'), POM);
  await runGuarded({
    command: 'mvn',
    args: ['-q', '-B', COPY_DEPENDENCIES, '-DincludeScope=runtime', '-DoutputDirectory=lib'],
    cwd: folder,
    env,
    atMostMs: FETCH_AT_MOST_MS,
  });
  await writeFile(join(folder, 'run'), RUN_SCRIPT);
  await chmod(join(folder, 'run'), 0o755);
  return folder;
}

async function downloaded(env: NodeJS.ProcessEnv): Promise<string> {
  const progress = console.log;
  return ensureCacheEntry({
    path: join(defaultCacheFolder(env), `temporal-test-server-of-sdk-${sdkVersion()}`),
    progress,
    make: (folder) => downloadBySdk({ server: 'createTimeSkipping', folder, progress, env }),
  });
}
