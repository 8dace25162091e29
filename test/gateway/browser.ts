/**
 * A browser as far as a server sees one: it keeps cookies with what they are for, says where its requests come from, and
 * follows nothing by itself. What it sends otherwise is what a test says.
 */
import { CSRF_HEADER } from '../../gateway/api/me.ts';

export interface Cookie {
  readonly value: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- Tests look at whatever came.
  readonly body: any;
}

export interface BrowserRequest {
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Hears of everything that came back. */
export type Watcher = (method: string, url: string, answer: BrowserAnswer) => void;

export class Browser {
  readonly url: string;
  readonly cookies = new Map<string, Cookie>();
  csrfToken: string | undefined;
  readonly #watch: Watcher;

  constructor(url: string, watch: Watcher = () => undefined) {
    this.url = url;
    this.#watch = watch;
  }

  async get(path: string, request: BrowserRequest = {}): Promise<BrowserAnswer> {
    return this.send('GET', path, request);
  }

  async post(
    path: string,
    body: unknown = {},
    request: BrowserRequest = {},
  ): Promise<BrowserAnswer> {
    return this.send('POST', path, { body, ...request });
  }

  /** As a page of this origin sends it. A header that is undefined is left out. */
  async send(method: string, path: string, request: BrowserRequest = {}): Promise<BrowserAnswer> {
    const url = new URL(path, this.url);
    const isSafe = method === 'GET' || method === 'HEAD';
    const headers = {
      'sec-fetch-site': 'same-origin',
      ...(isSafe ? {} : { origin: this.url, 'content-type': 'application/json' }),
      ...(isSafe || this.csrfToken === undefined ? {} : { [CSRF_HEADER]: this.csrfToken }),
      ...(this.cookies.size === 0 ? {} : { cookie: this.#cookieHeader() }),
      ...request.headers,
    };
    const response = await fetched(url, {
      method,
      redirect: 'manual',
      headers: Object.fromEntries(
        Object.entries(headers).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value]],
        ),
      ),
      ...(isSafe ? {} : { body: request.raw ?? JSON.stringify(request.body ?? {}) }),
    });
    if (url.origin === this.url) this.#keep(response);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const { status } = response;
    const body: unknown = isJson ? JSON.parse(text) : undefined;
    const answer = { status, headers: response.headers, text, body };
    if (url.origin === this.url) this.#watch(method, url.href, answer);
    return answer;
  }

  /** By the development login. */
  async logIn(name: string, groups: readonly string[] = []): Promise<BrowserAnswer> {
    const answer = await this.post('/auth/development', { name, groups });
    this.csrfToken = answer.body?.csrfToken;
    return answer;
  }

  /** Who it is, and the token that its pages send. */
  async me(): Promise<BrowserAnswer['body']> {
    const { body } = await this.get('/v1/me');
    this.csrfToken = body.csrfToken;
    return body;
  }

  #cookieHeader(): string {
    return [...this.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  #keep(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const read = new Map(
        attributes.map((one) => {
          const [key = '', said = ''] = one.split('=');
          return [key.toLowerCase(), said] as const;
        }),
      );
      if (read.get('max-age') === '0') this.cookies.delete(name);
      else this.cookies.set(name, { value, attributes: read });
    }
  }
}

/** A browser tries again on a new connection where the server has closed the old one before it took anything. */
async function fetched(url: URL, request: RequestInit): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await fetch(url, request);
    } catch (error) {
      const cause = error instanceof TypeError ? error.cause : undefined;
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (tries > TRIES || (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET')) throw error;
    }
  }
}

const TRIES = 3;
