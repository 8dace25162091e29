/**
 * docker-compose.yml and Dockerfile as files: no engine runs here. What the stack does is shown natively, from the same
 * file's variables and scripts, by test/deploy/topology.test.ts.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loginSettings } from '../../gateway/login-settings.ts';
import { serveSettings } from '../../workers/serve-settings.ts';
import { pageFence } from '../support/pages.ts';
import { SERVER_VERSION } from '../support/production-temporal.ts';

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
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
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

/**
 * What the images of others know, of which these services may set some: the templates and tools of Temporal Server
 * 1.32, the UI's configuration, PostgreSQL's entrypoint.
 */
const KNOWN: readonly (readonly [image: string, variables: readonly string[]])[] = [
  ['postgres', ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB', 'POSTGRES_INITDB_ARGS']],
  [
    'temporalio/server',
    [
      'DB',
      'DB_PORT',
      'DBNAME',
      'VISIBILITY_DBNAME',
      'POSTGRES_SEEDS',
      'POSTGRES_USER',
      'POSTGRES_PWD',
      'BIND_ON_IP',
      'NUM_HISTORY_SHARDS',
      'DYNAMIC_CONFIG_FILE_PATH',
      'LOG_LEVEL',
      'PROMETHEUS_ENDPOINT',
    ],
  ],
  [
    'temporalio/admin-tools',
    [
      'SQL_PLUGIN',
      'SQL_HOST',
      'SQL_PORT',
      'SQL_USER',
      'SQL_PASSWORD',
      'SQL_DATABASE',
      'TEMPORAL_ADDRESS',
      'TEMPORAL_NAMESPACE',
    ],
  ],
  [
    'temporalio/ui',
    ['TEMPORAL_ADDRESS', 'TEMPORAL_UI_PORT', 'TEMPORAL_CORS_ORIGINS', 'TEMPORAL_DEFAULT_NAMESPACE'],
  ],
];

function imageOf({ image = '' }: Service): string {
  return image.split(':')[0] ?? '';
}

/** As the engine fills it in, with the password that `export` gave each variable. */
function resolved({ environment = {} }: Service): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+):\?[^}]*\}/g, 'p4ss-$1'),
    ]),
  );
}

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`There is no service ${name}`);
  return found;
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

  test('sets no variable that the images of others do not know', () => {
    const others = services.filter(([, { build }]) => build === undefined);
    expect(others.length).toBeGreaterThan(4);
    for (const [name, other] of others) {
      const [, known = []] = KNOWN.find(([image]) => image === imageOf(other)) ?? [];
      expect(known, name).toEqual(
        expect.arrayContaining(Object.keys(other.environment ?? { none: 'of an unknown image' })),
      );
    }
  });

  test('runs the Temporal Server that the native test builds, and says so in the guides', () => {
    const pinned = services.flatMap(
      ([, { image = '' }]) =>
        /^temporalio\/(?:server|admin-tools):(.+)$/.exec(image)?.slice(1) ?? [],
    );
    expect(new Set(pinned)).toEqual(new Set([SERVER_VERSION]));
    for (const page of ['production', 'upgrade-with-open-gates']) {
      expect(readFileSync(`docs/guides/${page}.md`, 'utf8')).toContain(`Server ${SERVER_VERSION}`);
    }
  });

  test('gives our services values that they take, and that meet those of the others', () => {
    const database = resolved(service('evidence-db'));
    for (const [name, own] of ours()) {
      const env = resolved(own);
      const settings = serveSettings(env);
      expect(settings, name).toMatchObject({
        httpHost: '0.0.0.0',
        httpPort: 9464,
        drainMs: 20_000,
        logLevel: 'info',
      });
      const evidence = new URL(settings.evidenceUrl);
      expect(compose.services[evidence.hostname], name).toBe(service('evidence-db'));
      expect(
        {
          POSTGRES_USER: evidence.username,
          POSTGRES_PASSWORD: evidence.password,
          POSTGRES_DB: evidence.pathname.slice(1),
        },
        name,
      ).toEqual(database);
      const [host = '', port] = (env['TEMPORAL_ADDRESS'] ?? '').split(':');
      expect(compose.services[host], name).toBe(service('temporal'));
      expect(service('temporal').ports, name).toContain(`127.0.0.1:${port}:${port}`);
    }
  });

  test('gives Temporal and its tools the database that is there, under one user and password', () => {
    const { POSTGRES_USER, POSTGRES_PASSWORD } = resolved(service('temporal-db'));
    const server = resolved(service('temporal'));
    const tool = resolved(service('temporal-schema'));
    for (const [seeds, user, password, port] of [
      [
        server['POSTGRES_SEEDS'],
        server['POSTGRES_USER'],
        server['POSTGRES_PWD'],
        server['DB_PORT'],
      ],
      [tool['SQL_HOST'], tool['SQL_USER'], tool['SQL_PASSWORD'], tool['SQL_PORT']],
    ]) {
      expect([seeds, user, password, port]).toEqual([
        'temporal-db',
        POSTGRES_USER,
        POSTGRES_PASSWORD,
        '5432',
      ]);
    }
    expect(server['DB']).toBe(tool['SQL_PLUGIN']);
    const target = service('temporal').configs?.map((config) => config.target);
    expect(target).toContain(server['DYNAMIC_CONFIG_FILE_PATH']);
    for (const name of ['temporal-ui', 'temporal-namespace']) {
      expect(resolved(service(name))['TEMPORAL_ADDRESS'], name).toBe('temporal:7233');
    }
  });

  test('asks every service that stays whether it is well', () => {
    const staying = services.filter(
      ([, { restart = 'no', image }]) =>
        restart === 'unless-stopped' || image?.startsWith('postgres') === true,
    );
    expect(staying.length).toBe(6);
    for (const [name, { healthcheck, ports = [] }] of staying) {
      expect(healthcheck?.test.length, name).toBeGreaterThan(1);
      const port = /localhost:(\d+)/.exec(healthcheck?.test.join(' ') ?? '')?.[1];
      if (port !== undefined) expect(ports, name).toContain(`127.0.0.1:${port}:${port}`);
    }
  });

  test('is started by the lines of the guide, which set all that it asks for', () => {
    const asked = [...TEXT.matchAll(/\$\{(\w+):\?/g)].map((match) => match[1] ?? '');
    // There is no engine here: what it would be called with, and what it would find.
    const engine = `docker() { echo "docker $*"; for name in ${asked.join(' ')}; do echo "$name=\${!name}"; done; }`;
    const lines = pageFence('docs/guides/production.md#stack');
    const said = execFileSync('bash', ['-euc', `${engine}\n${lines}`], { encoding: 'utf8' });
    expect(said).toMatch(/^docker compose up --build$/m);
    for (const name of asked) expect(said).toMatch(new RegExp(`^${name}=.+$`, 'm'));
  });

  test('starts a gateway where it is asked for, which takes the login that the environment names', () => {
    const gateway = service('gateway') as Service & { readonly profiles?: readonly string[] };
    expect(gateway.profiles).toEqual(['inbox']);
    const { environment = {} } = gateway;
    const own = (name: string): string => (name.endsWith('ISSUER') ? 'https://login.example' : 'x');
    const env = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        name,
        value.replaceAll(/\$\{(\w+):-\}/g, (_all, variable: string) => own(variable)),
      ]),
    );
    expect(loginSettings(env)).toMatchObject({ oidc: { issuer: 'https://login.example' } });
    const port = environment['HOLDPOINT_GATEWAY_PORT'] ?? '';
    expect(gateway.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(gateway.healthcheck?.test.join(' ')).toContain(`:${port}/readyz`);
    const [volume = ''] = gateway.volumes ?? [];
    expect(environment['HOLDPOINT_GATEWAY_KEY']).toMatch(`${volume.split(':')[1]}/`);
    const page = readFileSync('docs/guides/inbox.md', 'utf8');
    for (const [, name = ''] of TEXT.matchAll(/\$\{(HOLDPOINT_\w+):-\}/g)) {
      expect(page).toContain(name);
    }
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
