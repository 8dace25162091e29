/**
 * `holdpoint review` with a person at its terminal: what each key does, what is sent and what is not, and that nothing
 * of a payload reaches the terminal raw. In a namespace of its own, since a review walks through all that waits.
 */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { newNamespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';
import { openWorld, type Server, type World } from '../support/world.ts';
import { commandLine, sitDown, type Sitting } from './command-line.ts';

const KEYS = /\[a approve.*quit\] $/;
const WHY = /Why\? \(Enter: nothing\) $/;
const CHANGES = /What changes, as JSON \(now .*\): $/;
const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const REFUND = { name: 'refund', arguments: { order: 'o-1', amount: 900 } };
const DONE = { text: 'All done.' };

let world: World;
const open = new Set<string>();

async function ownNamespace(): Promise<Server> {
  const address = inject('temporalAddress');
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace: await newNamespace(connection) });
  return {
    client,
    native,
    close: async () => {
      await connection.close();
      await native.close();
    },
  };
}

beforeAll(async () => {
  world = await openWorld({ server: ownNamespace });
});
afterEach(async () => {
  for (const session of open) await world.client.workflow.getHandle(session).terminate();
  open.clear();
  await until('nothing to wait', async () => (await world.holdpoint.pending()).sessionsCount === 0);
});
afterAll(async () => world.close());

async function waiting(...[script]: Parameters<World['start']>): Promise<string> {
  const session = await world.start(script);
  await world.oneGate(session);
  await until('the session in the list', async () => {
    const { sessions } = await world.holdpoint.pending();
    return sessions.some(({ sessionId }) => sessionId === session);
  });
  open.add(session);
  return session;
}

function review(...args: readonly string[]): Sitting {
  const at = ['--address', inject('temporalAddress'), '--task-queue', world.taskQueue];
  const namespace = ['--namespace', world.client.options.namespace];
  return sitDown([...at, ...namespace, 'review', '--as', 'rita', ...args]);
}

/** Its result, and that nothing of it has to be ended. */
async function ended(session: string): Promise<unknown> {
  open.delete(session);
  return world.holdpoint.result(session);
}

async function decisionsOf(session: string) {
  const events = await world.trail(session);
  return events
    .filter(({ eventType }) => ['approved', 'rejected', 'modified'].includes(eventType))
    .map(({ eventType, reviewerId, rationale }) => [eventType, reviewerId, rationale]);
}

