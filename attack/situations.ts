/**
 * Forgeries that take a history: a signature that was good once, in another place or at another time. Each says whether
 * it was refused, and whether its refusal stands in the trail.
 */
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import type { Decision } from '../domain/gate/decision.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { CAST, trustedKeys } from './desk.ts';
import { answered, DELETION, scheduled } from './acts.ts';
import { taskEnds, resetTo } from './runs.ts';
import { type Changes, type Key, signedBy } from './signing.ts';
import { type Stage, targetOf } from './stage.ts';
import { until } from './until.ts';

type Situation = (stage: Stage) => Promise<boolean>;

const DONE = { text: 'Done.' };
const OTHER = { name: 'delete_record', arguments: { id: 'c-2' } };
const OPERATOR = { operatorId: 'oscar', reason: 'hold on' };

const sign = (
  stage: Stage,
  gate: PendingApproval,
  changes: Changes = {},
  key: Key = CAST.rita,
): Decision => signedBy(key, targetOf(stage, gate), changes);

function isRecorded(trail: readonly AuditEvent[], code: string): boolean {
  return trail.some(({ details }) => details?.['code'] === code);
}

async function executed(
  stage: Stage,
): Promise<{ session: string; used: Decision; gate: PendingApproval }> {
  const session = await stage.start([{ calls: [DELETION] }, DONE]);
  const gate = await stage.oneGate(session);
  const used = sign(stage, gate);
  await answered(stage, session, used);
  await stage.holdpoint.result(session);
  return { session, used, gate };
}

/** A used signature, aimed at another gate. */
async function replayed(
  stage: Stage,
  aim: (used: Decision, at: PendingApproval) => object,
): Promise<boolean> {
  const { used } = await executed(stage);
  const session = await stage.start([{ calls: [DELETION] }, DONE]);
  const gate = await stage.oneGate(session);
  const answer = await answered(stage, session, aim(used, gate));
  const trail = await stage.trail(session);
  await stage.holdpoint.cancel(session, OPERATOR);
  return (
    answer === 'refused' &&
    isRecorded(trail, 'SIGNATURE_INVALID') &&
    stage.desk.executionsOf(session).length === 0
  );
}

