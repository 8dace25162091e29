/**
 * The search attribute that sessions write: checked by name and type when a worker starts, since an unregistered one
 * stops every session. Added where that is permitted; where listing is not, the worker warns and runs without.
 */
import type { Connection } from '@temporalio/client';
import { GATES_ATTRIBUTE } from '../domain/messages.ts';

const KEYWORD = 2;
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'Text',
  [KEYWORD]: 'Keyword',
  3: 'Int',
  4: 'Double',
  5: 'Bool',
  6: 'Datetime',
  7: 'KeywordList',
};

export type AttributeCheck =
  | { readonly status: 'registered' | 'added' }
  /** Sessions run, but the list of open gates can't be filtered. */
  | { readonly status: 'unknown'; readonly reason: string };

/** `missing`, or the name of another type than it has to be; `unknown` where listing is not permitted. */
export async function lookForSearchAttribute(
  connection: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<
  | { readonly status: 'registered' }
  | { readonly status: 'missing' }
  | { readonly status: 'other_type'; readonly type: string }
  | { readonly status: 'unknown'; readonly reason: string }
> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    const found: number | undefined = customAttributes[GATES_ATTRIBUTE];
    if (found === undefined) return { status: 'missing' };
    if (found === KEYWORD) return { status: 'registered' };
    return { status: 'other_type', type: TYPE_NAMES[found] ?? String(found) };
  } catch (error) {
    return { status: 'unknown', reason: textOf(error) };
  }
}

/** Throws an error with the exact command where the attribute is missing or of another type and can't be mended here. */
export async function ensureSearchAttribute(
  connection: Pick<Connection, 'operatorService'>,
  namespace: string,
): Promise<AttributeCheck> {
  const found = await lookForSearchAttribute(connection, namespace);
  if (found.status === 'unknown' || found.status === 'registered') return found;
  if (found.status === 'other_type') {
    throw new Error(
      `Search attribute ${GATES_ATTRIBUTE} has type ${found.type}, and has to be Keyword: remove it and add it again. ${command(namespace)}`,
    );
  }
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: { [GATES_ATTRIBUTE]: KEYWORD },
    });
    return { status: 'added' };
  } catch (error) {
    throw new Error(
      `Search attribute ${GATES_ATTRIBUTE} is missing, and this worker may not add it (${textOf(error)}). ${command(namespace)}`,
      { cause: error },
    );
  }
}

/** For a worker: false where it has to do without, which it warns of. */
export async function isAttributeThere({
  connection,
  namespace,
  warn = console.warn,
}: {
  readonly connection: Pick<Connection, 'operatorService'>;
  readonly namespace: string;
  readonly warn?: (line: string) => void;
}): Promise<boolean> {
  const check = await ensureSearchAttribute(connection, namespace);
  if (check.status !== 'unknown') return true;
  warn(`Search attributes can't be listed (${check.reason}): sessions run without theirs.`);
  return false;
}

function command(namespace: string): string {
  return `Run: temporal operator search-attribute create --namespace ${namespace} --name ${GATES_ATTRIBUTE} --type Keyword`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
