/** What is attacked: a desk whose irreversible tools need a signed decision, and which remembers everything that ran. */
import { z } from 'zod';
import { defineTool, type Tool } from '../activities/tool.ts';
import {
  type ConfidenceModel,
  type Model,
  scriptedModel,
  type TurnScript,
} from '../activities/index.ts';
import type { Policy } from '../domain/index.ts';
import { HOUR_MS, SECOND_MS } from '../domain/limits.ts';
import { definePolicy } from '../domain/schema/policy.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';
import { newKey } from './signing.ts';

export const AGENT = 'attacked-agent';
export const REQUESTER = 'rosa';
const LONG_AGO = '2026-01-01T00:00:00Z';
const FAR_OFF = '2999-01-01T00:00:00Z';

/** Whose private keys exist. The attacker has none of those that count, but may have what reviewers have published. */
export const CAST = {
  rita: newKey('rita-1', { reviewerId: 'rita' }),
  bob: newKey('bob-1', { reviewerId: 'bob' }),
  olga: newKey('olga-1', { reviewerId: 'olga' }),
  rosa: newKey('rosa-1', { reviewerId: 'rosa' }),
  rex: newKey('rex-1', { reviewerId: 'rex' }),
  sam: newKey('sam-1', { reviewerId: 'sam' }),
  issuer: newKey('login-1'),
  revoked: newKey('rita-0', { reviewerId: 'rita', revokedAt: LONG_AGO }),
  notYet: newKey('rita-2', { reviewerId: 'rita', notBefore: FAR_OFF }),
  /** Revoked in the middle of a test. */
  lost: newKey('rita-3', { reviewerId: 'rita' }),
  stranger: newKey('stranger-1'),
};

export type Cast = typeof CAST;

export function trustedKeys(): readonly TrustedKey[] {
  const { stranger: _none, ...listed } = CAST;
  return Object.values(listed).map(({ trusted }) => trusted);
}

const tier = { respondWithinMs: HOUR_MS, onNoResponse: 'reject', groups: ['ops'] } as const;

const PEOPLE = {
  rita: { accounts: ['rita-alt'], groups: ['ops'] },
  bob: { groups: ['ops'] },
  olga: { groups: ['ops'] },
  rosa: { accounts: ['rosa-alt'], groups: ['ops'] },
  rex: { groups: ['ops'], revokedSince: LONG_AGO },
  sam: { groups: ['sales'] },
};

const SIGNED = [
  { ...tier, name: 'synchronous_gate', route: 'ops, signed', proof: 'signed' },
  { ...tier, name: 'escalation', route: 'ops, signed', proof: 'signed' },
] as const;

/** Knows no tool, so that each is irreversible and needs a signed decision. */
export function strictPolicy(): Policy {
  return definePolicy({
    name: 'strict',
    version: '1',
    people: PEOPLE,
    tiers: [{ ...tier, name: 'async_review', route: 'ops' }, ...SIGNED],
  });
}

/** Of the tier that takes claimed decisions, for races with the clock. */
const RACE_DEADLINE_MS = 10 * SECOND_MS;

export function attackedPolicy(): Policy {
  return definePolicy({
    name: 'attacked',
    version: '1',
    tools: {
      refund: { reversibility: 'partially_reversible', value: '/amount' },
      wire: { reversibility: 'irreversible' },
    },
    people: PEOPLE,
    agents: { [AGENT]: { owner: 'olga' } },
    separationOfDuties: { modifierMayDecide: false },
    tiers: [
      { ...tier, name: 'async_review', route: 'ops', respondWithinMs: RACE_DEADLINE_MS },
      ...SIGNED,
    ],
  });
}

export interface Execution {
  readonly tool: string;
  /** The idempotency key: it begins with the session's id. */
  readonly key: string;
  readonly args: unknown;
}

export interface Desk {
  readonly tools: readonly Tool[];
  readonly model: Model;
  readonly confidenceModel: ConfidenceModel;
  /** A team's own activity, which is no tool. */
  readonly activities: { wire(what: object): Promise<string> };
  readonly executions: Execution[];
  executionsOf(sessionId: string): readonly Execution[];
  /** What the model does in sessions with this goal. */
  play(goal: string, turns: Turns): void;
  /** Tools with an argument of this value wait, once they have begun, until what it returns is called. */
  holdBack(value: string): () => void;
}

export type Turns = readonly [TurnScript, ...TurnScript[]];

export function openDesk(): Desk {
  const executions: Execution[] = [];
  const scripts = new Map<string, Turns>();
  const held = new Map<string, Promise<void>>();
  const ran =
    (tool: string) => async (args: object, context: { readonly idempotencyKey: string }) => {
      executions.push({ tool, key: context.idempotencyKey, args });
      await Promise.all(Object.values(args).map(async (value) => held.get(String(value))));
      return { done: tool };
    };
  return {
    executions,
    tools: [
      defineTool({
        name: 'delete_record',
        description: 'Deletes a record for good.',
        input: z.object({ id: z.string(), reason: z.string().optional() }),
        timeoutMs: 20_000,
        execute: ran('delete_record'),
      }),
      defineTool({
        name: 'refund',
        description: 'Pays money back.',
        input: z.object({ order: z.string(), amount: z.number().positive() }),
        reversibility: 'partially_reversible',
        execute: ran('refund'),
      }),
    ],
    model: {
      name: 'script of the attacks',
      respond: async (request) => {
        const turns = scripts.get(request.goal) ?? ([{ text: 'Nothing to do.' }] as const);
        return scriptedModel(turns).respond(request);
      },
    },
    confidenceModel: { name: 'always sure', rate: async () => '0.95' },
    activities: {
      wire: async (args) => {
        executions.push({ tool: 'wire', key: JSON.stringify(args), args });
        return 'wired';
      },
    },
    executionsOf: (sessionId) => executions.filter(({ key }) => key.startsWith(`${sessionId}/`)),
    play: (goal, turns) => void scripts.set(goal, turns),
    holdBack: (value) => {
      let release = (): void => undefined;
      held.set(
        value,
        new Promise<void>((resolve) => {
          release = resolve;
        }),
      );
      return () => release();
    },
  };
}
