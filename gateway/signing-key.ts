/**
 * The gateway's own key: it signs what people decide who are logged in, and nobody else has it. Workers know its public
 * part (HOLDPOINT_TRUSTED_KEYS). A file that others can read is refused: whoever has the key can decide as anyone.
 */
import { constants } from 'node:fs';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { z } from 'zod';
import { type DecisionSigner, decisionSigner, type SigningKey } from '../client/decision-signer.ts';
import { readTrustedKeys, type TrustedKey } from '../domain/proof/trusted-key.ts';

export interface GatewayKey {
  readonly signer: DecisionSigner;
  /** What workers trust. */
  readonly publicKey: TrustedKey;
}

const keySchema = z.looseObject({
  kid: z.string(),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
});

/** Reads HOLDPOINT_GATEWAY_KEY. Rejects with a TypeError that says what to do. */
export async function readGatewayKey(path: string): Promise<GatewayKey> {
  const text = await secretText(path);
  const parsed = keySchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new TypeError(
      `HOLDPOINT_GATEWAY_KEY: ${path} is no private Ed25519 key as JSON: { kid, kty: "OKP", crv: "Ed25519", x, d }. Make one: holdpoint keys new --issuer`,
    );
  }
  return gatewayKey(parsed.data);
}

async function gatewayKey({ kid, kty, crv, x, d }: SigningKey): Promise<GatewayKey> {
  const publicKey = { kid, kty, crv, x };
  const reading = readTrustedKeys({ keys: [publicKey] });
  if (!reading.ok) throw new TypeError(`HOLDPOINT_GATEWAY_KEY: ${reading.problem}.`);
  return { signer: await decisionSigner({ ...publicKey, d }), publicKey };
}

async function secretText(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    const isOpen = (mode & (constants.S_IRWXG | constants.S_IRWXO)) !== 0;
    if (isOpen && process.platform !== 'win32') {
      throw new TypeError(
        `HOLDPOINT_GATEWAY_KEY: others can read ${path}, and whoever has this key can decide as anyone. Take their rights away: chmod 600 ${path}`,
      );
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof TypeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`HOLDPOINT_GATEWAY_KEY can't be read: ${reason}`, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For development: the key in that file, made where there is none. */
export async function ownGatewayKey(path: string): Promise<GatewayKey> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeNewKey(path);
  return readGatewayKey(path);
}

async function writeNewKey(path: string): Promise<void> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  const key = { kid: `gateway-${randomUUID()}`, kty, crv, x, d };
  const file = await open(path, 'wx', 0o600);
  try {
    await writeFile(file, `${JSON.stringify(key, null, 2)}\n`);
  } finally {
    await file.close();
  }
}
