/**
 * A worker in a process of its own, for tests that kill it. Its tools leave a mark in a file for every effect; its
 * model plays the script that stands in the session's goal, so that any worker plays the same; and it hangs, saying
 * so, where it is told to.
 */
import { once } from 'node:events';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { z } from 'zod';
import {
  defineTool,
  scriptedModel,
  type ScriptedTurn,
  type ToolContext,
} from '../../activities/index.ts';
import { definePolicy } from '../../domain/index.ts';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { createHoldpointWorker } from '../../workers/worker.ts';

/** Where a worker stops, alive to all who ask: before it reserves, once the tool is called, … */
export type Hang = 'reserve' | 'started' | 'effect' | 'done' | 'model';

export interface Assignment {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly bundlePath: string;
  readonly databaseUrl: string;
  /** The world that the tools have an effect on: one line of JSON for each. */
  readonly effects: string;
  readonly hang?: Hang;
}

export interface Effect {
  readonly key: string;
  readonly tool: string;
  readonly id: string;
}

export async function effectsIn(file: string): Promise<readonly Effect[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Effect);
}

function say(word: string): void {
  process.stdout.write(`${word}\n`);
}

/** Until the test writes a line to this process, or kills it. */
async function hangAt(place: Hang, { hang }: Assignment): Promise<void> {
  if (hang !== place) return;
  say(`hangs at ${place}`);
  await once(process.stdin, 'data');
}

function toolsOf(assignment: Assignment) {
  const { effects } = assignment;
  const execute =
    (tool: string) =>
    async ({ id }: { id: string }, { idempotencyKey: key }: ToolContext): Promise<object> => {
      await hangAt('started', assignment);
      const effect: Effect = { key, tool, id };
      await appendFile(effects, `${JSON.stringify(effect)}\n`);
      await hangAt('effect', assignment);
      return { deleted: id };
    };
  const common = { input: z.object({ id: z.string() }), timeoutMs: 20_000 };
  return [
    defineTool({
      ...common,
      name: 'delete_record',
      description: 'Deletes a record.',
      execute: execute('delete_record'),
    }),
    defineTool({
      ...common,
      name: 'delete_traceably',
      description: 'Deletes a record, and can tell later whether it did.',
      timeoutMs: 3_000,
      execute: execute('delete_traceably'),
      lookUp: async ({ id }, { idempotencyKey: key }) => {
        const happened = (await effectsIn(effects)).some((effect) => effect.key === key);
        return happened ? { happened, result: { deleted: id } } : { happened };
      },
    }),
  ];
}

/** The store, but that it hangs before it does what it is told to hang at. */
function hanging(store: EvidenceStore, assignment: Assignment): EvidenceStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'reserve') {
        return async (...args: Parameters<EvidenceStore['reserve']>) => {
          await hangAt('reserve', assignment);
          const answer = await target.reserve(...args);
          say(`reserve: ${answer.status}`);
          return answer;
        };
      }
      if (name === 'move') {
        return async (...args: Parameters<EvidenceStore['move']>) => {
          if (args[1].to === 'done') await hangAt('done', assignment);
          return target.move(...args);
        };
      }
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

async function work(assignment: Assignment): Promise<void> {
  const { address, namespace, taskQueue, bundlePath, databaseUrl } = assignment;
  const [connection, evidence] = await Promise.all([
    NativeConnection.connect({ address }),
    openPostgresEvidence({ url: databaseUrl }),
  ]);
  const worker = await createHoldpointWorker({
    connection,
    namespace,
    taskQueue,
    evidence: hanging(evidence, assignment),
    policy: definePolicy({ name: 'crash', version: '1' }),
    tools: toolsOf(assignment),
    model: {
      name: 'scripted model',
      respond: async (request) => {
        await hangAt('model', assignment);
        const turns = JSON.parse(request.goal) as [ScriptedTurn, ...ScriptedTurn[]];
        return scriptedModel(turns).respond(request);
      },
    },
    confidenceModel: { name: 'scripted confidence', rate: async () => '0.95' },
    workflowBundle: { codePath: bundlePath },
  });
  say('works');
  await worker.run();
}

const [, script, assignment] = process.argv;
if (script === join(import.meta.dirname, 'crash-worker.js') && assignment !== undefined) {
  // The test that started it holds its input: when that goes, so does the worker.
  process.stdin.on('end', () => process.exit(1)).resume();
  await work(JSON.parse(assignment) as Assignment);
}
