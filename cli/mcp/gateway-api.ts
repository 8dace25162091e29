/** The gateway as a client of its HTTP sees it: two requests, and a sentence where one of them is not answered. */
import { z } from 'zod';
import { externalGateSchema } from '../../domain/schema/external-gate.ts';

const problemSchema = z.object({ code: z.string(), detail: z.string() });

export type GateAnswer = z.output<typeof externalGateSchema>;

export interface GatewayAddress {
  /** http://host:port, without a path. */
  readonly url: string;
  readonly token: string;
}

/** What the agent is told instead of a gate. It says whether asking again is safe. */
export class GatewayFailure extends Error {
  override readonly name = 'GatewayFailure';
}

export interface GateCall {
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

export class GatewayApi {
  readonly #address: GatewayAddress;

  constructor(address: GatewayAddress) {
    this.#address = address;
  }

  /** The same key and body is the same gate, however often it is asked for. */
  async request(
    request: { readonly key: string; readonly body: object },
    { waitSeconds, signal }: GateCall,
  ): Promise<GateAnswer> {
    return this.#send(`/v1/gates?wait=${waitSeconds}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': request.key },
      body: JSON.stringify(request.body),
      signal,
    });
  }

  async read(id: string, { waitSeconds, signal }: GateCall): Promise<GateAnswer> {
    return this.#send(`/v1/gates/${encodeURIComponent(id)}?wait=${waitSeconds}`, { signal });
  }

  async #send(path: string, init: GateRequestInit): Promise<GateAnswer> {
    const { url, token } = this.#address;
    const headers = { ...init.headers, authorization: `Bearer ${token}` };
    const response = await fetch(`${url}${path}`, { ...init, headers }).catch((error: unknown) => {
      init.signal.throwIfAborted();
      const why = error instanceof Error ? (error.cause ?? error) : error;
      throw new GatewayFailure(
        `The gateway at ${url} does not answer (${String(why)}). Nothing is approved. Asking for the same again is safe.`,
      );
    });
    const body: unknown = await response.json().catch(() => undefined);
    const gate = externalGateSchema.safeParse(body);
    if (response.ok && gate.success) return gate.data;
    const problem = problemSchema.safeParse(body);
    throw new GatewayFailure(
      problem.success
        ? `${problem.data.code}: ${problem.data.detail}`
        : `The gateway at ${url} answered ${response.status}, and nothing that can be read.`,
    );
  }
}

interface GateRequestInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}
