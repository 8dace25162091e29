/**
 * Signed decisions from the command line, on a real server: `sign` for who sends them by another way, `decide` and
 * `answer` by themselves. What is missing, wrong, revoked or too old is said, and decides nothing.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { EXIT, EXIT_OF_REFUSAL } from '../../cli/exit-codes.ts';
import type { Decision } from '../../domain/gate/decision.ts';
import { HOUR_MS } from '../../domain/limits.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { sitDown } from './command-line.ts';
import { DELETE, openSigningDesk, shown, type SigningDesk } from './signing-desk.ts';

let desk: SigningDesk;
beforeAll(async () => {
  desk = await openSigningDesk();
});
afterAll(async () => desk.close());
afterEach(() => {
  vi.useRealTimers();
});

async function signed(
  session: string,
  { gateId, payloadDigest }: PendingApproval,
  ...args: readonly string[]
): Promise<Decision> {
  const script = ['--yes', '--digest', payloadDigest];
  const { out, err } = await desk.as(
    'rita',
    'sign',
    session,
    gateId,
    '--approve',
    ...script,
    ...args,
  );
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Decision;
}

async function withdrawn(session: string): Promise<void> {
  await desk.world.holdpoint.cancel(session, { operatorId: 'olga', reason: 'the test is over' });
}

/** The codes with which decisions were refused, as the trail has them. */
async function refusalsOf(session: string): Promise<readonly unknown[]> {
  const events = await desk.world.trail(session);
  return events.flatMap(({ eventType, details }) =>
    eventType === 'decision_refused' ? [details?.['code']] : [],
  );
}

describe('what sign prints', () => {
  test.each(['decide', 'holdpoint_decide'])(
    'H1: pasted as the signal %s it decides, once, and the trail has the proof',
    async (name) => {
      const { session, gate } = await desk.gateOf(DELETE);
      const decision = await signed(session, gate, '--reason', 'a duplicate');
      await desk.world.client.workflow.getHandle(session).signal(name, decision);
      expect(await desk.world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.world.desk.executionsOf(session)).toHaveLength(1);
      const approved = (await desk.world.trail(session)).find(
        ({ eventType }) => eventType === 'approved',
      );
      expect(approved).toMatchObject({
        reviewerId: 'rita',
        rationale: 'a duplicate',
        details: { proof: 'signed', signature: decision.signature },
      });
    },
  );

  test.each<[string, Partial<Decision>]>([
    ['another reviewer', { reviewerId: 'ben' }],
    ['another verdict', { decision: 'rejected' }],
    ['a reason that nobody gave', { rationale: 'as told' }],
    ['another id', { decisionId: 'another' }],
  ])('H1: with %s put in afterwards decides nothing', async (_what, change) => {
    const { session, gate } = await desk.gateOf(DELETE);
    const decision = { ...(await signed(session, gate)), ...change };
    await desk.world.client.workflow.getHandle(session).signal('decide', decision);
    await until('the refusal', async () => (await refusalsOf(session)).length === 1);
    expect(await refusalsOf(session)).toEqual(['SIGNATURE_INVALID']);
    expect(await desk.world.holdpoint.gates(session)).toHaveLength(1);
    await withdrawn(session);
  });

  test('H2: of one gate does not open the next one', async () => {
    const [first, second] = [await desk.gateOf(DELETE), await desk.gateOf(DELETE)];
    const { decisionId, signature = '' } = await signed(first.session, first.gate);
    const { gateId, runId, payloadDigest } = second.gate;
    const other = { decisionId, signature, gateId, runId, payloadDigest, reviewerId: 'rita' };
    expect(
      await desk.world.holdpoint.decide(second.session, { ...other, decision: 'approved' }),
    ).toMatchObject({ code: 'SIGNATURE_INVALID' });
    await Promise.all([withdrawn(first.session), withdrawn(second.session)]);
  });

  test('counts no longer when its time is over', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const saved = join(desk.homeOf('rita'), 'gates.json');
    await writeFile(saved, JSON.stringify([gate]));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * HOUR_MS });
    const old = await signed(session, gate, '--offline', saved, '--valid-for', '1h');
    vi.useRealTimers();
    expect(await desk.world.holdpoint.decide(session, old)).toMatchObject({
      code: 'SIGNATURE_INVALID',
      message: expect.stringContaining('expired'),
    });
    await withdrawn(session);
  });

  test('is the decision alone on standard output; the gate and what to do stand beside it', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const args = ['sign', session, gate.gateId, '--reject', '--reason', 'no'];
    const said = await desk.as('rita', ...args, '--yes', '--digest', gate.payloadDigest);
    expect(said.code).toBe(EXIT.done);
    expect(JSON.parse(said.out)).toMatchObject({ decision: 'rejected', rationale: 'no' });
    expect(said.err).toContain('/id = "c-1"');
    expect(said.err).toContain(
      `temporal workflow signal --workflow-id ${session} --name holdpoint_decide`,
    );
    await withdrawn(session);
  });
});

