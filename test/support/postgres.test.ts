import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from './postgres.ts';
import { describeWith, isSkip } from './skip.ts';

const postgres = await startPostgres();

describeWith('a real PostgreSQL', postgres, ({ url, close }) => {
  test('answers, and another one beside it shares nothing', async () => {
    const other = await startPostgres();
    if (isSkip(other)) throw new Error(other.skip);
    const [here, there] = [url, other.url].map((each) => new Client({ connectionString: each }));
    if (here === undefined || there === undefined) throw new Error('two clients were made');
    await here.connect();
    await there.connect();
    await here.query('create table only_here (id integer primary key)');
    await expect(there.query('select * from only_here')).rejects.toThrow('does not exist');
    await there.end();
    await other.close();
    expect((await here.query('select count(*) as n from only_here')).rows).toEqual([{ n: '0' }]);
    await here.end();
  });

  test('leaves neither server nor folder behind', async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    await client.end();
    const folder = dirname(rows[0]?.data_directory ?? '');
    await access(folder);
    await close();
    await expect(access(folder)).rejects.toThrow('ENOENT');
    await expect(new Client({ connectionString: url }).connect()).rejects.toThrow('ECONNREFUSED');
  });
});
