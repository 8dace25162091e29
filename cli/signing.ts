/**
 * A decision with the signature that its gate asks for: by a key of this reviewer that lies on this machine, over what
 * was shown and nothing else.
 *
 * H1 nothing is signed that is not what stands at the gate now: its run, its digest, and the payload of that digest.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { type DecisionAnswer, isUnanswered } from '../client/answers.ts';
import type { ProofOptions } from '../client/decide.ts';
import type { DecisionInput } from '../client/decision-input.ts';
import { type DecisionSigner, decisionSigner } from '../client/decision-signer.ts';
import type { HoldpointClient } from '../client/holdpoint-client.ts';
import { HASHED_DEPTH_MAX } from '../domain/limits.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { refusal, type Refusal } from '../domain/refusal.ts';
import { payloadDigest } from '../domain/text/digest.ts';
import { isJson } from '../domain/text/json.ts';
import { EXIT, EXIT_OF_REFUSAL } from './exit-codes.ts';
import { unsealed } from './key-seal.ts';
import { findKeys, type KeptKey, keyPath, keysFolder, readKey } from './key-store.ts';
import { passphraseOf } from './passphrase.ts';
import { CommandFailure, type Shell } from './shell.ts';

export interface Signer {
  readonly reviewerId: string;
  /** The name of a key, or the path of its file. Left out: the one key of this reviewer. */
  readonly key?: string | undefined;
}

/**
 * A refusal, with the way out, where this reviewer has no key. Throws where the key that is named can't be used, or one of
 * several would have to be guessed.
 */
export async function signerOf(shell: Shell, who: Signer): Promise<DecisionSigner | Refusal> {
  const key = await chosenKey(shell, who);
  if ('code' in key) return key;
  const { kid, kty, crv, x, d, sealed: jwe } = key;
  if (jwe === undefined) return decisionSigner({ kid, kty, crv, x, d: d ?? '' });
  const passphrase = await passphraseOf(shell, kid);
  return decisionSigner(await unsealed(key, { jwe, passphrase }));
}

async function chosenKey(
  { environment }: Shell,
  { reviewerId, key: named }: Signer,
): Promise<KeptKey | Refusal> {
  if (named !== undefined) {
    const key = await readKey(keyPath(environment, named));
    if (key.reviewerId === undefined || key.reviewerId === reviewerId) return key;
    throw new CommandFailure(
      `Key ${key.kid} is of ${key.reviewerId}, and you decide as ${reviewerId}: what it signs would not count.`,
      EXIT.usage,
    );
  }
  const { found, problems } = await findKeys(environment);
  const own = found.filter(({ key }) => key.reviewerId === reviewerId);
  const [only, ...others] = own;
  if (only !== undefined && others.length === 0) return only.key;
  if (only !== undefined) {
    const names = own.map(({ key }) => key.kid).join(', ');
    throw new CommandFailure(
      `${reviewerId} has several keys: say which, --key. ${names}`,
      EXIT.usage,
    );
  }
  const message = [
    `This gate takes only signed decisions, and there is no key of ${reviewerId} in ${keysFolder(environment)}: nothing was sent.`,
    `Make one, and have it listed among the trusted keys: holdpoint keys new --as ${reviewerId}.`,
    'Or decide where you have logged in.',
    ...problems,
  ];
  return { code: 'SIGNATURE_REQUIRED', message: message.join(' ') };
}

/** The gate as it stands now. Undefined: none of this id is open, or nobody answers. */
export async function openGate(
  holdpoint: HoldpointClient,
  sessionId: string,
  gateId: string,
): Promise<PendingApproval | undefined> {
  try {
    return (await holdpoint.gates(sessionId)).find((gate) => gate.gateId === gateId);
  } catch (error) {
    if (isUnanswered(error) || error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Why a decision is not about what stands at the gate; undefined: it is. */
export function whyNotShown(
  gate: PendingApproval,
  shown: Pick<DecisionInput, 'runId' | 'payloadDigest'>,
): Refusal | undefined {
  if (shown.payloadDigest !== gate.payloadDigest || !isWhatRuns(gate)) {
    return refusal('DIGEST_MISMATCH', 'Nothing was signed or sent.');
  }
  return shown.runId === gate.runId
    ? undefined
    : refusal('DECISION_FROM_OTHER_RUN', 'Nothing was signed or sent: look at the gate again.');
}

/** Whether the digest is that of the payload beside it. */
function isWhatRuns(gate: PendingApproval): boolean {
  const { actionType, toolVersion, payload } = gate;
  // What has no canonical form has no digest.
  if (!isJson(payload, HASHED_DEPTH_MAX - 1)) return false;
  return payloadDigest({ actionType, toolVersion, arguments: payload }) === gate.payloadDigest;
}

export interface Deciding {
  readonly sessionId: string;
  readonly decision: DecisionInput;
  /** As it stands now; undefined: it is not open, or the session does not answer. */
  readonly gate: PendingApproval | undefined;
  /** Sign also where the gate does not ask for it. */
  readonly isSigned: boolean;
  readonly signer: () => Promise<DecisionSigner | Refusal>;
}

/** Sends a decision, signed where its gate asks for that. */
export async function decideGate(
  holdpoint: HoldpointClient,
  { sessionId, decision, gate, isSigned, signer }: Deciding,
): Promise<DecisionAnswer> {
  // Without its gate there is nothing to sign; the session says what has become of it.
  if (!isSigned && gate?.proof !== 'signed') return holdpoint.decide(sessionId, decision);
  if (gate === undefined) {
    throw new CommandFailure(
      'No gate of this id is open, or the session does not answer: nothing was signed or sent.',
      EXIT_OF_REFUSAL.UNKNOWN_GATE,
    );
  }
  const no = whyNotShown(gate, decision);
  if (no !== undefined) return { status: 'refused', ...no, gateId: gate.gateId };
  const found = await signer();
  if ('code' in found) return { status: 'refused', ...found, gateId: gate.gateId };
  const proof: ProofOptions = { signer: found, policyVersion: gate.policyVersion };
  return holdpoint.decide(sessionId, decision, { proof });
}
