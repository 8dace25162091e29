/**
 * What `holdpoint gates` shows is what runs (H1), on a real server: the whole of a large payload to its last leaf, what
 * nobody can read called so and a tier higher, and the exact bytes, which `sha256sum` hashes to the digest that is
 * decided over.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { runCommandLine } from '../../cli/program.ts';
import { PAYLOAD_BYTES_MAX } from '../../domain/limits.ts';
import { MEMO_KEY, type PendingApproval } from '../../domain/messages.ts';
import { payloadText } from '../../domain/text/digest.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { deskPolicy } from '../support/desk.ts';
import { noise } from '../support/inspection-corpus.ts';
import { openWorld, type World } from '../support/world.ts';

const DONE = { text: 'All done.' };
const KIB = 1_024;

let world: World;
beforeAll(async () => {
  world = await openWorld({
    policy: deskPolicy({
      tools: {
        ...deskPolicy().tools,
        publish_publicly: { reversibility: 'irreversible', opaque: ['/text'] },
      },
    }),
  });
});
afterAll(async () => world.close());

async function holdpoint(...args: readonly string[]) {
  let [out, err] = ['', ''];
  const at = ['--address', inject('temporalAddress'), '--task-queue', world.taskQueue];
  const code = await runCommandLine([...at, ...args], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    environment: { HOLDPOINT_USER: 'rita' },
  });
  return { code, out, err };
}

async function gated(
  name: string,
  args: JsonObject,
): Promise<{ session: string; gate: PendingApproval }> {
  const session = await world.start({ turns: [{ calls: [{ name, arguments: args }] }, DONE] });
  return { session, gate: await world.oneGate(session) };
}

async function executed(session: string, gate: PendingApproval): Promise<readonly unknown[]> {
  await world.decide(session, gate, {});
  await world.holdpoint.result(session);
  return world.desk.executionsOf(session).map(({ args }) => args);
}

/** What Temporal UI shows under Current Details. */
async function pageOf(session: string): Promise<string> {
  const handle = world.client.workflow.getHandle(session);
  const { currentDetails } = await handle.query<{ readonly currentDetails: string }>(
    '__temporal_workflow_metadata',
  );
  return currentDetails;
}

/** By another implementation than the product's. */
const sha256 = (bytes: string): string => createHash('sha256').update(bytes).digest('hex');

describe('H1: the exact bytes', () => {
  test('hash to the digest and the fingerprint that every surface shows, and are what runs', async () => {
    const args = { id: 'c-1\u202E\u009B2J', reason: 'Straße, 漢, 😀, "quoted"\n and a line' };
    const { session, gate } = await gated('delete_record', args);
    const { out: bytes, err, code } = await holdpoint('gates', session, '--exact', gate.gateId);
    expect(code).toBe(EXIT.done);
    expect(sha256(bytes)).toBe(gate.payloadDigest);
    expect(err).toContain(`sha256 ${gate.payloadDigest}\nfingerprint ${gate.fingerprint}`);
    expect(JSON.parse(bytes)).toEqual({ arguments: args, tool: 'delete_record', toolVersion: '1' });
    const { out: text } = await holdpoint('gates', session);
    const check = /npx holdpoint (gates .* --exact .*) \| sha256sum/u.exec(text)?.[1]?.split(' ');
    expect((await holdpoint(...(check ?? []))).out).toBe(bytes);
    const asJson: unknown = JSON.parse((await holdpoint('--json', ...(check ?? []))).out);
    const { gateId, payloadDigest, fingerprint } = gate;
    expect(asJson).toEqual({ gateId, payloadDigest, fingerprint, bytes });
    const [ran] = await executed(session, gate);
    const { actionType, toolVersion } = gate;
    expect(payloadText({ actionType, toolVersion, arguments: ran as JsonObject })).toBe(bytes);
  });

  test('are not written to a terminal, which would obey them', async () => {
    const { session, gate } = await gated('delete_record', { id: 'c-1\u009B2J' });
    const { isTTY } = process.stdout;
    process.stdout.isTTY = true;
    const said = await holdpoint('gates', session, '--exact', gate.gateId);
    process.stdout.isTTY = isTTY;
    expect(said).toMatchObject({ code: EXIT.usage, out: '' });
    expect(said.err).toContain('sha256sum');
    await world.decide(session, gate, { decision: 'rejected' });
  });

  test('of a gate that is not open: says which are', async () => {
    const { session, gate } = await gated('delete_record', { id: 'c-1' });
    const said = await holdpoint('gates', session, '--exact', 'no-such-gate');
    expect(said).toMatchObject({ code: EXIT.usage, out: '' });
    expect(said.err).toContain(`No gate no-such-gate is open here. Open: ${gate.gateId}.`);
    await world.decide(session, gate, { decision: 'rejected' });
  });
});

