/** The command line on a real server: what it prints, with and without --json, and its exit codes. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT, EXIT_OF_REFUSAL } from '../../cli/exit-codes.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { REFUSALS } from '../../domain/refusal.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';
import { commandLine, type Said } from './command-line.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const SCRIPT = { turns: [{ calls: [DELETE] }, { text: 'All done.' }] } as const;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => world.close());

async function holdpoint(...args: readonly string[]): Promise<Said> {
  const at = ['--address', inject('temporalAddress'), '--task-queue', world.taskQueue];
  return commandLine([...at, ...args], { HOLDPOINT_USER: 'rita' });
}

async function asJson<T>(...args: readonly string[]): Promise<T> {
  const { out } = await holdpoint('--json', ...args);
  return JSON.parse(out) as T;
}

async function gated(): Promise<{ session: string; gate: PendingApproval }> {
  const session = await world.start(SCRIPT);
  return { session, gate: await world.oneGate(session) };
}

function shown({ runId, payloadDigest }: PendingApproval): readonly string[] {
  return ['--run', runId, '--digest', payloadDigest];
}

describe('what waits', () => {
  test('is listed over all sessions, and each gate whole with the command that decides it', async () => {
    const { session, gate } = await gated();
    const found = await until('the session in the list', async () => {
      const page = await asJson<{ sessions: readonly { sessionId: string }[] }>('pending');
      return page.sessions.find(({ sessionId }) => sessionId === session);
    });
    expect(found).toMatchObject({ gatesCount: 1, gates: [{ gateId: gate.gateId }] });
    const { out } = await holdpoint('gates', session);
    expect(out).toContain(gate.payloadDigest);
    expect(out).toContain('/id = "c-1"');
    expect(out).toContain(gate.fingerprint);
    const command =
      out.split('\n').find((line) => line.trim().startsWith('npx holdpoint decide')) ?? '';
    const words = command.trim().replaceAll("'", '').replace('YOU', 'rita').split(' ').slice(2);
    expect(await holdpoint(...words)).toMatchObject({ code: EXIT.done });
    expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(world.desk.executionsOf(session)).toHaveLength(1);
  });

  test('comes in pages', async () => {
    const waiting = [await gated(), await gated()];
    await until('both in the list', async () => {
      const { sessions } = await asJson<{ sessions: readonly { sessionId: string }[] }>('pending');
      const ids = sessions.map(({ sessionId }) => sessionId);
      return waiting.every(({ session }) => ids.includes(session));
    });
    const first = await asJson<{
      sessions: unknown[];
      sessionsCount: number;
      nextPageToken: string;
    }>('pending', '--limit', '1');
    expect(first.sessions).toHaveLength(1);
    expect(first.sessionsCount).toBeGreaterThanOrEqual(2);
    const next = await asJson<{ sessions: unknown[] }>(
      'pending',
      '--limit',
      '1',
      '--page',
      first.nextPageToken,
    );
    expect(next.sessions).toHaveLength(1);
    expect(next.sessions).not.toEqual(first.sessions);
    for (const { session, gate } of waiting) {
      await world.decide(session, gate, { decision: 'rejected' });
    }
  });

  test('of hostile text is shown without what can not be seen, in JSON by its escapes', async () => {
    const id = 'c-1\u001B[2J\u009B31m\u202Egnp.exe\u200B\u{E0041}';
    const call = { name: 'delete_record', arguments: { id } };
    const session = await world.start({ turns: [{ calls: [call] }, { text: id }] });
    const gate = await world.oneGate(session);
    const asText = await holdpoint('gates', session);
    expect(asText.out).toContain('⟦U+202E⟧');
    const asked = await holdpoint('--json', 'gates', session);
    expect(JSON.parse(asked.out)).toMatchObject([{ payload: { id } }]);
    await world.decide(session, gate, { decision: 'rejected', rationale: id });
    const commands = ['status', 'audit', 'watch', 'result'];
    const said = await Promise.all(
      commands.flatMap((name) => [holdpoint(name, session), holdpoint('--json', name, session)]),
    );
    for (const { out, err } of [asText, asked, ...said]) {
      expect(out).not.toBe('');
      expect(`${out}${err}`.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    }
    const last = said.at(-1);
    expect(JSON.parse(last?.out ?? '')).toMatchObject({ answer: id });
  });

  test('whose names and reasons break lines begins no line of its own', async () => {
    const { session } = await gated();
    const reason = 'a look\n  open gates  0\n  policy      theirs';
    await holdpoint('pause', session, '--reason', reason);
    const { out } = await holdpoint('status', session);
    expect(out).toContain('⟦U+000A⟧  open gates  0');
    expect(out.match(/^ {2}open gates /gm)).toHaveLength(1);
    expect(out.match(/^ {2}policy /gm)).toHaveLength(1);
    const cancelled = await holdpoint('cancel', session, '--reason', reason);
    expect(cancelled.out.trim().split('\n')).toHaveLength(1);
    const failed = await holdpoint('result', session);
    expect(failed.err.trim().split('\n')).toHaveLength(1);
  });
});

describe('a decision', () => {
  test.each([
    ['--approve', 'approved', 1],
    ['--reject', 'rejected', 0],
  ])('by %s decides', async (flag, outcome, executions) => {
    const { session, gate } = await gated();
    const said = await holdpoint(
      'decide',
      session,
      gate.gateId,
      ...shown(gate),
      flag,
      '--reason',
      'looked',
    );
    expect(said).toMatchObject({ code: EXIT.done, out: `decided: ${outcome}\n` });
    await world.holdpoint.result(session);
    expect(world.desk.executionsOf(session)).toHaveLength(executions);
  });

  test('by --modify lets it happen with other arguments', async () => {
    const { session, gate } = await gated();
    const change = ['--modify', '{"id":"c-2"}'];
    expect(
      await holdpoint('decide', session, gate.gateId, ...shown(gate), ...change),
    ).toMatchObject({
      code: EXIT.done,
    });
    await world.holdpoint.result(session);
    expect(world.desk.executionsOf(session)).toMatchObject([{ args: { id: 'c-2' } }]);
  });

  test('of a question is its answer, by the command that the gate shows', async () => {
    const ask = { name: 'ask_person', arguments: { question: 'Which colour?' } };
    const heard: unknown[] = [];
    const session = await world.start({
      turns: [
        { calls: [ask] },
        ({ messages }) => {
          heard.push(messages.at(-1));
          return { text: 'All done.' };
        },
      ],
    });
    const gate = await world.oneGate(session);
    const { out } = await holdpoint('gates', session);
    const [, words = ''] = /^ *npx holdpoint (answer .*)$/m.exec(out) ?? [];
    const said = words.replaceAll("'", '').replace('YOUR ANSWER', 'Blue.').replace('YOU', 'rita');
    const other = said.replace(gate.payloadDigest, 'b'.repeat(64)).split(' ');
    expect((await holdpoint(...other)).code).toBe(EXIT_OF_REFUSAL.DIGEST_MISMATCH);
    expect(await holdpoint(...said.split(' '), '--reason', 'I asked.')).toMatchObject({
      code: EXIT.done,
      out: 'decided: approved\n',
    });
    expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(JSON.stringify(heard)).toContain('Blue.');
    const approved = (await world.trail(session)).find(({ eventType }) => eventType === 'approved');
    expect(approved).toMatchObject({ reviewerId: 'rita', rationale: 'I asked.' });
  });

  test('by answer delivers these words in place of the final answer', async () => {
    const session = await world.start({ turns: [{ text: 'It is green.' }], confidence: '0.1' });
    const gate = await world.oneGate(session);
    const words = ['answer', session, gate.gateId, 'It is blue.', ...shown(gate)];
    const other = words.map((word) => (word === gate.payloadDigest ? 'b'.repeat(64) : word));
    expect((await holdpoint(...other)).code).toBe(EXIT_OF_REFUSAL.DIGEST_MISMATCH);
    expect(await holdpoint(...words)).toMatchObject({
      code: EXIT.done,
      out: 'decided: modified\n',
    });
    expect(await world.holdpoint.result(session)).toMatchObject({ answer: 'It is blue.' });
  });

  test('that is refused says why, and ends with the code of its refusal', async () => {
    const { session, gate } = await gated();
    const other = ['--run', gate.runId, '--digest', 'b'.repeat(64)];
    const said = await holdpoint('decide', session, gate.gateId, ...other, '--approve');
    expect(said.code).toBe(EXIT_OF_REFUSAL.DIGEST_MISMATCH);
    expect(said.out).toContain('DIGEST_MISMATCH');
    const mine = await holdpoint(
      'decide',
      session,
      gate.gateId,
      ...shown(gate),
      '--approve',
      '--as',
      'requester',
    );
    expect(mine.code).toBe(EXIT_OF_REFUSAL.SELF_APPROVAL);
    await world.decide(session, gate, { decision: 'rejected' });
  });

  test.each([
    ['nothing', []],
    ['two things', ['--approve', '--reject']],
    ['no JSON', ['--modify', '{']],
  ])('that says %s is wrong usage, and is not sent', async (_what, words) => {
    const said = await holdpoint('decide', 'any', 'gate', '--run', 'r', '--digest', 'd', ...words);
    expect(said.code).toBe(EXIT.usage);
    expect(said.err).not.toBe('');
  });
});

describe('orders and reading', () => {
  test('pause, resume, instruct and cancel say what the session is', async () => {
    const { session } = await gated();
    const why = ['--reason', 'a look'];
    expect(await holdpoint('pause', session, ...why)).toMatchObject({
      code: EXIT.done,
      out: 'done: the session is paused\n',
    });
    expect((await holdpoint('status', session)).out).toContain('paused by rita: a look');
    expect(await holdpoint('instruct', session, 'Be brief.', ...why)).toMatchObject({ code: 0 });
    expect((await holdpoint('resume', session, ...why)).code).toBe(EXIT.done);
    expect((await holdpoint('cancel', session, ...why)).code).toBe(EXIT.done);
    expect(await holdpoint('result', session)).toMatchObject({ code: EXIT.notCompleted });
    const { out, code } = await holdpoint('audit', session);
    expect(out).toContain('cancelled: session → cancelled (reviewer: rita)');
    expect(out).toContain('the chain holds');
    expect(code).toBe(EXIT.done);
  });

  test('watch follows a session to its end, one event a line', async () => {
    const { session, gate } = await gated();
    const watched = holdpoint('--json', 'watch', session);
    await world.decide(session, gate, {});
    const { out, code } = await watched;
    const types = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: { eventType: string } }).event.eventType);
    expect(code).toBe(EXIT.done);
    expect(types[0]).toBe('started');
    expect(types).toContain('approved');
    expect(types.at(-1)).toBe('ended');
  });

  test('start begins a session', async () => {
    const goal = 'a goal of the command line';
    world.desk.play(goal, { turns: [{ text: 'All done.' }] });
    const { sessionId } = await asJson<{ sessionId: string }>('start', goal, '--agent', 'agent');
    expect(await holdpoint('result', sessionId)).toMatchObject({
      code: EXIT.done,
      out: 'completed: All done.\n',
    });
  });
});

describe('what goes wrong', () => {
  test('a session that is not there', async () => {
    const { code, err } = await holdpoint('status', 'no-such-session');
    expect(code).toBe(EXIT.notFound);
    expect(err).toContain('no-such-session');
  });

  test('Temporal that does not answer', async () => {
    const { code, err } = await commandLine(['--address', '127.0.0.1:1', 'pending']);
    expect(code).toBe(EXIT.unreachable);
    expect(err).toContain('holdpoint dev');
  });

  test.each([[['dcide']], [['decide']], [['--nonsense', 'pending']]])(
    'words that mean nothing: %s',
    async (words) => {
      expect((await holdpoint(...words)).code).toBe(EXIT.usage);
    },
  );

  test('nobody says who they are', async () => {
    expect((await commandLine(['pause', 'any', '--reason', 'x'])).code).toBe(EXIT.usage);
  });

  test('every refusal has an exit code of its own', () => {
    const codes = [...Object.values(EXIT), ...Object.values(EXIT_OF_REFUSAL)];
    expect(new Set(codes).size).toBe(codes.length);
    expect(Object.keys(EXIT_OF_REFUSAL).toSorted()).toEqual(Object.keys(REFUSALS).toSorted());
  });
});
