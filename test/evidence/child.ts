/**
 * A worker's process in small, for tests that kill it. Opens the store that it is told to, does what it is told to
 * with one action, says so on its output, and stays until it is ended.
 */
import { once } from 'node:events';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import type { Reservation } from '../../domain/action/ledger.ts';
import { keyOf } from './samples.ts';

export interface Errand {
  readonly open: { readonly url: string } | { readonly folder: string };
  /**
   * `open`: open the store. `start`: reserve the action and start it, then hang. `race`: wait for a line first. `spin`:
   * start one action after the other, of many at a time, until a kill refuses them.
   */
  readonly errand: 'open' | 'start' | 'race' | 'spin';
  readonly reservation?: Reservation;
}

// What a parent can wait for. Nothing else is written to the output.
function say(word: string): void {
  process.stdout.write(`${word}\n`);
}

async function start(store: EvidenceStore, reservation: Reservation): Promise<string> {
  const answer = await store.reserve(reservation);
  if (answer.status !== 'go') return answer.status;
  const started = await store.move(keyOf(reservation), { to: 'started' });
  return started === undefined ? 'lost' : 'started';
}

const AT_A_TIME = 8;

/** Says `spins` with its first start, and `killed` when each of those at a time was refused. */
async function spin(store: EvidenceStore, { consent, runId }: Reservation): Promise<void> {
  let started = 0;
  const turns = async (_: unknown, lane: number): Promise<void> => {
    for (let turn = 0; ; turn += 1) {
      const actionId = `${consent.actionId}/${lane}/${turn}`;
      const answer = await start(store, { consent: { ...consent, actionId }, runId });
      if (answer !== 'started' && answer !== 'lost') return;
      if (answer === 'started' && (started += 1) === 1) say('spins');
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, turns));
  say('killed');
}

const { open, errand, reservation } = JSON.parse(process.argv[2] ?? '') as Errand;
const store = await ('url' in open ? openPostgresEvidence(open) : openPgliteEvidence(open));
say('opened');
if (errand !== 'open' && reservation !== undefined) {
  if (errand === 'race') await once(process.stdin, 'data');
  if (errand === 'spin') await spin(store, reservation);
  else say(await start(store, reservation));
}
// Until the parent ends this process, or goes away itself.
process.stdin.on('end', () => process.exit());
process.stdin.resume();
