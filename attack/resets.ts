/**
 * Resets: sessions of all kinds are played to their end, and then reset to the end of each of their workflow tasks. Temporal
 * applies the old messages again; nobody decides anew. So nothing may run that has not run before.
 */
import type { PendingApproval } from '../domain/messages.ts';
import { CAST, type Turns } from './desk.ts';
import type { Extent, Family, Tally } from './family.ts';
import { answered, settled } from './acts.ts';
import { Randomness } from './randomness.ts';
import { resetTo, taskEnds } from './runs.ts';
import { signedBy } from './signing.ts';
import { type Stage, targetOf } from './stage.ts';
import { until } from './until.ts';

const HISTORIES: Readonly<Record<Extent, number>> = { full: 20, quick: 3 };
const SEED = 6;
const OPERATOR = { operatorId: 'oscar', reason: 'a look at it' };

export const RESETS: Family = {
  name: 'resets',
  counts: 'Resets, to the end of each workflow task of each history',
  minimum: { full: 100, quick: 12 },
  run: async (tally, open, extent) => {
    const stage = await open();
    const random = new Randomness(SEED);
    for (let index = 0; index < HISTORIES[extent]; index += 1) {
      await resetEverywhere(stage, tally, await played(stage, random, index));
    }
    tally.numbers['histories'] = HISTORIES[extent];
  },
};

interface Played {
  readonly session: string;
  readonly runId: string;
}

async function resetEverywhere(
  stage: Stage,
  tally: Tally,
  { session, runId }: Played,
): Promise<void> {
  const run = { sessionId: session, runId };
  const [key] = await stage.evidence.sessions(session);
  if (key === undefined) throw new Error('A session that has ended is stored');
  const used = async (): Promise<number> =>
    (await stage.evidence.entriesOf(key)).filter(({ state }) => state !== 'fenced').length;
  const [ranBefore, usedBefore] = [stage.desk.executionsOf(session).length, await used()];
  tally.count('executed', ranBefore);
  const tasks = await taskEnds(stage.client, run);
  for (const [index, task] of tasks.entries()) {
    await resetTo(stage.client, run, task);
    await settled(stage, session);
    const ranAgain = stage.desk.executionsOf(session).length - ranBefore;
    const usedAgain = (await used()) - usedBefore;
    const what = `${session}, task ${index + 1} of ${tasks.length}: ${ranAgain} ran, ${usedAgain} decisions used`;
    tally.judge(what, ranAgain === 0 && usedAgain === 0);
  }
  await stage.client.workflow
    .getHandle(session)
    .terminate('over')
    .catch(() => undefined);
}

/** Two or three turns of one or two deletions, and a person who approves, rejects or changes them, or holds it all. */
async function played(stage: Stage, random: Randomness, index: number): Promise<Played> {
  const session = await stage.start(turnsOf(random, index));
  const { runId } = await stage.client.workflow.getHandle(session).describe();
  const seen = new Set<string>();
  await until(`${session} has ended`, async () => {
    const { status } = await stage.client.workflow.getHandle(session).describe();
    if (status.name !== 'RUNNING') return true;
    const gates = await stage.holdpoint.gates(session).catch(() => []);
    for (const gate of gates) {
      if (seen.has(gate.gateId)) continue;
      seen.add(gate.gateId);
      await decides(stage, random, gate);
    }
    return false;
  });
  return { session, runId };
}

function turnsOf(random: Randomness, index: number): Turns {
  let record = 0;
  const deletion = () => {
    record += 1;
    return { name: 'delete_record', arguments: { id: `c-${index}-${record}` } };
  };
  const turn = () => ({ calls: random.below(2) === 0 ? [deletion()] : [deletion(), deletion()] });
  const more = random.below(2) === 0 ? [turn()] : [];
  return [turn(), ...more, { text: 'Done.' }];
}

async function decides(stage: Stage, random: Randomness, gate: PendingApproval): Promise<void> {
  const { sessionId, payload } = gate;
  const chance = random.below(10);
  if (chance < 3) await stage.holdpoint.pause(sessionId, OPERATOR);
  if (chance === 9)
    await stage.holdpoint.instruct(sessionId, { ...OPERATOR, message: 'Be quick.' });
  const target = targetOf(stage, gate);
  const kind = random.below(5);
  if (kind === 0) {
    await answered(
      stage,
      sessionId,
      signedBy(CAST.bob, target, { said: { reviewerId: 'bob', decision: 'rejected' } }),
    );
  } else if (kind === 1 && payload['reason'] === undefined) {
    const said = { decision: 'modified', modifications: { reason: 'as asked' } } as const;
    await answered(stage, sessionId, signedBy(CAST.rita, target, { said }));
  } else {
    await answered(stage, sessionId, signedBy(CAST.bob, target, { said: { reviewerId: 'bob' } }));
  }
  if (chance < 3) await stage.holdpoint.resume(sessionId, OPERATOR);
}
