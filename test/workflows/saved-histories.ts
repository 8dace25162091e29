/** Saved histories, and their replay on the code of today: with all that carries the trail. */
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
import { type CarrierKind, listedIn } from '../../domain/audit/carrier.ts';
import { carriersOf } from '../../domain/audit/run-history.ts';
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

export async function savedHistories(folder = FOLDER): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
}

export async function readHistory(name: string, folder = FOLDER): Promise<History> {
  const json: unknown = JSON.parse(await readFile(join(folder, name + SUFFIX), 'utf8'));
  return History.fromObject(json as Record<string, unknown>);
}

export async function saveHistory(name: string, history: History, folder = FOLDER): Promise<void> {
  // A stack names the machine that recorded it, and no replay looks at it.
  const withoutStacks = (key: string, value: unknown): unknown =>
    key === 'stackTrace' ? '' : value;
  const plain = History.toObject(History.fromObject(history), AS_JSON);
  const json = JSON.stringify(plain, withoutStacks, 1);
  await writeFile(join(folder, name + SUFFIX), `${json}\n`);
}

/** What carried the trail: a memo as its bytes, in base64; a consent or a slice as the events that it lists, in JSON. */
export interface Carried {
  readonly kind: CarrierKind;
  readonly text: string;
}

function carried(kind: CarrierKind, data: readonly number[] | Uint8Array): Carried {
  const bytes = Buffer.from(data);
  const text =
    kind === 'memo'
      ? bytes.toString('base64')
      : JSON.stringify(listedIn(kind, JSON.parse(bytes.toString())));
  return { kind, text };
}

/** What carries the trail in a history, and the memo that it passed on to the next run. */
export function carriedIn({ events }: History): readonly Carried[] {
  const passedOn = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.memo?.fields;
  return [
    ...carriersOf(events ?? []),
    { kind: 'memo' as const, payload: passedOn?.[MEMO_KEY] },
  ].flatMap(({ kind, payload }) => (payload?.data ? [carried(kind, payload.data)] : []));
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The workflow code of today, with the capture around it; `modules` come between the two. */
export function bundleForReplay(
  ...modules: readonly string[]
): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: file('../../workflows/registered.ts'),
    workflowInterceptorModules: [
      file('carrier-capture.ts'),
      ...modules.map(file),
      file('../../workflows/interceptors.ts'),
    ],
    logger: new DefaultLogger('WARN'),
  });
}

/** Replays a history, which throws where it does not fit, and returns what carried the trail meanwhile. */
export async function replay(
  workflowBundle: WorkflowBundleWithSourceMap,
  history: History,
): Promise<readonly Carried[]> {
  const all: Carried[] = [];
  const left = (_info: unknown, kind: CarrierKind, data: readonly number[]): void => {
    all.push(carried(kind, data));
  };
  const sinks = { carrier: { left: { fn: left, callDuringReplay: true } } };
  // The trail names its session: under another id it would be another trail.
  const workflowId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  await Worker.runReplayHistory({ workflowBundle, sinks }, history, workflowId ?? undefined);
  return all;
}
