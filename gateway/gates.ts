/**
 * The gates of agents that are no workflows: ask for one, wait for its outcome, take it back. A token sees its own
 * subject's gates alone, and of all others that there are none.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { HoldpointClient } from '../client/holdpoint-client.ts';
import { type CallbackOrigins, isCallbackAllowed } from '../domain/gate/callback.ts';
import { SECOND_MS } from '../domain/limits.ts';
import {
  externalGateSchema,
  type GateRequest,
  gateRequestSchema,
} from '../domain/schema/external-gate.ts';
import { identifierSchema } from '../domain/schema/messages.ts';
import type { ExternalGate } from '../domain/session/external-gate.ts';
import type { Parameter } from './api/route.ts';
import type { Endpoint, GatewayContext } from './endpoint.ts';
import { Problem } from './problem.ts';
import { readBody } from './request-body.ts';
import { waitMsOf } from './waiting.ts';

export interface GateParts {
  readonly holdpoint: HoldpointClient;
  readonly callbackOrigins: CallbackOrigins;
  /** Aborted when the gateway ends: what waits is answered with what is known. */
  readonly closing: AbortSignal;
}

const WAIT: readonly Parameter[] = [
  {
    name: 'wait',
    in: 'query',
    description: 'Seconds to wait for the outcome, at most 60. Left out: none.',
  },
  { name: 'Prefer', in: 'header', description: 'The same, as RFC 7240 says it: wait=30' },
];

const ID: Parameter = { name: 'id', in: 'path', required: true, description: "The gate's id." };

const GATE = { schema: externalGateSchema } as const;

export function gateEndpoints(parts: GateParts): readonly Endpoint[] {
  return [
    {
      method: 'post',
      path: '/v1/gates',
      operationId: 'requestGate',
      summary: 'Ask whether an action may be done.',
      permission: 'request',
      parameters: [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: true,
          description:
            'Yours, 1 to 200 visible characters. The same key and body is the same gate, however often it is sent.',
        },
        ...WAIT,
      ],
      body: gateRequestSchema,
      answers: {
        200: { description: 'It is settled.', ...GATE },
        202: {
          description: 'It waits for a person.',
          ...GATE,
          headers: { Location: 'Where the gate is' },
        },
      },
      problems: [
        'MALFORMED',
        'KEY_MISSING',
        'TOO_LARGE',
        'UNSUPPORTED_MEDIA_TYPE',
        'KEY_REUSED',
        'CALLBACK_NOT_ALLOWED',
      ],
      handle: (context) => requestGate(parts, context),
    },
    {
      method: 'get',
      path: '/v1/gates/{id}',
      operationId: 'readGate',
      summary: 'What became of it, now or when there is an outcome.',
      permission: 'request',
      parameters: [ID, ...WAIT],
      answers: { 200: { description: 'The gate, pending or settled.', ...GATE } },
      problems: ['MALFORMED', 'NOT_FOUND'],
      handle: async (context) =>
        context.json(await gateOf(parts, context, { waitMs: waitMsOf(context) })),
    },
    {
      method: 'delete',
      path: '/v1/gates/{id}',
      operationId: 'withdrawGate',
      summary: 'Take it back, as long as nobody has decided.',
      permission: 'request',
      parameters: [ID],
      answers: {
        200: { description: 'It is withdrawn.', ...GATE },
        202: { description: 'It will be, as soon as a worker takes it up.', ...GATE },
      },
      problems: ['NOT_FOUND', 'ALREADY_DECIDED', 'EXPIRED'],
      handle: (context) => withdrawGate(parts, context),
    },
  ];
}

