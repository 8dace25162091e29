import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { HEARTBEAT_INTERVAL_MS } from '../../activities/time-bound.ts';
import { toolActivity, TOOL_GRACE_MS } from '../../activities/tool-activity.ts';
import { NotExecuted, type Tool, type ToolContext } from '../../activities/tool.ts';
import type { Json } from '../../domain/text/json.ts';

const REFUND: Tool = {
  name: 'refund',
  description: 'Pays an order back',
  input: z.object({ order: z.string(), note: z.string().default('none') }),
  timeoutMs: 1_000,
  execute: () => null,
};

const APPROVED = { order: 'o-1', note: 'none' };

function environment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

async function run(
  tool: Partial<Tool>,
  args: Json = APPROVED,
  within = environment(),
): Promise<Json> {
  const activity = toolActivity({ ...REFUND, ...tool }, () => 's/r/1/0');
  return within.run(activity, args);
}

async function failure(ran: Promise<Json>): Promise<ApplicationFailure> {
  const error: unknown = await ran.catch((thrown: unknown) => thrown);
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`no application failure, but ${String(error)}`);
}

/** A tool that tells when it has begun and never ends. */
function hanging(): { tool: Partial<Tool>; begun: Promise<ToolContext> } {
  let begin: (context: ToolContext) => void = () => undefined;
  const begun = new Promise<ToolContext>((resolve) => {
    begin = resolve;
  });
  const execute: Tool['execute'] = async (_args, context) => {
    begin(context);
    return new Promise(() => undefined);
  };
  return { tool: { execute }, begun };
}

describe('the activity of a tool', () => {
  test('executes the approved arguments under the key of its action', async () => {
    const seen: unknown[] = [];
    const execute: Tool['execute'] = (args, { idempotencyKey }) => {
      seen.push(args, idempotencyKey, Context.current().info.activityId);
      return { paid: true };
    };
    expect(await run({ execute })).toEqual({ paid: true });
    expect(seen).toEqual([APPROVED, 's/r/1/0', 'test']);
  });

  test('asks for the key of this call, each time', async () => {
    const keys = ['first', 'second'];
    const execute: Tool['execute'] = (_args, { idempotencyKey }) => idempotencyKey;
    const activity = toolActivity({ ...REFUND, execute }, () => keys.shift() ?? 'none');
    expect(await environment().run(activity, APPROVED)).toBe('first');
    expect(await environment().run(activity, APPROVED)).toBe('second');
  });

  test.each<[string, Json, Partial<Tool>]>([
    ['refuses', { order: 7 }, {}],
    ['would add to: they are not those that were approved (H1)', { order: 'o-1' }, {}],
    ['would drop from', { ...APPROVED, extra: 1 }, {}],
    [
      'changes',
      APPROVED,
      { input: z.object({ order: z.string().toUpperCase(), note: z.string() }) },
    ],
    ['can not read at all', ['o-1'], {}],
  ])('calls nothing on arguments that the schema of today %s', async (_case, args, tool) => {
    let calls = 0;
    const execute = (): void => {
      calls += 1;
    };
    const { type, nonRetryable } = await failure(run({ ...tool, execute }, args));
    expect({ type, nonRetryable, calls }).toEqual({
      type: 'INVALID_ARGUMENTS',
      nonRetryable: true,
      calls: 0,
    });
  });

  test('makes JSON of whatever the tool returns', async () => {
    expect(await run({ execute: () => undefined })).toBeNull();
    expect(await run({ execute: async () => ({ total: 3n }) })).toEqual({ total: '[bigint 3]' });
  });
});

