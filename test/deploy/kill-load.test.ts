/**
 * A kill while many sessions act without a pause, on two workers and a real PostgreSQL (H7). What is asserted is order,
 * by the database's clock; what is printed is time, which belongs to the machine.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { setUpPostgres } from '../../evidence/postgres.ts';
import { sqlOn } from '../evidence/database.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { endAll, startWorkerProcess } from './holdpoint-process.ts';

const SESSIONS = 50;
const CONFIG = fileURLToPath(new URL('loop.config.ts', import.meta.url));

/** Each start of an action, as the database sees it: an entry of the ledger keeps only its last move. */
const STARTS = `
  create table public.starts (key text, at timestamptz);
  create function public.note_start() returns trigger language plpgsql as $$
  begin
    insert into public.starts values (new.key, clock_timestamp());
    return new;
  end $$;
  create trigger note_start after update on holdpoint.ledger for each row
    when (new.state = 'started' and old.state <> 'started') execute function public.note_start()`;

describeWith('a kill under load', await startPostgres(), (postgres) => {
  const taskQueue = `loop-${randomUUID()}`;
  let folder: string;
  let connection: Connection;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-loop-'));
    connection = await Connection.connect({ address: inject('temporalAddress') });
    await setUpPostgres({ url: postgres.url });
    await sqlOn(postgres.url, STARTS);
  });
  afterAll(async () => {
    await endAll();
    await connection.close();
    await postgres.close();
    await rm(folder, { recursive: true });
  });

  const effects = async (): Promise<readonly number[]> => {
    const text = await readFile(join(folder, 'effects'), 'utf8').catch(() => '');
    return text.split('\n').slice(0, -1).map(Number);
  };

  /** How many have started, and when the last of them did, ms since 1970. */
  const starts = async (): Promise<{ readonly count: number; readonly last: number }> => {
    const [row] = await sqlOn(
      postgres.url,
      `select count(*)::int as count, (extract(epoch from max(at)) * 1000)::float8 as last
       from public.starts`,
    );
    return row as { readonly count: number; readonly last: number };
  };

  test(
    'H7: nothing has started after it was stored, whoever acts meanwhile',
    { timeout: 240_000 },
    async () => {
      const environment = {
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        HOLDPOINT_EVIDENCE_URL: postgres.url,
        EFFECTS: join(folder, 'effects'),
      };
      const worker = () => startWorkerProcess(environment, taskQueue, CONFIG);
      await Promise.all([worker(), worker()]);
      const client = new Client({ connection, namespace: inject('temporalNamespace') });
      await Promise.all(
        Array.from({ length: SESSIONS }, (_, n) =>
          client.workflow.start('looping', { taskQueue, workflowId: `${taskQueue}/${n}` }),
        ),
      );
      await until(
        'every session to have paid',
        async () => {
          const rows = await sqlOn(
            postgres.url,
            'select distinct session_id from holdpoint.ledger',
          );
          return rows.length === SESSIONS && (await starts()).count > 5 * SESSIONS;
        },
        120_000,
      );
      const before = { at: Date.now(), ...(await starts()) };
      await until('some more', async () => (await starts()).count > before.count + SESSIONS);
      const rate = ((await starts()).count - before.count) / ((Date.now() - before.at) / 1_000);

      const holdpoint = new HoldpointClient({ client, taskQueue });
      const orderedAt = Date.now();
      let acknowledged: { readonly at: number; readonly starts: Promise<number> } | undefined;
      const report = await holdpoint.kill(
        { all: true },
        { operatorId: 'olga', reason: 'under load' },
        {
          withinMs: 120_000,
          onAnswer: () => {
            const counted = starts().then(({ count }) => count);
            acknowledged = { at: Date.now(), starts: counted };
          },
        },
      );
      const quietAt = Date.now();
      expect(report).toMatchObject({ isQuiet: true, answers: [{ status: 'stored' }] });
      expect(report.sessions).toHaveLength(SESSIONS);
      const [answer] = report.answers;
      if (answer?.status !== 'stored' || acknowledged === undefined) throw new Error('Stored');
      const { orderedAt: arrivedAt, storedAt } = answer.order;
      const { count, last } = await starts();
      // The same clock, of the database: the kill's own time is taken when all that had asked have committed.
      expect(last).toBeLessThan(storedAt + 1);
      expect(count).toBe(await acknowledged.starts);
      const done = await effects();
      expect(done).toHaveLength(count);
      const since = (at: number): string => `${Math.round(at - arrivedAt)} ms`;
      console.info(
        [
          `${SESSIONS} sessions on 2 workers, ${Math.round(rate)} starts/s; from the kill's arrival at Temporal`,
          `(${Math.round(arrivedAt - orderedAt)} ms after it was ordered): stored ${since(storedAt)}`,
          `last start ${since(last)}, last effect ${since(Math.max(...done))}`,
          `acknowledged ${since(acknowledged.at)}, all quiet ${since(quietAt)}`,
        ].join(' · '),
      );
    },
  );
});
