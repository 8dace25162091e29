/**
 * A customer desk for tests: one tool of each class, which only record that they ran, and a model that plays the
 * script written for a session's goal. What ran, with which arguments and under which key, is the tests' own ledger.
 */
import { z } from 'zod';
import {
  type ConfidenceModel,
  defineTool,
  type Model,
  NotExecuted,
  type Tool,
  type TurnScript,
  scriptedModel,
} from '../../activities/index.ts';
import { definePolicy, type Policy, type PolicySource } from '../../domain/index.ts';

export interface Execution {
  readonly tool: string;
  readonly key: string;
  readonly args: unknown;
}

export interface Desk {
  readonly tools: readonly Tool[];
  readonly model: Model;
  readonly confidenceModel: ConfidenceModel;
  /** Everything that ran. */
  readonly executions: Execution[];
  executionsOf(sessionId: string): readonly Execution[];
  /** What the model does in sessions with this goal, and how sure it is of its answers. */
  play(goal: string, script: Script): void;
  /**
   * Holds back, until what it returns is called, every tool with an argument `name`, once it has recorded that it ran;
   * and every model turn of the goal `name`.
   */
  holdBack(name: string): () => void;
}

export interface Script {
  readonly turns: readonly [TurnScript, ...TurnScript[]];
  /** The fast model's words. Default `0.95`. */
  readonly confidence?: string | readonly string[];
}

const DESK_POLICY: PolicySource = {
  name: 'desk',
  version: '1',
  tools: {
    search: { readOnly: true },
    glance: { readOnly: true },
    refund: { reversibility: 'partially_reversible', value: '/amount' },
  },
};

export function deskPolicy(changes: Partial<PolicySource> = {}): Policy {
  return definePolicy({ ...DESK_POLICY, ...changes });
}

export function createDesk(): Desk {
  const executions: Execution[] = [];
  const scripts = new Map<string, Script>();
  const heldBack = new Map<string, Promise<void>>();
  const ran =
    (tool: string) =>
    async (args: object, { idempotencyKey: key }: { readonly idempotencyKey: string }) => {
      executions.push({ tool, key, args });
      await Promise.all(Object.values(args).map(async (name) => heldBack.get(name)));
      return { done: tool };
    };
  const scriptOf = (goal: string): Script => {
    const script = scripts.get(goal);
    if (script === undefined) throw new Error(`No script for the goal ${goal}`);
    return script;
  };
  return {
    executions,
    executionsOf: (sessionId) => executions.filter(({ key }) => key.startsWith(`${sessionId}/`)),
    play: (goal, script) => void scripts.set(goal, script),
    holdBack: (name) => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      heldBack.set(name, released);
      return () => {
        heldBack.delete(name);
        release();
      };
    },
    tools: deskTools(ran),
    model: {
      name: 'scripted model',
      respond: async (request) => {
        await heldBack.get(request.goal);
        return scriptedModel(scriptOf(request.goal).turns).respond(request);
      },
    },
    confidenceModel: {
      name: 'scripted confidence',
      rate: async ({ task, answer }) => {
        const found = [...scripts].find(([goal]) => task.includes(goal));
        const words = found?.[1].confidence ?? '0.95';
        if (typeof words === 'string') return words;
        return words[answer.length % words.length] ?? '';
      },
    },
  };
}

type Ran = (
  tool: string,
) => (args: object, context: { readonly idempotencyKey: string }) => Promise<unknown>;

function deskTools(ran: Ran): readonly Tool[] {
  return [
    defineTool({
      name: 'search',
      description: 'Searches customers.',
      input: z.object({ query: z.string() }),
      readOnly: true,
      execute: ran('search'),
    }),
    defineTool({
      name: 'glance',
      description: 'Looks something up at once.',
      input: z.object({ id: z.string() }),
      readOnly: true,
      quick: true,
      execute: ran('glance'),
    }),
    defineTool({
      name: 'create_draft',
      description: 'Writes a draft.',
      input: z.object({ text: z.string() }),
      reversibility: 'reversible',
      execute: ran('create_draft'),
    }),
    defineTool({
      name: 'refund',
      description: 'Pays money back.',
      input: z.object({ order: z.string(), amount: z.number().positive() }),
      reversibility: 'partially_reversible',
      category: 'payment',
      execute: ran('refund'),
    }),
    defineTool({
      name: 'delete_record',
      description: 'Deletes a record for good.',
      input: z.object({ id: z.string(), reason: z.string().optional() }),
      category: 'deletion',
      timeoutMs: 20_000,
      execute: ran('delete_record'),
    }),
    defineTool({
      name: 'send_email',
      description: 'Always fails before it sends anything.',
      input: z.object({ to: z.string() }),
      execute: () => {
        throw new NotExecuted('The mail server refused the recipient');
      },
    }),
    defineTool({
      name: 'publish_publicly',
      description: 'Breaks off in the middle.',
      input: z.object({ text: z.string() }),
      execute: async (args, context) => {
        await ran('publish_publicly')(args, context);
        throw new Error('connection reset');
      },
    }),
  ];
}
