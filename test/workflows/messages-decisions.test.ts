/**
 * Decisions that a session can't take, by update and by signal, each against a gate that really waits: they change
 * nothing, are answered with the truth, and stand in the trail (H1, H2, H4, H6). What has no shape at all is turned away by
 * the update's validator without a trace, and recorded where it comes as a signal.
 */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { REVIEWER_PLACEHOLDER } from '../../domain/gate/decision.ts';
import { type PendingApproval, SIGNALS, UPDATES } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { AGENT, modes, REVIEWER, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };

function approvalOf({ gateId, runId, payloadDigest }: PendingApproval): Record<string, unknown> {
  return { gateId, runId, payloadDigest, decision: 'approved', reviewerId: REVIEWER };
}

async function gated({
  start,
  oneGate,
}: World): Promise<{ session: string; gate: PendingApproval }> {
  const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
  return { session, gate: await oneGate(session) };
}

/** The gate is as open as before: it still decides, and the action runs once, on that decision alone. */
async function expectUntouched(
  world: World,
  session: string,
  gate: PendingApproval,
): Promise<void> {
  expect(world.desk.executionsOf(session)).toEqual([]);
  expect(await world.oneGate(session)).toEqual(gate);
  await world.wholeTrail(session);
  expect(await world.decide(session, gate, {})).toMatchObject({ status: 'decided' });
  expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  expect(world.desk.executionsOf(session)).toHaveLength(1);
  await world.wholeTrail(session);
}

const REFUSED: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['another digest', { payloadDigest: 'a'.repeat(64) }, 'DIGEST_MISMATCH'],
  ['the placeholder for a reviewer', { reviewerId: REVIEWER_PLACEHOLDER }, 'NOT_AUTHORIZED'],
  ['the requester for a reviewer', { reviewerId: 'requester' }, 'SELF_APPROVAL'],
  ['the requester in other letters', { reviewerId: 'ＲＥＱUESTER' }, 'SELF_APPROVAL'],
  ['the agent for a reviewer', { reviewerId: AGENT.toUpperCase() }, 'SELF_APPROVAL'],
  ['a signature that no key verifies', { signature: 'AAAA' }, 'SIGNATURE_INVALID'],
  ['an approval that changes something', { modifications: { id: 'c-2' } }, 'MALFORMED'],
  ['a modification without one', { decision: 'modified' }, 'MALFORMED'],
  [
    'a rejection that changes something',
    { decision: 'rejected', modifications: { id: 'c-2' } },
    'MALFORMED',
  ],
];

const fields = (json: string): Record<string, unknown> =>
  JSON.parse(json) as Record<string, unknown>;
const nested = (depth: number): unknown => (depth === 0 ? 1 : { deeper: nested(depth - 1) });

/** What makes of a good decision one that can't be read. */
const MALFORMED: readonly (readonly [string, Record<string, unknown>])[] = [
  ['nobody named', { reviewerId: undefined }],
  ['an unknown field', { force: true }],
  ['a field misspelt', { rational: 'checked' }],
  ['a word that is no decision', { decision: 'approve' }],
  ['a digest that is none', { payloadDigest: 'ABC' }],
  ['a rationale beyond 8,000 characters', { rationale: 'x'.repeat(8_001) }],
  ['a lone surrogate in the rationale', { rationale: 'so \uD800' }],
  ['a lone surrogate in an id', { gateId: 'gate-\uDC00' }],
  [
    'a lone surrogate among the modifications',
    { decision: 'modified', modifications: { id: '\uD800' } },
  ],
  ['a lone surrogate for a key', { decision: 'modified', modifications: { '\uD800': 1 } }],
  ['a field __proto__', fields('{"__proto__": {"reviewerId": "root"}}')],
  [
    'a modification of __proto__',
    { decision: 'modified', modifications: fields('{"__proto__": {"id": "c-9"}}') },
  ],
  ['modifications nested too deep', { decision: 'modified', modifications: { id: nested(40) } }],
  [
    'modifications nested far too deep',
    { decision: 'modified', modifications: { id: nested(2_000) } },
  ],
  ['an invisible character in the reviewer', { reviewerId: 'ri\u200Bta' }],
  ['a moment that is none', { decidedAt: 'yesterday' }],
];

