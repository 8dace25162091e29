/** The people of this desk, each with a key of their own, and the file that says whose signatures count. */
import { readFile, writeFile } from 'node:fs/promises';
import {
  createSigningKey,
  type DecisionAnswer,
  type DecisionInput,
  type DecisionSigner,
  decisionSigner,
  type HoldpointClient,
  type PendingApproval,
  type TrustedKey,
} from 'holdpoint/client';

export interface Reviewer {
  readonly id: string;
  readonly kid: string;
  readonly signer: DecisionSigner;
}

/** Makes a key and lists its public entry. On a person's own machine `holdpoint keys new` does it. */
export async function reviewerWithKey(id: string, trustedKeys: string): Promise<Reviewer> {
  const { key, entry } = await createSigningKey({ reviewerId: id });
  await changeKeys(trustedKeys, (keys) => [...keys, entry]);
  return { id, kid: key.kid, signer: await decisionSigner(key) };
}

/** From now on nothing that this key signed counts. `holdpoint keys revoke` does the same. */
export async function revokeKey(trustedKeys: string, kid: string): Promise<void> {
  const revokedAt = new Date().toISOString();
  await changeKeys(trustedKeys, (keys) =>
    keys.map((key) => (key.kid === kid ? { ...key, revokedAt } : key)),
  );
}

async function changeKeys(
  path: string,
  change: (keys: readonly TrustedKey[]) => readonly TrustedKey[],
): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '{"keys":[]}');
  const { keys } = JSON.parse(text) as { readonly keys: readonly TrustedKey[] };
  await writeFile(path, JSON.stringify({ keys: change(keys) }, null, 2));
}

/** What a reviewer says of a gate. */
export type Said = Pick<DecisionInput, 'decision' | 'rationale' | 'grant'>;

// region: signed
export async function decideSigned(
  holdpoint: HoldpointClient,
  { id: reviewerId, signer }: Reviewer,
  { gate, said }: { readonly gate: PendingApproval; readonly said: Said },
): Promise<DecisionAnswer> {
  const { sessionId, gateId, runId, payloadDigest, policyVersion } = gate;
  const decision = { gateId, runId, payloadDigest, reviewerId, ...said };
  return holdpoint.decide(sessionId, decision, { proof: { signer, policyVersion } });
}
// endregion