/** Decided with two gates open: the signature over the first comes to the second. */
async function atTheOtherGate(
  stage: Stage,
  changes: (second: PendingApproval) => object,
): Promise<boolean> {
  const session = await stage.start([{ calls: [DELETION, OTHER] }, DONE]);
  const [first, second] = await stage.gates(session, 2);
  if (first === undefined || second === undefined) throw new Error('There are two');
  const signed = sign(stage, first);
  await answered(stage, session, signed);
  const answer = await answered(stage, session, { ...signed, ...changes(second) });
  await answered(stage, session, sign(stage, second, { said: { decision: 'rejected' } }));
  await stage.holdpoint.result(session);
  const trail = await stage.trail(session);
  const refusals = trail.filter(({ eventType }) => eventType === 'decision_refused');
  return (
    answer === 'refused' && refusals.length === 1 && stage.desk.executionsOf(session).length === 1
  );
}

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  'a used one, in another session, as it stands': (stage) =>
    replayed(stage, (used, { gateId, runId }) => ({ ...used, gateId, runId })),
  'a used one, in another session, under another id': (stage) =>
    replayed(stage, (used, { gateId, runId }) => ({
      ...used,
      gateId,
      runId,
      decisionId: 'another',
    })),
  'a used one, at another gate of its session': (stage) =>
    atTheOtherGate(stage, ({ gateId, payloadDigest }) => ({ gateId, payloadDigest })),
  'a used one, at another gate of its session, under another id': (stage) =>
    atTheOtherGate(stage, ({ gateId, payloadDigest }) => ({
      gateId,
      payloadDigest,
      decisionId: 'another',
    })),
  'a used one, for another action, as a consent': async (stage) => {
    const { session, used, gate } = await executed(stage);
    const runId = gate.runId;
    const target = { ...targetOf(stage, gate), runId };
    const more = { firstExecutionRunId: runId, actionId: '9/9' };
    const [came] = await stage.rogue(session, [scheduled(target, used, more)]);
    return came === 'CONSENT_SPENT' && stage.desk.executionsOf(session).length === 1;
  },
  'a used one, in a session that calls itself another by its first run, as a consent': async (
    stage,
  ) => {
    const { session, used, gate } = await executed(stage);
    const target = { ...targetOf(stage, gate), runId: gate.runId };
    const [came] = await stage.rogue(session, [
      scheduled(target, used, { firstExecutionRunId: 'made-up' }),
    ]);
    return came !== 'ran' && stage.desk.executionsOf(session).length === 1;
  },
  'one that was made before the payload was changed': async (stage) => {
    const session = await stage.start([{ calls: [DELETION] }, DONE]);
    const gate = await stage.oneGate(session);
    const before = sign(stage, gate);
    const changed = { decision: 'modified', modifications: { id: 'c-2' } } as const;
    await answered(
      stage,
      session,
      sign(stage, gate, { said: { ...changed, reviewerId: 'bob' } }, CAST.bob),
    );
    const next = await until('the gate of what it is now', async () => {
      const [open] = await stage.holdpoint.gates(session);
      return open !== undefined && open.gateId !== gate.gateId && open;
    });
    const answers = [
      await answered(stage, session, before),
      await answered(stage, session, { ...before, gateId: next.gateId }),
      await answered(stage, session, {
        ...before,
        gateId: next.gateId,
        payloadDigest: next.payloadDigest,
      }),
    ];
    const trail = await stage.trail(session);
    await stage.holdpoint.cancel(session, OPERATOR);
    return (
      answers.every((answer) => answer === 'refused') &&
      isRecorded(trail, 'DIGEST_MISMATCH') &&
      isRecorded(trail, 'SIGNATURE_INVALID') &&
      stage.desk.executionsOf(session).length === 0
    );
  },
  'one from before a Reset': async (stage) => {
    const { session, used, gate } = await executed(stage);
    const [first] = await taskEnds(stage.client, { sessionId: session, runId: gate.runId });
    if (first === undefined) throw new Error('A session has a task');
    await resetTo(stage.client, { sessionId: session, runId: gate.runId }, first);
    const next = await until('a gate of the new run', async () => {
      const open = await stage.holdpoint.gates(session);
      return open.find(({ runId }) => runId !== gate.runId);
    });
    const { gateId, payloadDigest } = next;
    const answer = await answered(stage, session, {
      ...used,
      gateId,
      payloadDigest,
      runId: next.runId,
      decisionId: 'after-the-reset',
    });
    const trail = await stage.trail(session);
    await stage.holdpoint.cancel(session, OPERATOR);
    return (
      answer === 'refused' &&
      (isRecorded(trail, 'SIGNATURE_INVALID') || isRecorded(trail, 'DECISION_FROM_OTHER_RUN')) &&
      stage.desk.executionsOf(session).length === 1
    );
  },
  'one of a key that was revoked before it executes': async (stage) => {
    const session = await stage.start([{ calls: [DELETION] }, DONE]);
    const gate = await stage.oneGate(session);
    await stage.holdpoint.pause(session, OPERATOR);
    const taken = await answered(stage, session, sign(stage, gate, {}, CAST.lost));
    const revokedAt = new Date(Date.now() - 1_000).toISOString();
    stage.trust(
      trustedKeys().map((key) => (key.kid === CAST.lost.trusted.kid ? { ...key, revokedAt } : key)),
    );
    await stage.holdpoint.resume(session, OPERATOR);
    await until('another gate asks', async () => {
      const [open] = await stage.holdpoint.gates(session);
      return open !== undefined && open.gateId !== gate.gateId;
    });
    const trail = await stage.trail(session);
    await stage.holdpoint.cancel(session, OPERATOR);
    stage.trust(trustedKeys());
    const stopped = trail.find(({ eventType }) => eventType === 'not_executed');
    return (
      taken === 'decided' &&
      stopped?.details?.['code'] === 'SIGNATURE_INVALID' &&
      stage.desk.executionsOf(session).length === 0
    );
  },
};