describe('sign', () => {
  const sit = (session: string, gateId: string): ReturnType<typeof sitDown> =>
    sitDown(
      ['--address', inject('temporalAddress'), 'sign', session, gateId, '--approve'],
      desk.environmentOf('rita'),
    );

  test('shows the gate and asks a person; only their yes is signed', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const no = sit(session, gate.gateId);
    await no.type(/\/id = "c-1"[\s\S]*as rita\? \(yes\/no\) /, 'no');
    expect(await no.code).toBe(EXIT.failed);
    expect(no.screen()).not.toContain('"signature"');
    const yes = sit(session, gate.gateId);
    await yes.type(/as rita\? \(yes\/no\) /, 'yes');
    expect(await yes.code).toBe(EXIT.done);
    expect(yes.screen()).toContain('"signature": "');
    await withdrawn(session);
  });

  test('in a script wants the digest that was shown, and signs no other', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const sign = ['sign', session, gate.gateId, '--approve'];
    expect((await desk.as('rita', ...sign)).err).toContain('--yes');
    expect(await desk.as('rita', ...sign, '--yes')).toMatchObject({ code: EXIT.usage, out: '' });
    const other = await desk.as('rita', ...sign, '--yes', '--digest', 'b'.repeat(64));
    expect(other).toMatchObject({ code: EXIT_OF_REFUSAL.DIGEST_MISMATCH, out: '' });
    await withdrawn(session);
  });

  test('of a gate that was saved needs no Temporal; of a changed one nothing is signed', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const saved = join(desk.homeOf('rita'), 'saved.json');
    const { out } = await desk.as('rita', '--json', 'gates', session);
    await writeFile(saved, out);
    const decision = await signed(session, gate, '--offline', saved);
    const [one] = JSON.parse(out) as readonly PendingApproval[];
    await writeFile(saved, JSON.stringify([{ ...one, payload: { id: 'c-2' } }]));
    await expect(signed(session, gate, '--offline', saved)).rejects.toThrow('Nothing was signed');
    await writeFile(saved, JSON.stringify([{ ...one, tier: 7 }]));
    await expect(signed(session, gate, '--offline', saved)).rejects.toThrow('0.tier');
    expect(await desk.world.holdpoint.decide(session, decision)).toMatchObject({
      status: 'decided',
    });
  });

  test('for another namespace does not count in this one', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const saved = join(desk.homeOf('rita'), 'elsewhere.json');
    await writeFile(saved, JSON.stringify([gate]));
    const elsewhere = await signed(session, gate, '--offline', saved, '--namespace', 'elsewhere');
    expect(await desk.world.holdpoint.decide(session, elsewhere)).toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
    await withdrawn(session);
  });

  test('of a gate that is not open says how to see those that are', async () => {
    const { session } = await desk.gateOf(DELETE);
    const said = await desk.as(
      'rita',
      'sign',
      session,
      'gate-9',
      '--approve',
      '--yes',
      '--digest',
      'd',
    );
    expect(said.code).toBe(EXIT_OF_REFUSAL.UNKNOWN_GATE);
    expect(said.err).toContain('holdpoint gates');
    await withdrawn(session);
  });

  test.each([['25h'], ['0h'], ['soon']])('for %s is wrong', async (time) => {
    const said = await desk.as('rita', 'sign', 's', 'g', '--approve', '--valid-for', time);
    expect(said.code).toBe(EXIT.usage);
  });
});

