/**
 * The end of a session, and after it: while its last evidence is stored, messages still arrive. Whatever the server
 * took is answered and recorded, however close to the end it came, and an ended session still says what it was (H4, H8).
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { type AuditEvent, verifyChain } from '../../domain/index.ts';
import { QUERIES, SIGNALS } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { createHand } from './held-evidence.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const GATED = { turns: [{ calls: [DELETE] }, DONE] } as const;
const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };

/** Four times as many stay under the budget of recorded refusals. */
const SIGNALS_EACH = 60;

const hand = createHand();

/** The trail of an ended session; the evidence store has the same. */
async function endedTrail(world: World, session: string): Promise<readonly AuditEvent[]> {
  const events = await world.wholeTrail(session);
  const [stored] = await world.evidence.sessions(session);
  if (stored === undefined) throw new Error('The evidence store knows nothing of the session');
  expect((await world.evidence.events(stored)).map(({ event }) => event)).toEqual(events);
  expect(verifyChain(events)).toBeUndefined();
  return events;
}

function refusedIn(events: readonly AuditEvent[]): readonly AuditEvent[] {
  return events.filter(({ eventType }) => eventType.endsWith('_refused'));
}

modes(
  'a session that ends',
  (world) => {
    test('H4, H8: answers and records what still comes, and stores that too before it is over', async () => {
      const { client, start, oneGate, decide, holdpoint } = world();
      const session = await start(GATED);
      const gate = await oneGate(session);
      // Only the end stores: what was rejected reserves nothing.
      const last = hand.hold('append');
      await decide(session, gate, { decision: 'rejected', decisionId: 'first' });
      await until('the end of the turns', async () => {
        return (await holdpoint.status(session)).phase === 'closed';
      });
      await last.reached;
      const { gateId, runId, payloadDigest } = gate;
      const late = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rob' };
      expect(await decide(session, gate, { decisionId: 'second' })).toMatchObject({
        status: 'refused',
        code: 'ALREADY_DECIDED',
        outcome: { status: 'rejected' },
      });
      await client.workflow.getHandle(session).signal(SIGNALS.decide, late);
      expect(await holdpoint.pause(session, OPERATOR)).toMatchObject({ code: 'SESSION_CLOSED' });
      await client.workflow.getHandle(session).signal('aprove');
      last.release();
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      const events = await endedTrail(world(), session);
      const ended = events.findIndex(({ eventType }) => eventType === 'ended');
      expect(events.slice(ended + 1).map(({ details }) => details?.['code'])).toEqual([
        'ALREADY_DECIDED',
        'ALREADY_DECIDED',
        'SESSION_CLOSED',
        'MALFORMED',
      ]);
    });

    test('H8: a signal that the server took is in the trail, however close to the end it came', async () => {
      const { client, start, oneGate, decide, holdpoint } = world();
      const session = await start(GATED);
      const gate = await oneGate(session);
      const last = hand.hold('append');
      await decide(session, gate, { decision: 'rejected' });
      await last.reached;
      const handle = client.workflow.getHandle(session);
      last.release();
      // Some meet the session's last workflow task, which the server then has done again. Endless ones would hold it up.
      let taken = 0;
      const signalOn = async (): Promise<void> => {
        for (let sent = 0; sent < SIGNALS_EACH; sent += 1) {
          try {
            await handle.signal(SIGNALS.pause, OPERATOR);
            taken += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(WorkflowNotFoundError);
          }
        }
      };
      await Promise.all(Array.from({ length: 4 }, signalOn));
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(refusedIn(await endedTrail(world(), session))).toHaveLength(taken);
    });

    test('and has ended still answers every query, the SDK’s own included', async () => {
      const { client, start, oneGate, decide, holdpoint, stopWorker, startWorker } = world();
      const session = await start(GATED);
      await decide(session, await oneGate(session), {});
      await holdpoint.result(session);
      // A worker that has not seen it replays it.
      await stopWorker();
      await startWorker();
      const handle = client.workflow.getHandle(session);
      expect(await holdpoint.status(session)).toMatchObject({ phase: 'closed', openGates: 0 });
      expect(await holdpoint.gates(session)).toEqual([]);
      await endedTrail(world(), session);
      const described = await handle.query<{
        readonly definition?: { readonly queryDefinitions?: readonly { readonly name: string }[] };
      }>('__temporal_workflow_metadata');
      const names = described.definition?.queryDefinitions?.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(Object.values(QUERIES)));
      expect(await handle.query<string>('__stack_trace')).toBeDefined();
    });
  },
  { evidence: hand.on },
);