const NO_DECISIONS: readonly (readonly [string, readonly unknown[]])[] = [
  ['an empty object', [{}]],
  ['null', [null]],
  ['a list', [[]]],
  ['a text', ['approved']],
  ['bytes', [new Uint8Array([1, 2, 3])]],
  ['no argument', []],
];

modes('a decision', (world) => {
  test.each(REFUSED)('with %s is refused, both ways, and recorded', async (_what, change, code) => {
    const { client, holdpoint, trail } = world();
    const { session, gate } = await gated(world());
    const decision = { ...approvalOf(gate), ...change };
    const handle = client.workflow.getHandle(session);
    const reply = await handle.executeUpdate<unknown, [unknown]>(UPDATES.submitDecision, {
      args: [{ ...decision, decisionId: 'by-update' }],
    });
    expect(reply).toMatchObject({ status: 'refused', code, gateId: gate.gateId });
    await handle.signal(SIGNALS.decide, { ...decision, decisionId: 'by-signal' });
    const refused = await until('both are recorded', async () => {
      const found = (await trail(session)).filter((e) => e.eventType === 'decision_refused');
      return found.length === 2 && found;
    });
    expect(refused).toMatchObject([
      {
        gateId: gate.gateId,
        reviewerId: decision['reviewerId'],
        details: { code, decisionId: 'by-update' },
      },
      {
        gateId: gate.gateId,
        reviewerId: decision['reviewerId'],
        details: { code, decisionId: 'by-signal' },
      },
    ]);
    expect(await holdpoint.status(session)).toMatchObject({ openGates: 1 });
    await expectUntouched(world(), session, gate);
  });

  describe('that can not be read', () => {
    const everyArgument = (
      gate: PendingApproval,
    ): readonly (readonly [string, readonly unknown[]])[] => [
      ...MALFORMED.map(([what, change]) => {
        const made = { ...approvalOf(gate) };
        for (const [name, value] of Object.entries(change)) {
          Object.defineProperty(made, name, { value, enumerable: true });
        }
        return [what, [made]] as const;
      }),
      ...NO_DECISIONS,
      ['three arguments', [approvalOf(gate), approvalOf(gate), approvalOf(gate)]],
    ];

    test('is turned away by the validator without a trace, whatever is wrong with it', async () => {
      const { client, trail } = world();
      const { session, gate } = await gated(world());
      const handle = client.workflow.getHandle(session);
      for (const [what, args] of everyArgument(gate)) {
        const error: unknown = await handle
          .executeUpdate<unknown, [unknown]>(UPDATES.submitDecision, {
            args: [...args] as [unknown],
          })
          .catch((failure: unknown) => failure);
        expect(error, what).toBeInstanceOf(WorkflowUpdateFailedError);
        expect(error, what).toMatchObject({ cause: { type: 'MALFORMED' } });
      }
      expect((await trail(session)).map((e) => e.eventType)).not.toContain('decision_refused');
      await expectUntouched(world(), session, gate);
    });

    test('is recorded as malformed where it comes as a signal, whatever is wrong with it', async () => {
      const { client, trail } = world();
      const { session, gate } = await gated(world());
      const handle = client.workflow.getHandle(session);
      const all = everyArgument(gate);
      for (const [, args] of all)
        await handle.signal<[unknown]>(SIGNALS.decide, ...(args as [unknown]));
      const refused = await until('all are recorded', async () => {
        const found = (await trail(session)).filter((e) => e.eventType === 'decision_refused');
        return found.length === all.length && found;
      });
      expect(refused.map((event) => event.details)).toEqual(all.map(() => ({ code: 'MALFORMED' })));
      await expectUntouched(world(), session, gate);
    });
  });

  test('H2: sent twice, by update and by signal, counts once and is answered alike', async () => {
    const { client, decide, holdpoint, desk, wholeTrail } = world();
    const { session, gate } = await gated(world());
    await holdpoint.pause(session, { operatorId: 'oscar', reason: 'keeps the session open' });
    const first = await decide(session, gate, { decisionId: 'once' });
    expect(first).toMatchObject({ status: 'decided', outcome: { status: 'approved' } });
    expect(await decide(session, gate, { decisionId: 'once' })).toEqual(first);
    const again = { ...approvalOf(gate), decisionId: 'once' };
    await client.workflow.getHandle(session).signal(SIGNALS.decide, again);
    expect(await decide(session, gate, { decisionId: 'once' })).toEqual(first);
    await holdpoint.resume(session, { operatorId: 'oscar', reason: 'enough' });
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toHaveLength(1);
    const types = (await wholeTrail(session)).map((e) => e.eventType);
    expect(types.filter((type) => type === 'approved')).toHaveLength(1);
    expect(types).not.toContain('decision_refused');
  });

  test('H2: the id of one decision with another content is a duplicate, by update and by signal', async () => {
    const { client, decide, holdpoint, trail } = world();
    const { session, gate } = await gated(world());
    await holdpoint.pause(session, { operatorId: 'oscar', reason: 'keeps the session open' });
    await decide(session, gate, { decisionId: 'once' });
    expect(await decide(session, gate, { decisionId: 'once', decision: 'rejected' })).toMatchObject(
      { status: 'refused', code: 'DUPLICATE' },
    );
    const other = { ...approvalOf(gate), decisionId: 'once', rationale: 'other words' };
    await client.workflow.getHandle(session).signal(SIGNALS.decide, other);
    const refused = await until('both are recorded', async () => {
      const found = (await trail(session)).filter((e) => e.eventType === 'decision_refused');
      return found.length === 2 && found;
    });
    expect(refused.map(({ details }) => details?.['code'])).toEqual(['DUPLICATE', 'DUPLICATE']);
    await holdpoint.resume(session, { operatorId: 'oscar', reason: 'enough' });
    await holdpoint.result(session);
  });

  test('H4: that contradicts the one before is told what was decided, and by whom', async () => {
    const { client, decide, holdpoint, desk, trail } = world();
    const { session, gate } = await gated(world());
    await holdpoint.pause(session, { operatorId: 'oscar', reason: 'keeps the session open' });
    await decide(session, gate, { decision: 'rejected', rationale: 'no' });
    expect(await decide(session, gate, { reviewerId: 'robert' })).toMatchObject({
      status: 'refused',
      code: 'ALREADY_DECIDED',
      outcome: { status: 'rejected', reviewerId: REVIEWER },
    });
    await client.workflow.getHandle(session).signal(SIGNALS.decide, approvalOf(gate));
    await until('both are recorded', async () => {
      const found = (await trail(session)).filter((e) => e.eventType === 'decision_refused');
      return found.length === 2;
    });
    await holdpoint.resume(session, { operatorId: 'oscar', reason: 'enough' });
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toEqual([]);
  });

  test('H4: for a gate that nobody knows is kept, says so, and is refused at the end', async () => {
    const { decide, holdpoint, wholeTrail } = world();
    const { session, gate } = await gated(world());
    expect(await decide(session, { ...gate, gateId: 'no-such-gate' }, {})).toMatchObject({
      status: 'recorded',
      gateId: 'no-such-gate',
    });
    expect(await holdpoint.status(session)).toMatchObject({ openGates: 1 });
    await decide(session, gate, { decision: 'rejected' });
    await holdpoint.result(session);
    const refused = (await wholeTrail(session)).filter(
      (e) => e.details?.['code'] === 'UNKNOWN_GATE',
    );
    expect(refused).toMatchObject([{ eventType: 'decision_refused', gateId: 'no-such-gate' }]);
  });

  test('H1, H2: from another run is refused by the action itself, and a new gate says so', async () => {
    const { decide, gates, holdpoint, desk, wholeTrail } = world();
    const { session, gate } = await gated(world());
    const elsewhere = '0199a0b0-0000-7000-8000-000000000000';
    expect(await decide(session, gate, { runId: elsewhere })).toMatchObject({ status: 'decided' });
    const again = await until('a new gate asks', async () => {
      const [open] = await gates(session);
      return open !== undefined && open.gateId !== gate.gateId && open;
    });
    expect(again).toMatchObject({ payload: gate.payload, payloadDigest: gate.payloadDigest });
    expect(again.note).toContain('another run');
    expect(desk.executionsOf(session)).toEqual([]);
    await decide(session, again, {});
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toHaveLength(1);
    const events = await wholeTrail(session);
    expect(events.find((e) => e.eventType === 'not_executed')).toMatchObject({
      gateId: gate.gateId,
      details: { code: 'DECISION_FROM_OTHER_RUN' },
    });
  });
});
