/**
 * What a browser, or a page of somebody else in it, can not do: nothing changes but by a request that the inbox itself
 * sent for this very login, and nobody is logged in by what is not a login of this gateway.
 */
import { randomBytes } from 'node:crypto';
import { EncryptJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Vault } from '../../gateway/index.ts';
import { newLogin, sealLogin } from '../../gateway/login/login-session.ts';
import type { Browser, BrowserRequest } from './browser.ts';
import { gatePath, type InboxWorld, LIFETIME, openInboxWorld, SECRET } from './inbox-world.ts';

const COOKIE = 'holdpoint';
const ELSEWHERE = 'https://attacker.example';

let inbox: InboxWorld;
let sessionId: string;
let path: string;
let decision: Record<string, string>;
beforeAll(async () => {
  inbox = await openInboxWorld();
  sessionId = await inbox.world.start({
    turns: [
      { text: 'x', calls: [{ name: 'delete_record', arguments: { id: 'c-17' } }] },
      { text: 'Done.' },
    ],
  });
  const gate = await inbox.world.oneGate(sessionId);
  const { gateId, runId, payloadDigest } = gate;
  path = gatePath({ sessionId, gateId });
  decision = { runId, payloadDigest, decision: 'approved' };
});
afterAll(async () => {
  // Whatever was tried, the gate waits, and nothing ran.
  expect(await inbox.world.holdpoint.gates(sessionId)).toHaveLength(1);
  expect(inbox.world.desk.executionsOf(sessionId)).toEqual([]);
  const types = (await inbox.world.trail(sessionId)).map(({ eventType }) => eventType);
  expect(types).toEqual(['started', 'gate_presented']);
  await inbox.close();
});

