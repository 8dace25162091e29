/** Types of the client, as a team meets them: held by the type check; nothing of it needs to run. */
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../activities/index.ts';
import type {
  DecisionOf,
  GateOf,
  HoldpointClient,
  ListedGateOf,
  ModificationsOf,
  PendingApproval,
} from '../../client/index.ts';
import type { MemoGate } from '../../domain/messages.ts';
import type { Json, JsonObject } from '../../domain/index.ts';

const refund = defineTool({
  name: 'refund',
  description: 'Pays back',
  input: z.object({ order: z.string(), amount: z.number() }),
  execute: ({ amount }) => amount,
});
const erase = defineTool({
  name: 'erase',
  description: 'Erases',
  input: z.object({ id: z.string() }),
  execute: () => null,
});
const tools = [refund, erase] as const;

test('a client that knows no tools shows gates of any', () => {
  expectTypeOf<
    Awaited<ReturnType<HoldpointClient['gates']>>[number]
  >().toEqualTypeOf<PendingApproval>();
});

test('a client of known tools tells their gates apart by the name of the tool', () => {
  type Gate = GateOf<typeof tools>;
  type Refund = Extract<Gate, { readonly actionType: 'refund'; readonly kind: 'action' }>;
  expectTypeOf<Refund['payload']>().toEqualTypeOf<Readonly<{ order: string; amount: number }>>();
  type Erase = Extract<Gate, { readonly actionType: 'erase'; readonly kind: 'action' }>;
  expectTypeOf<Erase['payload']>().toEqualTypeOf<Readonly<{ id: string }>>();
});

test('a list of what waits names known tools, and what agents ask and answer', () => {
  type Listed = Awaited<
    ReturnType<HoldpointClient<typeof tools>['pending']>
  >['sessions'][number]['gates'][number];
  expectTypeOf<Listed>().toEqualTypeOf<ListedGateOf<typeof tools>>();
  expectTypeOf<Listed['actionType']>().toEqualTypeOf<'refund' | 'erase' | 'question' | 'answer'>();
  type Asked = Extract<Listed, { readonly kind: 'question' }>;
  expectTypeOf<Asked['actionType']>().toEqualTypeOf<'question'>();
  type Effect = Extract<Listed, { readonly kind: 'effect' }>;
  expectTypeOf<Effect['actionType']>().toEqualTypeOf<'refund' | 'erase'>();
  expectTypeOf<
    Awaited<ReturnType<HoldpointClient['pending']>>['sessions'][number]['gates'][number]
  >().toEqualTypeOf<MemoGate>();
});

test('a decision over a gate that was shown changes only what its arguments can be', () => {
  type Gate = GateOf<typeof tools>;
  type Refund = Extract<Gate, { readonly actionType: 'refund'; readonly kind: 'action' }>;
  expectTypeOf<ModificationsOf<Refund>>().toEqualTypeOf<
    Partial<Readonly<{ order: string; amount: number }>>
  >();
  const rita = { decision: 'modified', reviewerId: 'rita' } as const;
  const halved: DecisionOf<Refund> = { ...rita, modifications: { amount: 60 } };
  // @ts-expect-error -- an amount is a number
  const asText: DecisionOf<Refund> = { ...rita, modifications: { amount: '60' } };
  // @ts-expect-error -- it has no argument of that name
  const unknown: DecisionOf<Refund> = { ...rita, modifications: { sum: 60 } };
  // @ts-expect-error -- what was shown is not said a second time
  const twice: DecisionOf<Refund> = { ...rita, gateId: 'g' };
  // @ts-expect-error -- the only decisions are approved, rejected, modified
  const neither: DecisionOf<Refund> = { reviewerId: 'rita', decision: 'perhaps' };
  expect([halved, asText, unknown, twice, neither]).toHaveLength(5);
});

test('of the other kinds of gates it is what people write, and of unknown tools any JSON', () => {
  type Of<Kind extends PendingApproval['kind']> = PendingApproval & { readonly kind: Kind };
  expectTypeOf<ModificationsOf<Of<'question'>>>().toEqualTypeOf<{ readonly answer: string }>();
  expectTypeOf<ModificationsOf<Of<'answer'>>>().toEqualTypeOf<{ readonly answer: string }>();
  expectTypeOf<ModificationsOf<Of<'effect'>>>().toEqualTypeOf<{ readonly result: Json }>();
  expectTypeOf<ModificationsOf<PendingApproval>>().toEqualTypeOf<JsonObject>();
});

test('a tool is called with what its schema puts out', () => {
  expectTypeOf<Parameters<typeof refund.execute>[0]>().toEqualTypeOf<{
    order: string;
    amount: number;
  }>();
  expectTypeOf<typeof refund.name>().toEqualTypeOf<'refund'>();
});
