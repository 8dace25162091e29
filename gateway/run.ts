/** A gateway process as its settings say: what they name is opened, served, and closed in the right order. */
import type { HoldpointClient } from '../client/holdpoint-client.ts';
import { openPostgresReader } from '../evidence/postgres-reader.ts';
import type { EvidenceReader } from '../evidence/store.ts';
import type { GatewayLog } from './log.ts';
import type { LoginSettings } from './login-settings.ts';
import { Vault } from './login/login-session.ts';
import { OidcLogin } from './login/oidc.ts';
import { serveGateway, type ServedGateway, type ServeOptions } from './serve.ts';
import type { GatewaySettings } from './settings.ts';
import { readStaticFiles } from './static-files.ts';

export interface RunParts {
  readonly holdpoint: HoldpointClient;
  /** What there is already, in this process. Left out: as the settings say. */
  readonly evidence?: EvidenceReader;
  /** Where the inbox was built. */
  readonly inboxFolder: string;
  readonly log: GatewayLog;
}

export async function runGateway(
  settings: GatewaySettings,
  { holdpoint, evidence: own, inboxFolder, log }: RunParts,
): Promise<ServedGateway> {
  const { host, port, login, evidenceUrl, ...rest } = settings;
  const files = await readStaticFiles(inboxFolder);
  const opened =
    own === undefined && evidenceUrl !== undefined
      ? await openPostgresReader({ url: evidenceUrl })
      : undefined;
  const evidence = own ?? opened;
  if (login?.isSecretOwn === true && login.oidc !== undefined) log.warn(OWN_SECRET);
  const served = await serveGateway(
    { host, port },
    {
      ...rest,
      holdpoint,
      files,
      log,
      ...(login === undefined ? {} : { login: loginOf(login) }),
      ...(evidence === undefined ? {} : { evidence }),
    },
  ).catch(async (error: unknown) => {
    await opened?.close();
    throw error;
  });
  return {
    ...served,
    close: async () => {
      await served.close();
      await opened?.close();
    },
  };
}

const OWN_SECRET =
  'HOLDPOINT_SESSION_SECRET is not set: logins end with this process, and hold at no other one.';

function loginOf({ oidc, secrets, lifetime }: LoginSettings): NonNullable<ServeOptions['login']> {
  return {
    vault: new Vault(secrets),
    lifetime,
    ...(oidc === undefined ? {} : { oidc: new OidcLogin(oidc) }),
  };
}
