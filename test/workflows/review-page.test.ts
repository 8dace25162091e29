/**
 * Temporal UI as a review screen, on real sessions: what it reads (the workflow's metadata and the summaries in the
 * history) tells a reviewer what waits, and the decision on the page can be copied out, signed with a name and sent as
 * a signal. What comes from a payload or a model forges nothing on it (H1, H4, H6).
 */
import { describe, expect, test } from 'vitest';
import { DEFAULT_TIERS } from '../../domain/index.ts';
import { PAYLOAD_BYTES_MAX } from '../../domain/limits.ts';
import { REVIEWER_PLACEHOLDER } from '../../domain/gate/decision.ts';
import { type PendingApproval, QUERIES, SIGNALS, UPDATES } from '../../domain/messages.ts';
import { payloadDigest, utf8Length } from '../../domain/text/digest.ts';
import { fingerprintOf } from '../../domain/text/fingerprint.ts';
import { deskPolicy } from '../support/desk.ts';
import { HOSTILE, PAGE_BYTES_MAX, parsed, strayLines } from '../support/review-page.ts';
import { until } from '../support/until.ts';
import { modes, REVIEWER, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const REFUND = { name: 'refund', arguments: { order: 'o-1', amount: 150 } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'looks odd' };

const NAMED_REVIEWERS = deskPolicy({
  tiers: DEFAULT_TIERS.map((tier) =>
    tier.name === 'async_review' ? { ...tier, reviewers: ['dana', 'dirk'] } : tier,
  ),
});

interface Described {
  readonly name?: string;
  readonly description?: string;
}

/** What Temporal UI asks a workflow for. */
interface Metadata {
  readonly currentDetails: string;
  readonly definition: {
    readonly type: string;
    readonly queryDefinitions: readonly Described[];
    readonly signalDefinitions: readonly Described[];
    readonly updateDefinitions: readonly Described[];
  };
}

async function metadataOf({ client }: World, session: string): Promise<Metadata> {
  return client.workflow.getHandle(session).query<Metadata>('__temporal_workflow_metadata');
}

async function pageOf(world: World, session: string): Promise<string> {
  return (await metadataOf(world, session)).currentDetails;
}

/** The cells of the page's tables by their names, unescaped; of the last gate where there are several. */
function cellsOf(page: string): Readonly<Record<string, string>> {
  const rows = parsed(page).lines.flatMap((line) => {
    const [, name, value] = /^\| ([^|]+) \| (.*) \|$/u.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.replaceAll('\\', '')]];
  });
  return Object.fromEntries(rows) as Readonly<Record<string, string>>;
}

/** The decision that stands ready on the page, as a person would copy it out: the last block of the gate. */
function templateOn(page: string): string {
  const found = parsed(page).fences.findLast(({ text }) => text.includes('"gateId"'));
  if (found === undefined) throw new Error('There is no decision on the page');
  return found.text;
}

function signed(template: string): Record<string, unknown> {
  return JSON.parse(template.replace(REVIEWER_PLACEHOLDER, REVIEWER)) as Record<string, unknown>;
}