async function requestGate(parts: GateParts, context: GatewayContext): Promise<Response> {
  const { subject } = context.get('caller');
  const key = idempotencyKeyOf(context);
  const waitMs = waitMsOf(context);
  const request = (await readBody(context, gateRequestSchema)) as GateRequest;
  expectAllowedCallback(parts.callbackOrigins, request);
  const input = { ...request, agentId: request.agentId ?? subject, requesterId: subject };
  const { id, status } = await parts.holdpoint.requestGate(input, { key });
  if (status === 'conflict') {
    throw new Problem(
      'KEY_REUSED',
      'This Idempotency-Key was used for another request. Nothing was started: use a fresh one.',
    );
  }
  const gate = await found(parts, context, { id, waitMs });
  const location = `/v1/gates/${id}`;
  if (gate.status !== 'pending') return context.json(gate, 200, { location });
  return context.json(gate, 202, { location });
}

/** As the draft of the IETF writes it, in quotes, or bare. */
function idempotencyKeyOf(context: GatewayContext): string {
  const header = context.req.header('idempotency-key') ?? '';
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  if (identifierSchema.safeParse(key).success) return key;
  throw new Problem(
    'KEY_MISSING',
    'Send the header Idempotency-Key: 1 to 200 visible characters, the same for every try at this request and for no other.',
  );
}

function expectAllowedCallback(origins: CallbackOrigins, { callbackUrl }: GateRequest): void {
  if (callbackUrl === undefined || isCallbackAllowed(origins, callbackUrl)) return;
  const allowed = origins.length === 0 ? 'none is' : `${origins.join(', ')} are`;
  throw new Problem(
    'CALLBACK_NOT_ALLOWED',
    `callbackUrl begins with an origin that the operator has listed in HOLDPOINT_CALLBACK_ORIGINS, and a slash: ${allowed}. Or wait for the outcome with GET.`,
  );
}

async function withdrawGate(parts: GateParts, context: GatewayContext): Promise<Response> {
  const before = await gateOf(parts, context, { waitMs: 0 });
  if (before.status !== 'pending') return withdrawn(context, before);
  const { subject: operatorId } = context.get('caller');
  try {
    const order = { operatorId, reason: 'withdrawn by who asked for it' };
    await parts.holdpoint.cancel(before.id, order, { withinMs: CANCEL_WITHIN_MS });
  } catch (error) {
    // It has ended in between: how, is read below.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  return withdrawn(context, await found(parts, context, { id: before.id, waitMs: END_WITHIN_MS }));
}

const CANCEL_WITHIN_MS = 5 * SECOND_MS;
/** For its evidence to be stored. */
const END_WITHIN_MS = 5 * SECOND_MS;

function withdrawn(context: GatewayContext, gate: ExternalGate): Response {
  switch (gate.status) {
    case 'pending':
      return context.json(gate, 202);
    case 'expired':
      throw new Problem('EXPIRED', 'Nobody answered in time: there is nothing left to withdraw.');
    case 'approved':
    case 'modified':
    case 'rejected':
    case 'auto_proceeded':
      throw new Problem(
        'ALREADY_DECIDED',
        `It was settled before: ${gate.status}. Where it may proceed, not doing it is up to you.`,
      );
    case 'withdrawn':
    case 'refused':
    case 'failed':
      return context.json(gate, 200);
  }
}

function gateOf(
  parts: GateParts,
  context: GatewayContext,
  { waitMs }: { readonly waitMs: number },
): Promise<ExternalGate> {
  return found(parts, context, { id: context.req.param('id') ?? '', waitMs });
}

async function found(
  { holdpoint, closing }: GateParts,
  context: GatewayContext,
  { id, waitMs }: { readonly id: string; readonly waitMs: number },
): Promise<ExternalGate> {
  const { subject: requesterId } = context.get('caller');
  const signal = AbortSignal.any([closing, context.req.raw.signal]);
  const isId = identifierSchema.safeParse(id).success;
  const gate = isId ? await holdpoint.externalGate(id, { requesterId, waitMs, signal }) : undefined;
  if (gate !== undefined) return gate;
  throw new Problem('NOT_FOUND', 'You have asked for no gate of this id.');
}
