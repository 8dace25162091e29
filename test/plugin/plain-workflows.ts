/**
 * Workflows as Temporal's users write them, in the patterns of Temporal's public samples. None has a line about
 * Holdpoint: what they do is the same with its plugin and without.
 */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  startChild,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';

export interface PlainActivities {
  /** Reads. */
  look(what: string): Promise<string>;
  /** Reads, for a while. */
  ponder(what: string, ms: number): Promise<string>;
  /** Can be undone, and is not held. */
  note(what: string): Promise<string>;
  /** Can't be undone. */
  charge(order: { readonly order: string; readonly amount: number }): Promise<string>;
  erase(id: string, reason: string): Promise<string>;
  publish(page: string): Promise<string>;
  /** Can't be undone, and the policy names it not. */
  surprise(what: string): Promise<string>;
  /** Can't be undone, and answers nothing. */
  forget(what: string): Promise<void>;
}

const { look, note, charge, erase, publish, surprise, forget } = proxyActivities<PlainActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { maximumAttempts: 3, initialInterval: '50 milliseconds' },
});

const local = proxyLocalActivities<PlainActivities>({ startToCloseTimeout: '5 seconds' });

/** Saga: what was done is undone, in reverse, when a later step fails. */
export async function saga(order: string, failsAtEnd: boolean): Promise<readonly string[]> {
  const done: string[] = [];
  const compensations: (() => Promise<string>)[] = [];
  try {
    done.push(await note(`car for ${order}`));
    compensations.unshift(() => erase(order, 'car'));
    done.push(await charge({ order, amount: 10 }));
    compensations.unshift(() => note(`refund for ${order}`));
    if (failsAtEnd) await look('nowhere');
    return done;
  } catch {
    for (const undo of compensations) done.push(await undo());
    return done;
  }
}

/** Polling: a read in a loop with timers, then one act. */
export async function polling(what: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const seen = await look(`${what} ${attempt}`);
    if (seen.endsWith('3')) return publish(`${what} after ${attempt}`);
    await sleep(20);
  }
}

/** Batch: a child for each item. */
export async function batch(items: readonly string[]): Promise<readonly string[]> {
  const { workflowId } = workflowInfo();
  return Promise.all(
    items.map((item) =>
      executeChild(oneItem, { args: [item], workflowId: `${workflowId}/${item}` }),
    ),
  );
}

export async function oneItem(item: string): Promise<string> {
  await note(item);
  return publish(item);
}

/** A loop that continues as new, with its state in its arguments. */
export async function loop(
  from: number,
  to: number,
  done: readonly string[] = [],
): Promise<readonly string[]> {
  const page = await publish(`page ${from}`);
  const all = [...done, page];
  if (from === to) return all;
  return continueAsNew<typeof loop>(from + 1, to, all);
}

/** A reminder at a time that a signal moves. */
export const snooze = defineSignal<[number]>('snooze');
export async function scheduled(message: string): Promise<string> {
  let due = Date.now() + 60_000;
  setHandler(snooze, (ms) => {
    due = Date.now() + ms;
  });
  for (let seen = 0; seen !== due;) {
    seen = due;
    const at = seen;
    await condition(() => due !== at, Math.max(1, seen - Date.now()));
  }
  return publish(message);
}

/** Messages of its own, under the very names of Holdpoint's short ones. */
export const add = defineSignal<[string]>('decide');
export const cancel = defineSignal('cancel');
export const checkOut = defineUpdate<string, [number]>('submitDecision');
export const status = defineQuery<readonly string[]>('status');
export async function cart(): Promise<readonly string[]> {
  const items: string[] = [];
  let isOver = false;
  setHandler(add, (item) => void items.push(item));
  setHandler(cancel, () => {
    items.push('cancelled');
    isOver = true;
  });
  setHandler(status, () => items);
  setHandler(
    checkOut,
    async (amount) => {
      const paid = await charge({ order: items.join('+'), amount });
      items.push(paid);
      isOver = true;
      return paid;
    },
    {
      validator: (amount) => {
        if (amount < 0) throw new Error('An amount is not negative');
      },
    },
  );
  await condition(() => isOver && allHandlersFinished());
  return items;
}

/** Many at once. */
export async function fanOut(count: number): Promise<readonly string[]> {
  const pages = Array.from({ length: count }, (_, index) => publish(`leaf ${index}`));
  return Promise.all(pages);
}

/** Children of children: the act is at the bottom. */
export async function nested(depth: number): Promise<string> {
  const { workflowId } = workflowInfo();
  if (depth === 0) return publish(`bottom of ${workflowId}`);
  const child = await startChild(nested, {
    args: [depth - 1],
    workflowId: `${workflowId}/${depth - 1}`,
  });
  return `${depth}: ${await child.result()}`;
}

/** An act with a limit of its own. */
export async function withinTime(ms: number): Promise<string> {
  try {
    return await CancellationScope.withTimeout(ms, () => publish('in time'));
  } catch (error) {
    if (!isCancellation(error)) throw error;
    return note('too late');
  }
}

/** Cleans up after itself when it is cancelled. */
export async function cleaning(): Promise<string> {
  try {
    await note('began');
    await publish('while it runs');
    return 'done';
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => erase('all', 'cleaning up'));
    throw error;
  }
}