modes('the review page', (world) => {
  const gated = async (
    script: Parameters<World['start']>[0],
  ): Promise<{ session: string; gate: PendingApproval; page: string }> => {
    const session = await world().start(script);
    const gate = await world().oneGate(session);
    return { session, gate, page: await pageOf(world(), session) };
  };
  /** Sends it as Temporal UI does. */
  const paste = async (session: string, input: unknown): Promise<void> =>
    world().client.workflow.getHandle(session).signal(SIGNALS.decide, input);
  const reject = async (session: string, gate: PendingApproval): Promise<void> => {
    await world().decide(session, gate, { decision: 'rejected' });
    await world().holdpoint.result(session);
  };

  test('shows what waits, how much it matters, who may decide, until when, and what silence means', async () => {
    const { session, gate, page } = await gated({
      turns: [{ text: 'It is a duplicate.', calls: [DELETE] }, DONE],
    });
    expect(strayLines(page)).toEqual([]);
    expect(page).toContain('# 1 gate waits for a person');
    expect(cellsOf(page)).toMatchObject({
      Kind: 'action',
      Tool: 'delete_record (version 1)',
      Reversibility: 'irreversible',
      Impact: 'high',
      Tier: `synchronous_gate (rule irreversible-or-unknown, policy ${gate.policyVersion})`,
      'Who may decide': 'anyone but the requester, the agents and their owners',
      'Answer by': new Date(Number(gate.respondBy)).toISOString(),
      'If nobody answers': 'it does not run',
      'Payload digest': gate.payloadDigest,
      Fingerprint: fingerprintOf(gate.payloadDigest),
    });
    expect(gate.fingerprint).toBe(fingerprintOf(gate.payloadDigest));
    const [payload, reason] = parsed(page).fences;
    expect(page).toContain('The agent says (not checked by anyone):');
    expect(reason?.text).toBe('It is a duplicate.');
    expect(payload?.text).toBe('/id = "c-1"');
    // The digest on the page is of the bytes on the page.
    const { actionType, toolVersion } = gate;
    const shown = { actionType, toolVersion, arguments: DELETE.arguments };
    expect(payloadDigest(shown)).toBe(gate.payloadDigest);
    await reject(session, gate);
    expect(await pageOf(world(), session)).toBe('');
  });

  test('says that a session is paused, by whom and why', async () => {
    const { session, gate } = await gated({ turns: [{ calls: [DELETE] }, DONE] });
    await world().holdpoint.pause(session, OPERATOR);
    expect(await pageOf(world(), session)).toContain('**Paused** by oscar: looks odd.');
    await world().holdpoint.resume(session, OPERATOR);
    const resumed = await pageOf(world(), session);
    expect(resumed).not.toContain('Paused');
    const respondBy = Number((await world().oneGate(session)).respondBy);
    expect(cellsOf(resumed)['Answer by']).toBe(new Date(respondBy).toISOString());
    await reject(session, gate);
  });

  test('shortens a leaf that is too long for it, says by how much and where all of it is, and shows the others', async () => {
    const reason = 'because '.repeat(1_000);
    const call = { name: 'delete_record', arguments: { id: 'c-9', reason } };
    const { session, gate, page } = await gated({ turns: [{ calls: [call] }, DONE] });
    const [payload, command] = parsed(page).fences;
    const [id, long = ''] = payload?.text.split('\n') ?? [];
    expect(id).toBe('/id = "c-9"');
    const [, shown = '', cut = ''] =
      /^\/reason = ([^]*)… \((\d+) more characters\)$/u.exec(long) ?? [];
    expect(JSON.stringify(reason).startsWith(shown)).toBe(true);
    expect(shown.length + Number(cut)).toBe(JSON.stringify(reason).length);
    expect(shown.length).toBeGreaterThanOrEqual(2_900);
    expect(command?.text).toBe(`npx holdpoint gates ${session}`);
    expect(cellsOf(page)['Payload digest']).toBe(gate.payloadDigest);
    await reject(session, gate);
  });

  test('states how many more gates wait than fit on it', async () => {
    const calls = Array.from({ length: 16 }, (_, index) => ({
      name: 'delete_record',
      arguments: { id: `c-${index}`, reason: 'x'.repeat(1_000) },
    }));
    const session = await world().start({ turns: [{ calls }, DONE] });
    const open = await world().gates(session, 16);
    const page = await pageOf(world(), session);
    const shown = parsed(page).lines.filter((line) => line.startsWith('## ')).length;
    expect(page).toContain('# 16 gates wait for a person');
    expect(shown).toBeGreaterThan(5);
    expect(page).toContain(`… and ${16 - shown} more: query \`${QUERIES.pendingApprovals}\`.`);
    expect(utf8Length(page)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    expect(strayLines(page)).toEqual([]);
    expect(new Set(open.map(({ gateId }) => gateId)).size).toBe(16);
    await world().holdpoint.cancel(session, OPERATOR);
    await world()
      .holdpoint.result(session)
      .catch(() => undefined);
  });

  describe('gives a decision to copy', () => {
    test('H1: as it stands, it names nobody and is refused; with only a name put in, it decides', async () => {
      const { session, gate, page } = await gated({ turns: [{ calls: [DELETE] }, DONE] });
      const template = templateOn(page);
      await paste(session, JSON.parse(template));
      const refused = await until('the refusal is recorded', async () => {
        const events = await world().trail(session);
        return events.find((event) => event.eventType === 'decision_refused');
      });
      expect(refused).toMatchObject({
        gateId: gate.gateId,
        reviewerId: REVIEWER_PLACEHOLDER,
        details: { code: 'NOT_AUTHORIZED' },
      });
      expect(await world().oneGate(session)).toEqual(gate);
      expect(world().desk.executionsOf(session)).toEqual([]);
      await paste(session, signed(template));
      expect(await world().holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(world().desk.executionsOf(session)).toMatchObject([{ args: DELETE.arguments }]);
      const events = await world().wholeTrail(session);
      expect(events.find((event) => event.eventType === 'approved')).toMatchObject({
        gateId: gate.gateId,
        reviewerId: REVIEWER,
        payloadDigest: gate.payloadDigest,
      });
    });

    test('H4: pasted twice, it is one decision', async () => {
      const { session, page } = await gated({ turns: [{ calls: [DELETE] }, DONE] });
      const decision = signed(templateOn(page));
      await world().holdpoint.pause(session, OPERATOR);
      await paste(session, decision);
      await paste(session, decision);
      await world().holdpoint.resume(session, OPERATOR);
      await world().holdpoint.result(session);
      expect(world().desk.executionsOf(session)).toHaveLength(1);
      const types = (await world().wholeTrail(session)).map((event) => event.eventType);
      expect(types.filter((type) => type === 'approved')).toHaveLength(1);
      expect(types).not.toContain('decision_refused');
    });

    test('rejects, or modifies, with the words that the page names', async () => {
      const first = await gated({ turns: [{ calls: [DELETE] }, DONE] });
      const rejection = { ...signed(templateOn(first.page)), decision: 'rejected' };
      await paste(first.session, { ...rejection, rationale: 'Legal hold.' });
      await world().holdpoint.result(first.session);
      expect(world().desk.executionsOf(first.session)).toEqual([]);
      const second = await gated({ turns: [{ calls: [DELETE] }, DONE] });
      const change = { decision: 'modified', modifications: { id: 'c-2' } };
      await paste(second.session, { ...signed(templateOn(second.page)), ...change });
      await world().holdpoint.result(second.session);
      expect(world().desk.executionsOf(second.session)).toMatchObject([{ args: { id: 'c-2' } }]);
    });

    test('for a question: it asks for the words of the answer too, and is refused without them', async () => {
      const heard: string[] = [];
      const ask = { name: 'ask_person', arguments: { question: 'Which of the two?' } };
      const { session, page } = await gated({
        turns: [
          { calls: [ask] },
          ({ messages }) => {
            heard.push(messages.at(-1)?.text ?? '');
            return DONE;
          },
        ],
      });
      expect(cellsOf(page)['Kind']).toBe('question');
      await paste(session, signed(templateOn(page)));
      await until('the refusal is recorded', async () => {
        const events = await world().trail(session);
        return events.some((event) => event.details?.['code'] === 'MALFORMED');
      });
      await paste(session, { ...signed(templateOn(page)), modifications: { answer: 'cus-42' } });
      await world().holdpoint.result(session);
      expect(heard).toEqual(['cus-42']);
    });

    test('for an answer that is not sure: it delivers it', async () => {
      const { session, page } = await gated({
        turns: [{ text: 'Probably 42.' }],
        confidence: '0.52',
      });
      expect(cellsOf(page)).toMatchObject({ Kind: 'answer', Confidence: '0.52' });
      await paste(session, signed(templateOn(page)));
      expect(await world().holdpoint.result(session)).toMatchObject({ answer: 'Probably 42.' });
    });
  });

  /** A lone surrogate, or too many bytes, is no argument at all: such a call goes back to the model. */
  const texts = Object.entries(HOSTILE).filter(
    ([, text]) => !/\p{Surrogate}/u.test(text) && text.length < PAYLOAD_BYTES_MAX / 2,
  );

  test('H6: whatever a payload or the agent says, nothing gets out of its place, and the decision is the page’s own', async () => {
    for (const [what, text] of texts) {
      const call = { name: 'delete_record', arguments: { id: text } };
      const { session, gate, page } = await gated({ turns: [{ text, calls: [call] }, DONE] });
      expect(strayLines(page), what).toEqual([]);
      expect(page, what).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(utf8Length(page), what).toBeLessThanOrEqual(PAGE_BYTES_MAX);
      const { lines } = parsed(page);
      expect(
        lines.filter((line) => line.startsWith('#')),
        what,
      ).toHaveLength(2);
      const { gateId, runId, payloadDigest: digest } = gate;
      expect(cellsOf(page), what).toMatchObject({
        Reversibility: 'irreversible',
        'Payload digest': digest,
      });
      expect(signed(templateOn(page)), what).toMatchObject({
        gateId,
        runId,
        payloadDigest: digest,
        decision: 'approved',
        reviewerId: REVIEWER,
      });
      await world().holdpoint.cancel(session, OPERATOR);
    }
  });

  test('every message of a session says what it does and what it takes', async () => {
    const { session, gate } = await gated({ turns: [{ calls: [DELETE] }, DONE] });
    const { definition } = await metadataOf(world(), session);
    const described = (list: readonly Described[]): Readonly<Record<string, string>> =>
      Object.fromEntries(list.map(({ name = '', description = '' }) => [name, description]));
    const signals = described(definition.signalDefinitions);
    const updates = described(definition.updateDefinitions);
    const queries = described(definition.queryDefinitions);
    for (const [of, names] of [
      [signals, Object.values(SIGNALS)],
      [updates, Object.values(UPDATES)],
      [queries, Object.values(QUERIES)],
    ] as const) {
      for (const name of names) expect(of[name], name).toMatch(/\S.{15,}/u);
    }
    for (const field of Object.keys(signed(templateOn(await pageOf(world(), session)))))
      expect(signals[SIGNALS.decide]).toContain(`"${field}"`);
    for (const verb of [SIGNALS.pause, SIGNALS.resume, SIGNALS.cancel, SIGNALS.instruct]) {
      expect(signals[verb]).toContain('"operatorId", "reason"');
      expect(updates[verb]).toBe(signals[verb]);
    }
    await reject(session, gate);
  });

  test('the history says in words what the session is for, what each turn and tool call is, and what each timer waits for', async () => {
    const goal = `Close the account of c-1 ${crypto.randomUUID()}`;
    world().desk.play(goal, { turns: [{ calls: [DELETE] }, DONE] });
    const session = await world().holdpoint.start({ goal, agentId: 'a', requesterId: 'requester' });
    const gate = await world().oneGate(session);
    await world().decide(session, gate, { decision: 'modified', modifications: { id: 'c-2' } });
    await world().holdpoint.result(session);
    const { client } = world();
    const { events } = await client.workflow.getHandle(session).fetchHistory();
    const converter = client.options.loadedDataConverter.payloadConverter;
    const summaries = (events ?? []).flatMap((event) => {
      const of =
        event.activityTaskScheduledEventAttributes?.activityType?.name ??
        (event.timerStartedEventAttributes == null ? undefined : 'timer') ??
        (event.workflowExecutionStartedEventAttributes == null ? undefined : 'session');
      const { summary } = event.userMetadata ?? {};
      const text = summary == null ? undefined : converter.fromPayload<string>(summary);
      return of === undefined ? [] : [[of, text]];
    });
    const due = new Date(Number(gate.respondBy)).toISOString();
    expect(summaries).toContainEqual(['session', goal]);
    expect(summaries).toContainEqual(['modelTurn', 'turn 1']);
    expect(summaries).toContainEqual(['prepareAction', 'as modified: delete_record']);
    expect(summaries).toContainEqual(['delete_record', 'Delete record: id = "c-2"']);
    expect(summaries).toContainEqual(['timer', `next gate deadline ${due}`]);
    expect(summaries.filter(([of]) => of === 'timer').every(([, text]) => text)).toBe(true);
  });

  test('words of any length and script fit where Temporal bounds them', async () => {
    const goal = `${'漢'.repeat(199)}😀 ${crypto.randomUUID()}`;
    const call = { name: 'create_draft', arguments: { text: '漢😀'.repeat(400) } };
    world().desk.play(goal, { turns: [{ calls: [call] }, DONE] });
    const session = await world().holdpoint.start({ goal, agentId: 'a' });
    expect(await world().holdpoint.result(session)).toMatchObject({ status: 'completed' });
    const { events } = await world().client.workflow.getHandle(session).fetchHistory();
    const bytes = (events ?? []).map(
      ({ userMetadata }) => userMetadata?.summary?.data?.length ?? 0,
    );
    expect(Math.max(...bytes)).toBeLessThanOrEqual(400);
  });
});

modes(
  'the review page of a policy that names reviewers',
  (world) => {
    test('names who may decide', async () => {
      const session = await world().start({ turns: [{ calls: [REFUND] }, DONE] });
      const gate = await world().oneGate(session);
      const page = await pageOf(world(), session);
      expect(cellsOf(page)).toMatchObject({
        Value: '150',
        'Who may decide': 'dana, dirk',
        'If nobody answers': 'the next tier is asked',
      });
      await world().decide(session, gate, { decision: 'rejected', reviewerId: 'dirk' });
      await world().holdpoint.result(session);
    });
  },
  { policy: NAMED_REVIEWERS },
);
