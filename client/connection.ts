/**
 * A connection by Temporal's own configuration: its file of profiles (address, namespace, API key, mTLS), its
 * environment variables, and what is said here, which goes before both. The same that the `temporal` program reads.
 */
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

export interface ConnectOptions {
  /** A profile of Temporal's configuration file. Left out: TEMPORAL_PROFILE, then `default`. */
  readonly profile?: string;
  /** host:port */
  readonly address?: string;
  readonly namespace?: string;
}

const DEFAULT_ADDRESS = '127.0.0.1:7233';
const DEFAULT_NAMESPACE = 'default';

/** Nobody answers at that address, or who does is no Temporal that lets this client in. */
export class TemporalUnreachable extends Error {
  override readonly name = 'TemporalUnreachable';
}

/** Rejects with {@link TemporalUnreachable} where Temporal does not answer, and where the profile or a file that it names is not there. */
export async function connectClient({
  profile,
  address,
  namespace,
}: ConnectOptions = {}): Promise<Client> {
  const loaded = loadClientConnectConfig(profile === undefined ? {} : { profile });
  const connection = await connected({
    ...loaded.connectionOptions,
    ...(address === undefined ? {} : { address }),
  });
  return new Client({
    connection,
    namespace: namespace ?? loaded.namespace ?? DEFAULT_NAMESPACE,
  });
}

async function connected(options: ConnectionOptions): Promise<Connection> {
  try {
    return await Connection.connect(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const where = options.address ?? DEFAULT_ADDRESS;
    throw new TemporalUnreachable(`Temporal at ${where} does not answer: ${reason}`, {
      cause: error,
    });
  }
}
