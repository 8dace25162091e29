/**
 * What has to be there before the first worker starts: the search attribute in Temporal and the tables of the evidence
 * store. Done once, or at every deployment: what is there already stays as it is. With it done by a role that may, a
 * worker's own role needs neither right.
 */
import type { Connection } from '@temporalio/client';
import { GATES_ATTRIBUTE } from '../domain/messages.ts';
import { setUpPostgres } from '../evidence/postgres.ts';
import { connectPlain, type TemporalChoice, temporalTarget } from './connection.ts';
import { ensureSearchAttribute } from './search-attributes.ts';

export interface SetUpStep {
  readonly step: 'search attribute' | 'evidence store';
  /** `done` something was made or changed · `unchanged` it was there · `failed` */
  readonly status: 'done' | 'unchanged' | 'failed';
  readonly message: string;
}

export interface SetUpOptions extends TemporalChoice {
  readonly evidenceUrl: string;
}

/** Goes through both steps, also where the first one failed. Never rejects: what failed says so. */
export async function setUp(options: SetUpOptions): Promise<readonly SetUpStep[]> {
  return [
    await step('search attribute', () => setUpSearchAttribute(options)),
    await step('evidence store', () => setUpEvidence(options)),
  ];
}

type Done = Omit<SetUpStep, 'step'>;

async function step(name: SetUpStep['step'], work: () => Promise<Done>): Promise<SetUpStep> {
  try {
    return { step: name, ...(await work()) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { step: name, status: 'failed', message };
  }
}

async function setUpSearchAttribute(options: SetUpOptions): Promise<Done> {
  const target = temporalTarget(options);
  const { namespace, address } = target;
  const connection = await connectPlain(target).catch((error: unknown) => {
    throw new Error(`Temporal at ${address} does not answer: ${String(error)}`);
  });
  try {
    await requireNamespace(connection, { namespace, address });
    const check = await ensureSearchAttribute(connection, namespace);
    const name = `${GATES_ATTRIBUTE} in namespace ${namespace} at ${address}`;
    switch (check.status) {
      case 'added':
        return { status: 'done', message: `${name} was added` };
      case 'registered':
        return { status: 'unchanged', message: `${name} is there` };
      case 'unknown':
        return { status: 'failed', message: `${name} can't be looked up: ${check.reason}` };
    }
  } finally {
    await connection.close();
  }
}

/** How long closed sessions stay readable in Temporal is the operator's choice, so a namespace is not made here. */
async function requireNamespace(
  connection: Connection,
  { namespace, address }: { readonly namespace: string; readonly address: string },
): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new Error(
      `There is no namespace ${namespace}. ${createNamespaceCommand({ namespace, address })}`,
      { cause: error },
    );
  }
}

const GRPC_NOT_FOUND = 5;

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === GRPC_NOT_FOUND;
}

export function createNamespaceCommand({
  namespace,
  address,
}: {
  readonly namespace: string;
  readonly address: string;
}): string {
  return `Run: temporal operator namespace create --address ${address} --namespace ${namespace} --retention 30d`;
}

async function setUpEvidence({ evidenceUrl }: SetUpOptions): Promise<Done> {
  const { name, from, to } = await setUpPostgres({ url: evidenceUrl });
  if (from === to) return { status: 'unchanged', message: `${name} has schema ${to}` };
  const what = from === 0 ? `was given schema ${to}` : `went from schema ${from} to ${to}`;
  return { status: 'done', message: `${name} ${what}` };
}
