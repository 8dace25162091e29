/** A gate as a terminal shows it, with the command that decides it. */
import type { PendingPage, PendingSession } from '../client/pending.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { silenceText } from '../domain/gate/silence.ts';
import { visibleText } from '../domain/text/visible-text.ts';

/** A word as a POSIX shell reads it back. */
export function quoted(word: string): string {
  return /^[\w./:@~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What waits for people, session by session. */
export function pageText({ sessions, sessionsCount, nextPageToken }: PendingPage): string {
  if (sessions.length === 0) return 'Nothing waits.';
  const more =
    nextPageToken === undefined ? [] : ['', `npx holdpoint pending --page ${nextPageToken}`];
  const counted = `${sessionsCount} ${sessionsCount === 1 ? 'session waits' : 'sessions wait'} for people`;
  return [counted, ...sessions.flatMap(pendingLines), ...more].join('\n');
}

function pendingLines(session: PendingSession): readonly string[] {
  const { sessionId, gates, gatesCount, rootSessionId } = session;
  const more = gatesCount - gates.length;
  return [
    `${visibleText(sessionId)}: ${gatesCount} open`,
    ...(rootSessionId === undefined ? [] : [`  sub-agent under ${visibleText(rootSessionId)}`]),
    ...gates.map(
      ({ tier, estimatedImpact, description, respondBy }) =>
        `  ${tier} (${estimatedImpact}) until ${timeText(respondBy)}: ${visibleText(description)}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  npx holdpoint gates ${visibleText(quoted(sessionId))}`,
  ];
}

/** Everything a reviewer needs, the payload whole. `sessionId` left out: without the command that decides it. */
export function gateLines(gate: PendingApproval, sessionId?: string): readonly string[] {
  const { reviewers } = gate;
  const who =
    reviewers === 'anyone' ? 'anyone but the requester and the agents' : reviewers.join(', ');
  const payload = JSON.stringify(gate.payload, null, 2).split('\n');
  return [
    `${gate.kind} ${visibleText(gate.actionType)}: ${visibleText(gate.description)}`,
    ...treeLines(gate),
    `  tier       ${gate.tier}; may decide: ${visibleText(who)}`,
    `  impact     ${gate.estimatedImpact}, ${gate.reversibility}`,
    `  answer by  ${timeText(gate.respondBy)}; ${silenceText(gate.kind, gate.noResponse)}`,
    ...(gate.agentReason === undefined ? [] : [`  agent says ${visibleText(gate.agentReason)}`]),
    ...(gate.note === undefined ? [] : [`  note       ${visibleText(gate.note)}`]),
    `  digest     ${gate.payloadDigest}`,
    ...payload.map((line) => `  ${visibleText(line)}`),
    ...(sessionId === undefined
      ? []
      : [`  to decide:`, `    ${visibleText(decideCommand(sessionId, gate))}`]),
  ];
}

/** Where the gate is that of a sub-agent. */
function treeLines({ sessionId, agentId, rootSessionId }: PendingApproval): readonly string[] {
  if (rootSessionId === undefined) return [];
  const whose = `${visibleText(agentId)}, in ${visibleText(sessionId)}`;
  return [`  sub-agent  ${whose}`, `  under      ${visibleText(rootSessionId)}`];
}

/** It names the bytes and the run that were shown: whatever waits there later, this decides only what stood here. */
function decideCommand(
  sessionId: string,
  { kind, gateId, runId, payloadDigest }: PendingApproval,
): string {
  const gate = `${quoted(sessionId)} ${quoted(gateId)}`;
  const shown = `--run ${runId} --digest ${payloadDigest}`;
  return kind === 'question'
    ? `npx holdpoint answer ${gate} 'YOUR ANSWER' ${shown} --as YOU`
    : `npx holdpoint decide ${gate} ${shown} --approve --as YOU`;
}

function timeText(at: number | null): string {
  return at === null ? 'no end' : new Date(at).toISOString();
}