describe('a decision of who is logged in', () => {
  const attacks: readonly (readonly [string, BrowserRequest])[] = [
    ['from another origin', { headers: { origin: ELSEWHERE } }],
    ['from another origin, as browsers say', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['from another subdomain', { headers: { 'sec-fetch-site': 'same-site' } }],
    ['from no origin at all', { headers: { origin: undefined } }],
    ['from an origin that hides itself', { headers: { origin: 'null' } }],
    ['of an origin that only begins alike', { headers: { origin: 'http://127.0.0.1' } }],
    ['without the token against forgery', { headers: { 'x-holdpoint-csrf': undefined } }],
    ['with the token of another login', { headers: { 'x-holdpoint-csrf': 'A'.repeat(22) } }],
  ];
  test.each(attacks)('%s is refused, and changes nothing', async (_what, request) => {
    const rita = await inbox.browser('rita');
    const { status, body } = await rita.post(`${path}/decide`, decision, request);
    expect(status).toBe(403);
    expect(body.code).toBe('CROSS_SITE');
  });

  const types: readonly (readonly [string | undefined, string])[] = [
    ['text/plain', JSON.stringify({})],
    ['text/plain;charset=UTF-8', JSON.stringify({})],
    ['application/x-www-form-urlencoded', 'decision=approved'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/json; charset=utf-16', '{}'],
    ['text/json', '{}'],
    [undefined, '{}'],
  ];
  test.each(types)('as %s is not read', async (type, raw) => {
    const rita = await inbox.browser('rita');
    for (const target of [`${path}/decide`, `/v1/sessions/${sessionId}/operate`, '/auth/logout']) {
      const request = { raw, headers: { 'content-type': type } };
      const { status, body } = await rita.send('POST', target, request);
      expect([status, body.code], target).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
    expect((await rita.me()).as).toBe('login');
  });

  test('that is named by an override of the method stays what it is', async () => {
    const rita = await inbox.browser('rita');
    const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'];
    for (const name of overrides) {
      const answer = await rita.get(`${path}/decide?_method=POST`, { headers: { [name]: 'POST' } });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('POST');
    }
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect((await rita.send(method, `${path}/decide`, { body: decision })).status).toBe(405);
    }
  });

  test('is allowed to no page of another origin: no answer says so', async () => {
    const rita = await inbox.browser('rita');
    const asked = await rita.send('OPTIONS', `${path}/decide`, {
      headers: { origin: ELSEWHERE, 'access-control-request-method': 'POST' },
    });
    const read = await rita.get('/v1/me', { headers: { origin: ELSEWHERE } });
    for (const { headers } of [asked, read]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });
});

describe('what only reads', () => {
  test('is answered to the page itself and to who types the address, and to no other site', async () => {
    const rita = await inbox.browser('rita');
    const at = async (site: string): Promise<number> =>
      (await rita.get(path, { headers: { 'sec-fetch-site': site } })).status;
    expect([await at('same-origin'), await at('none')]).toEqual([200, 200]);
    expect([await at('cross-site'), await at('same-site')]).toEqual([403, 403]);
  });

  test('changes nothing by GET and HEAD, whatever is asked for, however often', async () => {
    const rita = await inbox.browser('rita');
    const routes = Object.entries(
      (await rita.get('/openapi.json')).body.paths as Record<string, object>,
    );
    const targets = routes.flatMap(([route, operations]) =>
      'get' in operations && !route.endsWith('/events') ? [concrete(route)] : [],
    );
    expect(targets.length).toBeGreaterThan(15);
    for (const target of targets) {
      for (const method of ['GET', 'HEAD', 'GET']) await rita.send(method, target);
    }
  });

  test.each(['/v1/events', '/auth/login', '/auth/callback?code=x&state=y'])(
    'HEAD %s is not answered as a GET: it would use something up',
    async (target) => {
      const rita = await inbox.browser('rita');
      expect((await rita.send('HEAD', target)).status).toBe(405);
    },
  );

  function concrete(route: string): string {
    return route
      .replace('/v1/sessions/{sessionId}/gates/{gateId}', path)
      .replace('{sessionId}', sessionId)
      .replaceAll(/\{\w+\}/g, 'none');
  }
});

describe('a crawler without a login', () => {
  test('that follows every address and submits every form decides nothing', async () => {
    const nobody = await inbox.browser();
    const body = { ...decision, reviewerId: 'rita', csrfToken: 'x' };
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) {
      for (const target of [
        path,
        `${path}/decide`,
        `${path}/decide?decision=approved`,
        `/sessions/${sessionId}`,
      ]) {
        const { status } = await nobody.send(method, target, { body });
        expect([200, 401, 404, 405], `${method} ${target}`).toContain(status);
      }
    }
    expect((await nobody.get(path)).body.code).toBe('UNAUTHENTICATED');
  });
});

describe('a cookie', () => {
  /** As it would be sealed, if that were all that it took. */
  const cookies: readonly (readonly [string, () => Promise<string>])[] = [
    ['of another secret', async () => sealed(new Vault(['another secret, of 32 characters too']))],
    ['that is over', async () => sealed(new Vault([SECRET]), { expiresAt: Date.now() - 1_000 })],
    [
      'that was idle for too long',
      async () => sealed(new Vault([SECRET]), { seenAt: Date.now() - LIFETIME.idleMs - 1 }),
    ],
    ['of a login of another kind', async () => sealed(new Vault([SECRET]), { kind: 'oidc' })],
    [
      'for something else',
      async () =>
        new Vault([SECRET]).seal(
          { ...newLogin(RITA, LIFETIME, Date.now()) },
          { audience: 'attempt', expiresAt: Date.now() + 60_000 },
        ),
    ],
    [
      'that names nobody',
      async () =>
        new Vault([SECRET]).seal({}, { audience: 'login', expiresAt: Date.now() + 60_000 }),
    ],
    [
      'with an account that can be none',
      async () => sealed(new Vault([SECRET]), { account: 'rita\u202e' }),
    ],
    ['that is not encrypted', async () => unsigned()],
    ['that is random', async () => randomBytes(300).toString('base64url')],
    ['that is empty', async () => ''],
    ['that is much too long', async () => 'x'.repeat(6_000)],
  ];
  const RITA = { kind: 'development', account: 'rita', groups: [] } as const;

  async function sealed(vault: Vault, changes: object = {}): Promise<string> {
    return sealLogin(vault, { ...newLogin(RITA, LIFETIME, Date.now()), ...changes });
  }

  function unsigned(): string {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part({ alg: 'none' })}.${part({ account: 'rita', groups: [] })}.`;
  }

  test.each(cookies)('%s lets nobody in', async (_what, make) => {
    const value = await make();
    const nobody = await inbox.browser();
    const answer = await nobody.get('/v1/me', { headers: { cookie: `${COOKIE}=${value}` } });
    expect(answer.status).toBe(200);
    expect(answer.body.as).toBe('nobody');
  });

  test('whose every byte matters: one that is another lets nobody in', async () => {
    const value = await sealed(new Vault([SECRET]));
    const nobody = await inbox.browser();
    const as = async (cookie: string): Promise<string> =>
      (await nobody.get('/v1/me', { headers: { cookie: `${COOKIE}=${cookie}` } })).body.as;
    expect(await as(value)).toBe('login');
    // The last characters of base64url may hold bits that count for nothing.
    for (let at = 0; at < value.length - 2; at += 7) {
      const other = value[at] === 'A' ? 'B' : 'A';
      expect(await as(value.slice(0, at) + other + value.slice(at + 1)), String(at)).toBe('nobody');
    }
  });

  test('with another way of encryption in its header is not looked at', async () => {
    const key = randomBytes(32);
    const claims = { ...newLogin(RITA, LIFETIME, Date.now()) };
    const value = await new EncryptJWT(claims)
      .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM' })
      .setAudience('login')
      .setExpirationTime('1h')
      .encrypt(key);
    const nobody = await inbox.browser();
    const { body } = await nobody.get('/v1/me', { headers: { cookie: `${COOKIE}=${value}` } });
    expect(body.as).toBe('nobody');
  });

  test('is read by no script, sent to no other site, and over plain HTTP only here', async () => {
    const rita = await inbox.browser('rita');
    const cookie = rita.cookies.get(COOKIE);
    expect([...(cookie?.attributes.keys() ?? [])].toSorted()).toEqual(
      ['httponly', 'max-age', 'path', 'samesite'].toSorted(),
    );
    expect(cookie?.attributes.get('samesite')).toBe('Strict');
    expect(cookie?.attributes.get('path')).toBe('/');
  });

  test('that was there before a login is none of it afterwards: no session is fixed', async () => {
    const [mallory, victim] = [await inbox.browser('mallory'), await inbox.browser()];
    for (const [name, cookie] of mallory.cookies) victim.cookies.set(name, cookie);
    await victim.logIn('rita');
    expect(victim.cookies.get(COOKIE)?.value).not.toBe(mallory.cookies.get(COOKIE)?.value);
    expect(victim.csrfToken).not.toBe(mallory.csrfToken);
    expect((await mallory.me()).subject).toBe('mallory');
    expect((await victim.me()).subject).toBe('rita');
  });

  test('of a login that was ended lets nobody in any more, a copy of it neither', async () => {
    const rita = await inbox.browser('rita');
    const copy = `${COOKIE}=${rita.cookies.get(COOKIE)?.value}`;
    await rita.post('/auth/logout');
    expect(rita.cookies.has(COOKIE)).toBe(false);
    const { body } = await (await inbox.browser()).get('/v1/me', { headers: { cookie: copy } });
    expect(body.as).toBe('nobody');
  });

  test('outlives the gateway; a new secret takes it until the old one is gone', async () => {
    const rita = await inbox.browser('rita');
    const again = async (secrets: readonly string[]): Promise<string> => {
      await inbox.restart({ login: { vault: new Vault(secrets), lifetime: LIFETIME } });
      return (await rita.get('/v1/me')).body.as;
    };
    const next = 'the next secret, of 32 characters as well';
    expect(await again([SECRET])).toBe('login');
    expect(await again([next, SECRET])).toBe('login');
    expect(await again([next])).toBe('nobody');
    const dana = await inbox.browser('dana');
    expect((await dana.me()).subject).toBe('dana');
    await inbox.restart();
  });
});

describe('the development login', () => {
  test.each([
    ['of another page', { headers: { origin: ELSEWHERE } }],
    ['of a form', { headers: { 'content-type': 'text/plain' } }],
    ['of no page', { headers: { origin: undefined } }],
  ] as const)('%s is refused', async (_what, request) => {
    const nobody = await inbox.browser();
    const { status } = await nobody.post('/auth/development', { name: 'rita' }, request);
    expect([403, 415]).toContain(status);
    expect(nobody.cookies.size).toBe(0);
  });

  test('takes a name that can be an account, and no other', async () => {
    const nobody = await inbox.browser();
    for (const name of ['', ' ', 'rita ', 'rita\u200b', 'x'.repeat(201), 7, undefined]) {
      const { body } = await nobody.post('/auth/development', { name });
      expect(body.code, JSON.stringify(name)).toBe('MALFORMED');
    }
    const groups = Array.from({ length: 65 }, (_, n) => `g${n}`);
    expect((await nobody.post('/auth/development', { name: 'x', groups })).status).toBe(400);
  });

  test('with more groups than a cookie holds says so, and logs nobody in', async () => {
    const nobody = await inbox.browser();
    const groups = Array.from({ length: 64 }, (_, n) => `${n}-${'g'.repeat(150)}`);
    const { body } = await nobody.post('/auth/development', { name: 'x', groups });
    expect(body.code).toBe('LOGIN_FAILED');
    expect(nobody.cookies.size).toBe(0);
  });

  test('warns with every answer of who is logged in', async () => {
    expect((await (await inbox.browser()).me()).warning).toMatch(/anybody/i);
    expect((await (await inbox.browser('rita')).me()).warning).toMatch(/anybody/i);
  });
});

describe('every answer', () => {
  test.each(['/', '/v1/me', '/v1/none', '/assets/none.js', '/sessions/x', '/openapi.json'])(
    'to %s is framed by nobody, sniffed by nobody, and says nothing to whom it links',
    async (target) => {
      const { headers } = await (
        await inbox.browser()
      ).get(target, {
        headers: { accept: 'text/html,*/*' },
      });
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
      expect(headers.has('server')).toBe(false);
    },
  );

  test('of the API is stored by nobody', async () => {
    for (const target of ['/v1/me', '/v1/pending', path]) {
      const { headers } = await (await inbox.browser('rita')).get(target);
      expect(headers.get('cache-control'), target).toBe('no-store');
    }
  });
});

test('a token is sent by a program that meant it: no origin or token against forgery is asked of it', async () => {
  const { body } = await inbox.program('nobody-knows').send('GET', '/v1/pending');
  expect(body.code).toBe('UNAUTHENTICATED');
  const rita: Browser = await inbox.browser('rita');
  const wrong = await rita.get('/v1/me', { headers: { authorization: 'Bearer hp_wrong' } });
  expect(wrong.body.code).toBe('UNAUTHENTICATED');
});
