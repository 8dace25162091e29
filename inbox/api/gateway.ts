/**
 * The gateway, as the page talks to it: the only file that fetches. The login is a cookie that no script can read; what
 * changes something carries the token against forgery. Rejects with a {@link GatewayProblem} alone.
 */
import type { Me } from '../../gateway/api/me.ts';
import type { Exchange } from '../model/clock.ts';
import { noAnswer, problemFrom, type ProblemSaid } from '../model/problem.ts';

class GatewayProblem extends Error {
  override readonly name = 'GatewayProblem';
  readonly said: ProblemSaid;

  constructor(said: ProblemSaid) {
    super(said.detail);
    this.said = said;
  }
}

export interface Gateway {
  readonly read: <Answer>(path: string, signal?: AbortSignal) => Promise<Answer>;
  readonly send: <Answer>(path: string, body: object) => Promise<Answer>;
  /** Whose token goes with what is sent. */
  readonly becomes: (me: Me) => void;
}

export interface GatewayHears {
  /** Of every answer that says the server's time. */
  readonly exchanged: (exchange: Exchange) => void;
  /** Somebody is no longer logged in. */
  readonly loggedOut: () => void;
}

const CSRF_HEADER = 'x-holdpoint-csrf';
const ANSWER_WITHIN_MS = 45_000;

export function createGateway({ exchanged, loggedOut }: GatewayHears): Gateway {
  let csrfToken: string | undefined;
  const ask = async <Answer>(path: string, init: RequestInit): Promise<Answer> => {
    const sentAt = Date.now();
    const limit = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const signal = init.signal == null ? limit : AbortSignal.any([limit, init.signal]);
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(path, {
        ...init,
        signal,
        credentials: 'same-origin',
        redirect: 'error',
      });
      body = await response.json();
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new GatewayProblem(noAnswer());
    }
    const serverAt = (body as { readonly at?: unknown } | null)?.at;
    if (typeof serverAt === 'number') exchanged({ sentAt, receivedAt: Date.now(), serverAt });
    if (response.ok) return body as Answer;
    const said = problemFrom(response.status, body);
    if (said.code === 'UNAUTHENTICATED') loggedOut();
    throw new GatewayProblem(said);
  };
  return {
    read: async (path, signal) => ask(path, signal === undefined ? {} : { signal }),
    send: async (path, body) =>
      ask(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(csrfToken === undefined ? {} : { [CSRF_HEADER]: csrfToken }),
        },
        body: JSON.stringify(body),
      }),
    becomes: (me) => {
      csrfToken = me.csrfToken;
    },
  };
}

export function problemOf(error: unknown): ProblemSaid {
  return error instanceof GatewayProblem ? error.said : noAnswer();
}

/** The API's address of a session, or of a gate of it. */
export function sessionPath(sessionId: string, below = ''): string {
  return `/v1/sessions/${encodeURIComponent(sessionId)}${below}`;
}

export function gatePath({
  sessionId,
  gateId,
}: {
  readonly sessionId: string;
  readonly gateId: string;
}): string {
  return sessionPath(sessionId, `/gates/${encodeURIComponent(gateId)}`);
}
