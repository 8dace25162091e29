/**
 * The inbox as files, read once at the start: a request can name what was read and nothing else. What the build has named
 * by its content is kept by browsers for good; the page itself is asked for anew each time.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
const PACKED: readonly string[] = ['.woff2', '.png'];
const FILES_MAX = 1_000;

/** As Vite names what it builds: by a hash of the content. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/;
const FOREVER = 'public, max-age=31536000, immutable';
const ANEW = 'no-cache';

interface StaticFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzipped?: Uint8Array<ArrayBuffer>;
}

export interface StaticFiles {
  /** Undefined: there is no such file, and no page. */
  readonly answer: (request: Request, path: string) => Response | undefined;
}

const PLACEHOLDER = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Holdpoint</title></head>
<body><h1>Holdpoint</h1>
<p>The gateway runs, and the inbox is not built: this package has no folder <code>dist/inbox</code>.</p>
<p>What programs use is described in <a href="/openapi.json">/openapi.json</a>.</p></body></html>
`;

/** `folder` left out, or not there: a page that says that the inbox is not built. */
export async function readStaticFiles(folder: string | undefined): Promise<StaticFiles> {
  const files = folder === undefined ? new Map<string, StaticFile>() : await filesIn(folder);
  const index = files.get('/index.html') ?? (await staticFile('.html', Buffer.from(PLACEHOLDER)));
  return {
    answer: (request, path) => {
      const file = path === '/' ? index : files.get(path);
      if (file !== undefined) return answerOf(request, file, HASHED.test(path) ? FOREVER : ANEW);
      // An address of the page's own. What has an ending is a file that is missing.
      const isPage = extname(path) === '' && request.headers.get('accept')?.includes('text/html');
      return isPage === true ? answerOf(request, index, ANEW) : undefined;
    },
  };
}

async function filesIn(folder: string): Promise<Map<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    },
  );
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    if (files.size >= FILES_MAX) throw new Error(`${folder} has more than ${FILES_MAX} files.`);
    const path = join(entry.parentPath, entry.name);
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    files.set(name, await staticFile(extname(name), await readFile(path)));
  }
  return files;
}

async function staticFile(ending: string, content: Buffer): Promise<StaticFile> {
  const type = TYPES[ending] ?? 'application/octet-stream';
  const bytes = Uint8Array.from(content);
  if (PACKED.includes(ending)) return { type, bytes };
  return { type, bytes, gzipped: Uint8Array.from(await compress(content)) };
}

function answerOf(
  request: Request,
  { type, bytes, gzipped }: StaticFile,
  caching: string,
): Response {
  const isZipped =
    gzipped !== undefined && request.headers.get('accept-encoding')?.includes('gzip') === true;
  return new Response(isZipped ? gzipped : bytes, {
    headers: {
      'content-type': type,
      'cache-control': caching,
      vary: 'accept-encoding',
      ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
    },
  });
}
