/**
 * The second look at who let an action pass, in the worker that is about to execute it: signatures are verified again,
 * natively, and people are looked up again. What follows from that is decided in domain/action/second-judgement.ts.
 *
 * H1 a reviewer who was revoked in between stops it · H6 nothing that a worker's credential can write counts as proof.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { compactVerify, importJWK } from 'jose';
import type { Consent } from '../domain/action/consent.ts';
import { EXECUTION_FAILURES } from '../domain/action/execution.ts';
import { votesOf, whyNotNow } from '../domain/action/second-judgement.ts';
import { undeclaredAction } from '../domain/action/undeclared-action.ts';
import { partiesOf } from '../domain/authority/authority.ts';
import type { Person } from '../domain/authority/person.ts';
import { type Decision, decisionFingerprint } from '../domain/gate/decision.ts';
import { accountsBehind } from '../domain/gate/reviewer.ts';
import { SECOND_MS, TRUST_WITHIN_MS } from '../domain/limits.ts';
import {
  audienceOf,
  checkClaims,
  NOT_SIGNED,
  PROOF_ALGORITHM,
  type ProofCheck,
  type ProofContext,
} from '../domain/proof/decision-proof.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';
import type { Refusal } from '../domain/refusal.ts';
import { payloadDigest } from '../domain/text/digest.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { messageOf } from './outside-text.ts';
import { describedAction } from './prepare-action.ts';
import { withinTime } from './time-bound.ts';
import { readArguments } from './tool-arguments.ts';
import type { Tool } from './tool.ts';
import { knownPeople, trustedKeys, type TrustParts } from './trust.ts';

/** What is about to run. */
export interface AboutToRun {
  readonly consent: Consent;
  readonly args: JsonObject;
  readonly tool: Tool | undefined;
  readonly namespace: string;
}

/** Why it may not, by what this worker knows now; undefined: it may. */
export async function lookAgain(
  parts: TrustParts,
  { consent, args, tool, namespace }: AboutToRun,
): Promise<Refusal | undefined> {
  const { policy } = parts;
  const { actionType } = consent;
  const decisions = votesOf(consent) ?? [];
  const { keys, people } =
    decisions.length === 0 ? NOBODY : await surely(async () => known(parts, consent, decisions));
  const now = Date.now();
  const { sessionId, policyVersion } = consent;
  const audience = audienceOf(namespace);
  const context = { audience, sessionId, policyVersion, now, wasTimely: true } as const;
  const proofs = new Map<string, ProofCheck>();
  for (const decision of decisions) {
    if (decision.signature !== undefined) {
      proofs.set(wordsOf(decision), await verified(decision, keys, context));
    }
  }
  return whyNotNow({
    consent,
    policy,
    people,
    now,
    action:
      tool === undefined
        ? undeclaredAction(actionType, args)
        : describedAction(tool, args, undefined),
    proofOf: (decision) => proofs.get(wordsOf(decision)) ?? NOT_LOOKED_AT,
    digestOf: (changed) => digestFor(consent, tool, changed),
  });
}

const NOT_LOOKED_AT: ProofCheck = { ok: false, problem: 'It was not looked at.' };

/** A decision with its signature: of two with one signature, one at most is what was signed. */
function wordsOf(decision: Decision): string {
  return `${decisionFingerprint(decision)} ${decision.signature ?? ''}`;
}

interface Known {
  readonly keys: readonly TrustedKey[];
  readonly people: readonly Person[];
}

const NOBODY: Known = { keys: [], people: [] };

async function known(
  parts: TrustParts,
  { agentId, agentsAbove = [], requesterId }: Consent,
  decisions: readonly Decision[],
): Promise<Known> {
  const agentIds = [agentId, ...agentsAbove];
  const parties = requesterId === undefined ? { agentIds } : { requesterId, agentIds };
  const accounts = [...partiesOf(parts.policy, parties), ...decisions.flatMap(accountsBehind)];
  const isSigned = decisions.some(({ signature }) => signature !== undefined);
  const [keys, people] = await Promise.all([
    isSigned ? trustedKeys(parts) : [],
    knownPeople(parts, accounts),
  ]);
  return { keys, people };
}

/** The same checks as in the workflow, with the signature verified by another library, on the platform's own code. */
async function verified(
  decision: Decision,
  keys: readonly TrustedKey[],
  context: ProofContext,
): Promise<ProofCheck> {
  const claimed = checkClaims(decision, keys, context);
  if (!claimed.ok) return claimed;
  const { kty, crv, x } = claimed.key;
  try {
    const publicKey = await importJWK({ kty, crv, x }, PROOF_ALGORITHM);
    await compactVerify(decision.signature ?? '', publicKey, { algorithms: [PROOF_ALGORITHM] });
    return claimed;
  } catch {
    return { ok: false, problem: NOT_SIGNED };
  }
}

/** The digest of changed arguments, as the tool's own schema puts them out. */
function digestFor(
  { actionType, toolVersion }: Consent,
  tool: Tool | undefined,
  changed: JsonObject,
): string | undefined {
  if (tool === undefined) return payloadDigest({ actionType, toolVersion, arguments: changed });
  const reading = readArguments(tool, changed);
  return reading.ok
    ? payloadDigest({ actionType, toolVersion, arguments: reading.arguments })
    : undefined;
}

const AGAIN_AFTER_MS = 500;

/** Nothing has been called yet. Who can't be looked up in time is not believed: another person is asked. */
async function surely<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + TRUST_WITHIN_MS;
  for (;;) {
    try {
      return await withinTime(boundTo(deadline - Date.now()), work);
    } catch (error) {
      if (error instanceof CancelledFailure) throw error;
      if (Date.now() + AGAIN_AFTER_MS < deadline) {
        await delay(AGAIN_AFTER_MS);
        continue;
      }
      const message = `Who may decide could not be found out: ${messageOf(error)}`;
      throw ApplicationFailure.nonRetryable(message, EXECUTION_FAILURES.trustUnavailable, message);
    }
  }
}

function boundTo(timeoutMs: number): Parameters<typeof withinTime>[0] {
  return {
    timeoutMs,
    cancellation: Context.current().cancellationSignal,
    timedOut: () => new Error(`no answer within ${TRUST_WITHIN_MS / SECOND_MS} s`),
  };
}
