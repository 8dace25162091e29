/** Whatever arrives is answered as a problem with a way out, and starts nothing. */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayWorld, openGatewayWorld, type RequestOptions } from './gateway-world.ts';

let gateway: GatewayWorld;
beforeAll(async () => {
  gateway = await openGatewayWorld();
});
afterAll(async () => gateway.close());

const DROP = { actionType: 'drop_table', arguments: { table: 'orders' } };
const json = JSON.stringify(DROP);
const type = (contentType: string): RequestOptions => ({
  raw: json,
  headers: { 'content-type': contentType },
});
const raw = (bytes: string | Uint8Array<ArrayBuffer>): RequestOptions => ({ raw: bytes });
const args = (text_: string): RequestOptions =>
  raw(`{"actionType": "drop_table", "arguments": ${text_}}`);
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const field = (name: string, value: unknown): RequestOptions => ({
  body: { ...DROP, [name]: value },
});

const CORPUS: readonly (readonly [string, number, string, RequestOptions])[] = [
  ['no content type', 415, 'UNSUPPORTED_MEDIA_TYPE', type('')],
  ['text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE', type('text/plain')],
  ['a form', 415, 'UNSUPPORTED_MEDIA_TYPE', type('application/x-www-form-urlencoded')],
  ['another charset', 415, 'UNSUPPORTED_MEDIA_TYPE', type('application/json; charset=utf-16')],
  [
    'a compressed body',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    { raw: json, headers: { 'content-encoding': 'gzip' } },
  ],
  ['an empty body', 400, 'MALFORMED', raw('')],
  ['half of a JSON text', 400, 'MALFORMED', raw(json.slice(0, -1))],
  ['a byte order mark in UTF-16', 400, 'MALFORMED', raw(new Uint8Array([0xff, 0xfe, 0x7b, 0x00]))],
  ['bytes that are no UTF-8', 400, 'MALFORMED', raw(new Uint8Array([0x22, 0xc3, 0x28, 0x22]))],
  ['NaN', 400, 'MALFORMED', args('{"a": NaN}')],
  ['a list', 400, 'MALFORMED', raw('[]')],
  ['null', 400, 'MALFORMED', raw('null')],
  ['a huge body', 413, 'TOO_LARGE', raw(`"${'x'.repeat(3 * 1024 * 1024)}"`)],
  ['large arguments', 400, 'MALFORMED', args(`{"a": "${'x'.repeat(300 * 1024)}"}`)],
  ['arguments nested too deep', 400, 'MALFORMED', args(nested(40))],
  ['nesting as deep as the body is long', 400, 'MALFORMED', raw('['.repeat(400_000))],
  ['deep nesting that is closed', 400, 'MALFORMED', args(nested(50_000))],
  ['__proto__', 400, 'MALFORMED', args('{"__proto__": {"polluted": true}}')],
  ['__proto__ at the top', 400, 'MALFORMED', raw(json.replace('{', '{"__proto__": {}, '))],
  ['a lone surrogate', 400, 'MALFORMED', args(String.raw`{"a": "\ud800"}`)],
  ['a lone surrogate as a key', 400, 'MALFORMED', args(String.raw`{"\udc00": 1}`)],
  ['a number that is none', 400, 'MALFORMED', args('{"a": 1e999}')],
  ['arguments that are a list', 400, 'MALFORMED', args('[1]')],
  ['no arguments', 400, 'MALFORMED', { body: { actionType: 'drop_table' } }],
  ['an action without a name', 400, 'MALFORMED', field('actionType', '')],
  ['a name with a blank', 400, 'MALFORMED', field('actionType', 'drop table')],
  ['a name in look-alike letters', 400, 'MALFORMED', field('actionType', 'dr\u043Ep_table')],
  ['an unknown field', 400, 'MALFORMED', field('reasn', 'a typo')],
  ['a requester in the body', 400, 'MALFORMED', field('requesterId', 'rita')],
  ['an invisible agent', 400, 'MALFORMED', field('agentId', 'a\u202Eb')],
  ['a value that is a text', 400, 'MALFORMED', field('value', '5')],
  ['a reason without an end', 400, 'MALFORMED', field('reason', 'x'.repeat(9_000))],
  ['a callback that is no URL', 400, 'MALFORMED', field('callbackUrl', 'hooks.example.com')],
  ['a callback to a file', 400, 'MALFORMED', field('callbackUrl', 'file:///etc/passwd')],
  ['no key', 400, 'KEY_MISSING', { key: null, body: DROP }],
  ['an empty key', 400, 'KEY_MISSING', { key: '', body: DROP }],
  ['a long key', 400, 'KEY_MISSING', { key: 'x'.repeat(201), body: DROP }],
];

async function gatesStarted(): Promise<number> {
  const { world } = gateway;
  const query = `TaskQueue = '${world.taskQueue}'`;
  return (await world.client.workflow.count(query)).count;
}

describe('a request for a gate with', () => {
  test.each(CORPUS)('%s is a problem, and starts nothing', async (_what, status, code, request) => {
    const answered = await gateway.send('POST', '/v1/gates', request);
    expect(answered.body).toMatchObject({ status, code, detail: expect.stringMatching(/\w/) });
    expect(answered.status).toBe(status);
    expect(answered.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.stringify(answered.body)).not.toMatch(/node_modules|\.ts:|\.js:/);
  });

  test('any of these has started no workflow', async () => {
    expect(await gatesStarted()).toBe(0);
  });
});

describe('an address', () => {
  test.each([
    ['GET', '/v1/gates/none', 404, 'NOT_FOUND'],
    ['GET', '/v1/gates/%00', 404, 'NOT_FOUND'],
    ['GET', `/v1/gates/${'x'.repeat(1_000)}`, 404, 'NOT_FOUND'],
    ['GET', '/v1/gates/%E0%A4%A', 404, 'NOT_FOUND'],
    ['GET', '/v1/gates/none?wait=soon', 400, 'MALFORMED'],
    ['GET', '/v1/gates/none?wait=-1', 400, 'MALFORMED'],
    ['GET', '/', 404, 'NOT_FOUND'],
    ['GET', '/v2/gates', 404, 'NOT_FOUND'],
    ['GET', '/v1/gates', 405, 'METHOD_NOT_ALLOWED'],
    ['PUT', '/v1/gates/none', 405, 'METHOD_NOT_ALLOWED'],
    ['POST', '/openapi.json', 405, 'METHOD_NOT_ALLOWED'],
  ])('%s %s is a problem: %i %s', async (method, path, status, code) => {
    const answered = await gateway.send(method, path);
    expect([answered.status, answered.body.code]).toEqual([status, code]);
    expect(answered.headers.get('content-type')).toBe('application/problem+json');
  });

  test('says what can be done there instead', async () => {
    const { headers } = await gateway.send('PATCH', '/v1/gates/none');
    expect(headers.get('allow')).toBe('GET, DELETE');
  });
});

test('a body that never ends is cut off', async () => {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(
    [
      'POST /v1/gates HTTP/1.1',
      `host: ${hostname}`,
      `authorization: Bearer ${gateway.token}`,
      'content-type: application/json',
      `idempotency-key: ${randomUUID()}`,
      'transfer-encoding: chunked',
      'connection: close',
      '',
      '',
    ].join('\r\n'),
  );
  const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
  for (let sent = 0; sent < 32; sent += 1) socket.write(chunk);
  expect(await text(socket)).toContain('413');
});

test('answers are not kept by anyone, and say what a browser may do with them: nothing', async () => {
  for (const path of ['/livez', '/openapi.json', '/v1/gates/none']) {
    const { headers } = await gateway.send('GET', path);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  }
});
