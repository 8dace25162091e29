/**
 * The inbox's API, as its pages use it: on real Temporal, with a real worker and evidence store. Every answer of every
 * request here, and in the other files that use this world, is held to the contract.
 */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyChain } from '../../domain/index.ts';
import { hashOf } from '../../domain/audit/audit-event.ts';
import { readTrustedKeys } from '../../domain/proof/trusted-key.ts';
import { digestOfText } from '../../domain/text/digest.ts';
import { INBOX_ROUTES } from '../../gateway/api/routes.ts';
import { deskPolicy, type Script } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { AGENT } from '../support/world.ts';
import type { Browser, BrowserAnswer } from './browser.ts';
import { gatePath, type InboxWorld, openInboxWorld } from './inbox-world.ts';
import { DELETE, sessionBehaviour, shown, type Waiting } from './session-behaviour.ts';

const REFUND: Script = {
  turns: [
    {
      text: 'They want it back.',
      calls: [{ name: 'refund', arguments: { order: 'o-1', amount: 500 } }],
    },
    { text: 'Done.' },
  ],
};

let inbox: InboxWorld;
let rita: Browser;
beforeAll(async () => {
  inbox = await openInboxWorld({
    policy: deskPolicy({
      tools: {
        search: { readOnly: true },
        glance: { readOnly: true },
        refund: {
          reversibility: 'partially_reversible',
          value: '/amount',
          allowedModifications: ['amount'],
        },
      },
      separationOfDuties: { modifierMayDecide: false },
      grants: { timesMax: 3, withinMs: 3_600_000 },
    }),
    tokens: { ci: ['gates:request', 'gates:read', 'gates:decide'] },
  });
  rita = await inbox.browser('rita', ['desk']);
});
afterAll(async () => inbox.close());

/** A session that waits, and its one gate. */
async function waiting(script: Script = DELETE): Promise<Waiting> {
  const sessionId = await inbox.world.start(script);
  const { gateId } = await inbox.world.oneGate(sessionId);
  return { sessionId, gateId, path: gatePath({ sessionId, gateId }) };
}

async function gateIn(list: Browser, gateId: string): Promise<Record<string, unknown>> {
  return until('the gate in the list', async () => {
    const { body } = await list.get('/v1/pending?limit=200');
    return body.gates.find((gate: { gateId: string }) => gate.gateId === gateId);
  });
}

