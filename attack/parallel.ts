/**
 * Parallel: a hundred decisions that are one and the same, and a hundred that contradict each other, come to one gate at
 * once. One of them decides it; all others hear so, and whose it was.
 */
import type { DecisionAnswer } from '../client/answers.ts';
import type { Decision } from '../domain/gate/decision.ts';
import { CAST } from './desk.ts';
import type { Extent, Family, Tally } from './family.ts';
import { DELETION, settled } from './acts.ts';
import { signedBy } from './signing.ts';
import { type Stage, targetOf } from './stage.ts';

const AT_ONCE = 100;
const ROUNDS: Readonly<Record<Extent, number>> = { full: 4, quick: 1 };
const DONE = { text: 'Done.' };
const WITHIN_MS = 120_000;

type Crowd = (
  sign: (by: 'rita' | 'bob', decision: Decision['decision']) => Decision,
) => readonly Decision[];

const alike: Crowd = (sign) => {
  const one = sign('rita', 'approved');
  return Array.from({ length: AT_ONCE }, () => one);
};

const contrary: Crowd = (sign) =>
  Array.from({ length: AT_ONCE }, (_none, index) =>
    index % 2 === 0 ? sign('rita', 'approved') : sign('bob', 'rejected'),
  );

const BOTH = 'both at once';

const CROWDS: Readonly<Record<string, Crowd>> = {
  'a hundred alike': alike,
  'a hundred that contradict each other': contrary,
  [BOTH]: (sign) => {
    const others = contrary(sign);
    return alike(sign).flatMap((one, index) => [one, others[index] ?? one]);
  },
};

export const PARALLEL: Family = {
  name: 'parallel',
  counts: 'answers to decisions that come to one gate at once',
  minimum: { full: 1_600, quick: 200 },
  run: async (tally, open, extent) => {
    const stage = await open();
    for (let round = 0; round < ROUNDS[extent]; round += 1) {
      for (const [name, crowd] of Object.entries(CROWDS)) {
        if (extent === 'quick' && name === BOTH) continue;
        await atOnce(stage, tally, { name, crowd });
      }
    }
  },
};

async function atOnce(
  stage: Stage,
  tally: Tally,
  { name, crowd }: { readonly name: string; readonly crowd: Crowd },
): Promise<void> {
  const session = await stage.start([{ calls: [DELETION] }, DONE]);
  const gate = await stage.oneGate(session);
  // Whose keys count is looked up by now.
  await settled(stage, session);
  const decisions = crowd((by, decision) =>
    signedBy(CAST[by], targetOf(stage, gate), { said: { reviewerId: by, decision } }),
  );
  // All are awaited, also where one fails: none may be on its way when the stage is closed.
  const answers = await Promise.allSettled(
    decisions.map(async (one) => stage.holdpoint.decide(session, one, { withinMs: WITHIN_MS })),
  );
  await stage.holdpoint.result(session);
  const [winner, ...more] = (await stage.trail(session)).filter(
    ({ eventType, gateId }) =>
      gateId === gate.gateId && ['approved', 'rejected'].includes(eventType),
  );
  tally.expect(`${name}: one of them decides`, winner !== undefined && more.length === 0);
  const ran = stage.desk.executionsOf(session).length;
  tally.expect(`${name}: one effect`, ran === (winner?.eventType === 'approved' ? 1 : 0));
  const truth = { status: winner?.eventType, reviewerId: winner?.reviewerId };
  const taken = winner?.details?.['decisionId'];
  for (const [index, answer] of answers.entries()) {
    const isTaken = decisions[index]?.decisionId === taken;
    const isTold = answer.status === 'fulfilled' && isTrue(answer.value, { isTaken, ...truth });
    tally.judge(`${name}: ${told(answer)}`, isTold);
  }
}

function told(answer: PromiseSettledResult<DecisionAnswer>): string {
  return answer.status === 'fulfilled' ? JSON.stringify(answer.value) : String(answer.reason);
}

function isTrue(
  answer: DecisionAnswer,
  truth: {
    readonly isTaken: boolean;
    readonly status: string | undefined;
    readonly reviewerId: string | undefined;
  },
): boolean {
  if (answer.status !== 'decided' && answer.status !== 'refused') return false;
  const isAnswered = truth.isTaken
    ? answer.status === 'decided'
    : answer.status === 'refused' && answer.code === 'ALREADY_DECIDED';
  const { outcome } = answer;
  return isAnswered && outcome?.status === truth.status && outcome?.reviewerId === truth.reviewerId;
}
