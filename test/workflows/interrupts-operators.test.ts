/**
 * The operator's verbs, by signal and by update: who said what and why stands in the trail, and what can't be read is
 * refused, by signal with a record (H4), by update without one.
 */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../domain/index.ts';
import { SIGNALS, UPDATES } from '../../domain/messages.ts';
import { OPERATOR_VERBS } from '../../domain/session/operator-command.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'looks odd' };

/** The one event of this type, once it stands in the history. */
async function written(world: World, session: string, eventType: string): Promise<AuditEvent> {
  return until(`${eventType} in the trail of ${session}`, async () =>
    (await world.trail(session)).find((event) => event.eventType === eventType),
  );
}

async function gated(world: World): Promise<string> {
  const session = await world.start({ turns: [{ calls: [DELETE] }, DONE] });
  await world.oneGate(session);
  return session;
}

/** Ends a session that still waits, so that the next test has the worker to itself. */
async function end(world: World, session: string): Promise<void> {
  await world.holdpoint.cancel(session, OPERATOR);
  await world.holdpoint.result(session).catch(() => undefined);
}

modes('operators', (world) => {
  test('pause, instruct, resume and cancel by signal do what their updates do', async () => {
    const { client, holdpoint, wholeTrail } = world();
    const session = await gated(world());
    const handle = client.workflow.getHandle(session);
    await handle.signal(SIGNALS.pause, OPERATOR);
    expect(await written(world(), session, 'paused')).toMatchObject({
      reviewerId: 'oscar',
      rationale: 'looks odd',
      details: { inFlight: [] },
    });
    expect(await holdpoint.status(session)).toMatchObject({ phase: 'paused' });
    await handle.signal(SIGNALS.instruct, { ...OPERATOR, message: 'Be brief.' });
    expect(await written(world(), session, 'instructed')).toMatchObject({
      details: { message: 'Be brief.' },
    });
    await handle.signal(SIGNALS.resume, { operatorId: 'olga', reason: 'checked' });
    expect(await written(world(), session, 'resumed')).toMatchObject({ reviewerId: 'olga' });
    expect(await holdpoint.status(session)).toMatchObject({ phase: 'running' });
    await handle.signal(SIGNALS.cancel, OPERATOR);
    await expect(holdpoint.result(session)).rejects.toMatchObject({
      cause: { type: 'AgentCancelled' },
    });
    expect((await wholeTrail(session)).map((event) => event.eventType)).toEqual([
      'started',
      'gate_presented',
      'paused',
      'instructed',
      'resumed',
      'cancelled',
      'withdrawn',
      'ended',
    ]);
  });

  test('an instruction reaches the model at its next turn, as the words of a person, once', async () => {
    const { holdpoint, oneGate, decide, start } = world();
    const heard: (readonly string[])[] = [];
    const listen =
      (turn: object) =>
      ({ messages }: { messages: readonly { text: string }[] }): object => {
        heard.push(messages.map(({ text }) => text));
        return turn;
      };
    const session = await start({
      turns: [
        { calls: [DELETE] },
        listen({ calls: [{ name: 'search', arguments: { query: 'c-1' } }] }),
        listen(DONE),
      ],
    });
    const gate = await oneGate(session);
    for (const message of ['Look it up first.', 'Then stop.']) {
      await holdpoint.instruct(session, { ...OPERATOR, message });
    }
    await decide(session, gate, { decision: 'rejected' });
    await holdpoint.result(session);
    const instructions = heard.map((texts) => texts.filter((text) => text.includes('operator')));
    const both = [
      'Instruction from the operator: Look it up first.',
      'Instruction from the operator: Then stop.',
    ];
    expect(instructions).toEqual([both, both]);
  });

  describe.each([
    ['no operatorId', [{ reason: 'x' }]],
    ['an empty reason', [{ operatorId: 'oscar', reason: ' ' }]],
    ['an unknown field', [{ ...OPERATOR, force: true }]],
    ['no argument', []],
    ['three arguments', [OPERATOR, OPERATOR, OPERATOR]],
    ['an operator with an invisible character', [{ operatorId: 'osc\u200Bar', reason: 'x' }]],
    ['text instead of an object', ['pause please']],
  ] as const)('with %s', (_what, args) => {
    const withMessage = args.map((one) =>
      typeof one === 'string' ? one : { ...one, message: 'hello' },
    );

    test('a verb by signal is refused and recorded, and changes nothing', async () => {
      const { client, holdpoint, wholeTrail } = world();
      const session = await gated(world());
      const handle = client.workflow.getHandle(session);
      for (const verb of OPERATOR_VERBS) {
        await handle.signal(SIGNALS[verb], ...(verb === 'instruct' ? withMessage : args));
      }
      const refused = await until('all four are recorded', async () => {
        const events = (await world().trail(session)).filter(
          (event) => event.eventType === 'message_refused',
        );
        return events.length === OPERATOR_VERBS.length && events;
      });
      expect(refused.map((event) => event.details)).toEqual(
        OPERATOR_VERBS.map((message) => ({ code: 'MALFORMED', message })),
      );
      expect(await holdpoint.status(session)).toMatchObject({ phase: 'running', openGates: 1 });
      await wholeTrail(session);
      await end(world(), session);
    });

    test('a verb by update is refused by the validator, and leaves no trace', async () => {
      const { client, holdpoint, wholeTrail } = world();
      const session = await gated(world());
      const handle = client.workflow.getHandle(session);
      for (const verb of OPERATOR_VERBS) {
        const sent = verb === 'instruct' ? withMessage : args;
        const error: unknown = await handle
          .executeUpdate<unknown, [unknown]>(UPDATES[verb], { args: [...sent] as [unknown] })
          .catch((failure: unknown) => failure);
        expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
        expect(error).toMatchObject({ cause: { type: 'MALFORMED' } });
      }
      expect(await holdpoint.status(session)).toMatchObject({ phase: 'running', openGates: 1 });
      expect((await wholeTrail(session)).map((event) => event.eventType)).toEqual([
        'started',
        'gate_presented',
      ]);
      await end(world(), session);
    });
  });

  test('what the client can tell is malformed comes back as a refusal with its code', async () => {
    const { holdpoint } = world();
    const session = await gated(world());
    const refused = { status: 'refused', code: 'MALFORMED' };
    expect(await holdpoint.pause(session, { operatorId: '', reason: 'x' })).toMatchObject(refused);
    await end(world(), session);
  });
});
