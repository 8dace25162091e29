/** Who may do what at the gateway: every role and every scope at every route that asks for one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Permission } from '../../gateway/api/me.ts';
import { INBOX_ROUTES } from '../../gateway/api/routes.ts';
import { SCOPE_OF, SCOPES } from '../../gateway/tokens.ts';
import { DEFAULT_ROLES, readRoles } from '../../gateway/roles.ts';
import type { BrowserAnswer } from './browser.ts';
import { gatePath, type InboxWorld, openInboxWorld } from './inbox-world.ts';

/** What each may, beside looking. */
const ROLE_GROUPS: Readonly<Record<string, Permission>> = {
  reviewers: 'decide',
  operators: 'operate',
  auditors: 'audit',
  killers: 'kill',
};

let inbox: InboxWorld;
let sessionId: string;
let path: string;
beforeAll(async () => {
  inbox = await openInboxWorld({
    gateway: {
      roles: {
        viewer: { groups: ['viewers'] },
        reviewer: { groups: ['reviewers'] },
        operator: { groups: ['operators'] },
        auditor: { groups: ['auditors'], people: ['audrey'] },
        killer: { groups: ['killers'] },
      },
    },
    tokens: { ...Object.fromEntries(SCOPES.map((scope) => [scope, [scope]])), all: [...SCOPES] },
  });
  sessionId = await inbox.world.start({
    turns: [
      { text: 'x', calls: [{ name: 'delete_record', arguments: { id: 'c-17' } }] },
      { text: 'Done.' },
    ],
  });
  path = gatePath(await inbox.world.oneGate(sessionId));
});
afterAll(async () => inbox.close());

/** Every route that asks for a permission; a stream is open once it is answered, and has files of its own. */
const ROUTES = INBOX_ROUTES.flatMap(({ method, path: route, permission, operationId }) =>
  permission === undefined || route.endsWith('/events')
    ? []
    : [{ method: method.toUpperCase(), route, permission, operationId }],
);

function concrete(route: string): string {
  return route
    .replace('/v1/sessions/{sessionId}/gates/{gateId}', path)
    .replace('{sessionId}', sessionId)
    .replaceAll(/\{\w+\}/g, 'none');
}

/** Whether it got past the door: nothing that is asked for here is well formed. */
function isIn({ status, body }: BrowserAnswer): boolean {
  return status !== 401 && body?.code !== 'ROLE_MISSING' && body?.code !== 'SCOPE_MISSING';
}

type Send = (method: string, target: string) => Promise<BrowserAnswer>;

async function permissionsOf(send: Send): Promise<readonly Permission[]> {
  const allowed = new Map<Permission, boolean>();
  for (const { method, route, permission, operationId } of ROUTES) {
    const answer = await send(method, concrete(route));
    const isAllowed = isIn(answer);
    expect(allowed.get(permission) ?? isAllowed, `${operationId} as its like`).toBe(isAllowed);
    allowed.set(permission, isAllowed);
  }
  return [...allowed].flatMap(([permission, isAllowed]) => (isAllowed ? [permission] : []));
}

