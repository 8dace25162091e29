/** What the inbox is built on: routes as data, described whole. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { pendingEventsSchema, sessionEventsSchema } from '../../gateway/api/events.ts';
import { CSRF_HEADER, LOGIN_COOKIE } from '../../gateway/api/me.ts';
import { INBOX_ROUTES } from '../../gateway/api/routes.ts';
import { openApiDocument } from '../../gateway/openapi.ts';
import { describe, expect, test } from 'vitest';

describe('the routes of the inbox', () => {
  test('make a valid OpenAPI 3.1 document', async () => {
    const document = openApiDocument(INBOX_ROUTES, { version: '1', schemas: {} });
    expect(await new Validator().validate({ ...structuredClone(document) })).toMatchObject({
      valid: true,
    });
  });

  test('carry the names of the events that their streams send', () => {
    const streams = { events: pendingEventsSchema, sessionEvents: sessionEventsSchema };
    for (const [operationId, schemas] of Object.entries(streams)) {
      const { summary = '' } = INBOX_ROUTES.find((one) => one.operationId === operationId) ?? {};
      for (const name of Object.keys(schemas)) expect(summary).toContain(`\`${name}\``);
    }
  });

  test('are reached by a cookie that no other origin can set, and a header that none can send', () => {
    expect(LOGIN_COOKIE).toMatch(/^__Host-/);
    expect(CSRF_HEADER).toMatch(/^x-/);
  });

  test('have a name each, and of what changes something only POST', () => {
    const names = INBOX_ROUTES.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { method, permission, body } of INBOX_ROUTES) {
      expect(method === 'get').toBe(body === undefined && !(method === 'post'));
      if (permission !== undefined) expect(['get', 'post']).toContain(method);
    }
  });
});