describe('decide', () => {
  test('signs by itself where the gate asks for it', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const said = await desk.as('ben', 'decide', session, gate.gateId, ...shown(gate), '--approve');
    expect(said).toMatchObject({ code: EXIT.done, out: 'decided: approved\n' });
    expect(await desk.world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  });

  test('without a key says what is missing and how to get it, and sends nothing', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const said = await desk.as('cleo', 'decide', session, gate.gateId, ...shown(gate), '--approve');
    expect(said.code).toBe(EXIT_OF_REFUSAL.SIGNATURE_REQUIRED);
    expect(said.out).toContain('holdpoint keys new --as cleo');
    expect(await refusalsOf(session)).toEqual([]);
    await withdrawn(session);
  });

  test('H1: compares run and digest with what stands there, and signs nothing else', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const over = async (run: string, digest: string): Promise<number> => {
      const named = ['--run', run, '--digest', digest];
      const { code } = await desk.as('rita', 'decide', session, gate.gateId, ...named, '--approve');
      return code;
    };
    expect(await over(gate.runId, 'b'.repeat(64))).toBe(EXIT_OF_REFUSAL.DIGEST_MISMATCH);
    expect(await over('another-run', gate.payloadDigest)).toBe(
      EXIT_OF_REFUSAL.DECISION_FROM_OTHER_RUN,
    );
    expect(await refusalsOf(session)).toEqual([]);
    await withdrawn(session);
  });

  test('with a key that nobody trusts, or a revoked one, is refused', async () => {
    await desk.as('rita', 'keys', 'new', '--kid', 'unknown');
    await desk.as('rita', 'keys', 'new', '--kid', 'old');
    await desk.as('rita', 'keys', 'trust', desk.trusted, 'old');
    await desk.as('rita', 'keys', 'revoke', desk.trusted, 'old');
    const { session, gate } = await desk.gateOf(DELETE);
    const decide = ['decide', session, gate.gateId, ...shown(gate), '--approve'];
    const several = await desk.as('rita', ...decide);
    expect(several).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('--key') });
    for (const key of ['unknown', 'old']) {
      const said = await desk.as('rita', ...decide, '--key', key);
      expect(said.code, key).toBe(EXIT_OF_REFUSAL.SIGNATURE_INVALID);
    }
    const theirs = join(desk.homeOf('ben'), '.config/holdpoint/keys/ben.json');
    const stolen = await desk.as('rita', ...decide, '--key', theirs);
    expect(stolen).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('of ben') });
    const own = await desk.as('rita', ...decide, '--key', 'rita');
    expect(own.code).toBe(EXIT.done);
  });

  test('with a key under a passphrase asks for it', async () => {
    const environment = { ...desk.environmentOf('rita'), HOME: desk.homeOf('sealed') };
    const sit = (...args: readonly string[]): ReturnType<typeof sitDown> =>
      sitDown(['--address', inject('temporalAddress'), ...args], environment);
    const made = sit('keys', 'new', '--kid', 'sealed', '--passphrase');
    await made.type(/Passphrase/, 'of rita');
    await made.type(/again/, 'of rita');
    expect(await made.code).toBe(EXIT.done);
    expect(await sit('keys', 'trust', desk.trusted, 'sealed').code).toBe(EXIT.done);
    const { session, gate } = await desk.gateOf(DELETE);
    const decide = ['decide', session, gate.gateId, ...shown(gate), '--approve'];
    const wrong = sit(...decide);
    await wrong.type(/Passphrase of sealed: /, 'of ben');
    expect(await wrong.code).toBe(EXIT.usage);
    const right = sit(...decide);
    await right.type(/Passphrase of sealed: /, 'of rita');
    await right.see(/decided: approved/);
    expect(await right.code).toBe(EXIT.done);
    expect(right.screen()).not.toContain('of rita');
  });

  test('where no signature is asked for sends none, unless a key is named', async () => {
    const refund = { name: 'refund', arguments: { order: 'o-1', amount: 1_200 } };
    for (const [key, proof] of [
      [[], undefined],
      [['--key', 'ben'], 'signed'],
    ] as const) {
      const { session, gate } = await desk.gateOf(refund);
      expect(gate.proof).toBe('claimed');
      const said = await desk.as(
        'ben',
        'decide',
        session,
        gate.gateId,
        ...shown(gate),
        '--approve',
        ...key,
      );
      expect(said.code).toBe(EXIT.done);
      const events = await desk.world.trail(session);
      const approved = events.find(({ eventType }) => eventType === 'approved');
      expect(approved?.details?.['proof']).toBe(proof);
    }
  });

  test('of a gate that has ended is told the truth, signed or not', async () => {
    const { session, gate } = await desk.gateOf(DELETE);
    const decide = ['decide', session, gate.gateId, ...shown(gate), '--approve'];
    expect((await desk.as('ben', ...decide)).code).toBe(EXIT.done);
    await desk.world.holdpoint.result(session);
    expect((await desk.as('ben', ...decide)).code).toBe(EXIT_OF_REFUSAL.ALREADY_DECIDED);
    expect((await desk.as('cleo', ...decide)).code).toBe(EXIT_OF_REFUSAL.ALREADY_DECIDED);
  });
});

test('answer approves a question of the agent with its words, signed', async () => {
  const { session, gate } = await desk.gateOf({
    name: 'ask_person',
    arguments: { question: 'Which shop?' },
  });
  expect(gate).toMatchObject({ kind: 'question', proof: 'signed' });
  const said = await desk.as(
    'ben',
    'answer',
    session,
    gate.gateId,
    'the one in town',
    ...shown(gate),
  );
  expect(said).toMatchObject({ code: EXIT.done, out: 'decided: approved\n' });
  expect(await desk.world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
});