describe('a login', () => {
  test('without a role may nothing, and is told which it takes', async () => {
    const nobody = await inbox.browser('nora', ['others']);
    expect(await permissionsOf(async (method, target) => nobody.send(method, target))).toEqual([]);
    const { status, body } = await nobody.get('/v1/pending');
    expect([status, body.code]).toEqual([403, 'ROLE_MISSING']);
    expect(body.detail).toContain('viewer, reviewer, operator, auditor, killer');
    expect(await nobody.me()).toMatchObject({ roles: [], may: [] });
  });

  test('of a viewer may look, and nothing else; nor does the gate take its word', async () => {
    const vera = await inbox.browser('vera', ['viewers']);
    expect(await permissionsOf(async (method, target) => vera.send(method, target))).toEqual([
      'view',
    ]);
    const { body } = await vera.get(path);
    expect(body.you).toMatchObject({ may: 'no', code: 'NOT_AUTHORIZED' });
  });

  test.each(Object.entries(ROLE_GROUPS))('in %s may look and %s', async (group, permission) => {
    const one = await inbox.browser('one', [group]);
    expect((await one.me()).may).toEqual(['view', permission]);
    const may = await permissionsOf(async (method, target) => one.send(method, target));
    const expected = ROUTES.some((route) => route.permission === permission)
      ? ['view', permission]
      : ['view'];
    expect([...may].toSorted()).toEqual(expected.toSorted());
  });

  test('has a role by its name as well, and several at once', async () => {
    expect((await (await inbox.browser('audrey')).me()).may).toEqual(['view', 'audit']);
    const both = await inbox.browser('both', ['reviewers', 'operators']);
    expect((await both.me()).roles).toEqual(['reviewer', 'operator']);
  });

  test('asks for no gate of its own, whatever its roles', async () => {
    const all = await inbox.browser('all', Object.keys(ROLE_GROUPS));
    const { body } = await all.post('/v1/gates', { actionType: 'x', arguments: {} });
    expect(body.code).toBe('ROLE_MISSING');
    expect(body.detail).toContain('gates:request');
  });
});

describe('a token', () => {
  test.each(SCOPES)('of scope %s may what that says, and nothing else', async (scope) => {
    const program = inbox.program(scope);
    const [permission] = Object.entries(SCOPE_OF).find(([, one]) => one === scope) ?? [];
    const { body } = await program.send('GET', '/v1/me');
    expect(body).toMatchObject({ as: 'token', subject: scope, roles: [scope], may: [permission] });
    const may = await permissionsOf(async (method, target) => program.send(method, target));
    const isServed = ROUTES.some((route) => route.permission === permission);
    expect(may).toEqual(isServed ? [permission] : []);
    const asked = await program.send('POST', '/v1/gates', {
      body: { actionType: 'x', arguments: {} },
      headers: { 'idempotency-key': scope },
    });
    expect(asked.body.code === 'SCOPE_MISSING').toBe(scope !== 'gates:request');
  });

  test('without the scope is told which it takes (SCOPE_MISSING)', async () => {
    const { status, body } = await inbox.program('gates:read').send('POST', `${path}/decide`, {
      body: {},
    });
    expect([status, body.code]).toEqual([403, 'SCOPE_MISSING']);
    expect(body.detail).toContain('gates:decide');
  });

  test('decides as its own subject, which nothing in the body changes (H6)', async () => {
    const id = await inbox.world.start({
      turns: [
        { text: 'x', calls: [{ name: 'delete_record', arguments: { id: 'c-18' } }] },
        { text: 'Done.' },
      ],
    });
    const gate = await inbox.world.oneGate(id);
    const { runId, payloadDigest } = gate;
    const decision = { runId, payloadDigest, decision: 'approved' };
    const target = `${gatePath(gate)}/decide`;
    const program = inbox.program('gates:decide');
    const forged = { ...decision, reviewerId: 'rita' };
    expect((await program.send('POST', target, { body: forged })).body.code).toBe('MALFORMED');
    const { body } = await program.send('POST', target, { body: decision });
    expect(body).toMatchObject({ status: 'decided', isSigned: false });
    expect(body.outcome.reviewerId).toBe('gates:decide');
  });
});

describe('HOLDPOINT_ROLES', () => {
  test('is a file or the JSON itself, and leaves the other roles as they are', async () => {
    const roles = await readRoles('{ "operator": { "groups": ["ops"] } }', DEFAULT_ROLES);
    expect(roles).toEqual({ ...DEFAULT_ROLES, operator: { groups: ['ops'] } });
    expect(await readRoles(undefined, DEFAULT_ROLES)).toEqual(DEFAULT_ROLES);
  });

  test.each([
    ['{ "operators": "anyone" }', 'operators'],
    ['{ "operator": { "group": ["ops"] } }', 'operator'],
    ['{ "operator": ["ops"] }', 'operator'],
    ['{', 'no JSON'],
  ])('%s is refused, and says why', async (text, named) => {
    await expect(readRoles(text, DEFAULT_ROLES)).rejects.toThrow(named);
  });
});
