/** Login by OpenID Connect against a real provider, a process of its own: what it takes, what it gives, what it refuses. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OidcLogin, type OidcSettings, Vault } from '../../gateway/index.ts';
import { DEFAULT_TIERS } from '../../domain/index.ts';
import { readProof } from '../../domain/proof/decision-proof.ts';
import { deskPolicy } from '../support/desk.ts';
import {
  CLIENT,
  type OpenIdProcess,
  ProviderPage,
  startOpenIdProvider,
} from '../support/openid-process.ts';
import type { Browser, BrowserAnswer } from './browser.ts';
import { gatePath, type InboxWorld, LIFETIME, openInboxWorld, SECRET } from './inbox-world.ts';

const ATTEMPT = 'holdpoint-attempt';

let provider: OpenIdProcess;
let inbox: InboxWorld;
beforeAll(async () => {
  provider = await startOpenIdProvider();
  inbox = await openInboxWorld({
    gateway: { login: loginBy({}) },
    policy: deskPolicy({
      tiers: DEFAULT_TIERS.map(({ reviewers: _anyone, ...tier }) => ({
        ...tier,
        groups: ['ops'],
        proof: 'signed' as const,
      })),
    }),
  });
});
afterAll(async () => {
  await inbox.close();
  await provider.close();
});

function loginBy(changes: Partial<OidcSettings>): {
  readonly vault: Vault;
  readonly lifetime: typeof LIFETIME;
  readonly oidc: OidcLogin;
} {
  const settings = {
    issuer: provider.issuer,
    ...CLIENT,
    scopes: 'openid profile email groups',
    accountClaim: 'email',
    groupsClaim: 'groups',
    ...changes,
  };
  return { vault: new Vault([SECRET]), lifetime: LIFETIME, oidc: new OidcLogin(settings) };
}

interface Typed {
  readonly login: string;
  readonly groups?: string;
  readonly acr?: string;
}

/** To the provider, and to the address that it sends the browser back to. */
async function atProvider(browser: Browser, typed: Typed, query = ''): Promise<string> {
  const begun = await browser.get(`/auth/login${query}`);
  expect(begun.status).toBe(302);
  return new ProviderPage().logIn(begun.headers.get('location') ?? '', typed);
}

/** As a browser sends it: the redirect began at another site. */
async function comeBack(browser: Browser, address: string, accept = '*/*'): Promise<BrowserAnswer> {
  const { pathname, search } = new URL(address);
  return browser.get(`${pathname}${search}`, {
    headers: { 'sec-fetch-site': 'cross-site', accept },
  });
}

async function logIn(browser: Browser, typed: Typed, query = ''): Promise<BrowserAnswer> {
  return comeBack(browser, await atProvider(browser, typed, query));
}

