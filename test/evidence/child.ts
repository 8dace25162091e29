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
  /** `open`: open the store. `start`: reserve the action and start it, then hang. `race`: wait for a line first. */
  readonly errand: 'open' | 'start' | 'race';
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

const { open, errand, reservation } = JSON.parse(process.argv[2] ?? '') as Errand;
const store = await ('url' in open ? openPostgresEvidence(open) : openPgliteEvidence(open));
say('opened');
if (errand !== 'open' && reservation !== undefined) {
  if (errand === 'race') await once(process.stdin, 'data');
  say(await start(store, reservation));
}
// Until the parent ends this process, or goes away itself.
process.stdin.on('end', () => process.exit());
process.stdin.resume();