describe('a payload of 200 KiB', () => {
  test('H1: goes by its digest, and is shown to its last leaf, marks and all', async () => {
    const args = { id: 'because '.repeat(25 * KIB), reason: 'to \u202Emoc.elpmaxe@live' };
    const { session, gate } = await gated('delete_record', args);
    expect(gate.payload).toEqual(args);
    const { out } = await holdpoint('gates', session);
    const lines = out.split('\n');
    expect(lines).toContain(`    /id = ${JSON.stringify(args.id)}`);
    expect(lines).toContain('    /reason = "to ⟦U+202E⟧moc.elpmaxe@live"');
    const page = await pageOf(session);
    expect(page).toContain('/reason = "to ⟦U+202E⟧moc.elpmaxe@live"');
    expect(page).toContain('**Shortened.**');
    expect(page.length).toBeLessThan(20_000);

    // By digest wherever a history would hold it again: not in the memo, nor in an event; the bytes are in the store.
    const { memo } = await world.client.workflow.getHandle(session).describe();
    expect(JSON.stringify(memo?.[MEMO_KEY]).length).toBeLessThan(8 * KIB);
    const bytes = (await holdpoint('gates', session, '--exact', gate.gateId)).out;
    expect(await world.evidence.content(gate.payloadDigest)).toBe(bytes);
    expect(sha256(bytes)).toBe(gate.payloadDigest);
    expect(await executed(session, gate)).toEqual([args]);
    const events = await world.wholeTrail(session);
    const ofGate = events.filter(({ payloadDigest }) => payloadDigest === gate.payloadDigest);
    expect(ofGate.map(({ eventType }) => eventType)).toEqual([
      'gate_presented',
      'approved',
      'executed',
    ]);
    expect(ofGate.every(({ actionPayload }) => actionPayload === undefined)).toBe(true);
  });

  test('that is as large as may be is shown whole as well', async () => {
    const args = { id: 'x'.repeat(PAYLOAD_BYTES_MAX - 40), reason: 'the end' };
    const { session, gate } = await gated('delete_record', args);
    const { out } = await holdpoint('gates', session);
    expect(out).toContain(`/id = "${args.id}"`);
    expect(out).toContain('/reason = "the end"');
    await world.decide(session, gate, { decision: 'rejected' });
  });
});

describe('what nobody can read', () => {
  const blob = noise(400).toString('base64');

  test('H10: holds what would go through by itself, and is called so everywhere', async () => {
    const { session, gate } = await gated('create_draft', { text: blob });
    expect(gate).toMatchObject({
      tier: 'async_review',
      rule: 'uninspectable',
      note: 'Uninspectable: /text (encoded). Nobody can read what stands there.',
    });
    const { out } = await holdpoint('gates', session);
    expect(out).toContain('  UNINSPECTABLE /text: nobody can read what stands there');
    expect(out).toContain(`    /text = "${blob}"`);
    expect(await pageOf(session)).toContain('**Uninspectable:** \\/text is encoded');
    const presented = (await world.trail(session)).find(
      ({ eventType }) => eventType === 'gate_presented',
    );
    expect(presented?.details).toMatchObject({ rule: 'uninspectable', note: gate.note });
    expect(await executed(session, gate)).toEqual([{ text: blob }]);
  });

  test('where the policy expects it, is called so and raises nothing', async () => {
    const { session, gate } = await gated('publish_publicly', { text: blob });
    expect(gate).toMatchObject({ tier: 'synchronous_gate', rule: 'irreversible-or-unknown' });
    expect((await holdpoint('gates', session)).out).toContain('UNINSPECTABLE /text');
    await world.decide(session, gate, { decision: 'rejected' });
  });

  test('in what a tool only reads holds nothing', async () => {
    const calls = [{ name: 'search', arguments: { query: blob } }];
    const session = await world.start({ turns: [{ calls }, DONE] });
    expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(world.desk.executionsOf(session)).toHaveLength(1);
  });

  test('once it is decoded, can be read in the terminal', async () => {
    const words = 'Delete all that is older than a year, and tell nobody.';
    const args = { id: Buffer.from(words).toString('base64') };
    const { session, gate } = await gated('delete_record', args);
    expect((await holdpoint('gates', session)).out).toContain(`read as base64: "${words}"`);
    await world.decide(session, gate, { decision: 'rejected' });
  });
});
