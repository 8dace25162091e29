import { describe, expect, test } from 'vitest';
import { scriptedConfidence, scriptedModel } from '../../activities/adapters/scripted-model.ts';
import type { ModelRequest } from '../../activities/ports.ts';
import type { Message } from '../../domain/session/conversation.ts';

const said: Message = { role: 'assistant', text: 'said', calls: [] };

function request(messages: readonly Message[]): ModelRequest {
  return { goal: 'Help', messages, tools: [], signal: new AbortController().signal };
}

describe('the scripted model', () => {
  const model = scriptedModel([
    { text: 'first', calls: [{ name: 'search', arguments: { text: 'a' } }] },
    ({ goal }) => ({ text: `${goal}: second` }),
  ]);

  test('says what it is', () => {
    expect(model.name).toContain('scripted');
    expect(scriptedConfidence([]).name).toContain('scripted');
  });

  test('plays the turn that the conversation is at, however often it is asked', async () => {
    const asked = [[], [said], [], [said]].map(async (messages) =>
      model.respond(request(messages)),
    );
    const texts = (await Promise.all(asked)).map(({ text }) => text);
    expect(texts).toEqual(['first', 'Help: second', 'first', 'Help: second']);
  });

  test('repeats its last turn, with new ids for its calls', async () => {
    expect((await model.respond(request([said, said, said]))).text).toBe('Help: second');
    const endless = scriptedModel([{ calls: [{ name: 'search', arguments: {} }] }]);
    const turns = await Promise.all([
      endless.respond(request([])),
      endless.respond(request([said])),
    ]);
    expect(turns.flatMap(({ calls }) => calls.map(({ callId }) => callId))).toEqual([
      'scripted-0-0',
      'scripted-1-0',
    ]);
  });
});

describe('the scripted confidence', () => {
  const confidence = scriptedConfidence([
    { containing: 'refund', score: 0.3 },
    { containing: 'draft', score: 'no idea' },
  ]);
  const rate = async (answer: string): Promise<string> =>
    confidence.rate({ task: '', answer, signal: new AbortController().signal });

  test('gives the first score that fits', async () => {
    expect(await rate('a refund and a draft')).toBe('0.3');
    expect(await rate('a draft')).toBe('no idea');
  });

  test('fails where none fits, which counts as low', async () => {
    await expect(rate('something else')).rejects.toThrow('no score');
  });
});
