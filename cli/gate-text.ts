/**
 * A gate as a terminal shows it, with the command that decides it.
 *
 * H1 what is shown is what runs: every leaf of the payload stands here in full, and the digest that is decided over is
 * compared with that of what stands here. Where they differ, no command is offered.
 */
import type { PendingPage, PendingSession } from '../client/pending.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { factRows, whoText } from '../domain/gate/facts.ts';
import { silenceText } from '../domain/gate/silence.ts';
import { HASHED_DEPTH_MAX } from '../domain/limits.ts';
import { payloadDigest as digestOf } from '../domain/text/digest.ts';
import { fingerprintOf } from '../domain/text/fingerprint.ts';
import { isJson } from '../domain/text/json.ts';
import {
  leafLines,
  type PayloadLeaf,
  payloadLeaves,
  pointerText,
} from '../domain/text/payload-leaves.ts';
import { shellWord } from '../domain/text/shell-word.ts';
import { shownText } from '../domain/text/shown-text.ts';
import { wantedText } from './authority-text.ts';

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
    `${shownText(sessionId)}: ${gatesCount} open`,
    ...(rootSessionId === undefined ? [] : [`  sub-agent under ${shownText(rootSessionId)}`]),
    ...gates.map(
      ({ tier, estimatedImpact, description, respondBy, ...wanted }) =>
        `  ${tier} (${estimatedImpact}) until ${timeText(respondBy)}${wantedText(wanted)}: ${shownText(description)}`,
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  npx holdpoint gates ${shellWord(sessionId)}`,
  ];
}

/** Everything a reviewer needs, the payload whole. `sessionId` left out: without the commands that name it. */
export function gateLines(gate: PendingApproval, sessionId?: string): readonly string[] {
  const { payloadDigest } = gate;
  const leaves = payloadLeaves(gate.payload);
  return [
    `${gate.kind} ${shownText(gate.actionType)}: ${shownText(gate.description)}`,
    ...treeLines(gate),
    `  tier        ${gate.tier} (rule ${shownText(gate.rule)}); may decide: ${shownText(whoText(gate))}`,
    ...factRows(gate).map(([name, value]) => `  ${name.padEnd(11)} ${shownText(value)}`),
    `  impact      ${gate.estimatedImpact}, ${gate.reversibility}`,
    `  answer by   ${timeText(gate.respondBy)}; ${silenceText(gate.kind, gate.noResponse)}`,
    ...(gate.note === undefined ? [] : [`  note        ${shownText(gate.note)}`]),
    `  digest      ${payloadDigest}`,
    `  fingerprint ${fingerprintOf(payloadDigest)}`,
    ...uninspectableLines(leaves),
    `  payload     ${leaves.length === 1 ? '1 leaf' : `${leaves.length} leaves`}, ${howWhole(leaves)}:`,
    ...leaves.flatMap((leaf) => leafLines(leaf)).map((line) => `    ${line}`),
    ...(gate.agentReason === undefined
      ? []
      : [
          '  the agent says (not checked by anyone):',
          ...gate.agentReason.split('\n').map((line) => `    | ${shownText(line)}`),
        ]),
    ...(isWhatRuns(gate) ? commandLines(gate, sessionId) : [NOT_WHAT_RUNS]),
  ];
}

/** Whether the digest that a decision would name is that of the payload that stands here. */
export function isWhatRuns(gate: PendingApproval): boolean {
  const { actionType, toolVersion, payload, payloadDigest } = gate;
  // What has no canonical form has no digest, so it is not what was asked for.
  const isHashable = isJson(payload, HASHED_DEPTH_MAX - 1);
  return isHashable && digestOf({ actionType, toolVersion, arguments: payload }) === payloadDigest;
}

const NOT_WHAT_RUNS =
  '  DO NOT APPROVE: this payload is not the one that the digest names, so it is not what would run.';

/** Values always; a name only up to a length that thousands of leaves may share. */
function howWhole(leaves: readonly PayloadLeaf[]): string {
  const isCut = leaves.some((leaf) => leaf.isCut === true);
  return isCut ? 'in full but for long names, which --exact has' : 'in full';
}

function uninspectableLines(leaves: readonly PayloadLeaf[]): readonly string[] {
  const pointers = leaves.flatMap(({ pointer, uninspectable }) =>
    uninspectable === undefined ? [] : [pointerText(pointer)],
  );
  if (pointers.length === 0) return [];
  return [`  UNINSPECTABLE ${pointers.join(', ')}: nobody can read what stands there`];
}

function commandLines(gate: PendingApproval, sessionId: string | undefined): readonly string[] {
  if (sessionId === undefined) return [];
  const exact = `npx holdpoint gates ${shellWord(sessionId)} --exact ${shellWord(gate.gateId)}`;
  return [
    '  to check the digest against the bytes:',
    `    ${exact} | sha256sum`,
    '  to decide:',
    `    ${decideCommand(sessionId, gate)}`,
  ];
}

/** Where the gate is that of a sub-agent. */
function treeLines({ sessionId, agentId, rootSessionId }: PendingApproval): readonly string[] {
  if (rootSessionId === undefined) return [];
  const whose = `${shownText(agentId)}, in ${shownText(sessionId)}`;
  return [`  sub-agent   ${whose}`, `  under       ${shownText(rootSessionId)}`];
}

/** It names the bytes and the run that were shown: whatever waits there later, this decides only what stood here. */
function decideCommand(
  sessionId: string,
  { kind, gateId, runId, payloadDigest }: PendingApproval,
): string {
  const gate = `${shellWord(sessionId)} ${shellWord(gateId)}`;
  const shown = `--run ${runId} --digest ${payloadDigest}`;
  return kind === 'question'
    ? `npx holdpoint answer ${gate} 'YOUR ANSWER' ${shown} --as YOU`
    : `npx holdpoint decide ${gate} ${shown} --approve --as YOU`;
}

function timeText(at: number | null): string {
  return at === null ? 'no end' : new Date(at).toISOString();
}
