/**
 * Forgery: each forgery comes to a session's gate as a signal and as an update, and to the executing activity as the
 * consent of a workflow of the attacker's. It has to be refused, and its refusal to stand in the trail.
 */
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import { readDecision, type Decision } from '../domain/gate/decision.ts';
import { SIGNALS } from '../domain/messages.ts';
import { answered, DELETION, DIGEST, scheduled } from './acts.ts';
import { CAST } from './desk.ts';
import type { Family, Tally } from './family.ts';
import { FORGERIES, type Forgery } from './forgeries.ts';
import { SITUATIONS } from './situations.ts';
import { signedBy, type Target } from './signing.ts';
import { type Stage, targetOf } from './stage.ts';
import { until } from './until.ts';

/** Of one gate, well under the 256 refusals and the 64 looked-at signatures that it records at once. */
const AT_A_GATE = 25;
const DONE = { text: 'Done.' };

export const FORGERY: Family = {
  name: 'forgery',
  counts: 'forged decisions, by signal, by update, and as consents',
  minimum: { full: 300, quick: 300 },
  run: async (tally, open) => {
    const stage = await open();
    const all = [...FORGERIES];
    for (let from = 0; from < all.length; from += AT_A_GATE) {
      await atGate(stage, tally, all.slice(from, from + AT_A_GATE));
    }
    await asConsents(stage, tally, all);
    for (const [name, situation] of Object.entries(SITUATIONS)) {
      tally.judge(`situation: ${name}`, await situation(stage));
    }
    tally.numbers['named'] = FORGERIES.size + Object.keys(SITUATIONS).length;
  },
};

interface Sent {
  readonly name: string;
  readonly decisionId: string;
}

/** One session, one gate: everything that is forged comes to it, and then the honest decision, which has to count. */
async function atGate(
  stage: Stage,
  tally: Tally,
  forgeries: readonly (readonly [string, Forgery])[],
): Promise<void> {
  const session = await stage.start([{ calls: [DELETION] }, DONE]);
  const gate = await stage.oneGate(session);
  const handle = stage.client.workflow.getHandle(session);
  const sent: Sent[] = [];
  let malformed = 0;
  for (const [name, forgery] of forgeries) {
    const target = targetOf(stage, gate);
    const said = forgery(target, CAST);
    if (readDecision(JSON.parse(JSON.stringify(said))).ok) {
      sent.push({ name: `${name}, by signal`, decisionId: target.decisionId });
    } else {
      malformed += 1;
    }
    await handle.signal(SIGNALS.decide, said);
  }
  for (const [name, forgery] of forgeries) {
    const target = targetOf(stage, gate);
    const answer = await answered(stage, session, forgery(target, CAST));
    tally.judge(`${name}, by update: ${answer}`, answer === 'refused' || answer === 'malformed');
    if (answer === 'refused')
      sent.push({ name: `${name}, by update`, decisionId: target.decisionId });
  }
  const isRecorded = (trail: readonly AuditEvent[]): boolean =>
    sent.every(({ decisionId }) => refusalOf(trail, decisionId)) && malformedIn(trail) >= malformed;
  const trail = await until('every refusal is recorded', async () => {
    const events = await stage.trail(session);
    return isRecorded(events) && events;
  }).catch(async () => stage.trail(session));
  for (const { name, decisionId } of sent.filter((one) => one.name.endsWith('by signal'))) {
    tally.judge(`${name}, recorded`, refusalOf(trail, decisionId));
  }
  for (const { name, decisionId } of sent.filter((one) => one.name.endsWith('by update'))) {
    tally.expect(`${name}, is recorded`, refusalOf(trail, decisionId));
  }
  for (let one = 1; one <= malformed; one += 1) {
    tally.judge(`malformed, by signal, recorded (${one})`, malformedIn(trail) >= one);
  }
  tally.count('recorded', trail.filter(({ eventType }) => eventType === 'decision_refused').length);
  tally.expect('nothing ran', stage.desk.executionsOf(session).length === 0);
  await honestly(stage, session, tally);
}

async function honestly(stage: Stage, session: string, tally: Tally): Promise<void> {
  const gate = await stage.oneGate(session);
  const answer = await answered(stage, session, signedBy(CAST.rita, targetOf(stage, gate)));
  await stage.holdpoint.result(session);
  const ran = stage.desk.executionsOf(session).length;
  tally.expect('the honest decision counts, once', answer === 'decided' && ran === 1);
}

function refusalOf(trail: readonly AuditEvent[], decisionId: string): boolean {
  return trail.some(
    ({ eventType, details }) =>
      eventType === 'decision_refused' && details?.['decisionId'] === decisionId,
  );
}

function malformedIn(trail: readonly AuditEvent[]): number {
  return trail.filter(
    ({ eventType, details }) =>
      eventType === 'decision_refused' && details?.['code'] === 'MALFORMED',
  ).length;
}

/** Handed to the executing activity as the consent of a workflow that schedules the tool past every gate. */
async function asConsents(
  stage: Stage,
  tally: Tally,
  forgeries: readonly (readonly [string, Forgery])[],
): Promise<void> {
  for (const [name, forgery] of forgeries) {
    if (ONLY_LATE.has(name)) continue;
    const target = pastTheGate(stage);
    const said = forgery(target, CAST) as Decision;
    const [came] = await stage.rogue(target.sessionId, [scheduled(target, said)]);
    const ran = stage.desk.executionsOf(target.sessionId).length;
    tally.judge(`${name}, as consent: ${came}`, came !== 'ran' && ran === 0);
  }
  const target = pastTheGate(stage);
  const [came] = await stage.rogue(target.sessionId, [
    scheduled(target, signedBy(CAST.rita, target)),
  ]);
  tally.expect(
    `the honest one fits (${came}), so that what was refused was the forgery`,
    came === 'ran',
  );
}

/**
 * A person has signed it, over what runs. That it came too late is seen where it comes, at the gate; what was taken in time
 * may execute much later, and nobody but the workflow says when that was (docs/guides/decisions.md, "What it does not prove").
 */
const ONLY_LATE: ReadonlySet<string> = new Set(['claims: expired']);

const RUN = 'the-run-that-showed-it';

function pastTheGate({ namespace }: Stage): Target {
  const decisionId = `d-${Math.random().toString(36).slice(2)}`;
  return {
    namespace,
    sessionId: `past-the-gate-${decisionId}`,
    gateId: 'gate-1',
    runId: RUN,
    payloadDigest: DIGEST,
    policyVersion: 'attacked@1#0',
    decisionId,
  };
}