describe('a login', () => {
  test('asks the provider with PKCE, state and nonce, and for no more than it needs', async () => {
    const { headers } = await (await inbox.browser()).get('/auth/login');
    const url = new URL(headers.get('location') ?? '');
    expect(url.origin).toBe(provider.issuer);
    const asked = Object.fromEntries(url.searchParams);
    expect(asked).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${inbox.url}/auth/callback`,
      scope: 'openid profile email groups',
    });
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(asked[name]?.length).toBeGreaterThanOrEqual(32);
    }
    expect(asked).not.toHaveProperty('max_age');
  });

  test('gives the account, the person and the groups that the provider vouches for', async () => {
    const browser = await inbox.browser();
    const { status, text } = await logIn(browser, { login: 'rita', groups: 'desk,ops' });
    expect(status).toBe(200);
    expect(text).toContain('url=/"');
    expect(await browser.me()).toMatchObject({
      as: 'login',
      subject: 'rita@desk.example',
      person: 'rita',
      name: 'rita of the test',
      groups: ['desk', 'ops'],
      roles: ['viewer', 'reviewer', 'operator', 'auditor', 'killer'],
      acr: 'pwd',
      login: { kind: 'oidc', url: '/auth/login' },
    });
    expect(await browser.me()).not.toHaveProperty('warning');
  });

  test('survives a restart of the gateway', async () => {
    const browser = await inbox.browser();
    await logIn(browser, { login: 'rita' });
    await inbox.restart();
    expect((await browser.me()).subject).toBe('rita@desk.example');
  });

  test('comes back to a page of the inbox, and to no other place', async () => {
    const lead = async (returnTo: string): Promise<string> => {
      const browser = await inbox.browser();
      const query = `?returnTo=${encodeURIComponent(returnTo)}`;
      return (await logIn(browser, { login: 'rita' }, query)).text;
    };
    expect(await lead('/sessions/a?b=c#d')).toContain('href="/sessions/a?b=c#d"');
    for (const other of [
      '//attacker.example',
      'https://attacker.example/',
      '/\\attacker.example',
      'javascript:alert(1)',
      '/auth/login',
    ]) {
      expect(await lead(other), other).toContain('href="/"');
    }
    const hostile = await lead('/"><script>alert(1)</script>');
    expect(hostile).not.toContain('<script');
  });

  test('begins with a cookie that the way back gets, and ends without it', async () => {
    const browser = await inbox.browser();
    const back = await atProvider(browser, { login: 'rita' });
    const attributes = browser.cookies.get(ATTEMPT)?.attributes;
    expect(attributes?.get('samesite')).toBe('Lax');
    expect(attributes?.has('httponly')).toBe(true);
    await comeBack(browser, back);
    expect(browser.cookies.has(ATTEMPT)).toBe(false);
    expect(browser.cookies.get('holdpoint')?.attributes.get('samesite')).toBe('Strict');
  });
});

describe('what is no login', () => {
  const failed = async (browser: Browser, address: string): Promise<BrowserAnswer> => {
    const answer = await comeBack(browser, address);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('LOGIN_FAILED');
    expect((await browser.me()).as).toBe('nobody');
    return answer;
  };

  test('a code that another browser was given: its owner is nobody here (login CSRF)', async () => {
    const [mallory, victim] = [await inbox.browser(), await inbox.browser()];
    const back = await atProvider(mallory, { login: 'mallory' });
    await failed(victim, back);
    const own = await inbox.browser();
    await own.get('/auth/login');
    await failed(own, back);
  });

  test('a code that was used before, though its cookie was kept', async () => {
    const browser = await inbox.browser();
    const back = await atProvider(browser, { login: 'rita' });
    const kept = browser.cookies.get(ATTEMPT);
    await comeBack(browser, back);
    await browser.post(
      '/auth/logout',
      {},
      { headers: { 'x-holdpoint-csrf': (await browser.me()).csrfToken } },
    );
    if (kept !== undefined) browser.cookies.set(ATTEMPT, kept);
    await failed(browser, back);
  });

  test('an answer whose state, code or issuer is another one', async () => {
    for (const name of ['state', 'code', 'iss']) {
      const browser = await inbox.browser();
      const back = new URL(await atProvider(browser, { login: 'rita' }));
      back.searchParams.set(name, name === 'iss' ? 'https://other.example' : 'x'.repeat(40));
      await failed(browser, back.href);
    }
  });

  test('a person who says no: the page tells it, and nothing of it is markup', async () => {
    const browser = await inbox.browser();
    const back = await atProvider(browser, { login: 'nobody' });
    const page = await comeBack(browser, back, 'text/html');
    expect(page.status).toBe(400);
    expect(page.text).toContain('They would &lt;b&gt;not&lt;/b&gt; say');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  });

  test('an address that the provider has not verified', async () => {
    const browser = await inbox.browser();
    const back = await atProvider(browser, { login: 'unverified' });
    expect((await failed(browser, back)).body.detail).toContain('verified');
  });

  test('the development login, where there is a provider', async () => {
    const nobody = await inbox.browser();
    expect((await nobody.post('/auth/development', { name: 'rita' })).body.code).toBe(
      'NO_SUCH_LOGIN',
    );
  });
});

describe('set otherwise, a login', () => {
  test('takes the subject as the account, and keeps only the groups that count', async () => {
    await inbox.restart({ login: loginBy({ accountClaim: 'sub', groups: ['ops'] }) });
    const browser = await inbox.browser();
    await logIn(browser, { login: 'rita', groups: 'desk,ops,others' });
    const me = await browser.me();
    expect(me).toMatchObject({ subject: 'rita', groups: ['ops'] });
    expect(me).not.toHaveProperty('person');
  });

  test('that gives no such claim fails, and says which', async () => {
    await inbox.restart({ login: loginBy({ accountClaim: 'employee_number' }) });
    const browser = await inbox.browser();
    const { body } = await logIn(browser, { login: 'rita' });
    expect(body.detail).toContain('employee_number');
  });

  test('asks how long ago they proved who they are', async () => {
    await inbox.restart({ login: loginBy({ maxAgeS: 600 }) });
    const browser = await inbox.browser();
    const { headers } = await browser.get('/auth/login');
    expect(new URL(headers.get('location') ?? '').searchParams.get('max_age')).toBe('600');
    expect((await logIn(browser, { login: 'rita' })).status).toBe(200);
  });

  test('steps up: logs in anew, as strongly as was asked for, or not at all', async () => {
    await inbox.restart({ login: loginBy({ stepUpAcr: ['phr'] }) });
    const browser = await inbox.browser();
    await logIn(browser, { login: 'rita', acr: 'pwd' });
    expect((await browser.me()).acr).toBe('pwd');
    const weak = await logIn(browser, { login: 'rita', acr: 'pwd' }, '?stepUp=1');
    expect(weak.body.detail).toContain('phr');
    expect((await logIn(browser, { login: 'rita', acr: 'phr' }, '?stepUp=1')).status).toBe(200);
    expect((await browser.me()).acr).toBe('phr');
    const { headers } = await browser.get('/auth/login?stepUp=1');
    expect(Object.fromEntries(new URL(headers.get('location') ?? '').searchParams)).toMatchObject({
      prompt: 'login',
      acr_values: 'phr',
      max_age: '0',
    });
  });

  test('without its provider fails, and works as soon as it is back', async () => {
    const port = Number(new URL(provider.issuer).port);
    await provider.close();
    await inbox.restart({ login: loginBy({}) });
    const browser = await inbox.browser();
    const { status, body } = await browser.get('/auth/login');
    expect([status, body.code]).toEqual([502, 'PROVIDER_FAILED']);
    expect((await browser.get('/v1/me')).status).toBe(200);
    provider = await startOpenIdProvider(port);
    expect((await logIn(browser, { login: 'rita' })).status).toBe(200);
  });

  test('ends at the provider as well, where that can be', async () => {
    await inbox.restart();
    const browser = await inbox.browser();
    await logIn(browser, { login: 'rita' });
    await browser.me();
    const { body } = await browser.post('/auth/logout');
    expect(body.url).toContain(`${provider.issuer}/session/end`);
    expect(new URL(body.url).searchParams.get('post_logout_redirect_uri')).toBe(`${inbox.url}/`);
    expect((await browser.me()).as).toBe('nobody');
  });
});

describe('a tier that asks for proof', () => {
  test('takes what a person decides who is logged in, in the groups of their login (H1, H6)', async () => {
    const sessionId = await inbox.world.start({
      turns: [
        { text: 'x', calls: [{ name: 'delete_record', arguments: { id: 'c-17' } }] },
        { text: 'Done.' },
      ],
    });
    const gate = await inbox.world.oneGate(sessionId);
    const path = gatePath(gate);
    const { runId, payloadDigest } = gate;
    const decision = { runId, payloadDigest, decision: 'approved' };
    const [outsider, rita] = [await inbox.browser(), await inbox.browser()];
    await logIn(outsider, { login: 'olaf', groups: 'sales' });
    await outsider.me();
    expect((await outsider.get(path)).body.you).toMatchObject({
      may: 'no',
      code: 'NOT_AUTHORIZED',
    });
    expect((await outsider.post(`${path}/decide`, decision)).body.code).toBe('NOT_AUTHORIZED');
    await logIn(rita, { login: 'rita', groups: 'ops' });
    await rita.me();
    expect((await rita.get(path)).body).toMatchObject({
      open: { proof: 'signed' },
      you: { may: 'yes' },
    });
    const { body } = await rita.post(`${path}/decide`, decision);
    expect(body).toMatchObject({ status: 'decided', isSigned: true });
    await inbox.world.holdpoint.result(sessionId);
    expect(inbox.world.desk.executionsOf(sessionId)).toHaveLength(1);
    const approved = (await inbox.world.trail(sessionId)).find(
      ({ eventType }) => eventType === 'approved',
    );
    const { signature } = approved?.details ?? {};
    const proof = readProof(typeof signature === 'string' ? signature : '');
    expect(proof).toMatchObject({
      ok: true,
      value: {
        kid: inbox.key.publicKey.kid,
        claims: { sub: 'rita@desk.example', person: 'rita', groups: ['ops'], acr: 'pwd' },
      },
    });
    expect(approved?.details).toMatchObject({ proof: 'signed', person: 'rita', groups: ['ops'] });
  });
});
