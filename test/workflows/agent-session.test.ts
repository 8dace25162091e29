/**
 * An agent session on a real server: what runs, what waits, what a person's answer does, and how it ends. The model
 * is scripted, the tools record what they were called with; everything else is the real thing.
 */
import { describe, expect, test } from 'vitest';
import type { ModelRequest } from '../../activities/index.ts';
import { modes, REVIEWER } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const SEARCH = { name: 'search', arguments: { query: 'c-1' } };
const DONE = { text: 'All done.' };

/** What the model was told last. */
function lastMessage({ messages }: ModelRequest): string {
  return messages.at(-1)?.text ?? '';
}

modes(
  'agentSession',
  (world) => {
    describe('without a person', () => {
      test('reads and what can be undone pass, and the answer is delivered', async () => {
        const { start, holdpoint, desk, trail } = world();
        const session = await start({
          turns: [
            { calls: [SEARCH, { name: 'glance', arguments: { id: 'c-1' } }] },
            { calls: [{ name: 'create_draft', arguments: { text: 'Dear …' } }] },
            DONE,
          ],
        });
        expect(await holdpoint.result(session)).toEqual({
          status: 'completed',
          answer: 'All done.',
          steps: 3,
          toolCalls: 3,
          tokens: 0,
        });
        expect(
          desk.executions.filter(({ key }) => key.startsWith(session)).map((e) => e.tool),
        ).toEqual(expect.arrayContaining(['search', 'create_draft']));
        const types = (await trail(session)).map((event) => event.eventType);
        expect(types).not.toContain('gate_presented');
        // Two reads, a draft, and the answer that was sure enough.
        expect(types.filter((type) => type === 'auto_proceeded')).toHaveLength(4);
        expect(types.filter((type) => type === 'executed')).toHaveLength(3);
      });

      test('a partially reversible action passes up to the limit, through the ledger', async () => {
        const { start, holdpoint, desk, evidence } = world();
        const refund = { name: 'refund', arguments: { order: 'o-1', amount: 100 } };
        const session = await start({ turns: [{ calls: [refund] }, DONE] });
        await holdpoint.result(session);
        const [execution] = desk.executionsOf(session);
        expect(execution).toMatchObject({ tool: 'refund', args: { order: 'o-1', amount: 100 } });
        expect(await evidence.entry(execution?.key ?? '')).toMatchObject({
          state: 'done',
          oneShot: true,
        });
      });

      test('an unknown tool and arguments that do not fit go back to the model, never to a gate', async () => {
        const { start, holdpoint, desk, trail } = world();
        const heard: string[] = [];
        const session = await start({
          turns: [
            {
              calls: [
                { name: 'launch_rocket', arguments: {} },
                { name: 'search', arguments: { query: 7 } },
              ],
            },
            ({ messages }) => {
              heard.push(...messages.slice(-2).map((message) => message.text));
              return DONE;
            },
          ],
        });
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
        expect(heard.join('\n')).toMatch(/launch_rocket/);
        expect(heard.join('\n')).toMatch(/query/);
        expect(desk.executionsOf(session)).toEqual([]);
        const events = await trail(session);
        const codes = events
          .filter((event) => event.eventType === 'not_executed')
          .map((e) => e.details);
        expect(codes).toEqual([{ code: 'unknown_tool' }, { code: 'invalid_arguments' }]);
        expect(events.some((event) => event.eventType === 'gate_presented')).toBe(false);
      });

      test('a model that never stops ends after ten steps as incomplete', async () => {
        const { start, holdpoint } = world();
        const session = await start({ turns: [{ calls: [SEARCH] }] });
        expect(await holdpoint.result(session)).toMatchObject({
          status: 'incomplete',
          answer: 'Task incomplete.',
          limit: 'steps',
          steps: 10,
        });
      });

      test('a model that returns nothing is told so, and the session ends as incomplete', async () => {
        const { start, holdpoint } = world();
        const session = await start({ turns: [{}] });
        expect(await holdpoint.result(session)).toMatchObject({ status: 'incomplete', steps: 10 });
      });
    });

    describe('at the gate', () => {
      test('H1: an irreversible action waits, and runs once with the approved arguments', async () => {
        const { start, gates, decide, holdpoint, desk, trail } = world();
        const session = await start({
          turns: [{ text: 'It is a duplicate.', calls: [DELETE] }, DONE],
        });
        const [gate] = await gates(session);
        expect(gate).toMatchObject({
          actionType: 'delete_record',
          payload: { id: 'c-1' },
          tier: 'synchronous_gate',
          noResponse: 'reject',
          estimatedImpact: 'high',
          agentReason: 'It is a duplicate.',
          rule: 'irreversible-or-unknown',
        });
        if (gate === undefined) throw new Error('A gate is missing');
        expect(desk.executionsOf(session)).toEqual([]);
        expect(await decide(session, gate, { rationale: 'checked' })).toMatchObject({
          status: 'decided',
          outcome: { status: 'approved', reviewerId: REVIEWER },
        });
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
        expect(desk.executionsOf(session)).toMatchObject([
          { tool: 'delete_record', args: { id: 'c-1' } },
        ]);
        expect((await trail(session)).map((event) => event.eventType)).toEqual([
          'started',
          'gate_presented',
          'approved',
          'executed',
          'auto_proceeded',
          'ended',
        ]);
      });

      test('a rejection is told to the agent with its reason, and nothing runs', async () => {
        const { start, gates, decide, holdpoint, desk } = world();
        const heard: string[] = [];
        const session = await start({
          turns: [
            { calls: [DELETE] },
            (request) => {
              heard.push(lastMessage(request));
              return DONE;
            },
          ],
        });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, { decision: 'rejected', rationale: 'Legal hold until May.' });
        await holdpoint.result(session);
        expect(heard.at(-1)).toContain('Legal hold until May.');
        expect(desk.executionsOf(session)).toEqual([]);
      });

      test('H5: a modification runs with the new arguments, both payloads in the trail', async () => {
        const { start, gates, decide, holdpoint, desk, trail } = world();
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, { decision: 'modified', modifications: { id: 'c-2' } });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toMatchObject([{ args: { id: 'c-2' } }]);
        const events = await trail(session);
        expect(events.find((e) => e.eventType === 'gate_presented')?.actionPayload).toEqual({
          id: 'c-1',
        });
        expect(events.find((e) => e.eventType === 'executed')?.actionPayload).toEqual({
          id: 'c-2',
        });
      });

      test('H5: an invalid modification opens a new gate that says why', async () => {
        const { start, gates, decide, holdpoint, desk } = world();
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, { decision: 'modified', modifications: { id: 42 } });
        const [again] = await gates(session);
        if (again === undefined) throw new Error('A gate is missing');
        expect(again.gateId).not.toBe(gate.gateId);
        expect(again.note).toContain('modification');
        expect(again.payload).toEqual({ id: 'c-1' });
        await decide(session, again, { decision: 'rejected' });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toEqual([]);
      });

      test('H5: a modification that needs a stricter tier opens a new gate there', async () => {
        const { start, gates, decide, holdpoint, desk } = world();
        const refund = { name: 'refund', arguments: { order: 'o-1', amount: 150 } };
        const session = await start({ turns: [{ calls: [refund] }, DONE] });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        expect(gate.tier).toBe('async_review');
        await decide(session, gate, { decision: 'modified', modifications: { amount: 1_500 } });
        const [again] = await gates(session);
        if (again === undefined) throw new Error('A gate is missing');
        expect(again).toMatchObject({ tier: 'escalation', payload: { amount: 1_500 } });
        await decide(session, again, { reviewerId: 'the-manager' });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toMatchObject([
          { args: { order: 'o-1', amount: 1_500 } },
        ]);
      });

      test('parallel calls are gated one by one: a rejection holds none of the others', async () => {
        const { start, gates, decide, holdpoint, desk } = world();
        const other = { name: 'delete_record', arguments: { id: 'c-2' } };
        const session = await start({ turns: [{ calls: [DELETE, SEARCH, other] }, DONE] });
        const open = await gates(session, 2);
        const [first, second] = open.toSorted((a, b) => a.actionId.localeCompare(b.actionId));
        if (first === undefined || second === undefined) throw new Error('A gate is missing');
        await decide(session, second, {});
        await decide(session, first, { decision: 'rejected' });
        await holdpoint.result(session);
        const ran = desk.executionsOf(session).map(({ args }) => args);
        expect(ran).toContainEqual({ id: 'c-2' });
        expect(ran).not.toContainEqual({ id: 'c-1' });
      });

      test('H11: what breaks off is not tried again: a person says what happened', async () => {
        const { start, gates, decide, holdpoint, desk, trail, evidence } = world();
        const heard: string[] = [];
        const publish = { name: 'publish_publicly', arguments: { text: 'news' } };
        const session = await start({
          turns: [
            { calls: [publish] },
            (request) => {
              heard.push(lastMessage(request));
              return DONE;
            },
          ],
        });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, {});
        const [effect] = await gates(session);
        if (effect === undefined) throw new Error('A gate is missing');
        expect(effect).toMatchObject({ kind: 'effect', tier: 'escalation' });
        await decide(session, effect, {
          decision: 'modified',
          modifications: { result: 'post 7' },
        });
        await holdpoint.result(session);
        expect(heard.at(-1)).toBe('post 7');
        expect(desk.executionsOf(session)).toHaveLength(1);
        const [execution] = desk.executionsOf(session);
        expect(await evidence.entry(execution?.key ?? '')).toMatchObject({
          state: 'reconciled',
          happened: true,
          settledBy: REVIEWER,
        });
        expect((await trail(session)).map((event) => event.eventType)).toContain('effect_unknown');
      });

      test('a tool that knows that nothing happened says so to the model', async () => {
        const { start, gates, decide, holdpoint, trail } = world();
        const mail = { name: 'send_email', arguments: { to: 'x@example.org' } };
        const heard: string[] = [];
        const session = await start({
          turns: [
            { calls: [mail] },
            (request) => {
              heard.push(lastMessage(request));
              return DONE;
            },
          ],
        });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, {});
        await holdpoint.result(session);
        expect(heard.at(-1)).toContain('refused the recipient');
        expect((await trail(session)).map((event) => event.eventType)).toContain('failed');
      });
    });

    describe('with a question', () => {
      const ASK = { name: 'ask_person', arguments: { question: 'Which of the two records?' } };

      test('a person is asked, and the answer goes to the agent', async () => {
        const { start, gates, decide, holdpoint } = world();
        const heard: string[] = [];
        const session = await start({
          turns: [
            { calls: [ASK] },
            (request) => {
              heard.push(lastMessage(request));
              return DONE;
            },
          ],
        });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        expect(gate).toMatchObject({
          kind: 'question',
          payload: { question: 'Which of the two records?' },
        });
        await decide(session, gate, { modifications: { answer: 'cus-42' } });
        await holdpoint.result(session);
        expect(heard.at(-1)).toBe('cus-42');
      });

      test('nobody answers: the agent is told so and goes on', async () => {
        const { start, gates, decide, holdpoint } = world();
        const session = await start({ turns: [{ calls: [ASK] }, DONE] });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, { decision: 'rejected' });
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      });
    });

    describe('with an answer that is not sure', () => {
      const UNSURE = { turns: [{ text: 'Probably 42.' }], confidence: '0.52' } as const;

      test('it is held, with the reason, and delivered when confirmed', async () => {
        const { start, gates, decide, holdpoint } = world();
        const session = await start(UNSURE);
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        expect(gate).toMatchObject({
          kind: 'answer',
          description: 'Confidence 0.52 below threshold 0.65',
          payload: { answer: 'Probably 42.', confidence: 0.52 },
        });
        await decide(session, gate, {});
        expect(await holdpoint.result(session)).toMatchObject({
          status: 'completed',
          answer: 'Probably 42.',
        });
      });

      test('a reviewer corrects it', async () => {
        const { start, gates, decide, holdpoint } = world();
        const session = await start(UNSURE);
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, { decision: 'modified', modifications: { answer: '42.' } });
        expect(await holdpoint.result(session)).toMatchObject({
          status: 'completed',
          answer: '42.',
        });
      });

      test('a reviewer sends it back, and the agent works on it further', async () => {
        const { start, gates, decide, holdpoint } = world();
        const heard: string[] = [];
        const session = await start({
          turns: [
            { text: 'Probably 42.' },
            (request) => {
              heard.push(lastMessage(request));
              return { text: 'It is 43, by the invoice.' };
            },
          ],
          confidence: '0.3',
        });
        const [gate] = await gates(session);
        if (gate === undefined) throw new Error('A gate is missing');
        await decide(session, gate, { decision: 'rejected', rationale: 'Look at the invoice.' });
        const [second] = await gates(session);
        expect(heard.at(-1)).toContain('Look at the invoice.');
        if (second === undefined) throw new Error('A gate is missing');
        await decide(session, second, {});
        expect(await holdpoint.result(session)).toMatchObject({
          status: 'completed',
          answer: 'It is 43, by the invoice.',
          steps: 2,
        });
      });

      test('a score that cannot be read is 0.5, and held at medium stakes', async () => {
        const { start, gates, decide } = world();
        const session = await start({ turns: [{ text: 'Yes.' }], confidence: 'very sure' });
        const [gate] = await gates(session);
        expect(gate).toMatchObject({ confidence: 0.5 });
        if (gate !== undefined) await decide(session, gate, {});
      });
    });
  },
  { alsoCached: true },
);
