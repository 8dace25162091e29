/** The evidence store on PostgreSQL, for who only reads it: a gateway, the command line. */
import { read } from './database.ts';
import { nameOf, poolOf, type PostgresOptions } from './postgres.ts';
import { requireSchema } from './schema-version.ts';
import { SqlEvidenceReader } from './sql-evidence-reader.ts';
import type { EvidenceReader } from './store.ts';

/** Sessions of the database that write nothing, whatever its role may. A role that may only read is better still. */
export async function openPostgresReader(options: PostgresOptions): Promise<EvidenceReader> {
  const name = nameOf(options.url);
  const connections = poolOf(options, { name, options: '-c default_transaction_read_only=on' });
  try {
    await read(connections, (database) => requireSchema(database, name));
  } catch (error) {
    await connections.close();
    throw error;
  }
  return new SqlEvidenceReader(connections);
}
