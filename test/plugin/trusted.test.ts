/**
 * Workflows that know nothing of Holdpoint, under a policy that asks for signatures, several people, and takes a no for an
 * answer: the same gate, and the same second look by the worker that executes.
 */
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyChain } from '../../domain/index.ts';
import { decideSigned, newKey, trustFiles } from '../support/trust.ts';
import { openPluginWorld, plainPolicy, type PluginWorld } from './plugin-world.ts';

const base = { respondWithinMs: 300_000, onNoResponse: 'reject' } as const;
const POLICY = plainPolicy({
  tiers: [
    { ...base, name: 'async_review', route: 'desk', reviewers: 'anyone' },
    {
      ...base,
      name: 'synchronous_gate',
      route: 'two',
      reviewers: ['rita', 'bob'],
      quorum: 2,
      proof: 'signed',
    },
    { ...base, name: 'escalation', route: 'boss', reviewers: ['bea'], proof: 'signed' },
  ],
});

const files = trustFiles();
const RITA = await newKey('rita-1', { reviewerId: 'rita' });
const BOB = await newKey('bob-1', { reviewerId: 'bob' });
const OPERATOR = { operatorId: 'oscar', reason: 'something was found' };

let world: PluginWorld;
beforeAll(async () => {
  files.writeKeys(RITA.trusted, BOB.trusted);
  world = await openPluginWorld({ plugin: { policy: POLICY, keys: files.keys } });
});
afterAll(async () => {
  await world.close();
  files.remove();
});

async function oneGate(id: string, before = '') {
  const [gate] = await world.gates(id);
  if (gate === undefined || gate.gateId === before) throw new Error('Another gate is expected');
  return gate;
}

describe('a call of a plain workflow in a signed tier of two', () => {
  test('H1, H6: runs once two have signed, and not before', async () => {
    const { start, decide, people, ran } = world;
    const handle = await start('polling', 'signed');
    const id = handle.workflowId;
    const gate = await oneGate(id);
    expect(gate).toMatchObject({ proof: 'signed', decisionsNeeded: 2 });
    expect(await decide(id, gate)).toMatchObject({ code: 'SIGNATURE_REQUIRED' });
    const say = (key: typeof RITA, reviewerId: string) =>
      decideSigned({ holdpoint: people }, id, gate, key, { reviewerId });
    expect(await say(RITA, 'rita')).toMatchObject({ votes: 1, needed: 2 });
    expect(await say(RITA, 'bob')).toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(ran.filter((line) => line.includes('signed'))).toEqual([]);
    expect(await say(BOB, 'bob')).toMatchObject({ status: 'decided' });
    await handle.result();
    expect(ran.filter((line) => line.includes('signed'))).toHaveLength(1);
    const trail = (await people.auditTrail(id)).map(({ event }) => event);
    expect(verifyChain(trail)).toBeUndefined();
    expect(trail.map(({ eventType }) => eventType)).toEqual([
      'gate_presented',
      'decision_refused',
      'voted',
      'decision_refused',
      'approved',
      'executed',
      'ended',
    ]);
  });

  test('H1: what is revoked between approval and execution stops it, and a new gate says why', async () => {
    const { start, people, ran } = world;
    const handle = await start('polling', 'revoked');
    const id = handle.workflowId;
    const gate = await oneGate(id);
    await people.pause(id, OPERATOR);
    for (const [key, reviewerId] of [
      [RITA, 'rita'],
      [BOB, 'bob'],
    ] as const) {
      await decideSigned({ holdpoint: people }, id, gate, key, { reviewerId });
    }
    const revokedAt = new Date().toISOString();
    files.writeKeys({ ...RITA.trusted, revokedAt }, BOB.trusted);
    await people.resume(id, OPERATOR);
    const again = await oneGate(id);
    expect(again.gateId).not.toBe(gate.gateId);
    expect(again.note).toContain('Key rita-1 is revoked since');
    expect(ran.filter((line) => line.includes('revoked'))).toEqual([]);
    files.writeKeys(RITA.trusted, BOB.trusted);
    const no = { reviewerId: 'bob', decision: 'rejected' } as const;
    await decideSigned({ holdpoint: people }, id, again, BOB, no);
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    const codes = (await people.auditTrail(id)).map(({ event }) => event.details?.['code']);
    expect(codes).toContain('SIGNATURE_INVALID');
  });
});
