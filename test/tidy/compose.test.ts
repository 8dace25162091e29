/**
 * docker-compose.yml and Dockerfile as files: no engine runs here. What the stack does is shown natively, from the same
 * file's variables and scripts, by test/deploy/topology.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
}

const TEXT = readFileSync('docker-compose.yml', 'utf8');
const compose = parse(TEXT, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);

/** Names in code spans of a page. */
function namedOn(page: string): readonly string[] {
  return [...readFileSync(page, 'utf8').matchAll(/`([A-Z][A-Z_]+)`/g)].map(
    (match) => match[1] ?? '',
  );
}

function ours(): readonly (readonly [string, Service])[] {
  return services.filter(([, { build }]) => build !== undefined);
}

describe('docker-compose.yml', () => {
  test('pins every image to a version', () => {
    expect(services.length).toBeGreaterThan(0);
    for (const [name, { image = '' }] of services) {
      expect(image, name).toMatch(/^[\w./-]+:\d+\.\d+/);
    }
  });

  test('waits for what says when it is healthy, or ends when it has succeeded', () => {
    for (const [name, { depends_on: waits = {} }] of services) {
      for (const [other, { condition }] of Object.entries(waits)) {
        const awaited = compose.services[other];
        expect(awaited, `${name} waits for ${other}`).toBeDefined();
        if (condition === 'service_healthy') expect(awaited?.healthcheck, other).toBeDefined();
        else {
          expect(condition, name).toBe('service_completed_successfully');
          expect(awaited?.restart ?? 'no', other).toMatch(/^(no|on-failure:\d+)$/);
        }
      }
    }
  });

  test('lets nothing be reached from outside this machine, and holds no password', () => {
    for (const [name, { ports = [], environment = {} }] of services) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|PWD/.test(variable)) expect(value, name).toMatch(/^\$\{\w+:\?/);
        const [, inUrl] = /:\/\/\w+:(.+)@/.exec(value) ?? [];
        if (inUrl !== undefined) expect(inUrl, name).toMatch(/^\$\{\w+:\?.*\}$/);
      }
    }
  });

  test('declares every volume and configuration that is used, and uses every declared one', () => {
    const used = services.flatMap(([, { volumes = [] }]) =>
      volumes.map((one) => one.split(':')[0]),
    );
    expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)));
    const read = services.flatMap(([, { configs = [] }]) => configs.map(({ source }) => source));
    expect(new Set(read)).toEqual(new Set(Object.keys(compose.configs)));
  });

  test('sets no variable that the configuration page does not know, and asks for none that the guide does not', () => {
    const known = namedOn('docs/reference/configuration.md');
    expect(ours().length).toBeGreaterThan(1);
    for (const [name, { environment = {} }] of ours()) {
      for (const variable of Object.keys(environment)) expect(known, name).toContain(variable);
    }
    const asked = new Set([...TEXT.matchAll(/\$\{(\w+):\?/g)].map((match) => match[1] ?? ''));
    expect(namedOn('docs/guides/production.md')).toEqual(expect.arrayContaining([...asked]));
  });

  test('gives a worker longer to end than it takes to drain, and asks it at the port where it answers', () => {
    const worker = compose.services['worker'];
    const { HOLDPOINT_DRAIN_SECONDS: drain, HOLDPOINT_HTTP_PORT: port } = worker?.environment ?? {};
    expect(Number.parseInt(worker?.stop_grace_period ?? '', 10)).toBeGreaterThan(Number(drain) + 5);
    expect(worker?.healthcheck?.test.join(' ')).toContain(`:${port}/readyz`);
    expect(worker?.ports?.[0]).toMatch(new RegExp(`:${port}$`));
  });
});

describe('Dockerfile', () => {
  const text = readFileSync('Dockerfile', 'utf8');
  const stages = text.split(/^FROM /m).slice(1);
  const last = stages.at(-1) ?? '';

  test('builds in stages of one pinned base, of a Node that the package supports', () => {
    expect(stages.length).toBeGreaterThan(1);
    for (const stage of stages) expect(stage).toMatch(/^\$\{NODE\}/);
    expect(text).toMatch(/^ARG NODE=node:20\.(19|[2-9]\d)\.\d+-/m);
  });

  test('runs as nobody who may change its files, says whether it lives, and starts a file of the package', () => {
    expect(last).toMatch(/^USER node$/m);
    expect(last).not.toMatch(/--chown/);
    expect(last).toMatch(/^HEALTHCHECK /m);
    const [, script = ''] =
      /^ENTRYPOINT \["node", "node_modules\/holdpoint\/dist\/(.+)\.js"\]$/m.exec(last) ?? [];
    expect(existsSync(`${script}.ts`)).toBe(true);
  });

  test('sets no variable that the configuration page does not know', () => {
    const set = [...text.matchAll(/\b(HOLDPOINT_\w+|TEMPORAL_\w+)=/g)].map(
      (match) => match[1] ?? '',
    );
    expect(set.length).toBeGreaterThan(0);
    expect(namedOn('docs/reference/configuration.md')).toEqual(expect.arrayContaining(set));
  });
});
