/**
 * Who may import whom: DESIGN §9 as data. A folder of the package, or a package outside it, that is not named here
 * may not be imported. The lint rules say the same in the editor; this table is what the test walks.
 */
export interface ImportRow {
  /** Files under this path; the longest match counts. */
  readonly path: string;
  /** Folders and files of the project, by path prefix. */
  readonly project: readonly string[];
  /** Packages, by exact name or a prefix that ends in `/`. */
  readonly packages: readonly string[];
  /** Of what `project` allows, these not. */
  readonly never?: readonly string[];
}

const SDK = ['@temporalio/'];

export const IMPORT_TABLE: readonly ImportRow[] = [
  {
    path: 'domain/',
    project: ['domain/'],
    packages: ['@noble/hashes/', '@noble/ed25519'],
    never: ['domain/schema/'],
  },
  { path: 'domain/index.ts', project: ['domain/'], packages: [] },
  { path: 'domain/schema/', project: ['domain/'], packages: ['zod'] },
  {
    path: 'workflows/',
    project: ['domain/', 'workflows/'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    never: ['domain/schema/', 'domain/index.ts'],
  },
  {
    path: 'activities/',
    project: ['domain/', 'evidence/store.ts', 'activities/'],
    packages: ['@temporalio/activity', 'zod', 'jose', 'node:timers/promises'],
  },
  {
    path: 'activities/adapters/',
    project: ['domain/', 'evidence/store.ts', 'activities/'],
    packages: [
      '@temporalio/activity',
      'zod',
      'ai',
      '@ai-sdk/',
      '@modelcontextprotocol/sdk/',
      'ajv',
      'ajv/',
      'standardwebhooks',
      'nodemailer',
      'node:',
    ],
  },
  {
    path: 'evidence/',
    project: ['domain/', 'evidence/'],
    packages: [
      'drizzle-orm',
      'drizzle-orm/',
      'pg',
      '@electric-sql/pglite',
      '@electric-sql/pglite-prepopulatedfs',
      'node:',
    ],
  },
  {
    path: 'workers/',
    project: ['domain/', 'evidence/', 'activities/', 'workers/', 'client/session-history.ts'],
    packages: [...SDK, 'node:', 'yaml', 'pino', 'prom-client', '@opentelemetry/'],
  },
  {
    path: 'client/',
    project: ['domain/', 'client/'],
    packages: [
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/common/',
      '@temporalio/envconfig',
      '@temporalio/proto',
      '@opentelemetry/api',
      'jose',
      'node:',
    ],
  },
  {
    path: 'gateway/',
    project: ['domain/', 'client/', 'gateway/', 'evidence/store.ts', 'evidence/postgres-reader.ts'],
    packages: [
      '@temporalio/client',
      'hono',
      'hono/',
      '@hono/node-server',
      'jose',
      'openid-client',
      'pino',
      'zod',
      'node:',
    ],
  },
  {
    path: 'cli/',
    project: [
      'domain/',
      'client/',
      'gateway/index.ts',
      'gateway/tokens.ts',
      'evidence/store.ts',
      'cli/',
    ],
    packages: [
      '@temporalio/client',
      '@modelcontextprotocol/sdk/',
      'commander',
      'jiti',
      'jose',
      'zod',
      'node:',
    ],
  },
  {
    path: 'inbox/',
    project: ['domain/', 'gateway/api/', 'inbox/'],
    packages: ['react', 'react-dom/', '@cfworker/json-schema'],
    never: ['domain/schema/', 'domain/index.ts'],
  },
  { path: 'inbox/vite.config.ts', project: [], packages: ['vite', '@vitejs/plugin-react'] },
  { path: 'cli/embedded.ts', project: ['workers/'], packages: [] },
  {
    path: 'testing/',
    project: ['domain/', 'activities/', 'workers/', 'client/', 'testing/'],
    packages: ['@temporalio/client'],
  },
  {
    path: 'attack/',
    project: [
      'domain/',
      'activities/',
      'evidence/',
      'workers/',
      'client/',
      'workflows/consent-header.ts',
      'examples/',
      'attack/',
    ],
    packages: ['@temporalio/', 'zod', 'node:'],
  },
  {
    path: 'bench/',
    project: ['bench/'],
    packages: ['holdpoint/', '@temporalio/', 'playwright-core', 'zod', 'node:'],
  },
  {
    path: 'examples/',
    project: ['examples/'],
    packages: [
      'holdpoint/',
      '@temporalio/',
      'zod',
      'node:',
      'nodemailer',
      'smtp-server',
      '@electric-sql/pglite',
      '@modelcontextprotocol/sdk/',
      'ai',
      '@ai-sdk/',
      '@openai/',
      '@ungap/structured-clone',
      'headers-polyfill',
      'web-streams-polyfill',
    ],
  },
];

/** What is wrong with `file` importing `specifier`, or undefined. Paths are relative to the project's root. */
export function importProblem(file: string, specifier: string): string | undefined {
  const row = IMPORT_TABLE.filter(({ path }) => file.startsWith(path)).toSorted(
    (a, b) => b.path.length - a.path.length,
  )[0];
  if (row === undefined) return undefined;
  const target = specifier.startsWith('.') ? resolved(file, specifier) : undefined;
  const isAllowed =
    target === undefined
      ? row.packages.some((name) => matches(specifier, name))
      : row.project.some((path) => target.startsWith(path)) &&
        !(row.never ?? []).some((path) => target.startsWith(path));
  return isAllowed ? undefined : `${file} may not import ${specifier}`;
}

function matches(specifier: string, name: string): boolean {
  return (
    specifier === name || ((name.endsWith('/') || name === 'node:') && specifier.startsWith(name))
  );
}

function resolved(file: string, specifier: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|(?:^|[^\w.])import\(\s*'([^']+)'|(?:^|\n)\s*import\s+'([^']+)'/g;

/** Every module that a source file names. */
export function importsOf(source: string): readonly string[] {
  return [...source.matchAll(IMPORT)].map(
    ([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? '',
  );
}