describe('a gate', () => {
  test('is shown facts first, with the exact bytes, and whether this login may decide it (H1)', async () => {
    const { path, gateId, sessionId } = await waiting();
    const { status, body } = await rita.get(path);
    expect(status).toBe(200);
    expect(Object.keys(body).slice(0, 3)).toEqual(['status', 'facts', 'open']);
    expect(body).toMatchObject({
      status: 'pending',
      facts: {
        gateId,
        sessionId,
        agentId: AGENT,
        requesterId: 'requester',
        kind: 'action',
        actionType: 'delete_record',
        estimatedImpact: 'high',
      },
      open: { decisionsNeeded: 1, reviewers: 'anyone', ifNobodyAnswers: 'it does not run' },
      payload: { id: 'c-17', reason: 'double' },
      agentSays: 'It is a duplicate.',
      you: { may: 'yes' },
      isIntact: true,
      toolSchema: { type: 'object', required: ['id'] },
      related: [],
    });
    expect(digestOfText(body.canonical)).toBe(body.payloadDigest);
    expect(body.fingerprint).toMatch(/^\d{5}( \d{5}){3}$/);
    const { body: again } = await (await inbox.browser('requester')).get(path);
    expect(again.you).toMatchObject({ may: 'no', code: 'SELF_APPROVAL' });
  });

  test('is decided, runs once, and is shown afterwards as it ended', async () => {
    const { path, sessionId } = await waiting();
    const looked = await rita.get(path);
    const decision = { ...shown(looked), decision: 'approved', rationale: 'Looked it up.' };
    const { status, body } = await rita.post(`${path}/decide`, decision);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'decided',
      isSigned: true,
      outcome: { status: 'approved', reviewerId: 'rita' },
    });
    await inbox.world.holdpoint.result(sessionId);
    expect(inbox.world.desk.executionsOf(sessionId)).toHaveLength(1);
    const { body: ended } = await rita.get(path);
    expect(ended).toMatchObject({
      status: 'approved',
      facts: looked.body.facts,
      payload: looked.body.payload,
      agentSays: 'It is a duplicate.',
      outcome: { status: 'approved', reviewerId: 'rita', rationale: 'Looked it up.' },
      you: { may: 'no' },
      isIntact: true,
    });
    expect(ended).not.toHaveProperty('open');
  });

  test('that somebody has decided tells who comes later how, as a problem', async () => {
    const { path } = await waiting();
    const looked = await rita.get(path);
    await rita.post(`${path}/decide`, { ...shown(looked), decision: 'rejected', rationale: 'no' });
    const dana = await inbox.browser('dana');
    const { status, body } = await dana.post(`${path}/decide`, {
      ...shown(looked),
      decision: 'approved',
    });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'ALREADY_DECIDED',
      outcome: { status: 'rejected', reviewerId: 'rita' },
    });
  });

  test('whose payload a reviewer changed asks somebody else, and shows what it was (H5)', async () => {
    const { path, sessionId } = await waiting(REFUND);
    const looked = await rita.get(path);
    expect(looked.body.open.allowedModifications).toEqual(['amount']);
    await rita.post(`${path}/decide`, {
      ...shown(looked),
      decision: 'modified',
      modifications: { amount: 400 },
      rationale: 'a part of it',
    });
    const second = await until('the second gate', async () => {
      const [gate] = await inbox.world.holdpoint.gates(sessionId);
      return gate !== undefined && !path.endsWith(gate.gateId) && gate;
    });
    const { body } = await rita.get(gatePath(second));
    expect(body).toMatchObject({
      payload: { amount: 400 },
      previous: { payload: { amount: 500 }, changedBy: 'rita', rationale: 'a part of it' },
      you: { may: 'no', code: 'SELF_APPROVAL' },
      related: [{ status: 'modified', reviewerId: 'rita' }],
    });
    expect(body.open.barred).toEqual(['rita']);
  });

  test('is claimed and given back, and the list says who has it', async () => {
    const { path, gateId } = await waiting();
    // A name of this test's own: others claim on the same server.
    const clara = await inbox.browser('clara');
    expect((await clara.post(`${path}/claim`, { reason: 'mine' })).body).toMatchObject({
      status: 'done',
    });
    const dana = await inbox.browser('dana');
    expect((await dana.post(`${path}/claim`)).body).toMatchObject({ code: 'CLAIMED' });
    await until(
      'the claim in the list',
      async () => (await gateIn(clara, gateId))['claimedBy'] === 'clara',
    );
    const { body: mine } = await clara.get('/v1/pending?claimed=me');
    expect(mine.gates.map((gate: { gateId: string }) => gate.gateId)).toEqual([gateId]);
    expect((await dana.post(`${path}/release`)).body).toMatchObject({ code: 'NOT_CLAIMED' });
    expect((await clara.post(`${path}/release`)).status).toBe(200);
  });

  test('that nobody knows is not found, whatever its name', async () => {
    const { sessionId } = await waiting();
    for (const path of [
      gatePath({ sessionId, gateId: 'none' }),
      gatePath({ sessionId: 'no/such session', gateId: 'none' }),
      gatePath({ sessionId, gateId: '\u202e' }),
      gatePath({ sessionId, gateId: '../../me' }),
    ]) {
      expect((await rita.get(path)).body, path).toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  test('is in the log of who was shown which bytes, and nothing of the bytes', async () => {
    const { path, sessionId, gateId } = await waiting();
    const { body } = await rita.get(path);
    const entry = { subject: 'rita', sessionId, gateId, payloadDigest: body.payloadDigest };
    expect(inbox.shown).toContainEqual(entry);
    expect(JSON.stringify([inbox.log, inbox.shown])).not.toContain('c-17');
  });
});

describe('a session', () => sessionBehaviour(() => ({ inbox, rita, waiting })));

describe('a trail', () => {
  test('is told whole, with what was checked of it; and is text, and a file (H8)', async () => {
    const { path, sessionId } = await waiting();
    await rita.post(`${path}/decide`, { ...shown(await rita.get(path)), decision: 'approved' });
    await inbox.world.holdpoint.result(sessionId);
    const { body } = await rita.get(`/v1/sessions/${sessionId}/audit`);
    const events = body.trail.map(({ event }: { event: never }) => event);
    expect(verifyChain(events)).toBeUndefined();
    const { hash, ...hashed } = events.at(-1);
    expect(hashOf(hashed)).toBe(hash);
    expect(body.verification).toEqual({
      holds: true,
      events: events.length,
      head: hash,
      isWhole: true,
      evidence: 'agrees',
    });
    const report = await rita.get(`/v1/sessions/${sessionId}/report`);
    expect(report.text).toContain('delete_record → approved (reviewer: rita)');
    const file = await rita.get(`/v1/sessions/${sessionId}/export`);
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="holdpoint-/);
    expect(file.body).toMatchObject({
      format: 'holdpoint-session',
      exportedBy: 'rita',
      trail: body.trail,
      ledger: [{ state: 'done' }],
    });
    expect((await rita.get('/v1/sessions/none/audit')).body.code).toBe('NOT_FOUND');
  });

  test('of a session that Temporal has deleted is told by the evidence store', async () => {
    const { path, sessionId } = await waiting();
    const looked = await rita.get(path);
    await rita.post(`${path}/decide`, { ...shown(looked), decision: 'rejected', rationale: 'no' });
    await inbox.world.holdpoint.result(sessionId);
    const before = (await rita.get(`/v1/sessions/${sessionId}/audit`)).body;
    const { client } = inbox.world;
    await client.workflowService.deleteWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: sessionId },
    });
    const audit = await until(
      'the history to be gone',
      async () => {
        const { body } = await rita.get(`/v1/sessions/${sessionId}/audit`);
        return body.source === 'evidence' && body;
      },
      50_000,
    );
    expect(audit.verification).toMatchObject({ holds: true, isWhole: true });
    const hashes = (of: { trail: { event: { hash: string } }[] }): string[] =>
      of.trail.map(({ event }) => event.hash);
    expect(hashes(audit)).toEqual(hashes(before));
    expect((await rita.get(path)).body).toMatchObject({
      status: 'rejected',
      payload: looked.body.payload,
    });
    expect((await rita.get(`/v1/sessions/${sessionId}`)).body.code).toBe('NOT_FOUND');
  });
});

