/**
 * The reference pages and the code hold each other, in both directions: what a page names exists, and what exists is
 * on the page.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SPAN_ATTRIBUTES } from '../../domain/audit/session-spans.ts';
import { AUDIT_EVENT_TYPES, REFUSALS } from '../../domain/index.ts';
import { GATES_ATTRIBUTE, MEMO_KEY, QUERIES, SIGNALS, UPDATES } from '../../domain/messages.ts';
import { policySourceSchema } from '../../domain/schema/policy.ts';
import { decisionSchema } from '../../domain/schema/messages.ts';
import { INBOX_ROUTES } from '../../gateway/api/routes.ts';

function page(name: string): string {
  return readFileSync(`docs/reference/${name}.md`, 'utf8');
}

/** The names in the first column of the table under a heading. */
function firstColumn(text: string, heading: string): readonly string[] {
  const from = text.indexOf(heading);
  expect(from, heading).toBeGreaterThanOrEqual(0);
  const until = text.indexOf('\n## ', from + heading.length);
  const section = text.slice(from, until === -1 ? undefined : until);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
    .map((match) => match[1] ?? '');
}

const sorted = (names: readonly string[]): readonly string[] => [...names].toSorted();

describe('docs/reference', () => {
  test('refusals.md has a section for every code, and for nothing else', () => {
    const headings = [...page('refusals').matchAll(/^## (.+)$/gm)].map((match) => match[1] ?? '');
    expect(sorted(headings)).toEqual(sorted(Object.keys(REFUSALS)));
  });

  test('events.md has every event type, with who writes it', () => {
    const rows = [...page('events').matchAll(/^\| `(\w+)` \| (human|machine) \|/gm)];
    const written = Object.fromEntries(rows.map((match) => [match[1] ?? '', match[2] ?? '']));
    expect(written).toEqual(AUDIT_EVENT_TYPES);
  });

  test('messages.md has every signal, update, query, and field of a decision', () => {
    const text = page('messages');
    expect(sorted(firstColumn(text, '## Signals'))).toEqual(sorted(Object.values(SIGNALS)));
    expect(sorted(firstColumn(text, '## Updates'))).toEqual(sorted(Object.values(UPDATES)));
    expect(sorted(firstColumn(text, '## Queries'))).toEqual(sorted(Object.values(QUERIES)));
    const fields = firstColumn(text, '## A decision');
    expect(fields).toEqual(expect.arrayContaining(Object.keys(decisionSchema.shape)));
    expect(text).toContain(`\`${MEMO_KEY}\``);
    expect(text).toContain(`\`${GATES_ATTRIBUTE}\``);
  });

  test('policy.md has every field of the schema and every condition, and none that nothing implements', () => {
    const text = page('policy');
    const named = new Set([
      ...firstColumn(text, '# Policy'),
      ...firstColumn(text, '## Conditions of a rule').map((name) => `rules[].when.${name}`),
    ]);
    const leaves = leavesOf(
      z.toJSONSchema(policySourceSchema, { unrepresentable: 'any' }) as Schema,
    );
    // A row may stand for what lies below it.
    const isNamed = (path: string): boolean =>
      [...named].some((name) => path === name || path.startsWith(`${name}.`));
    expect(leaves.filter((path) => !isNamed(path))).toEqual([]);
    const exists = (name: string): boolean =>
      leaves.some(
        (path) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`),
      );
    expect([...named].filter((name) => !exists(name))).toEqual([]);
  });

  test('configuration.md has every variable that the product reads, and no other', () => {
    const source = execFileSync('cat', productFiles(), { encoding: 'utf8' });
    const read = [
      ...source.matchAll(/\b(?:env|environment)\['([A-Z][A-Z_]+)'\]|: '([A-Z]+_API_KEY)'/g),
    ]
      .map((match) => match[1] ?? match[2] ?? '')
      // The user's own surroundings, not settings of ours.
      .filter((name) => !['PATH', 'HOME', 'GOPATH', 'GOBIN'].includes(name));
    expect(sorted([...new Set(read)])).toEqual(
      sorted(firstColumn(page('configuration'), '## Environment')),
    );
  });

  test('http-api.md has every route of the inbox, with what it asks for, and no other', () => {
    const rows = page('http-api').matchAll(/^\| (`(?:GET|POST) .*?) \| (\w*) ?\| /gm);
    const written = [...rows].flatMap(([, names = '', permission = '']) =>
      [...names.matchAll(/`([A-Z]+ [^`]+)`/g)].map(([, name]) => `${name} ${permission}`.trim()),
    );
    const routes = INBOX_ROUTES.map(({ method, path, permission = '' }) =>
      `${method.toUpperCase()} ${path} ${permission}`.trim(),
    );
    expect(sorted(written.filter((one) => routes.includes(one)))).toEqual(sorted(routes));
    expect(written.filter((one) => one.includes('/v1/sessions') && !routes.includes(one))).toEqual(
      [],
    );
  });

  test('traces.md has every attribute of our spans, and no other', () => {
    const named = firstColumn(page('traces'), '## Attributes');
    // One of OpenTelemetry's own names.
    expect(sorted(named)).toEqual(sorted(['error.type', ...Object.values(SPAN_ATTRIBUTES)]));
  });

  test('configuration.md has every field of a tool, and no other', () => {
    const source = readFileSync('activities/tool.ts', 'utf8');
    const body = /export interface Tool<.*?\n\}\n/s.exec(source)?.[0] ?? '';
    const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map((match) => match[1] ?? '');
    expect(sorted(firstColumn(page('configuration'), '## Tools'))).toEqual(sorted(fields));
  });

  test('configuration.md has every field of holdpoint.config and of a trusted key, and no other', () => {
    const fieldsOf = (file: string, name: string): readonly string[] => {
      const body = new RegExp(`export interface ${name} .*?\\n\\}\\n`, 's').exec(
        readFileSync(file, 'utf8'),
      );
      return [...(body?.[0] ?? '').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(
        (match) => match[1] ?? '',
      );
    };
    const text = page('configuration');
    expect(sorted(firstColumn(text, '## holdpoint.config'))).toEqual(
      sorted(fieldsOf('workers/config.ts', 'HoldpointConfig')),
    );
    expect(sorted(firstColumn(text, '## Trusted keys and directory'))).toEqual(
      sorted(fieldsOf('domain/proof/trusted-key.ts', 'TrustedKey')),
    );
  });

  test('glossary.md has the words of the wire', () => {
    const words = [...page('glossary').matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map((match) => match[1]);
    expect(words).toEqual(
      expect.arrayContaining([
        'action',
        'gate',
        'decision',
        'outcome',
        'tier',
        'policy',
        'refusal',
        'evidence',
      ]),
    );
    expect(new Set(words).size).toBe(words.length);
  });
});

function productFiles(): readonly string[] {
  return execFileSync(
    'git',
    ['ls-files', '--', 'workers', 'activities', 'evidence', 'client', 'gateway', 'cli'],
    {
      encoding: 'utf8',
    },
  )
    .split('\n')
    .filter((path) => path.endsWith('.ts'));
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** `tiers[].name`, `tools.*.value`: every place of a JSON Schema that holds a value. */
function leavesOf(schema: Schema, path = ''): readonly string[] {
  const { properties, additionalProperties, items, anyOf } = schema;
  if (anyOf !== undefined) {
    return [...new Set(anyOf.flatMap((variant) => leavesOf(variant, path)))];
  }
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([name, inner]) =>
      leavesOf(inner, path === '' ? name : `${path}.${name}`),
    );
  }
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0) {
    return leavesOf(additionalProperties, `${path}.*`);
  }
  if (items?.properties !== undefined) return leavesOf(items, `${path}[]`);
  return [path];
}
