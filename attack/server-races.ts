/**
 * Races on the server: while no worker runs, words come to many gates; then one starts, and each session hears all of its
 * words in one workflow task. For half of them the deadline has passed meanwhile. The trail says what the model says.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import { MINUTE_MS } from '../domain/limits.ts';
import { type PendingApproval, SIGNALS } from '../domain/messages.ts';
import type { Extent, Family, Tally } from './family.ts';
import { settled } from './acts.ts';
import { RaceModel } from './race-model.ts';
import { Randomness } from './randomness.ts';
import { approvalOf } from './signing.ts';
import { type Stage, targetOf } from './stage.ts';
import { until } from './until.ts';

const SESSIONS: Readonly<Record<Extent, number>> = { full: 200, quick: 20 };
const AT_ONCE = 20;
const WORDS = 4;
const SEED = 200;
const REFUND = { name: 'refund', arguments: { order: 'o-1', amount: 300 } };
const OPERATOR = { operatorId: 'oscar', reason: 'a race' };
const PEOPLE = { may: ['rita', 'bob'], revokedAfter: {} } as const;

export const SERVER_RACES: Family = {
  name: 'server-races',
  counts: 'sessions that hear it all in one workflow task, against the same model',
  minimum: SESSIONS,
  run: async (tally, open, extent) => {
    const stage = await open();
    const random = new Randomness(SEED);
    for (let done = 0; done < SESSIONS[extent]; done += AT_ONCE) await race(stage, tally, random);
  },
};

interface Runner {
  readonly session: string;
  readonly gate: PendingApproval;
  readonly words: readonly RacingWord[];
}

async function race(stage: Stage, tally: Tally, random: Randomness): Promise<void> {
  const sessions = await Promise.all(
    Array.from({ length: AT_ONCE }, async () =>
      stage.start([{ calls: [REFUND] }, { text: 'Done.' }]),
    ),
  );
  const runners = await Promise.all(
    sessions.map(async (session): Promise<Runner> => {
      const gate = await stage.oneGate(session);
      return { session, gate, words: Array.from({ length: WORDS }, () => wordOf(random)) };
    }),
  );
  await stage.stopWorker();
  // Half of the rounds are late: every deadline has passed before anything is heard.
  if (random.below(2) === 0) {
    const last = Math.max(...runners.map(({ gate }) => gate.respondBy ?? 0));
    await delay(Math.max(0, last - Date.now()) + 200);
  }
  await Promise.all(runners.map(async (runner) => sent(stage, runner)));
  await stage.startWorker();
  for (const runner of runners) {
    await settled(stage, runner.session);
    const difference = await differenceIn(stage, tally, runner);
    tally.judge(`${JSON.stringify(runner.words)}: ${difference}`, difference === undefined);
  }
  for (const { session } of runners) {
    await stage.client.workflow
      .getHandle(session)
      .terminate('over')
      .catch(() => undefined);
  }
}

const WHATS = [
  'approve',
  'approve',
  'reject',
  'modify',
  'late',
  'claim',
  'release',
  'pause',
  'resume',
  'cancel',
] as const;

/** Of an order nobody asks who gave it. */
interface RacingWord {
  readonly what: (typeof WHATS)[number];
  readonly by: string;
}

function wordOf(random: Randomness): RacingWord {
  const what = random.oneOf(WHATS);
  const isClaim = what === 'claim' || what === 'release';
  const by = random.oneOf(isClaim ? PEOPLE.may : [...PEOPLE.may, 'requester', 'mallory']);
  return { what, by };
}

async function sent(stage: Stage, { session, gate, words }: Runner): Promise<void> {
  const handle = stage.client.workflow.getHandle(session);
  for (const word of words) {
    const { signal, body } = messageOf(stage, gate, word);
    await handle.signal(signal, body);
  }
}

const KIND = {
  approve: 'approved',
  late: 'approved',
  reject: 'rejected',
  modify: 'modified',
} as const;

interface Message {
  readonly signal: string;
  readonly body: object;
}

