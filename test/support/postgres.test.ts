import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from './postgres.ts';
import { describeWith, isSkip } from './skip.ts';

const postgres = await startPostgres();
const folders = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('holdpoint-postgres-'));

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
    const before = await folders();
    await close();
    expect(before.length - (await folders()).length).toBe(1);
    await expect(new Client({ connectionString: url }).connect()).rejects.toThrow('ECONNREFUSED');
  });
});
