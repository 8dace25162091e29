/**
 * The kill switch, for who holds that role. It goes through the workers, so that it works without a gateway too.
 *
 * H7 what is not acknowledged, or not quiet yet, is said: nobody is told that it is over before it is.
 */
import { randomUUID } from 'node:crypto';
import type { KillAnswer } from '../../client/kill-orders.ts';
import type { KilledSession } from '../../client/killed-sessions.ts';
import type { KillScope, StoredKill } from '../../domain/action/kill.ts';
import type { KillList } from '../../domain/activities.ts';
import { KILLS_LISTED_MAX, SECOND_MS } from '../../domain/limits.ts';
import {
  type KillReported,
  type KillsShown,
  killBodySchema,
  type StandingKill,
} from '../api/kills.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { readBody } from '../request-body.ts';
import { ifServed, type InboxParts, notAnswering } from './parts.ts';

/** Longer than a page waits for other answers: whoever kills watches the sessions become quiet. */
const KILL_WITHIN_MS = 20 * SECOND_MS;
const LOOK_WITHIN_MS = 4 * SECOND_MS;
const SESSIONS_SHOWN_MAX = 500;

export async function readKills(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const list = await killList(parts);
  if (list === undefined) throw notAnswering();
  const { kills, count } = list;
  return context.json({ kills: kills.map(standing), count, at: Date.now() } satisfies KillsShown);
}

/** From where they stand, if it is in reach: every open page asks again and again, and to ask a worker takes a workflow. */
async function killList({ evidence, holdpoint }: InboxParts): Promise<KillList | undefined> {
  const kills = await ifServed(evidence?.kills());
  return kills === undefined
    ? holdpoint.kills({ withinMs: LOOK_WITHIN_MS })
    : { kills: kills.slice(0, KILLS_LISTED_MAX), count: kills.length };
}

export async function orderKill(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const { subject: operatorId } = context.get('caller');
  const body = await readBody(context, killBodySchema);
  const { verb, reason, orderId = randomUUID() } = body;
  // The schema takes one of the two.
  const scope: KillScope = body.agentId === undefined ? { all: true } : { agentId: body.agentId };
  const command = { operatorId, reason };
  const within = { withinMs: KILL_WITHIN_MS, orderId };
  const { holdpoint } = parts;
  if (verb === 'lift') {
    const answers = await holdpoint.liftKill(scope, command, within);
    const isQuiet = answers.every(({ status }) => status === 'stored');
    return reported(context, { orderId, answers, isQuiet, sessions: [], elsewhere: undefined });
  }
  const report = await holdpoint.kill(scope, command, within);
  parts.feed.touch();
  return reported(context, report);
}

interface Report {
  readonly orderId: string;
  readonly answers: readonly KillAnswer[];
  readonly isQuiet: boolean;
  readonly sessions: readonly KilledSession[];
  readonly elsewhere: number | undefined;
}

const LOUDEST = ['unknown', 'not_quiet', 'quiet'] as const;

function reported(
  context: GatewayContext,
  { orderId, answers, isQuiet, sessions, elsewhere }: Report,
): Response {
  const refused = answers.find((answer) => answer.status === 'refused');
  if (refused !== undefined) throw new Problem(refused.code, refused.message);
  const loudest = sessions.toSorted((a, b) => LOUDEST.indexOf(a.state) - LOUDEST.indexOf(b.state));
  const shown: KillReported = {
    orderId,
    isQuiet,
    answers: answers.map((answer) => ({
      taskQueue: answer.taskQueue,
      status: answer.status,
      ...(answer.status === 'stored'
        ? { storedAt: answer.order.storedAt }
        : { message: answer.message }),
    })),
    sessions: loudest.slice(0, SESSIONS_SHOWN_MAX).map(sessionShown),
    sessionsCount: sessions.length,
    ...(elsewhere === undefined ? {} : { elsewhere }),
    at: Date.now(),
  };
  return context.json(shown, isQuiet ? 200 : 202);
}

function sessionShown({
  sessionId,
  agentId,
  state,
  cancel,
  inFlight,
}: KilledSession): KillReported['sessions'][number] {
  return { sessionId, ...(agentId === undefined ? {} : { agentId }), state, cancel, inFlight };
}

function standing(kill: StoredKill): StandingKill {
  const { operatorId, reason, storedAt } = kill;
  const scope = 'agentId' in kill ? { agentId: kill.agentId } : ({ all: true } as const);
  return { ...scope, operatorId, reason, storedAt };
}
