/**
 * The second look at who let an action pass, in the worker that is about to execute it: signatures are verified again,
 * natively, and people are looked up again. What follows from that is decided in domain/action/second-judgement.ts.
 *
 * H1 a reviewer who was revoked in between stops it · H6 nothing that a worker's credential can write counts as proof.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { compactVerify, importJWK } from 'jose';
import type { Consent } from '../domain/action/consent.ts';
import { EXECUTION_FAILURES } from '../domain/action/execution.ts';
import { votesOf, whyNotNow } from '../domain/action/second-judgement.ts';
import { undeclaredAction } from '../domain/action/undeclared-action.ts';
import { partiesOf } from '../domain/authority/authority.ts';
import type { Decision } from '../domain/gate/decision.ts';
import { SECOND_MS } from '../domain/limits.ts';
import {
  audienceOf,
  PROOF_ALGORITHM,
  type ProofCheck,
  type ProofContext,
  readProof,
  whyNotAbout,
  whyNotItsKey,
} from '../domain/proof/decision-proof.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';
import type { Refusal } from '../domain/refusal.ts';
import { payloadDigest } from '../domain/text/digest.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { messageOf } from './outside-text.ts';
import { describedAction } from './prepare-action.ts';
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
  const isSigned = decisions.some(({ signature }) => signature !== undefined);
  const now = Date.now();
  const [keys, people] = await surely(async () =>
    Promise.all([
      isSigned ? trustedKeys(parts) : [],
      decisions.length === 0 ? [] : knownPeople(parts, accountsOf(parts, consent, decisions)),
    ]),
  );
  const { sessionId, policyVersion } = consent;
  const audience = audienceOf(namespace);
  const context = { audience, sessionId, policyVersion, now, wasTimely: true } as const;
  // By what they say: the votes are read from the consent anew by who judges.
  const proofs = new Map<string, ProofCheck>();
  for (const decision of decisions) {
    if (decision.signature !== undefined) {
      proofs.set(JSON.stringify(decision), await verified(decision, keys, context));
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
    proofOf: (decision) =>
      proofs.get(JSON.stringify(decision)) ?? { ok: false, problem: 'It was not looked at.' },
    digestOf: (changed) => digestFor(consent, tool, changed),
  });
}

function accountsOf(
  { policy }: TrustParts,
  { agentId, agentsAbove = [], requesterId }: Consent,
  decisions: readonly Decision[],
): readonly string[] {
  const agentIds = [agentId, ...agentsAbove];
  const parties = requesterId === undefined ? { agentIds } : { requesterId, agentIds };
  return [...partiesOf(policy, parties), ...decisions.map(({ reviewerId }) => reviewerId)];
}

/** The same checks as in the workflow, with the signature verified by another library, on the platform's own code. */
async function verified(
  decision: Decision,
  keys: readonly TrustedKey[],
  context: ProofContext,
): Promise<ProofCheck> {
  const { signature = '' } = decision;
  const reading = readProof(signature);
  if (!reading.ok) return { ok: false, problem: `The signature ${reading.problem}.` };
  const proof = reading.value;
  const key = keys.find(({ kid }) => kid === proof.kid);
  if (key === undefined) return { ok: false, problem: 'Its key is none that counts here.' };
  const problem = whyNotAbout(proof, decision, context) ?? whyNotItsKey(key, proof, context.now);
  if (problem !== undefined) return { ok: false, problem };
  const { kty, crv, x } = key;
  try {
    const publicKey = await importJWK({ kty, crv, x }, PROOF_ALGORITHM);
    await compactVerify(signature, publicKey, { algorithms: [PROOF_ALGORITHM] });
    return { ok: true, proof, key };
  } catch {
    return { ok: false, problem: 'It was not made by that key, over these words.' };
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

const TRIES = 3;

/** Nothing has been called yet. Who can't be looked up is not believed: another person is asked. */
async function surely<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt < TRIES) {
        await delay(attempt * SECOND_MS);
        continue;
      }
      const message = `Who may decide could not be found out: ${messageOf(error)}`;
      throw ApplicationFailure.nonRetryable(message, EXECUTION_FAILURES.trustUnavailable, message);
    }
  }
}
