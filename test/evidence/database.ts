/** Databases of a test's own on a PostgreSQL, and plain SQL on them. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

export async function createDatabase(server: string, options = ''): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await sqlOn(server, `create database ${name} ${options}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export async function sqlOn(
  url: string,
  statement: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // Where the server goes away, the call below says so.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}
