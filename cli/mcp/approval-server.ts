/**
 * The MCP server for coding agents: they ask whether they may do something, and hear what a person said. It reaches
 * the gateway alone, with a token that can only ask: whoever holds Temporal's own credentials could also decide, and an
 * agent does not open its own gate (H6).
 */
import { randomUUID } from 'node:crypto';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { externalGateSchema } from '../../domain/schema/external-gate.ts';
import { digestOfText } from '../../domain/text/digest.ts';
import { type GateAnswer, type GatewayApi, GatewayFailure } from './gateway-api.ts';

/** Clients commonly give a call up after a minute. */
const WAIT_SECONDS = 45;
const WAIT_SECONDS_MAX = 60;

const waitSeconds = z
  .int()
  .min(0)
  .max(WAIT_SECONDS_MAX)
  .default(WAIT_SECONDS)
  .describe('How long to wait for the outcome in this call. After it the answer is `pending`.');

const REQUEST = {
  action: z
    .string()
    .describe('The name of the action, such as delete_branch: letters, digits and _ . : / -'),
  arguments: z
    .record(z.string(), z.unknown())
    .describe('Exactly what you would do it with. What is approved is exactly this.'),
  reason: z.string().optional().describe('Why you want to do it, for the person who decides.'),
  waitSeconds,
};

const CHECK = { id: z.string().describe('From request_approval.'), waitSeconds };

export interface ApprovalServerOptions {
  readonly api: GatewayApi;
  readonly version: string;
  /** Which agent asks. Left out: the subject of the token. */
  readonly agentId?: string;
}

export function createApprovalServer({ api, version, agentId }: ApprovalServerOptions): McpServer {
  const server = new McpServer(
    { name: 'holdpoint', version },
    {
      instructions:
        'Before an action that can not be undone, or that reaches other people, call request_approval. Do the action only when the answer says `proceed: true`, and with the `arguments` of the answer.',
    },
  );
  const asked = new AskedGates();
  const said = agentId === undefined ? {} : { agentId };
  server.registerTool(
    'request_approval',
    {
      title: 'Ask a person for approval',
      description:
        'Asks whether an action may be done, by policy or by a person, before you do it. Waits for the outcome for a while; `pending` means that nobody has decided yet, and that it must not be done.',
      inputSchema: REQUEST,
      outputSchema: externalGateSchema.shape,
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
    },
    async ({ action, arguments: args, reason, waitSeconds: wait }, { signal }) =>
      told(async () => {
        const why = reason === undefined ? {} : { reason };
        const request = asked.again({ actionType: action, arguments: args, ...why, ...said });
        const gate = await api.request(request, { waitSeconds: wait, signal });
        asked.heard(gate, request);
        return gate;
      }),
  );
  server.registerTool(
    'check_approval',
    {
      title: 'See what became of a request',
      description: 'The outcome of an earlier request_approval, by its id. Waits for it as well.',
      inputSchema: CHECK,
      outputSchema: externalGateSchema.shape,
      annotations: { readOnlyHint: true },
    },
    async ({ id, waitSeconds: wait }, { signal }) =>
      told(async () => {
        const gate = await api.read(id, { waitSeconds: wait, signal });
        asked.heard(gate);
        return gate;
      }),
  );
  return server;
}

interface AskedGate {
  readonly key: string;
  readonly body: { readonly actionType: string; readonly arguments: object };
  id?: string;
}

/**
 * What was asked and has had no outcome yet: asked again, be it in other words, it is the same gate. Once its outcome
 * is known it is a new one: a decision is used once (H2).
 */
class AskedGates {
  readonly #open = new Map<string, AskedGate>();

  again(body: AskedGate['body']): AskedGate {
    const what = digestOfText(JSON.stringify([body.actionType, body.arguments]));
    const known = this.#open.get(what) ?? { key: randomUUID(), body };
    this.#open.set(what, known);
    return known;
  }

  heard({ id, status }: GateAnswer, request?: AskedGate): void {
    if (request !== undefined) request.id = id;
    if (status === 'pending') return;
    for (const [what, open] of this.#open) if (open.id === id) this.#open.delete(what);
  }
}

interface Told {
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: true;
  readonly [key: string]: unknown;
}

async function told(ask: () => Promise<GateAnswer>): Promise<Told> {
  try {
    const gate = await ask();
    const text = `${gateText(gate)}\n${JSON.stringify(gate)}`;
    return { content: [{ type: 'text', text }], structuredContent: { ...gate } };
  } catch (error) {
    if (!(error instanceof GatewayFailure)) throw error;
    return { content: [{ type: 'text', text: error.message }], isError: true };
  }
}

/** What the agent does now. */
function gateText({ id, status, proceed, message }: GateAnswer): string {
  if (status === 'pending') {
    return `Nobody has decided yet. Do not do it. Call check_approval with id ${id}.`;
  }
  if (proceed) {
    return status === 'modified'
      ? 'It may be done, once, with the changed `arguments` below and not with your own.'
      : 'It may be done, once, with exactly the `arguments` below.';
  }
  const why = message === undefined ? '' : ` ${message}`;
  return `It must not be done (${status}).${why} Do not ask for the same again without something new.`;
}
