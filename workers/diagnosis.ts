/** What a worker would find where it starts: what answers, in which version, what is missing, and what mends it. */
import type { Connection } from '@temporalio/client';
import { DEFAULT_TASK_QUEUE, GATES_ATTRIBUTE } from '../domain/messages.ts';
import { postgresSchema } from '../evidence/postgres.ts';
import { connectPlain, type TemporalChoice, temporalTarget } from './connection.ts';
import { lookForSearchAttribute } from './search-attributes.ts';
import { namedEvidenceUrl } from './serve-settings.ts';
import { createNamespaceCommand, isNotFound } from './set-up.ts';
import { existingTemporal } from './temporal-binary.ts';

export type Finding = {
  readonly name: string;
  readonly found: string;
} & (
  | {
      /** A worker can't run without it. */
      readonly status: 'missing';
      /** What mends it. */
      readonly mend: string;
    }
  | {
      /** `warning`: a worker can run without it, or it is needed elsewhere. */
      readonly status: 'ok' | 'warning';
      readonly mend?: string;
    }
);

export interface DiagnosisOptions extends TemporalChoice {
  readonly taskQueue?: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Looks at everything and changes nothing. Never rejects: what can't be had is a finding. */
export async function diagnose(options: DiagnosisOptions): Promise<readonly Finding[]> {
  const [temporal, evidence, binary] = await Promise.all([
    temporalFindings(options),
    evidenceFinding(options.env),
    binaryFinding(options.env),
  ]);
  return [...temporal, evidence, binary];
}

const NAME = 'Temporal';

async function temporalFindings(options: DiagnosisOptions): Promise<readonly Finding[]> {
  const mend =
    'holdpoint dev (on this machine), or name a server: --address, --profile or TEMPORAL_ADDRESS';
  let target;
  try {
    target = temporalTarget(options);
  } catch (error) {
    return [{ name: NAME, status: 'missing', found: messageOf(error), mend }];
  }
  const { address, namespace } = target;
  let connection: Connection;
  try {
    connection = await connectPlain(target);
  } catch (error) {
    const found = `${address} does not answer: ${messageOf(error)}`;
    return [{ name: NAME, status: 'missing', found, mend }];
  }
  try {
    return await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
      const server = await serverFinding(connection, address);
      const inNamespace = await namespaceFinding(connection, { namespace, address });
      if (inNamespace.status === 'missing') return [server, inNamespace];
      const { taskQueue = DEFAULT_TASK_QUEUE } = options;
      return [
        server,
        inNamespace,
        await attributeFinding(connection, namespace),
        await pollersFinding(connection, { namespace, taskQueue }),
      ];
    });
  } catch (error) {
    return [{ name: NAME, status: 'missing', found: `${address}: ${messageOf(error)}`, mend }];
  } finally {
    await connection.close();
  }
}

const ANSWER_WITHIN_MS = 10_000;

async function serverFinding(connection: Connection, address: string): Promise<Finding> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return { name: NAME, status: 'ok', found: `${address}, server ${serverVersion}` };
}

const DAY_S = 24 * 3600;

async function namespaceFinding(
  connection: Connection,
  place: { readonly namespace: string; readonly address: string },
): Promise<Finding> {
  const name = 'namespace';
  const { namespace } = place;
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    const seconds = config?.workflowExecutionRetentionTtl?.seconds;
    const kept = seconds == null ? '' : `; closed sessions stay ${Number(seconds) / DAY_S} days`;
    return { name, status: 'ok', found: `${namespace}${kept}` };
  } catch (error) {
    if (isNotFound(error)) {
      const mend = createNamespaceCommand(place);
      return { name, status: 'missing', found: `${namespace} is not there`, mend };
    }
    // An API key may start and list workflows, and still not be allowed to read about its namespace.
    return {
      name,
      status: 'warning',
      found: `${namespace} can't be described: ${messageOf(error)}`,
    };
  }
}

async function attributeFinding(connection: Connection, namespace: string): Promise<Finding> {
  const name = 'search attribute';
  const look = await lookForSearchAttribute(connection, namespace);
  switch (look.status) {
    case 'registered':
      return { name, status: 'ok', found: `${GATES_ATTRIBUTE} (Keyword)` };
    case 'missing':
      return { name, status: 'missing', found: `no ${GATES_ATTRIBUTE}`, mend: 'holdpoint setup' };
    case 'other_type':
      return {
        name,
        status: 'missing',
        found: `${GATES_ATTRIBUTE} has type ${look.type}, and has to be Keyword`,
        mend: `temporal operator search-attribute remove --namespace ${namespace} --name ${GATES_ATTRIBUTE} && holdpoint setup`,
      };
    case 'unknown':
      return { name, status: 'warning', found: `can't be listed: ${look.reason}` };
  }
}

const WORKFLOW_TASKS = 1;

async function pollersFinding(
  connection: Connection,
  { namespace, taskQueue }: { readonly namespace: string; readonly taskQueue: string },
): Promise<Finding> {
  const name = 'workers';
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: WORKFLOW_TASKS,
  });
  const identities = [...new Set(pollers.map(({ identity }) => identity ?? 'without a name'))];
  if (identities.length === 0) {
    const found = `nobody polled the task queue ${taskQueue} in the last minutes`;
    return { name, status: 'warning', found, mend: 'holdpoint worker' };
  }
  return { name, status: 'ok', found: `task queue ${taskQueue}: ${identities.join(', ')}` };
}

async function evidenceFinding(env: NodeJS.ProcessEnv): Promise<Finding> {
  const name = 'evidence store';
  const url = namedEvidenceUrl(env);
  if (url === undefined) {
    return {
      name,
      status: 'warning',
      found:
        'HOLDPOINT_EVIDENCE_URL is not set: holdpoint dev keeps its own, holdpoint worker needs it',
      mend: 'export HOLDPOINT_EVIDENCE_URL=postgres://user:password@host:5432/database',
    };
  }
  try {
    const { name: database, version, latest } = await postgresSchema({ url });
    if (version === latest) return { name, status: 'ok', found: `${database}, schema ${version}` };
    const found =
      version === 0
        ? `${database} has no tables yet`
        : `${database} has schema ${version} of ${latest}`;
    return { name, status: 'missing', found, mend: 'holdpoint setup' };
  } catch (error) {
    const mend = 'check HOLDPOINT_EVIDENCE_URL, and that the database runs';
    return { name, status: 'missing', found: messageOf(error), mend };
  }
}

async function binaryFinding(env: NodeJS.ProcessEnv): Promise<Finding> {
  const name = 'temporal program';
  const existing = await existingTemporal({ env });
  if (existing !== undefined) return { name, status: 'ok', found: existing };
  return {
    name,
    status: 'warning',
    found: 'none: holdpoint dev fetches one when it first starts; a worker needs none',
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
