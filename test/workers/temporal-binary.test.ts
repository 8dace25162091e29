import {
  access,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { downloadBySdk, sdkVersion } from '../../workers/sdk-download.ts';
import { locateTemporal } from '../../workers/temporal-binary.ts';

let root = '';
let lines: string[] = [];
const progress = (line: string): void => void lines.push(line);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdpoint-binary-'));
  lines = [];
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

// Nothing listens on port 1, so the SDK's download is refused at once, on a machine with a network too.
function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { HOME: root, PATH: join(root, 'path'), HTTPS_PROXY: 'http://127.0.0.1:1', ...extra };
}

async function program(path: string, body = 'exit 0'): Promise<string> {
  const file = join(root, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

// Stands in for the Go toolchain: notes how it was called and leaves an executable in GOBIN.
async function goProgram(before = ''): Promise<void> {
  const made = `printf '#!/bin/sh\\n' > "$GOBIN/temporal"; command -p chmod 755 "$GOBIN/temporal"`;
  await program('path/go', `echo "$@" >> "${root}/go-calls"\n${before}\n${made}`);
}

const cacheFolder = (): string => join(root, '.cache/holdpoint');
const builtPath = (): string => join(cacheFolder(), 'temporal-1.5.1');
const goCalls = async (): Promise<string> => readFile(join(root, 'go-calls'), 'utf8');

async function located(env = environment()): Promise<string> {
  const source = await locateTemporal({ progress, env });
  return source.kind === 'address' ? source.address : source.path;
}

describe('the choices, in order', () => {
  test('TEMPORAL_ADDRESS comes before everything and starts nothing', async () => {
    await program('path/temporal');
    const env = environment({ TEMPORAL_ADDRESS: 'temporal.internal:7233' });
    expect(await locateTemporal({ progress, env })).toEqual({
      kind: 'address',
      address: 'temporal.internal:7233',
    });
    expect(lines).toEqual([
      'using the Temporal server at temporal.internal:7233 (TEMPORAL_ADDRESS)',
    ]);
  });

  test('then temporal on the PATH', async () => {
    const onPath = await program('path/temporal');
    await program('.cache/holdpoint/temporal-1.5.1');
    expect(await located()).toBe(onPath);
  });

  test('a file on the PATH that may not be executed is passed over', async () => {
    await chmod(await program('path/temporal'), 0o644);
    const cached = await program('.cache/holdpoint/temporal-1.5.1');
    expect(await located()).toBe(cached);
  });

  test('then the copy in the cache, the downloaded one before the built one', async () => {
    await program('go/bin/temporal');
    const built = await program('.cache/holdpoint/temporal-1.5.1');
    expect(await located()).toBe(built);
    const downloaded = await program(`.cache/holdpoint/temporal-of-sdk-${sdkVersion()}`);
    expect(await located()).toBe(downloaded);
  });

  test('XDG_CACHE_HOME and an explicit folder move the cache', async () => {
    const inXdg = await program('xdg/holdpoint/temporal-1.5.1');
    const inFolder = await program('elsewhere/temporal-1.5.1');
    const env = environment({ XDG_CACHE_HOME: join(root, 'xdg') });
    expect(await located(env)).toBe(inXdg);
    const explicit = await locateTemporal({ progress, env, cacheFolder: join(root, 'elsewhere') });
    expect(explicit).toEqual({ kind: 'binary', path: inFolder });
  });

  test("then what go install left in Go's own folder", async () => {
    const inHome = await program('go/bin/temporal');
    expect(await located()).toBe(inHome);
    const inGoPath = await program('gopath/bin/temporal');
    expect(await located(environment({ GOPATH: join(root, 'gopath') }))).toBe(inGoPath);
    expect(lines[0]).toBe(`using ${inHome} (built earlier by go install)`);
  });

  test("then the SDK's own download, and go install when that is out of reach", async () => {
    await goProgram();
    expect(await located()).toBe(builtPath());
    expect(await goCalls()).toBe('install github.com/temporalio/cli/cmd/temporal@v1.5.1\n');
    expect(lines[0]).toBe("downloading Temporal's server by the SDK's own download");
    expect(lines[1]).toMatch(
      /^the SDK's own download failed after [\d.]+ s: .*127\.0\.0\.1:1|refused/,
    );
    expect(lines[2]).toBe('building Temporal 1.5.1 with go install (about 3 minutes, once)');
  });
});

describe('nothing is built twice', () => {
  test('what was built is found the next time', async () => {
    await goProgram();
    await located();
    expect(await located()).toBe(builtPath());
    expect((await goCalls()).match(/install/g)).toHaveLength(1);
    expect(await readdir(cacheFolder())).toEqual(['temporal-1.5.1']);
  });

  test('of two that come at once, one builds and the other waits and says so', async () => {
    const gate = join(root, 'gate');
    await goProgram(`until [ -e "${gate}" ]; do command -p sleep 0.02; done`);
    const both = [located(), located()];
    const waiting = 'another process is getting temporal-1.5.1; waiting for it';
    await vi.waitUntil(() => lines.includes(waiting), { timeout: 20_000 });
    await writeFile(gate, '');
    expect(await Promise.all(both)).toEqual([builtPath(), builtPath()]);
    expect((await goCalls()).match(/install/g)).toHaveLength(1);
  });

  test('the lock and the leavings of a process that died are cleared away', async () => {
    await goProgram();
    await mkdir(join(cacheFolder(), 'temporal-1.5.1.partial-dead'), { recursive: true });
    const lock = `${builtPath()}.lock`;
    await writeFile(lock, 'of a dead process');
    const aMinuteAgo = new Date(Date.now() - 60_000);
    await utimes(lock, aMinuteAgo, aMinuteAgo);
    expect(await located()).toBe(builtPath());
    expect(await readdir(cacheFolder())).toEqual(['temporal-1.5.1']);
  });

  test('the lock of a living process is respected', async () => {
    await goProgram();
    await mkdir(cacheFolder(), { recursive: true });
    const lock = `${builtPath()}.lock`;
    await writeFile(lock, 'of a living process');
    const found = located();
    await vi.waitUntil(() => lines.some((line) => line.startsWith('another process')), {
      timeout: 20_000,
    });
    await expect(access(join(root, 'go-calls'))).rejects.toThrow('ENOENT');
    await rm(lock);
    expect(await found).toBe(builtPath());
  });
});

describe('when there is nothing to use', () => {
  const choices = [
    'export TEMPORAL_ADDRESS=localhost:7233',
    'brew install temporal',
    'install -D temporal ',
    'temporal.download',
    'go install github.com/temporalio/cli/cmd/temporal@v1.5.1',
  ];

  test('the error names every choice with its command, and what was tried', async () => {
    const error = await located().catch((reason: Error) => reason);
    for (const choice of [...choices, builtPath(), 'Go is not on the PATH']) {
      expect(String(error)).toContain(choice);
    }
  });

  test('a build that fails is quoted, leaves nothing behind, and may be tried again', async () => {
    await goProgram('echo "go: no space left" >&2; exit 7');
    const error = await located().catch((reason: Error) => reason);
    for (const choice of [...choices, 'go ended with code 7: go: no space left']) {
      expect(String(error)).toContain(choice);
    }
    expect(await readdir(cacheFolder())).toEqual([]);
    await goProgram();
    expect(await located()).toBe(builtPath());
  });

  test('a download that stalls is ended', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const env = environment({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
    const connected = new Promise((resolve) => silent.once('connection', resolve));
    const download = downloadBySdk({
      server: 'createLocal',
      folder: root,
      progress,
      env,
      stalledAfterMs: 3_000,
    });
    await expect(download).rejects.toThrow('it stalled and was ended');
    await connected;
    silent.close();
  });
});
