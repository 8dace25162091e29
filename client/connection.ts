/**
 * A connection by Temporal's own configuration: its file of profiles (address, namespace, API key, mTLS), its
 * environment variables, and what is said here, which goes before both. The same that the `temporal` program reads.
 */
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

export interface ConnectOptions {
  /** A profile of Temporal's configuration file. Left out: TEMPORAL_PROFILE, then `default`. */
  readonly profile?: string;
  /** host:port */
  readonly address?: string;
  readonly namespace?: string;
}

const DEFAULT_NAMESPACE = 'default';

/** Rejects where Temporal does not answer, and where the profile or a file that it names is not there. */
export async function connectClient({
  profile,
  address,
  namespace,
}: ConnectOptions = {}): Promise<Client> {
  const loaded = loadClientConnectConfig(profile === undefined ? {} : { profile });
  const connection = await Connection.connect({
    ...loaded.connectionOptions,
    ...(address === undefined ? {} : { address }),
  });
  return new Client({
    connection,
    namespace: namespace ?? loaded.namespace ?? DEFAULT_NAMESPACE,
  });
}
