/** Workflows of a team's own, as they would be written with `holdpoint/workflow`. */
import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
} from '@temporalio/workflow';
import type { Policy } from '../../domain/policy/policy.ts';
import { undeclaredAction } from '../../domain/action/undeclared-action.ts';
import { prepareGuarded } from '../../workflows/guard.ts';
import {
  type CarriedRecord,
  createHoldpoint,
  type EscalationResult,
  type GateResult,
} from '../../workflows/index.ts';

export interface HostActivities {
  look(id: string): Promise<string>;
  pay(order: { readonly order: string; readonly amount: number }): Promise<string>;
  erase(id: string, reason: string): Promise<string>;
}

const activities = proxyActivities<HostActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { maximumAttempts: 3, initialInterval: '100 milliseconds' },
});

/** Three calls through a guard; every failure is caught and told by its type. */
export async function guarded(policy: Policy): Promise<readonly string[]> {
  const hold = createHoldpoint({ agentId: 'host-agent', requesterId: 'requester', policy });
  const { look, pay, erase } = hold.guard(activities);
  return hold.run(() =>
    Promise.all([
      look('c-1').catch(typeOf),
      pay({ order: 'o-1', amount: 10 }).catch(typeOf),
      erase('c-1', 'duplicate').catch(typeOf),
    ]),
  );
}

/** A payment that is called off in the workflow task that scheduled it, and a question after it. */
export async function calledOff(
  policy: Policy,
  when: 'at once' | 'later in the task',
): Promise<readonly string[]> {
  const hold = createHoldpoint({ agentId: 'host-agent', policy, started: {} });
  const local = proxyLocalActivities<HostActivities>({ scheduleToCloseTimeout: '4 seconds' });
  const { look } = hold.guard({ look: local.look });
  const { pay } = hold.guard({
    pay: async (order: Parameters<HostActivities['pay']>[0]) => {
      const scope = new CancellationScope();
      const paid = scope.run(() => activities.pay(order));
      if (when === 'later in the task') await look('c-1');
      scope.cancel();
      return paid;
    },
  });
  return hold.run(async () => [
    await pay({ order: 'o-1', amount: 10 }).catch(typeOf),
    (await hold.ask('Was it paid?')) ?? 'no answer',
  ]);
}

/**
 * A look that a person modified, as a local activity: it stores events of the task that no memo has yet. Then a payment,
 * whose consent carries what is not stored, and a question.
 */
export async function lookedFirst(policy: Policy): Promise<string> {
  const hold = createHoldpoint({ agentId: 'host-agent', policy, started: {} });
  const local = proxyLocalActivities<HostActivities>({ scheduleToCloseTimeout: '4 seconds' });
  const { pay } = hold.guard(activities);
  return hold.run(async () => {
    await hold.perform(
      { action: undeclaredAction('look', { arg0: 'c-1' }), actionId: 'look', floor: 'escalation' },
      {
        schedule: ({ action }) => local.look(action.arguments['arg0'] as string),
        prepare: async (input) => {
          await activities.look('c-0');
          // What a machine makes here waits for the next carrier, and a local activity is none.
          hold.turnAway({ actionId: 'other', actionType: 'other', code: 'unknown_tool' });
          return prepareGuarded(input);
        },
      },
    );
    await pay({ order: 'o-1', amount: 10 });
    return (await hold.ask('Was it paid?')) ?? 'no answer';
  });
}

function typeOf(error: unknown): string {
  return error instanceof Error && 'type' in error ? String(error.type) : 'another error';
}

export async function gated(policy: Policy): Promise<GateResult> {
  const hold = createHoldpoint({ agentId: 'host-agent', policy });
  return hold.run(() =>
    hold.gate({ actionType: 'wire_transfer', arguments: { amount: 5 }, description: 'Wire 5' }),
  );
}

export async function asking(policy: Policy): Promise<string | null> {
  const hold = createHoldpoint({ agentId: 'host-agent', policy });
  return hold.run(async () => (await hold.ask('Which of the two?')) ?? null);
}

export async function escalating(policy: Policy, score: number): Promise<EscalationResult> {
  const hold = createHoldpoint({ agentId: 'host-agent', policy });
  const answer = { task: 'Add up', answer: 'It is 4', confidence: { score } };
  return hold.run(() => hold.escalate(answer));
}

/** Nothing is gated and nobody interrupts: no trail, and no activity of Holdpoint's. */
export async function untouched(policy: Policy): Promise<string> {
  const hold = createHoldpoint({ agentId: 'host-agent', policy });
  return hold.run(async () => {
    await hold.checkpoint();
    return 'done';
  });
}

export async function twice(policy: Policy): Promise<string> {
  createHoldpoint({ agentId: 'host-agent', policy });
  try {
    createHoldpoint({ agentId: 'host-agent', policy });
    return 'two';
  } catch {
    return 'one';
  }
}

/** Holdpoint is not in it. */
export async function bystander(): Promise<string> {
  let isTold = false;
  setHandler(defineSignal('go'), () => {
    isTold = true;
  });
  await condition(() => isTold);
  return 'went';
}

/** Gates of this many characters each, all at once. After the signal `leave` it continues as new as soon as it may. */
export async function manyLargeGates(
  policy: Policy,
  left: Readonly<Record<string, number>>,
  carried?: CarriedRecord,
): Promise<'all decided'> {
  const hold = createHoldpoint({
    agentId: 'host-agent',
    policy,
    ...(carried === undefined ? {} : { carried }),
  });
  let isAsked = false;
  setHandler(defineSignal('leave'), () => {
    isAsked = true;
  });
  const open = { ...left };
  return hold.run(async () => {
    const deciding = Object.entries(left).map(async ([id, characters]) => {
      const text = 'because '.repeat(characters / 8);
      await hold.gate({
        id,
        actionType: 'wire_transfer',
        arguments: { text, to: `account of ${id}` },
      });
      delete open[id];
    });
    const all = Promise.all(deciding).then(() => 'all decided' as const);
    const leaving = condition(() => isAsked && hold.isParked(open)).then(() => 'leaving' as const);
    if ((await Promise.race([all, leaving])) === 'all decided') return all;
    return continueAsNew<typeof manyLargeGates>(policy, open, await hold.carry());
  });
}
