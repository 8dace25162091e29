/**
 * Keys and directories for tests with real workers: files in a folder of the test's own, which it edits while sessions run,
 * and the keys whose private halves no worker ever sees.
 */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DecisionAnswer,
  type DecisionInput,
  type DecisionSigner,
  decisionSigner,
  type SigningContext,
} from '../../client/index.ts';
import { directoryFrom, trustedKeysFrom } from '../../activities/adapters/trust-sources.ts';
import type { Directory, KeySource } from '../../activities/trust.ts';
import type { PolicyPerson } from '../../domain/policy/policy.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import type { World } from './world.ts';

export interface ReviewerKey {
  readonly trusted: TrustedKey;
  readonly signer: DecisionSigner;
}

/** A key of an issuer, or with `reviewerId` of one reviewer. */
export async function newKey(kid: string, changes: Partial<TrustedKey> = {}): Promise<ReviewerKey> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const key = { kid, kty: 'OKP', crv: 'Ed25519' } as const;
  return { trusted: { ...key, x, ...changes }, signer: await decisionSigner({ ...key, x, d }) };
}

export interface TrustFiles {
  readonly keys: KeySource;
  readonly directory: Directory;
  readonly writeKeys: (...keys: readonly TrustedKey[]) => void;
  readonly writePeople: (people: Readonly<Record<string, PolicyPerson>>) => void;
  /** Takes the folder away, as a disk does that is not mounted; and what is written next finds it again. */
  readonly remove: () => void;
}

export function trustFiles(): TrustFiles {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-trust-'));
  const [keysFile, peopleFile] = [join(folder, 'keys.json'), join(folder, 'people.json')];
  const write = (file: string, value: object): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, JSON.stringify(value));
  };
  const files: TrustFiles = {
    keys: trustedKeysFrom(keysFile),
    directory: directoryFrom(peopleFile),
    writeKeys: (...keys) => write(keysFile, { keys }),
    writePeople: (people) => write(peopleFile, { people }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  files.writeKeys();
  files.writePeople({});
  return files;
}

export interface SignedHow extends Partial<DecisionInput> {
  readonly login?: NonNullable<SigningContext['login']>;
  readonly withinMs?: number;
}

/** Decides over what the gate shows, signed. */
export async function decideSigned(
  { holdpoint }: Pick<World, 'holdpoint'>,
  sessionId: string,
  gate: PendingApproval,
  { signer }: ReviewerKey,
  { login, withinMs, ...changes }: SignedHow = {},
): Promise<DecisionAnswer> {
  const { gateId, runId, payloadDigest, policyVersion } = gate;
  const shown = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rita' } as const;
  const proof = { signer, policyVersion, ...(login === undefined ? {} : { login }) };
  const within = withinMs === undefined ? {} : { withinMs };
  return holdpoint.decide(sessionId, { ...shown, ...changes }, { proof, ...within });
}