describe('a tool that fails', () => {
  class Duplicate extends Error {
    // As thrown by a second copy of this package, which a team's tools may have loaded.
    override readonly name = 'NotExecuted';
  }

  test.each([
    ['throws', new NotExecuted('the account is closed')],
    ['rejects with another copy of it', new Duplicate('the account is closed')],
  ])('and knows that nothing happened is final where it %s', async (_case, error) => {
    const { type, nonRetryable, message } = await failure(
      run({ execute: async () => Promise.reject(error) }),
    );
    expect({ type, nonRetryable, message }).toEqual({
      type: 'NOT_EXECUTED',
      nonRetryable: true,
      message: 'the account is closed',
    });
  });

  test.each<[string, unknown, string]>([
    ['an error', new Error('socket hang up'), 'socket hang up'],
    ['an error without a message', new TypeError(), 'TypeError'],
    ['a text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['what can not be read', Object.create(null), 'An error that can not be read'],
    ['a lone surrogate', new Error('bad \uD800'), 'bad \uFFFD'],
  ])('leaves open whether it happened where it throws %s', async (_case, thrown, message) => {
    const execute = (): never => {
      throw thrown;
    };
    const ended = await failure(run({ execute }));
    expect(ended.type).toBe('ToolFailed');
    expect(ended.nonRetryable).toBe(false);
    expect(ended.message).toBe(message);
  });

  test('can not pass for a refusal of Holdpoint (H6), but says whether a retry can help', async () => {
    const execute = (): never => {
      throw ApplicationFailure.nonRetryable('pretends', 'ACTION_PAUSED');
    };
    const { type, nonRetryable, message } = await failure(run({ execute }));
    expect({ type, nonRetryable, message }).toEqual({
      type: 'ToolFailed',
      nonRetryable: true,
      message: 'pretends',
    });
  });

  test('is heard, whatever the length of its message', async () => {
    const execute = (): never => {
      throw new Error('x'.repeat(3_000_000));
    };
    expect((await failure(run({ execute }))).message.length).toBeLessThan(2_100);
  });
});

describe('a tool that takes its time', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test('is told to stop when its time is up, and given up when it does not', async () => {
    const { tool, begun } = hanging();
    const ended = failure(run(tool));
    const { signal } = await begun;
    await vi.advanceTimersByTimeAsync(999);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(TOOL_GRACE_MS);
    const { type, message, nonRetryable } = await ended;
    expect({ type, message, nonRetryable }).toEqual({
      type: 'ToolTimedOut',
      message: 'Tool refund did not end within 1000 ms and was given up',
      nonRetryable: false,
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<[string, (signal: AbortSignal) => never | string, object]>([
    ['returns, it happened', () => 'done', { returned: 'done' }],
    [
      'says that nothing happened, that is known',
      () => {
        throw new NotExecuted('rolled back');
      },
      { type: 'NOT_EXECUTED' },
    ],
    [
      'stops as its signal does, it is open',
      (signal) => {
        throw signal.reason;
      },
      { type: 'ToolTimedOut' },
    ],
    [
      'stops as fetch does, it is open',
      () => {
        throw new DOMException('stopped', 'AbortError');
      },
      { type: 'ToolTimedOut' },
    ],
  ])('is believed when it was told to stop: where it %s', async (_case, end, expected) => {
    const execute: Tool['execute'] = async (_args, { signal }) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          try {
            resolve(end(signal));
          } catch (error) {
            reject(error);
          }
        });
      });
    const ended = run({ execute }).then(
      (returned) => ({ returned }),
      (error: unknown) => error,
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await ended).toMatchObject(expected);
  });

  test('is told to stop when its session is cancelled, and ends as cancelled', async () => {
    const within = environment();
    const { tool, begun } = hanging();
    const ended = run(tool, APPROVED, within).catch((error: unknown) => error);
    const { signal } = await begun;
    within.cancel();
    expect(signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(TOOL_GRACE_MS);
    expect(await ended).toBeInstanceOf(CancelledFailure);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is reported alive every 3 s, with what it said last, until it has ended', async () => {
    const within = environment();
    const beats: unknown[] = [];
    within.on('heartbeat', (details: unknown) => beats.push(details));
    const contexts: ToolContext[] = [];
    let finish: () => void = () => undefined;
    const execute: Tool['execute'] = async (_args, context) => {
      contexts.push(context);
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    };
    const ended = run({ execute, timeoutMs: 60_000 }, APPROVED, within);
    await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_INTERVAL_MS);
    expect(beats).toEqual([undefined, undefined]);
    contexts[0]?.heartbeat({ rows: 10n });
    await vi.advanceTimersByTimeAsync(HEARTBEAT_INTERVAL_MS);
    expect(beats.slice(2)).toEqual([{ rows: '[bigint 10]' }, { rows: '[bigint 10]' }]);
    finish();
    await ended;
    contexts[0]?.heartbeat('too late');
    expect(beats).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });
});
