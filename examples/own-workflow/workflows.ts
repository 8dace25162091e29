/**
 * Workflows of a team's own, with `createHoldpoint()` in them: one for each thing that it offers. What stands between
 * "Guide" marks is shown in docs/guides/your-own-workflow.md.
 */
import { ApplicationFailure } from '@temporalio/common';
import {
  condition,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Policy } from 'holdpoint/policy';
import {
  type CarriedRecord,
  createHoldpoint,
  GUARD_FAILURES,
  type Holdpoint,
  prepareGuarded,
  undeclaredAction,
} from 'holdpoint/workflow';
import type { Bank } from './bank.ts';

const bank = proxyActivities<Bank>({ startToCloseTimeout: '20 seconds' });
const { importRow, renew, reserveFunds, wire } = bank;

// region: policy
const { loadPolicy } = proxyLocalActivities<{ loadPolicy(): Promise<Policy> }>({
  scheduleToCloseTimeout: '4 seconds',
});

/** The policy of the worker at hand, in this run's history from here on. */
async function withPolicy(hold: Holdpoint): Promise<Holdpoint> {
  hold.pinPolicy(await loadPolicy());
  return hold;
}
// endregion

// region: gate
export async function payInvoice(to: string, amount: number): Promise<string> {
  const hold = createHoldpoint({ agentId: 'payments', requesterId: 'accounting' });
  return hold.run(async () => {
    await withPolicy(hold);
    const cleared = await hold.gate({
      actionType: 'pay_invoice',
      arguments: { to, amount },
      description: `Pay ${amount} to ${to}`,
    });
    if (!cleared.proceed) return `not paid: ${cleared.outcome.status}`;
    // What was approved, which a reviewer may have changed. Nobody has checked it yet.
    const { amount: approved } = cleared.arguments;
    if (typeof approved !== 'number' || approved > amount) {
      throw ApplicationFailure.nonRetryable('That is not what may be paid', 'BadAmount');
    }
    await reserveFunds(approved);
    return wire({ to, amount: approved });
  });
}
// endregion

// region: guard
export async function closeAccount(account: string): Promise<string> {
  const hold = createHoldpoint({ agentId: 'accounts' });
  const guarded = hold.guard(bank);
  return hold.run(async () => {
    await withPolicy(hold);
    const { balance } = await guarded.readAccount(account);
    try {
      return await guarded.closeAccount(account, `balance ${balance}`);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      if (error.type !== GUARD_FAILURES.rejected) throw error;
      return `kept: ${error.message}`;
    }
  });
}
// endregion

// region: perform
export async function wireAll(to: readonly string[]): Promise<readonly string[]> {
  const hold = createHoldpoint({ agentId: 'payments' });
  return hold.run(async () => {
    await withPolicy(hold);
    const wires = to.map(async (account) => {
      const action = undeclaredAction('wire', { to: account, amount: 10 });
      const outcome = await hold.perform(
        { action, actionId: `wire/${account}` },
        {
          prepare: prepareGuarded,
          schedule: ({ action: cleared }) =>
            bank.wire(cleared.arguments as Parameters<Bank['wire']>[0]),
        },
      );
      return `${account}: ${outcome.status}`;
    });
    return Promise.all(wires);
  });
}
// endregion

// region: ask
export async function chooseSupplier(offers: readonly string[]): Promise<string> {
  const hold = createHoldpoint({ agentId: 'purchasing' });
  return hold.run(async () => {
    await withPolicy(hold);
    const answer = await hold.ask(`Which of these: ${offers.join(', ')}?`);
    return answer ?? 'nobody chose';
  });
}
// endregion

// region: escalate
export async function answerCustomer(answer: string, score: number): Promise<string> {
  const hold = createHoldpoint({ agentId: 'support', stakes: 'high_stakes' });
  return hold.run(async () => {
    await withPolicy(hold);
    const task = 'Say when the parcel comes';
    const held = await hold.escalate({ task, answer, confidence: { score } });
    return 'answer' in held ? `${held.status}: ${held.answer}` : held.status;
  });
}
// endregion

// region: steps
export interface Import {
  readonly from: number;
  readonly to: number;
  readonly told?: readonly string[];
}

export async function importRows(rows: Import, handedOn?: CarriedRecord): Promise<string> {
  // From the run before, never from who starts a workflow.
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const carried = isContinued ? handedOn : undefined;
  const hold = createHoldpoint({
    agentId: 'importer',
    ...(carried === undefined ? {} : { carried }),
  });
  const { from, to, told = [] } = rows;
  const heard = [...told];
  return hold.run(async () => {
    if (carried === undefined) await withPolicy(hold);
    for (let row = from; row <= to; row += 1) {
      await hold.checkpoint();
      heard.push(...hold.takeInstructions().map(({ message }) => message));
      const workId = `row/${row}`;
      if (heard.includes(`leave out ${row}`)) {
        hold.turnAway({ actionId: workId, actionType: 'importRow', code: 'LEFT_OUT' });
        continue;
      }
      await hold.work({ workId, actionType: 'importRow' }, () => importRow(row));
      hold.report({ row });
      if (row < to && hold.isRunFull()) {
        const next = { from: row + 1, to, told: heard };
        return continueAsNew<typeof importRows>(next, await hold.carry());
      }
    }
    return `rows up to ${to}; told: ${heard.join(', ')}`;
  });
}
// endregion

// region: parked
export async function renewAll(
  contracts: readonly string[],
  renewed = 0,
  handedOn?: CarriedRecord,
): Promise<string> {
  const isContinued = workflowInfo().continuedFromExecutionRunId !== undefined;
  const carried = isContinued ? handedOn : undefined;
  const hold = createHoldpoint({
    agentId: 'contracts',
    ...(carried === undefined ? {} : { carried }),
  });
  return hold.run(async () => {
    if (carried === undefined) await withPolicy(hold);
    const open = new Set(contracts);
    let count = renewed;
    const asking = contracts.map(async (contract) => {
      const id = `renew/${contract}`;
      const cleared = await hold.gate({ id, actionType: 'renew', arguments: { contract } });
      if (cleared.proceed) {
        await hold.work({ workId: id, actionType: 'renew' }, () => renew(contract));
        count += 1;
      }
      open.delete(contract);
    });
    const isAllSaid = Promise.all(asking).then(() => true);
    const isFull = condition(() => hold.isRunFull() && hold.isParked([...open])).then(() => false);
    if (await Promise.race([isAllSaid, isFull])) return `${count} renewed`;
    return continueAsNew<typeof renewAll>([...open], count, await hold.carry());
  });
}
// endregion
