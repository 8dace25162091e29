/**
 * A claim on a folder for one process at a time. PGlite itself takes a second process in silence, and both then
 * write over each other's pages.
 *
 * Each opener first puts down a file of its own, then looks for others: of two that come at once at least one sees
 * the other, so never do both go on (both may refuse). A claim whose process is gone counts for nothing. Everything
 * a claim says stands in its name, so that none is ever half written.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const CLAIMS = 'claims';

/** Claims the folder, or throws where another opener has it. Returns what gives it up. */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const claims = join(folder, CLAIMS);
  await mkdir(claims, { recursive: true });
  const own = nameOfClaim({
    host: hostname(),
    pid: process.pid,
    startedAt: await startOf(process.pid),
  });
  await writeFile(join(claims, own), '', { flag: 'wx' });
  const release = (): Promise<void> => rm(join(claims, own), { force: true });
  for (const other of await readdir(claims)) {
    if (other === own) continue;
    const claim = readClaim(other);
    if (claim === undefined) continue;
    if (await isGone(claim)) await rm(join(claims, other), { force: true });
    else {
      await release();
      throw new Error(refusalOf(folder, claim, join(claims, other)));
    }
  }
  return release;
}

interface Claim {
  readonly host: string;
  readonly pid: number;
  /** When the process began, as the kernel tells it; `unknown` where it does not. */
  readonly startedAt: string;
}

function nameOfClaim({ host, pid, startedAt }: Claim): string {
  return [encodeURIComponent(host), pid, startedAt, randomUUID()].join(' ');
}

function readClaim(name: string): Claim | undefined {
  const [host, pid, startedAt, id] = name.split(' ');
  if (host === undefined || startedAt === undefined || id === undefined) return undefined;
  return { host: decodeURIComponent(host), pid: Number(pid), startedAt };
}

/** Certain only on this host: what another one's processes do can't be seen. */
async function isGone({ host, pid, startedAt }: Claim): Promise<boolean> {
  if (host !== hostname()) return false;
  if (!isRunning(pid)) return true;
  // The number may have gone to another process since.
  const now = await startOf(pid);
  return now !== UNKNOWN && startedAt !== UNKNOWN && now !== startedAt;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

const UNKNOWN = 'unknown';

/** Linux: this boot and the tick in it at which the process began. Elsewhere not known. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The 22nd field; the second is the program's name in parentheses, and may hold anything.
    const tick = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return tick === undefined ? UNKNOWN : `${boot.trim()}.${tick}`;
  } catch {
    return UNKNOWN;
  }
}

function refusalOf(folder: string, { host, pid }: Claim, file: string): string {
  const owner = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return (
    `The embedded evidence store in ${folder} is in use by ${owner}, and PGlite serves one process. ` +
    `Stop that process or give this one another folder; for several processes use PostgreSQL. ` +
    `If you are certain that it is gone, remove ${file}`
  );
}
