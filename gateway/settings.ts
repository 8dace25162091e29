/** What a gateway process takes from its environment. Temporal's own variables are read by client/connection.ts. */
import { readFile } from 'node:fs/promises';
import { type CallbackOrigins, readCallbackOrigins } from '../domain/gate/callback.ts';
import { readTokens, type TokenEntry } from './tokens.ts';

export interface GatewaySettings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tokens: readonly TokenEntry[];
  readonly callbackOrigins: CallbackOrigins;
}

/** As on a command line: what is said there goes before the environment. */
export interface GatewayFlags {
  readonly host?: string;
  readonly port?: string;
  readonly tokens?: string;
}

const LOOPBACK_HOST = '127.0.0.1';
const GATEWAY_PORT = '8234';
const PORT_MAX = 65_535;

/** Rejects with an error that names the variable and what to write. */
export async function gatewaySettings(
  env: NodeJS.ProcessEnv,
  flags: GatewayFlags = {},
): Promise<GatewaySettings> {
  const port = flags.port || env['HOLDPOINT_GATEWAY_PORT'] || GATEWAY_PORT;
  if (!/^\d+$/.test(port) || Number(port) > PORT_MAX) {
    throw new TypeError(
      `HOLDPOINT_GATEWAY_PORT (--port) is a whole number from 0 to ${PORT_MAX}, not ${port}.`,
    );
  }
  const origins = readCallbackOrigins(env['HOLDPOINT_CALLBACK_ORIGINS'] ?? '');
  if (!origins.ok) throw new TypeError(`HOLDPOINT_CALLBACK_ORIGINS: ${origins.problem}.`);
  return {
    host: flags.host || env['HOLDPOINT_GATEWAY_HOST'] || LOOPBACK_HOST,
    port: Number(port),
    tokens: await tokensOf(flags.tokens || env['HOLDPOINT_TOKENS_FILE']),
    callbackOrigins: origins.value,
  };
}

async function tokensOf(path: string | undefined): Promise<readonly TokenEntry[]> {
  if (path === undefined || path === '') {
    throw new TypeError(
      [
        'Who may come in? A gateway needs a file of tokens: HOLDPOINT_TOKENS_FILE=tokens.json (--tokens).',
        'Make the first one: holdpoint token my-agent',
      ].join('\n'),
    );
  }
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`HOLDPOINT_TOKENS_FILE (--tokens) can't be read: ${reason}`, {
      cause: error,
    });
  }
  return readTokens(text);
}