describe('the queue', () => {
  test('is filtered, searched and paged, and counts what waits', async () => {
    const { gateId, sessionId } = await waiting(REFUND);
    await gateIn(rita, gateId);
    const list = async (query: string): Promise<BrowserAnswer['body']> =>
      (await rita.get(`/v1/pending?${query}`)).body;
    const ids = async (query: string): Promise<string[]> =>
      (await list(query)).gates.map((gate: { gateId: string }) => gate.gateId);
    expect(await ids(`under=${sessionId}`)).toEqual([gateId]);
    expect(await ids(`under=${sessionId}&search=REFUND%20o-1`)).toEqual([gateId]);
    expect(await ids(`under=${sessionId}&search=refund%20o-2`)).toEqual([]);
    expect(await ids(`under=${sessionId}&tier=async_review&tier=escalation`)).toEqual([gateId]);
    expect(await ids(`under=${sessionId}&tier=synchronous_gate`)).toEqual([]);
    expect(await ids(`under=${sessionId}&agent=${AGENT}&kind=action&claimed=nobody`)).toEqual([
      gateId,
    ]);
    expect(await ids(`under=${sessionId}&agent=other`)).toEqual([]);
    const all = await list('limit=200');
    expect(all.counts.gates).toBe(all.matched);
    expect(all.gates).toEqual(
      all.gates.toSorted(
        (a: { respondBy: number }, b: { respondBy: number }) => a.respondBy - b.respondBy,
      ),
    );
    // Gates of other tests come and go on the same server, between one page and the next.
    await until('the pages are the list', async () => {
      const whole = await ids('limit=200');
      const one = await list('limit=1');
      const rest = await ids(`limit=200&page=${one.nextPage}`);
      const [first] = one.gates;
      return isDeepStrictEqual([first.gateId, ...rest], whole);
    });
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'page=x',
    'kind=none',
    'claimed=yes',
    'teir=escalation',
  ])('does not take %s for something else', async (query) => {
    expect((await rita.get(`/v1/pending?${query}`)).body.code).toBe('MALFORMED');
  });
});

describe('the overview', () => {
  test('counts what waits by tier and age, and from the evidence how people decided', async () => {
    const { body } = await rita.get('/v1/overview?days=1');
    expect(body.open.byTier.length).toBeGreaterThan(0);
    const [tier] = body.open.byTier;
    const { under5Min, under1Hour, under1Day, over1Day } = tier.ages;
    expect(under5Min + under1Hour + under1Day + over1Day).toBe(tier.gates);
    expect(body.figures.all.approved).toBeGreaterThan(0);
    expect(body.figures.all.approvalRate).toBeGreaterThan(0);
    expect(body.figures.all.responseMs.p50).toBeGreaterThan(0);
    expect(body.sessions.started).toBeGreaterThan(0);
    expect((await rita.get('/v1/overview?days=91')).body.code).toBe('MALFORMED');
  });

  test('without an evidence store says so, and has the rest', async () => {
    await inbox.restart({}, 'evidence');
    const { body } = await rita.get('/v1/overview');
    expect(body).not.toHaveProperty('figures');
    expect(body.figuresMissing).toContain('HOLDPOINT_EVIDENCE_URL');
    expect((await rita.me()).evidence).toBe(false);
    // The workers are asked instead.
    expect((await rita.get('/v1/kills')).body).toMatchObject({ kills: [], count: 0 });
    await inbox.restart();
  });
});

test('the keys are what workers trust, and hold no private part', async () => {
  const { body } = await rita.get('/.well-known/holdpoint-keys.json');
  expect(readTrustedKeys(body)).toEqual({ ok: true, value: [inbox.key.publicKey] });
});

test('out and in again: a logout ends the login', async () => {
  const zoe = await inbox.browser('zoe');
  expect((await zoe.post('/auth/logout')).body).toEqual({});
  expect(await zoe.me()).toMatchObject({ as: 'nobody', login: { kind: 'development' } });
  expect((await zoe.get('/v1/pending')).body.code).toBe('UNAUTHENTICATED');
});

test('every operation of the contract was asked for here, and answered as it says', () => {
  const seen = new Set([...inbox.contract.seen].map((one) => one.split(' ')[0]));
  const streams = ['events', 'sessionEvents'];
  // With an OpenID provider: login.test.ts.
  const elsewhere = ['login', 'callback'];
  const missing = INBOX_ROUTES.map(({ operationId }) => operationId).filter(
    (one) => !seen.has(one) && ![...streams, ...elsewhere].includes(one),
  );
  expect(missing).toEqual([]);
});
