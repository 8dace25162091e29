/**
 * A worker's way to Temporal, by Temporal's own configuration: its file of profiles (address, namespace, API key, mTLS),
 * its environment variables, and what is said here, which goes before both. The same that client/connection.ts reads.
 */
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';

export interface TemporalChoice {
  /** A profile of Temporal's configuration file. Left out: TEMPORAL_PROFILE, then `default`. */
  readonly profile?: string;
  /** host:port */
  readonly address?: string;
  readonly namespace?: string;
}

export interface TemporalTarget {
  readonly options: NativeConnectionOptions;
  /** host:port, for messages. */
  readonly address: string;
  readonly namespace: string;
}

const DEFAULT_NAMESPACE = 'default';
const DEFAULT_ADDRESS = 'localhost:7233';
const CONNECT_WITHIN = '5 seconds';

/** Where to connect. Throws where the profile, or a file that it names, is not there. */
export function temporalTarget({ profile, address, namespace }: TemporalChoice): TemporalTarget {
  const loaded = loadClientConnectConfig(profile === undefined ? {} : { profile });
  const chosen = address ?? loaded.connectionOptions.address ?? DEFAULT_ADDRESS;
  return {
    options: { ...loaded.connectionOptions, address: chosen },
    address: chosen,
    namespace: namespace ?? loaded.namespace ?? DEFAULT_NAMESPACE,
  };
}

/** For a worker. Rejects where Temporal does not answer. */
export async function connectNative({ options }: TemporalTarget): Promise<NativeConnection> {
  return NativeConnection.connect(options);
}

/** For looking and setting up. Rejects where Temporal does not answer within 5 s. */
export async function connectPlain({ options }: TemporalTarget): Promise<Connection> {
  return Connection.connect({ ...options, connectTimeout: CONNECT_WITHIN });
}