describe('at a gate', () => {
  test('a approves what is shown, with a reason or without', async () => {
    const session = await waiting({ turns: [{ calls: [DELETE] }, DONE] });
    const { type, see, screen, code } = review();
    await type(KEYS, 'a');
    await type(WHY, 'Looked it up.');
    await see(/decided: approved\n[^]*Nothing else waits\.\n$/);
    expect(await code).toBe(EXIT.done);
    expect(screen()).toMatch(/id\S* = "c-1"/);
    expect(await ended(session)).toMatchObject({ status: 'completed' });
    expect(await decisionsOf(session)).toEqual([['approved', 'rita', 'Looked it up.']]);
    expect(world.desk.executionsOf(session)).toMatchObject([{ args: { id: 'c-1' } }]);
  });

  test('a lets the same call pass again, where the person grants that', async () => {
    const session = await waiting({ turns: [{ calls: [REFUND] }, { calls: [REFUND] }, DONE] });
    const { type, see, code } = review();
    await type(KEYS, 'a');
    await type(/Let similar calls pass as well\?.* $/, 'e');
    await type(/How often\? $/, '1');
    await type(/Until when\?.* $/, '1h');
    await type(WHY, '');
    await see(/decided: approved/);
    expect(await code).toBe(EXIT.done);
    expect(await ended(session)).toMatchObject({ status: 'completed' });
    expect(world.desk.executionsOf(session)).toHaveLength(2);
    const used = (await world.trail(session)).filter(({ eventType }) => eventType === 'grant_used');
    expect(used).toHaveLength(1);
  });

  test('r rejects, and nothing runs', async () => {
    const session = await waiting({ turns: [{ calls: [DELETE] }, DONE] });
    const { type, see, code } = review();
    await type(KEYS, 'r');
    await type(WHY, '');
    await see(/decided: rejected/);
    expect(await code).toBe(EXIT.done);
    await ended(session);
    expect(await decisionsOf(session)).toEqual([['rejected', 'rita', undefined]]);
    expect(world.desk.executionsOf(session)).toEqual([]);
  });

  test('m changes arguments; what is no JSON object is told, and asked for again', async () => {
    const session = await waiting({ turns: [{ calls: [DELETE] }, DONE] });
    const { type, see, screen, code } = review();
    for (const nothing of ['{"id": ', '["c-2"]', '']) {
      await type(KEYS, 'm');
      await type(CHANGES, nothing);
      await see(/no JSON object/);
    }
    expect(await world.holdpoint.gates(session)).toHaveLength(1);
    await type(KEYS, 'm');
    await type(CHANGES, '{"id": "c-2"}');
    await type(WHY, 'The other one.');
    await see(/decided: modified/);
    expect(await code).toBe(EXIT.done);
    expect(screen()).toContain('(now {"id":"c-1"})');
    await ended(session);
    expect(await decisionsOf(session)).toEqual([['modified', 'rita', 'The other one.']]);
    expect(world.desk.executionsOf(session)).toMatchObject([{ args: { id: 'c-2' } }]);
  });

  test('another key is asked again, and a key with blanks counts', async () => {
    const session = await waiting({ turns: [{ calls: [DELETE] }, DONE] });
    const { type, code } = review();
    await type(KEYS, 'x');
    await type(KEYS, '');
    await type(KEYS, ' a ');
    await type(WHY, '');
    expect(await code).toBe(EXIT.done);
    await ended(session);
    expect(world.desk.executionsOf(session)).toHaveLength(1);
  });

  test('a at a question gives the answer to the agent, r gives none', async () => {
    const ask = { name: 'ask_person', arguments: { question: 'Which colour?' } };
    const heard: unknown[] = [];
    const session = await waiting({
      turns: [
        { calls: [ask] },
        ({ messages }) => {
          heard.push(messages.at(-1));
          return DONE;
        },
      ],
    });
    const { type, see, screen, code } = review();
    await type(/\[a answer, r give no answer, s skip, q quit\] $/, 'm');
    await type(/\[a answer, r give no answer, s skip, q quit\] $/, 'a');
    await type(/The answer: $/, 'Blue.');
    await type(WHY, '');
    await see(/decided: approved/);
    expect(await code).toBe(EXIT.done);
    expect(screen()).toContain('Which colour?');
    await ended(session);
    expect(JSON.stringify(heard)).toContain('Blue.');
  });

  test('m at a final answer delivers another', async () => {
    const session = await waiting({ turns: [{ text: 'It is green.' }], confidence: '0.1' });
    const { type, see, code } = review();
    await type(/m write another answer[^]*quit\] $/, 'm');
    await type(/The answer: $/, 'It is blue.');
    await type(WHY, '');
    await see(/decided: modified/);
    expect(await code).toBe(EXIT.done);
    expect(await ended(session)).toMatchObject({ answer: 'It is blue.' });
  });

  test('m at an unknown effect says that it happened, with this result', async () => {
    const publish = { name: 'publish_publicly', arguments: { text: 'x' } };
    const session = await waiting({ turns: [{ calls: [publish] }, DONE] });
    const { type, see, leave, code } = review('--watch');
    await type(KEYS, 'a');
    await type(WHY, '');
    await type(/r it did not, m it happened, with a result[^]*quit\] $/, 'm');
    await type(/The result: $/, 'published as 17');
    await type(WHY, '');
    await see(/decided: modified/);
    leave();
    expect(await code).toBe(EXIT.done);
    await ended(session);
    const events = await world.trail(session);
    const modified = events.find(({ eventType }) => eventType === 'modified');
    expect(modified?.details).toMatchObject({ modifications: { result: 'published as 17' } });
  });

  test('s goes on to the next, and q leaves the rest; neither decides', async () => {
    const sessions = [
      await waiting({ turns: [{ calls: [DELETE] }, DONE] }),
      await waiting({ turns: [{ calls: [DELETE] }, DONE] }),
      await waiting({ turns: [{ calls: [DELETE] }, DONE] }),
    ];
    const { type, screen, code } = review();
    await type(KEYS, 's');
    await type(KEYS, 'q');
    expect(await code).toBe(EXIT.done);
    expect(screen().match(/action delete_record/g)).toHaveLength(2);
    expect(screen()).not.toContain('Nothing else waits');
    for (const session of sessions) {
      expect(await world.holdpoint.gates(session)).toHaveLength(1);
      expect(await decisionsOf(session)).toEqual([]);
    }
  });

  test.each([
    ['what to do', [], DELETE, KEYS],
    ['why', [[KEYS, 'a']], DELETE, WHY],
    ['what changes', [[KEYS, 'm']], DELETE, CHANGES],
    ['for a grant', [[KEYS, 'a']], REFUND, /Let similar calls pass/],
  ] as const)('who leaves when asked %s has decided nothing', async (_what, keys, call, asked) => {
    const session = await waiting({ turns: [{ calls: [call] }, DONE] });
    const { type, see, leave, code } = review();
    for (const [shown, words] of keys) await type(shown, words);
    await see(asked);
    leave();
    expect(await code).toBe(EXIT.done);
    expect(await world.holdpoint.gates(session)).toHaveLength(1);
    expect(await decisionsOf(session)).toEqual([]);
  });

  test('H4: a decision that is refused is told with why, and the review goes on', async () => {
    const session = await waiting({ turns: [{ calls: [DELETE] }, DONE] });
    const { type, see, code } = review('--as', 'requester');
    await type(KEYS, 'a');
    await type(WHY, '');
    await see(/refused \(SELF_APPROVAL\): .*\n[^]*Nothing else waits/);
    expect(await code).toBe(EXIT.done);
    expect(await world.holdpoint.gates(session)).toHaveLength(1);
  });
});

