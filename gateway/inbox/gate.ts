/** One gate, open or ended, with all that a reviewer needs. */
import { gatesOfTrail, type TrailGate } from '../../domain/audit/trail-gates.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { identifier } from '../../domain/text/reading.ts';
import { isJsonObject, isPlainObject, type JsonObject } from '../../domain/text/json.ts';
import type { GateView, RelatedGate, ShownGate, You } from '../api/gates.ts';
import type { Caller } from '../caller.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import {
  canonicalOf,
  endedGateView,
  openGateView,
  previousPayload,
  relatedGate,
} from './gate-view.ts';
import { answered, ifServed, type InboxParts, sessionIdOf } from './parts.ts';
import { eventsOf, readTrail } from './trail.ts';

const RELATED_MAX = 50;

export interface GateName {
  readonly sessionId: string;
  readonly gateId: string;
}

export function gateNameOf(context: GatewayContext): GateName {
  const gateId = context.req.param('gateId') ?? '';
  if (identifier(gateId) !== undefined) throw noSuchGate();
  return { sessionId: sessionIdOf(context), gateId };
}

export async function readGate(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const caller = context.get('caller');
  const name = gateNameOf(context);
  const { sessionId, gateId } = name;
  const [open, trail] = await Promise.all([
    openGatesOf(parts, sessionId),
    readTrail(parts, { sessionId }),
  ]);
  const gates = gatesOfTrail(eventsOf(trail));
  const pending = open?.find((gate) => gate.gateId === gateId);
  const shown = await shownGate(parts, { gateId, pending, gates, requesterId: requesterOf(trail) });
  if (shown === undefined) throw noSuchGate();
  parts.shown({ subject: caller.subject, ...name, payloadDigest: shown.payloadDigest });
  const previous = await previousOf(parts, gates, gateId);
  const toolSchema = await schemaOf(parts, pending);
  const view: GateView = {
    ...shown,
    ...canonicalOf(shown),
    you: await youOf(parts, caller, {
      ...name,
      status: shown.status,
      isAnswering: open !== undefined,
    }),
    ...(previous === undefined ? {} : { previous }),
    ...(toolSchema === undefined ? {} : { toolSchema }),
    related: relatedGates(gates, ({ gateId: other }) => other !== gateId),
    at: Date.now(),
  };
  return context.json(view);
}

/** Undefined: the worker does not answer. A session that has ended has none. */
export async function openGatesOf(
  { holdpoint }: InboxParts,
  sessionId: string,
): Promise<readonly PendingApproval[] | undefined> {
  const session = await holdpoint.sessions.find(sessionId);
  if (session?.state !== 'running') return [];
  return answered(holdpoint.gates(sessionId));
}

export function relatedGates(
  gates: readonly TrailGate[],
  isWanted: (gate: TrailGate) => boolean,
): readonly RelatedGate[] {
  return gates.filter(isWanted).toReversed().slice(0, RELATED_MAX).map(relatedGate);
}

interface Found {
  readonly gateId: string;
  readonly pending: PendingApproval | undefined;
  readonly gates: readonly TrailGate[];
  readonly requesterId: string | undefined;
}

async function shownGate(
  { evidence }: InboxParts,
  { gateId, pending, gates, requesterId }: Found,
): Promise<ShownGate | undefined> {
  if (pending !== undefined) return openGateView(pending);
  const told = gates.find((gate) => gate.gateId === gateId);
  if (told === undefined) return undefined;
  const { actionPayload, payloadDigest } = told.presented;
  const payload = actionPayload ?? (await payloadAt(evidence, payloadDigest));
  return endedGateView(told, { payload, requesterId });
}

/** Arguments that were too large for their event. */
async function payloadAt(
  evidence: InboxParts['evidence'],
  digest: string | undefined,
): Promise<JsonObject | undefined> {
  const text = digest === undefined ? undefined : await ifServed(evidence?.content(digest));
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  const args = isPlainObject(value) ? value['arguments'] : undefined;
  return isJsonObject(args) ? args : undefined;
}

async function previousOf(
  { evidence }: InboxParts,
  gates: readonly TrailGate[],
  gateId: string,
): Promise<GateView['previous']> {
  const previous = previousPayload(gates, gateId);
  if (previous === undefined || previous.payload !== undefined) return previous;
  const payload = await payloadAt(evidence, previous.payloadDigest);
  return payload === undefined ? previous : { ...previous, payload };
}

async function schemaOf(
  { evidence }: InboxParts,
  gate: PendingApproval | undefined,
): Promise<JsonObject | undefined> {
  if (gate?.schemaDigest === undefined) return undefined;
  const text = await ifServed(evidence?.content(gate.schemaDigest));
  const schema: unknown = text === undefined ? undefined : JSON.parse(text);
  return isJsonObject(schema) ? schema : undefined;
}

interface Asked extends GateName {
  readonly status: ShownGate['status'];
  readonly isAnswering: boolean;
}

/** By the gate's own judgement: the gateway has none. */
async function youOf(
  { holdpoint, key }: InboxParts,
  caller: Caller,
  { sessionId, gateId, status, isAnswering }: Asked,
): Promise<You> {
  const { subject, may, login } = caller;
  if (status !== 'pending') return { may: 'no', message: `It is ${status}.` };
  if (!may.includes('decide')) {
    return {
      may: 'no',
      code: 'NOT_AUTHORIZED',
      message: 'You may look here, and not decide: that takes the role reviewer.',
    };
  }
  const question = {
    gateId,
    reviewerId: subject,
    ...(login === undefined || key === undefined
      ? {}
      : {
          isSigned: true,
          groups: login.groups,
          ...(login.person === undefined ? {} : { person: login.person }),
        }),
  };
  const answer = isAnswering ? await answered(holdpoint.mayDecide(sessionId, question)) : undefined;
  if (answer === undefined) {
    return { may: 'unknown', message: 'The session does not answer right now.' };
  }
  return answer.may === 'yes' ? { may: 'yes', ...answer.butNotApprove } : answer;
}

function requesterOf(trail: Parameters<typeof eventsOf>[0]): string | undefined {
  const [first] = eventsOf(trail);
  const requesterId = first?.eventType === 'started' ? first.details?.['requesterId'] : undefined;
  return typeof requesterId === 'string' ? requesterId : undefined;
}

function noSuchGate(): Problem {
  return new Problem('NOT_FOUND', 'This session has no such gate, or none that is known any more.');
}
