/**
 * A real OpenID provider as a process of its own (oidc-provider), for tests of a login: whoever types a name is that
 * person, in the groups that they type. Prints its issuer when it answers. Started by openid-process.ts.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Configuration, type InteractionResults, Provider } from 'oidc-provider';

const HOST = '127.0.0.1';
/** Of each account: the groups that they typed last. */
const groupsOf = new Map<string, readonly string[]>();

const configuration: Configuration = {
  clients: [
    {
      client_id: 'gateway',
      client_secret: 'a secret of the gateway and its provider',
      // Any port of loopback (RFC 8252): the gateway's is not known yet.
      application_type: 'native',
      // So that it says how they logged in.
      default_acr_values: ['pwd'],
      redirect_uris: [`http://${HOST}/auth/callback`],
      post_logout_redirect_uris: [`http://${HOST}/`],
    },
  ],
  claims: {
    openid: ['sub'],
    profile: ['name'],
    email: ['email', 'email_verified'],
    groups: ['groups'],
    acr: null,
    auth_time: null,
    sid: null,
  },
  scopes: ['openid', 'profile', 'email', 'groups'],
  acrValues: ['pwd', 'phr'],
  cookies: { keys: ['a key of a test'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  pkce: { required: () => true },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      name: `${id} of the test`,
      email: `${id}@desk.example`,
      email_verified: id !== 'unverified',
      groups: groupsOf.get(id) ?? [],
    }),
  }),
  // Nobody is asked whether the gateway may know who they are.
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({
      accountId: oidc.session?.accountId ?? '',
      clientId: oidc.client?.clientId ?? '',
    });
    grant.addOIDCScope('openid profile email groups');
    await grant.save();
    return grant;
  },
};

const server = createServer();
server.listen(Number(process.argv[2] ?? 0), HOST);
await once(server, 'listening');
const issuer = `http://${HOST}:${(server.address() as AddressInfo).port}`;
const provider = new Provider(issuer, configuration);
const handle = provider.callback();
server.on('request', (request: IncomingMessage, response: ServerResponse) => {
  const isInteraction = request.url?.startsWith('/interaction/') === true;
  if (isInteraction) void interact(request, response);
  else void handle(request, response);
});
process.stdout.write(`${JSON.stringify({ issuer })}\n`);

async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html');
    response.end(
      `<!doctype html><title>Provider</title><form method="post" action="${request.url}">
<label>Name <input name="login"></label><label>Groups <input name="groups"></label>
<button>Log in</button></form>`,
    );
    return;
  }
  const form = new URLSearchParams(await textOf(request));
  const accountId = form.get('login') ?? '';
  const groups = form.get('groups') ?? '';
  groupsOf.set(accountId, groups === '' ? [] : groups.split(','));
  const { acr_values: acrs } = details.params;
  const asked = (typeof acrs === 'string' ? acrs : 'pwd').split(' ');
  const result: InteractionResults =
    accountId === 'nobody'
      ? { error: 'access_denied', error_description: 'They would <b>not</b> say who they are.' }
      : // A native client is asked for a consent each time: there are no questions here.
        { login: { accountId, acr: form.get('acr') ?? asked[0] ?? 'pwd' }, consent: {} };
  await provider.interactionFinished(request, response, result, {
    mergeWithLastSubmission: false,
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
