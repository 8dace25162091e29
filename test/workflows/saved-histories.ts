/** Saved histories, and their replay on the code of today: with the bytes of every memo that the workflow writes. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporal } from '@temporalio/proto';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { MEMO_KEY } from '../../domain/messages.ts';

export type History = temporal.api.history.v1.IHistory;

const { History } = temporal.api.history.v1;

/**
 * protobufjs' own JSON. Temporal's, which its tools read, would come from `historyToJSON` of @temporalio/common: it
 * throws where npm installs protobufjs once for each package, as it does here.
 */
const AS_JSON = { longs: String, enums: String, bytes: String } as const;

const FOLDER = fileURLToPath(new URL('histories/', import.meta.url));
const SUFFIX = '.history.json';

export async function savedHistories(): Promise<readonly string[]> {
  const files = await readdir(FOLDER);
  return files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
}

export async function readHistory(name: string): Promise<History> {
  const json: unknown = JSON.parse(await readFile(join(FOLDER, name + SUFFIX), 'utf8'));
  return History.fromObject(json as Record<string, unknown>);
}

export async function saveHistory(name: string, history: History): Promise<void> {
  const json = JSON.stringify(History.toObject(History.fromObject(history), AS_JSON), null, 1);
  await writeFile(join(FOLDER, name + SUFFIX), `${json}\n`);
}

/** The memos that a history says were written, and passed on to the next run; in base64. */
export function memosOf({ events }: History): readonly string[] {
  return (events ?? []).flatMap((event) => {
    const written = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields;
    const passedOn = event.workflowExecutionContinuedAsNewEventAttributes?.memo?.fields;
    return [written?.[MEMO_KEY], passedOn?.[MEMO_KEY]].flatMap((payload) =>
      payload?.data ? [Buffer.from(payload.data).toString('base64')] : [],
    );
  });
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The workflow code of today, with the capture around it; `modules` come between the two. */
export function bundleForReplay(
  ...modules: readonly string[]
): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: file('../../workflows/registered.ts'),
    workflowInterceptorModules: [
      file('memo-capture.ts'),
      ...modules.map(file),
      file('../../workflows/interceptors.ts'),
    ],
    logger: new DefaultLogger('WARN'),
  });
}

/** Replays a history, which throws where it does not fit, and returns the memos that it wrote meanwhile; in base64. */
export async function replay(
  workflowBundle: WorkflowBundleWithSourceMap,
  history: History,
): Promise<readonly string[]> {
  const memos: string[] = [];
  const written = (_info: unknown, data: readonly number[]): void => {
    memos.push(Buffer.from(data).toString('base64'));
  };
  const sinks = { memo: { written: { fn: written, callDuringReplay: true } } };
  // The trail names its session: under another id it would be another trail.
  const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  await Worker.runReplayHistory({ workflowBundle, sinks }, history, workflowId ?? undefined);
  return memos;
}
