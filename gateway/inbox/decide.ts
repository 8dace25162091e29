/**
 * What people say of a gate: decide, claim, release. Who says it is known by the login or the token and stands in no body;
 * whether they may is judged in the gate.
 *
 * H1 it is over the digest that was shown · H2 under its decisionId it counts once, however often it is sent · H6 the
 * gateway signs for who is logged in, and for nobody else.
 */
import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { ClaimAnswer, DecisionAnswer } from '../../client/answers.ts';
import type { ProofOptions } from '../../client/decide.ts';
import type { DecisionInput } from '../../client/decision-input.ts';
import { SECOND_MS } from '../../domain/limits.ts';
import {
  claimBodySchema,
  type DecideBody,
  decideBodySchema,
  type DecisionAnswered,
} from '../api/decisions.ts';
import type { Caller } from '../caller.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { readBody } from '../request-body.ts';
import { gateNameOf, type GateName, openGatesOf } from './gate.ts';
import type { InboxParts } from './parts.ts';
import { saidAnswer } from './said.ts';

/** As long as a browser may wait. The decision may be taken later all the same, and is asked about under its id. */
const DECIDE_WITHIN_MS = 20 * SECOND_MS;
export const SAY_WITHIN_MS = 10 * SECOND_MS;

export async function decideGate(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const caller = context.get('caller');
  const name = gateNameOf(context);
  const body = await readBody<DecideBody>(context, decideBodySchema);
  const waitMs = parts.decideLimit.take(`${caller.as} ${caller.subject}`, Date.now());
  if (waitMs > 0) throw rateLimited(waitMs);
  const decision = decisionOf(caller, name, body);
  const proof = await proofOf(parts, caller, { ...name, body });
  const answer = await parts.holdpoint.decide(name.sessionId, decision, {
    withinMs: DECIDE_WITHIN_MS,
    ...(proof === undefined ? {} : { proof }),
  });
  parts.feed.touch();
  return told(context, answer, {
    gateId: name.gateId,
    decisionId: decision.decisionId,
    isSigned: proof !== undefined || decision.signature !== undefined,
  });
}

function decisionOf(
  { subject, login }: Caller,
  { gateId }: GateName,
  body: DecideBody,
): DecisionInput & { readonly decisionId: string } {
  const { policyVersion: _shown, decisionId = randomUUID(), signature, ...said } = body;
  if (login !== undefined && signature !== undefined) {
    throw new Problem(
      'MALFORMED',
      "signature: the gateway signs a login's decisions. Leave it out, or decide with a token.",
    );
  }
  const decision = { ...said, decisionId, gateId, reviewerId: subject, signature };
  // What zod leaves undefined is not there.
  return JSON.parse(JSON.stringify(decision)) as DecisionInput & { readonly decisionId: string };
}

/** Undefined: it is not signed here. */
async function proofOf(
  parts: InboxParts,
  { login }: Caller,
  { sessionId, gateId, body }: GateName & { readonly body: DecideBody },
): Promise<ProofOptions | undefined> {
  const { key } = parts;
  if (login === undefined || key === undefined) return undefined;
  const policyVersion = body.policyVersion ?? (await shownPolicy(parts, { sessionId, gateId }));
  // Of a gate that is not open it is not known, and nothing is left to prove.
  if (policyVersion === undefined) return undefined;
  const { person, groups, authTime, acr } = login;
  return {
    signer: key.signer,
    policyVersion,
    login: {
      groups,
      ...(person === undefined ? {} : { person }),
      ...(authTime === undefined ? {} : { auth_time: authTime }),
      ...(acr === undefined ? {} : { acr }),
    },
  };
}

async function shownPolicy(
  parts: InboxParts,
  { sessionId, gateId }: GateName,
): Promise<string | undefined> {
  const gates = await openGatesOf(parts, sessionId);
  return gates?.find((gate) => gate.gateId === gateId)?.policyVersion;
}

function told(
  context: GatewayContext,
  answer: DecisionAnswer,
  sent: Pick<DecisionAnswered, 'gateId' | 'decisionId' | 'isSigned'>,
): Response {
  const { gateId, decisionId } = sent;
  switch (answer.status) {
    case 'decided': {
      const { status, outcome } = answer;
      return context.json({ ...sent, status, outcome }, 200);
    }
    case 'recorded': {
      const { status, message, keptFor, votes, needed } = answer;
      const counted = { keptFor, votes, needed };
      return context.json({ ...sent, status, message, ...counted }, 202);
    }
    case 'unknown':
      return context.json({ ...sent, status: answer.status, message: answer.message }, 202);
    case 'unreachable':
      throw new Problem('UNREACHABLE', answer.message, {
        headers: { 'retry-after': '5' },
        members: { gateId, decisionId },
      });
    case 'refused': {
      const { code, message, outcome } = answer;
      const how = outcome === undefined ? {} : { outcome };
      throw new Problem(code, message, { members: { gateId, decisionId, ...how } });
    }
  }
}

function rateLimited(waitMs: number): Problem {
  return new Problem(
    'RATE_LIMITED',
    'These are more decisions than a person reads. Nothing was sent: try this one again in a moment.',
    { headers: { 'retry-after': String(Math.ceil(waitMs / SECOND_MS)) } },
  );
}

export async function sayOfGate(
  parts: InboxParts,
  context: GatewayContext,
  verb: 'claim' | 'release',
): Promise<Response> {
  const { subject: reviewerId } = context.get('caller');
  const { sessionId, gateId } = gateNameOf(context);
  const { reason } = await readBody(context, claimBodySchema);
  const word = { gateId, reviewerId, ...(reason === undefined ? {} : { reason }) };
  const answer = await inSession(async () =>
    parts.holdpoint[verb](sessionId, word, { withinMs: SAY_WITHIN_MS }),
  );
  parts.feed.touch();
  return saidAnswer(context, answer, { gateId });
}

/** A session that has ended takes no word, and one that never was has none. */
export async function inSession<Answer extends ClaimAnswer | { readonly status: 'sent' }>(
  say: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await say();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new Problem('NOT_FOUND', 'No session of this id runs.');
  }
}
