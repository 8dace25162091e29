/**
 * The activities that keep the evidence: storing the trail, finding out about an action that did not report, taking
 * a person's word for it, the pause flag, the kill switch, and decisions that came too late.
 */
import { activityInfo, Context } from '@temporalio/activity';
import type {
  HoldpointActivities,
  KillList,
  LateDecisionInput,
  Reconciliation,
  SettleEffectInput,
} from '../domain/activities.ts';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import { type Consent, idempotencyKey } from '../domain/action/consent.ts';
import type { JsonObject } from '../domain/text/json.ts';
import type { LedgerEntry } from '../domain/action/ledger.ts';
import { KILLS_LISTED_MAX, REFUSED_WORDS_CHARACTERS_MAX } from '../domain/limits.ts';
import { cutText } from '../domain/text/visible-text.ts';
import { lateReply } from '../domain/gate/late-reply.ts';
import { isRecoveredEnd } from '../domain/audit/recovered-end.ts';
import type { EvidenceStore, SessionKey } from '../evidence/store.ts';
import { type ExecutionParts, reserveStart } from './one-shot.ts';
import { TOOL_TIMEOUT_MS } from './prepare-action.ts';
import { whileAlive } from './time-bound.ts';
import type { Tool } from './tool.ts';
import { resultJson } from './tool-result.ts';

type EvidenceActivities = Pick<
  HoldpointActivities,
  | 'storeEvidence'
  | 'reserveAction'
  | 'reconcileAction'
  | 'settleEffect'
  | 'setInterrupt'
  | 'recordLateDecision'
  | 'recordKill'
  | 'listKills'
>;

export function evidenceActivities(parts: ExecutionParts): EvidenceActivities {
  const { evidence, registry } = parts;
  return {
    storeEvidence: async (slice) => {
      for (const text of slice.contents ?? []) await evidence.putContent(text);
      await evidence.append(slice, runIdOfActivity());
    },
    reserveAction: async (consent, args) => {
      const { workflowExecution, workflowNamespace: namespace = '' } = activityInfo();
      const { workflowId = '' } = workflowExecution ?? {};
      const { actionType } = consent;
      const attempt = { actionType, workflowId, namespace, runId: runIdOfActivity(), consent };
      // What else a workflow starts is no tool, though one may have its name.
      const tool = registry.find(actionType);
      await reserveStart(parts, attempt, { payload: args, tool: tool?.agent && tool });
    },
    reconcileAction: async (consent, args) =>
      whileAlive(Context.current(), async () => {
        const entry = await evidence.giveUp({ consent, runId: runIdOfActivity() });
        const tool = registry.find(consent.actionType);
        if (entry.state !== 'unknown' || tool?.lookUp === undefined) return reconciliation(entry);
        return lookUp(evidence, { consent, tool, args });
      }),
    settleEffect: async (input) => settleEffect(evidence, input),
    setInterrupt: async ({ paused, ...session }) => evidence.setPaused(session, paused),
    recordLateDecision: async (input) => recordLateDecision(evidence, input),
    recordKill: async (order) => evidence.recordKill(order),
    listKills: async () => listKills(evidence),
  };
}

function runIdOfActivity(): string {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) throw new Error('An activity of a workflow has its run');
  return workflowExecution.runId;
}

/** What an entry of the ledger says of its action. */
function reconciliation(entry: LedgerEntry): Reconciliation {
  switch (entry.state) {
    case 'done':
      return { status: 'done', result: entry.result ?? null };
    case 'reconciled':
      return entry.happened === true
        ? { status: 'done', result: entry.result ?? null }
        : { status: 'not_executed' };
    case 'failed_before_effect':
      return { status: 'failed', message: entry.message ?? '' };
    case 'fenced':
      return { status: 'not_executed' };
    case 'reserved':
    case 'started':
    case 'unknown':
      return { status: 'unknown' };
  }
}

interface Missing {
  readonly consent: Consent;
  readonly tool: Tool;
  readonly args: JsonObject;
}

/**
 * Asks the tool. That it happened is believed at once. That it did not is believed only after the call has had all
 * its time: a worker that is cut off may still be on its way to it.
 */
async function lookUp(evidence: EvidenceStore, missing: Missing): Promise<Reconciliation> {
  const { consent, tool } = missing;
  const first = await askTool(missing);
  if (first === undefined) return { status: 'unknown' };
  if (!first.happened) {
    await Context.current().sleep(tool.timeoutMs ?? TOOL_TIMEOUT_MS);
  }
  const found = first.happened ? first : await askTool(missing);
  if (found === undefined) return { status: 'unknown' };
  const key = idempotencyKey(consent);
  const { happened, result } = found;
  const settledBy = `look-up of ${tool.name}`;
  const what = result === undefined ? {} : { result: resultJson(result) };
  await evidence.move(key, { to: 'reconciled', happened, settledBy, ...what });
  return reconciliation(await entryOf(evidence, key));
}

async function askTool({ consent, tool, args }: Missing): ReturnType<NonNullable<Tool['lookUp']>> {
  const signal = Context.current().cancellationSignal;
  return tool.lookUp?.(args, { idempotencyKey: idempotencyKey(consent), signal });
}

async function entryOf(evidence: EvidenceStore, key: string): Promise<LedgerEntry> {
  const entry = await evidence.entry(key);
  if (entry === undefined) throw new Error(`The ledger has no entry ${key}`);
  return entry;
}

/** A person's word settles what is still unknown; a report that came in the meantime stands above it. */
async function settleEffect(
  evidence: EvidenceStore,
  { consent, happened, result, reviewerId }: SettleEffectInput,
): Promise<Reconciliation> {
  const key = idempotencyKey(consent);
  const what = result === undefined ? {} : { result };
  await evidence.move(key, { to: 'reconciled', happened, settledBy: reviewerId, ...what });
  return reconciliation(await entryOf(evidence, key));
}

async function recordLateDecision(
  evidence: EvidenceStore,
  { sessionId, decision }: LateDecisionInput,
): ReturnType<EvidenceActivities['recordLateDecision']> {
  const [session] = await evidence.sessions(sessionId);
  const events = session === undefined ? [] : await latestBranch(evidence, session);
  const reply = lateReply(events, decision);
  // A resend is no second decision: the trail has the first.
  if (reply.status === 'decided') return reply;
  await evidence.recordLateDecision(sessionId, decision, reply);
  return reply;
}

async function listKills(evidence: EvidenceStore): Promise<KillList> {
  const kills = await evidence.kills();
  const listed = kills.slice(0, KILLS_LISTED_MAX).map((kill) => ({
    ...kill,
    reason: cutText(kill.reason, REFUSED_WORDS_CHARACTERS_MAX),
  }));
  return { kills: listed, count: kills.length };
}

/** After a Reset there are two branches, and a gate may have ended otherwise in each: what counts is the last to end. */
async function latestBranch(
  evidence: EvidenceStore,
  session: SessionKey,
): Promise<readonly AuditEvent[]> {
  const stored = await evidence.events(session);
  const ends = stored.filter(({ event }) => event.eventType === 'ended' && !isRecoveredEnd(event));
  const [latest] = ends.toSorted((one, other) => other.storedAt - one.storedAt);
  const all = stored.map(({ event }) => event);
  return latest === undefined ? all : evidence.chainTo(session, latest.event.hash);
}
