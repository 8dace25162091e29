/** Types of the client, as a team meets them: held by the type check; nothing of it needs to run. */
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../activities/index.ts';
import type { GateOf, HoldpointClient, PendingApproval } from '../../client/index.ts';

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

test('a tool is called with what its schema puts out', () => {
  expectTypeOf<Parameters<typeof refund.execute>[0]>().toEqualTypeOf<{
    order: string;
    amount: number;
  }>();
  expectTypeOf<typeof refund.name>().toEqualTypeOf<'refund'>();
});