test('with --watch it stays when nothing waits, shows what comes, and ends when the person leaves', async () => {
  const { type, see, leave, screen, code } = review('--watch');
  const first = await waiting({ turns: [{ calls: [DELETE] }, DONE] });
  await type(KEYS, 's');
  const second = await waiting({ turns: [{ calls: [DELETE] }, DONE] });
  await type(KEYS, 'r');
  await type(WHY, '');
  await see(/decided: rejected/);
  await ended(second);
  await until('the second off the list', async () => {
    const { sessions } = await world.holdpoint.pending();
    return sessions.length === 1;
  });
  leave();
  expect(await code).toBe(EXIT.done);
  // What was skipped is not shown again.
  expect(screen().match(/action delete_record/g)).toHaveLength(2);
  expect(screen()).not.toContain('Nothing else waits');
  expect(await world.holdpoint.gates(first)).toHaveLength(1);
});

test('nothing of a payload reaches the terminal raw, neither shown nor asked about', async () => {
  const id = 'c-1\u009B31mred\u202Egnp\u200B\u2066\u{E0041}\u001B]0;title\u0007';
  await waiting({ turns: [{ calls: [{ name: 'delete_record', arguments: { id } }] }, DONE] });
  const { type, see, leave, screen, code } = review();
  await type(KEYS, 'm');
  await see(CHANGES);
  leave();
  expect(await code).toBe(EXIT.done);
  // Line ends are ours, and readline's when it closes.
  expect(screen().replaceAll(/\r?\n/g, '')).not.toMatch(/\p{C}/u);
  // What stands there can be copied, and is what it was.
  const [, now = ''] = /\(now (.*)\): \s*$/.exec(screen()) ?? [];
  expect(JSON.parse(now)).toEqual({ id });
});

test.each([[['review']], [['--json', 'review']]])(
  'without a terminal, %s says how a script decides',
  async (words) => {
    const { code, err } = await commandLine([...words, '--as', 'rita']);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('holdpoint decide');
  },
);
