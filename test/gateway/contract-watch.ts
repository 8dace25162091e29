/**
 * Holds every answer of a gateway to the contract: its body is what the route's schema says, no more and no less, and a
 * problem is one that the route may have.
 */
import type { z } from 'zod';
import { INBOX_ROUTES } from '../../gateway/api/routes.ts';
import type { Route } from '../../gateway/api/route.ts';
import { problemCodesOf } from '../../gateway/openapi.ts';
import { PROBLEM_TYPE, problemSchema } from '../../gateway/problem.ts';
import type { BrowserAnswer, Watcher } from './browser.ts';
import { expect } from 'vitest';

export interface ContractWatch {
  readonly watch: Watcher;
  /** `operationId status` of everything that was answered and held. */
  readonly seen: ReadonlySet<string>;
}

export function contractWatch(routes: readonly Route[] = INBOX_ROUTES): ContractWatch {
  const seen = new Set<string>();
  const patterns = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  return {
    seen,
    watch: (method, url, answer) => {
      const { pathname } = new URL(url);
      const found = patterns.find(
        ({ route, pattern }) => route.method === method.toLowerCase() && pattern.test(pathname),
      );
      if (found === undefined) return;
      check(found.route, answer);
      seen.add(`${found.route.operationId} ${answer.status}`);
    },
  };
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function check(route: Route, { status, headers, body, text }: BrowserAnswer): void {
  const where = `${route.operationId} ${status} ${text.slice(0, 300)}`;
  const type = headers.get('content-type') ?? '';
  if (type.startsWith(PROBLEM_TYPE)) {
    expectExactly(problemSchema, body, where);
    expect(problemCodesOf(route), where).toContain(body.code);
    return;
  }
  // A page of a login that went wrong, for people.
  if (status >= 400 && type.startsWith('text/html')) return;
  const answer = route.answers[status];
  expect(answer, where).toBeDefined();
  const { schema, mediaType = schema === undefined ? '' : 'application/json' } = answer ?? {};
  expect(type, where).toContain(mediaType);
  if (schema !== undefined) expectExactly(schema, body, where);
}

/** What a schema does not name it leaves out: then the two are not equal. */
function expectExactly(schema: z.ZodType, body: unknown, where: string): void {
  const parsed = schema.safeParse(body);
  expect(parsed.error?.issues, where).toBeUndefined();
  expect(parsed.data, where).toEqual(body);
}