function messageOf(stage: Stage, gate: PendingApproval, word: RacingWord): Message {
  const { what, by } = word;
  const reviewerId = by === 'requester' ? 'rosa' : by;
  switch (what) {
    case 'pause':
    case 'resume':
    case 'cancel':
      return { signal: SIGNALS[what], body: OPERATOR };
    case 'claim':
    case 'release':
      return { signal: SIGNALS[what], body: { gateId: gate.gateId, reviewerId } };
    case 'approve':
    case 'late':
    case 'reject':
    case 'modify': {
      const body = approvalOf(targetOf(stage, gate), {
        reviewerId,
        decision: KIND[what],
        ...(what === 'late' ? { payloadDigest: 'f'.repeat(64) } : {}),
        ...(what === 'modify' ? { modifications: { amount: 200 } } : {}),
      });
      return { signal: SIGNALS.decide, body };
    }
  }
}

const ENDS = ['approved', 'rejected', 'modified', 'expired', 'withdrawn'];
const NO_REFUSAL = ['decided', 'done', 'unchanged', 'time'];

async function differenceIn(
  stage: Stage,
  tally: Tally,
  { session, gate, words }: Runner,
): Promise<string | undefined> {
  const heardAt = await whenHeard(stage, session);
  if (heardAt === undefined) return 'not heard in one task';
  const deadline = gate.respondBy ?? Infinity;
  const model = new RaceModel(PEOPLE, { respondWithinMs: deadline, claimForMs: 10 * MINUTE_MS });
  const answers = words.map((word, index) =>
    model.hear({ ...word, after: index === 0 ? heardAt : 0 }),
  );
  model.hear({ what: 'expire', after: 0 });
  if (model.gate === 'expired') tally.count('expired');
  // The deadline may have passed within the very task: then its timer comes in the next one.
  const isDue = (at: number): boolean => at <= heardAt || model.gate === 'expired';
  const endsIn = (events: readonly AuditEvent[]): readonly string[] =>
    events
      .filter(
        ({ eventType, gateId, at }) =>
          ENDS.includes(eventType) && gateId === gate.gateId && isDue(at),
      )
      .map(({ eventType }) => eventType);
  const trail = await until('what the model expects to have ended', async () => {
    const events = await stage.trail(session);
    return (model.gate !== 'expired' || endsIn(events).length > 0) && events;
  });
  const ended = endsIn(trail);
  const ran = stage.desk.executionsOf(session).length;
  const said = [ended.join('+') || 'pending', ran, refusalsIn(trail, heardAt).join(',')].join(' ');
  const isRun = model.mayStart && model.gate === 'approved';
  const refusals = answers.filter((answer) => !NO_REFUSAL.includes(answer));
  const wanted = [model.gate, isRun ? 1 : 0, refusals.join(',')].join(' ');
  return said === wanted ? undefined : `${said}, and not ${wanted}`;
}

function refusalsIn(trail: readonly AuditEvent[], heardAt: number): readonly string[] {
  return trail
    .filter(
      ({ eventType, at }) =>
        ['decision_refused', 'message_refused'].includes(eventType) && at <= heardAt,
    )
    .map(({ details }) => JSON.stringify(details?.['code']).slice(1, -1));
}

/** When the task began in which all of it was heard, ms; undefined: it was not one task. */
async function whenHeard({ client }: Stage, session: string): Promise<number | undefined> {
  const { events = [] } = await client.workflow.getHandle(session).fetchHistory();
  const all = events ?? [];
  const isSignal = (event: (typeof all)[number]): boolean =>
    event.workflowExecutionSignaledEventAttributes != null;
  const from = all.findIndex(isSignal);
  const to = all.findLastIndex(isSignal);
  const isDone = (event: (typeof all)[number]): boolean =>
    event.workflowTaskCompletedEventAttributes != null;
  if (all.slice(from, to).some(isDone)) return undefined;
  const done = all.slice(to).find(isDone)?.workflowTaskCompletedEventAttributes;
  const started = all.find(({ eventId }) => String(eventId) === String(done?.startedEventId));
  const { seconds, nanos } = started?.eventTime ?? {};
  if (seconds == null) return undefined;
  return Number(seconds) * 1_000 + Math.floor((nanos ?? 0) / 1_000_000);
}