/** Two that talk: one asks the other to act. */
export const please = defineSignal<[string]>('please');
export const didIt = defineSignal<[string]>('didIt');
export async function asker(): Promise<string> {
  const { workflowId } = workflowInfo();
  let answer: string | undefined;
  setHandler(didIt, (said) => {
    answer = said;
  });
  await startChild(doer, { workflowId: `${workflowId}/doer`, args: [workflowId] });
  await getExternalWorkflowHandle(`${workflowId}/doer`).signal(please, 'press');
  await condition(() => answer !== undefined);
  return answer ?? '';
}
export async function doer(asking: string): Promise<void> {
  let asked: string | undefined;
  setHandler(please, (what) => {
    asked = what;
  });
  await condition(() => asked !== undefined);
  const page = await publish(asked ?? '');
  await getExternalWorkflowHandle(asking).signal(didIt, page);
}

/** A small language, as data. */
type Statement =
  | { readonly do: 'look' | 'note' | 'publish'; readonly what: string }
  | { readonly all: readonly Statement[] }
  | { readonly each: readonly Statement[] };
export async function interpreter(statement: Statement): Promise<readonly string[]> {
  if ('do' in statement) return [await { look, note, publish }[statement.do](statement.what)];
  if ('all' in statement) return (await Promise.all(statement.all.map(interpreter))).flat();
  const said: string[] = [];
  for (const one of statement.each) said.push(...(await interpreter(one)));
  return said;
}

/** A call that is held, and one that is not and comes when it is told. */
export const goOn = defineSignal('goOn');
export async function beside(what: string): Promise<readonly string[]> {
  let isTold = false;
  setHandler(goOn, () => {
    isTold = true;
  });
  const told = condition(() => isTold).then(() => note(what));
  return Promise.all([publish(what), told]);
}

/** One call has run, and one is under way on another task queue, when it is told to make the third. */
export async function midway(taskQueue: string): Promise<readonly string[]> {
  let isTold = false;
  setHandler(goOn, () => {
    isTold = true;
  });
  const there = proxyActivities<PlainActivities>({ taskQueue, startToCloseTimeout: '20 seconds' });
  const slow = there.publish('under way');
  const before = await publish('before');
  await condition(() => isTold);
  return [before, await publish('after'), await slow];
}

/** Nothing in it is held. */
export async function harmless(count: number): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let index = 0; index < count; index += 1) {
    seen.push(await look(`${index}`), await note(`${index}`));
  }
  return [...seen, `${uuid4().length}`];
}

/** Changed twice since it was first deployed. */
export async function patching(): Promise<string> {
  const page = await publish(patched('longer-title') ? 'a longer title' : 'title');
  return patched('noted') ? note(page) : page;
}

export async function unlisted(): Promise<string> {
  return surprise('!');
}

export async function locals(): Promise<readonly string[]> {
  const seen = await local.look('here');
  const published = await local.publish('there').catch(causeOf);
  const unknown = await local.surprise('?').catch(causeOf);
  return [seen, published, unknown];
}

/** Local activities before, beside and after calls that are held; some of them are slower than others. */
export async function pondering(what: string, slowMs: number): Promise<readonly string[]> {
  const before = await local.ponder(`${what} before`, 1);
  const first = await publish(`${what} first`);
  const others = await Promise.all([
    local.ponder(`${what} slowly`, slowMs),
    publish(`${what} second`),
    local.ponder(`${what} quickly`, 1).then((seen) => note(seen)),
    local.ponder(`${what} less quickly`, slowMs / 4).then((seen) => erase(what, seen)),
  ]);
  const after = await local.ponder(`${what} after`, 1);
  return [before, first, ...others, await publish(after)];
}

/** How a refused call looks to the workflow. */
export async function catching(): Promise<readonly string[]> {
  return Promise.all([
    charge({ order: 'o-1', amount: 10 }).catch(causeOf),
    erase('c-1', 'duplicate').catch(causeOf),
  ]);
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no error';
  const { cause } = error;
  const type = cause instanceof Error && 'type' in cause ? String(cause.type) : 'no type';
  return `${error.name}: ${type}`;
}

/** The policy holds the child itself. */
export async function launching(): Promise<readonly string[]> {
  const { workflowId } = workflowInfo();
  const said = await executeChild(launched, { args: ['up'], workflowId: `${workflowId}/up` }).catch(
    causeOf,
  );
  return [said];
}
export async function launched(what: string): Promise<string> {
  return note(what);
}

/** Leaves for a next run before it does anything that is held. */
export async function later(run: number): Promise<string> {
  return run === 1 ? continueAsNew<typeof later>(2) : publish('later');
}

/** Its act is on another task queue. */
export async function elsewhere(taskQueue: string): Promise<string> {
  const there = proxyActivities<PlainActivities>({
    taskQueue,
    startToCloseTimeout: '20 seconds',
    retry: { maximumAttempts: 3, initialInterval: '50 milliseconds' },
  });
  return there.publish('elsewhere');
}

export async function forgetting(): Promise<string> {
  return `answered ${typeof (await forget('it'))}`;
}
