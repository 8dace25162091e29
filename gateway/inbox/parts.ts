/** What the endpoints of the inbox work with, and what they share of reading a request. */
import type { HoldpointClient } from '../../client/holdpoint-client.ts';
import { type EvidenceReader, EvidenceUnavailable } from '../../evidence/store.ts';
import { sessionIdentifier } from '../../domain/text/reading.ts';
import { isUnanswered } from '../../client/answers.ts';
import { SECOND_MS } from '../../domain/limits.ts';
import type { Parameter } from '../api/route.ts';
import type { GatewayContext } from '../endpoint.ts';
import type { ShownBytes } from '../log.ts';
import { Problem } from '../problem.ts';
import type { RateLimit } from '../rate-limit.ts';
import type { GatewayKey } from '../signing-key.ts';
import type { PendingFeed } from './pending-feed.ts';
import type { Streams } from './streams.ts';

export interface InboxParts {
  readonly holdpoint: HoldpointClient;
  /** Left out: what only the evidence store knows is missing. */
  readonly evidence?: EvidenceReader;
  /** Left out: decisions are not signed. */
  readonly key?: GatewayKey;
  readonly feed: PendingFeed;
  readonly streams: Streams;
  readonly decideLimit: RateLimit;
  /** Hears who was served which bytes. */
  readonly shown: (what: ShownBytes) => void;
}

export function sessionIdOf(context: GatewayContext): string {
  const sessionId = context.req.param('sessionId') ?? '';
  if (sessionIdentifier(sessionId) === undefined) return sessionId;
  throw new Problem('NOT_FOUND', 'There is no session of this id.');
}

const LIMIT = { default: 50, max: 200 } as const;

export function limitOf(context: GatewayContext): number {
  return wholeNumberOf(context, 'limit', LIMIT);
}

export function wholeNumberOf(
  context: GatewayContext,
  name: string,
  bounds: { readonly default: number; readonly max: number },
): number {
  const said = context.req.query(name);
  if (said === undefined) return bounds.default;
  const number = Number(said);
  if (/^\d{1,6}$/.test(said) && number >= 1 && number <= bounds.max) return number;
  throw new Problem('MALFORMED', `${name} is a whole number from 1 to ${bounds.max}.`);
}

export function oneOfQuery<Value extends string>(
  context: GatewayContext,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const said = context.req.query(name);
  if (said === undefined) return undefined;
  const value = values.find((one) => one === said);
  if (value !== undefined) return value;
  throw new Problem('MALFORMED', `${name} is one of ${values.join(', ')}.`);
}

/** What it does not know is no parameter of a route: a misspelt filter would otherwise show everything. */
export function expectKnownQuery(
  context: GatewayContext,
  parameters: readonly Parameter[] = [],
): void {
  const known = parameters.flatMap(({ name, in: place }) => (place === 'query' ? [name] : []));
  const unknown = Object.keys(context.req.query()).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new Problem(
    'MALFORMED',
    `There is no such parameter. What there is: ${known.join(', ') || 'none'}.`,
  );
}

/** A session's worker is asked for so long. A page that waits longer is a page that hangs. */
const ASK_WITHIN_MS = 4 * SECOND_MS;

/** The answer of a session's worker; undefined: none came in time. */
export async function answered<T>(asking: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ASK_WITHIN_MS, undefined);
  });
  try {
    return await Promise.race([asking, late]);
  } catch (error) {
    if (isUnanswered(error)) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    asking.catch(() => undefined);
  }
}

/** What the evidence store says; undefined: it does not serve right now, and what is shown goes without. */
export async function ifServed<T>(reading: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof EvidenceUnavailable) return undefined;
    throw error;
  }
}

export function notAnswering(): Problem {
  return new Problem(
    'NOT_ANSWERING',
    "The session's worker does not answer right now, and it alone knows this. Try again in a moment.",
    { headers: { 'retry-after': '5' } },
  );
}
