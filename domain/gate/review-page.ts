/**
 * Temporal UI's Current Details as a review screen: every open gate in Markdown, with a decision ready to paste into
 * "Send a Signal". Whatever comes from a payload or a model stands in code fences or escaped, with what can't be seen or
 * passes for something else marked: it can't forge a heading, a row or a verdict.
 *
 * H1 what is shown is what runs: every leaf of the payload has its line, and where one is shortened the page says so, and
 * how to see it all.
 */
import { REVIEWER_PLACEHOLDER } from './decision.ts';
import type { Gate } from './gate.ts';
import { factRows, factsOf, whoText } from './facts.ts';
import { utf8Length } from '../text/digest.ts';
import { fingerprintOf } from '../text/fingerprint.ts';
import { opaqueLeaves } from '../text/inspect.ts';
import { fittingPayload, opacityText } from '../text/payload-leaves.ts';
import { shellWord } from '../text/shell-word.ts';
import { shownLines, shownText } from '../text/shown-text.ts';
import {
  CURRENT_DETAILS_CHARACTERS_MAX,
  SHOWN_FIELD_CHARACTERS_MAX,
  SHOWN_PAYLOAD_CHARACTERS_MAX,
  SHOWN_REASON_CHARACTERS_MAX,
} from '../limits.ts';
import { QUERIES, SIGNALS, wireName } from '../messages.ts';
import type { Policy } from '../policy/policy.ts';
import { openGates, type SessionState } from '../session/session.ts';
import { silenceText } from './silence.ts';
import { cutText } from '../text/visible-text.ts';

/** The page of a session at `runId`: nothing, when nothing waits. */
export function reviewPage(state: SessionState, runId: string): string {
  const { policy, pause } = state;
  const open = openGates(state);
  const header =
    pause === undefined
      ? []
      : [
          `**Paused** by ${inline(pause.operatorId)}: ${inline(pause.reason)}. Deadlines stand still.`,
        ];
  if (policy === undefined || open.length === 0) return header.join('\n\n');
  // In a workflow that knows nothing of Holdpoint, the short names are that workflow's own.
  const named = state.isHosted === true ? wireName : (name: string): string => name;
  const sections = open.map((gate) => () => gateSection(policy, gate, { runId, named }));
  const title = open.length === 1 ? '1 gate waits' : `${open.length} gates wait`;
  const rest = named(QUERIES.pendingApprovals);
  return fitting([...header, `# ${title} for a person`], sections, rest);
}

/** As many gates as fit, whole; what does not fit is counted, not written, and where to find it said. */
function fitting(
  header: readonly string[],
  sections: readonly (() => string)[],
  query: string,
): string {
  const shown = [...header];
  for (const [index, write] of sections.entries()) {
    const section = write();
    const bytes = utf8Length([...shown, section].join('\n\n'));
    if (bytes > CURRENT_DETAILS_CHARACTERS_MAX) {
      shown.push(`… and ${sections.length - index} more: query \`${query}\`.`);
      break;
    }
    shown.push(section);
  }
  return shown.join('\n\n');
}

interface Where {
  readonly runId: string;
  /** The name of a message as this workflow takes it. */
  readonly named: (name: string) => string;
}

function gateSection(policy: Policy, gate: Gate, { runId, named }: Where): string {
  const { request } = gate;
  const facts = factsOf(policy, gate);
  const rows: readonly (readonly [string, string])[] = [
    ['Kind', request.kind],
    ['Tool', `${request.actionType} (version ${request.toolVersion})`],
    ['Reversibility', request.reversibility],
    ['Impact', request.estimatedImpact],
    ['Value', valueText(request.value)],
    ['Confidence', request.confidence === undefined ? '–' : request.confidence.toFixed(2)],
    ['Tier', `${gate.tier} (rule ${request.rule}, policy ${request.policyVersion})`],
    ['Who may decide', whoText(facts)],
    ...factRows(facts).map(([name, text]) => [titled(name), text] as const),
    ['Answer by', gate.respondBy === null ? '–' : new Date(gate.respondBy).toISOString()],
    ['If nobody answers', silenceText(request.kind, gate.noResponse)],
    ['Payload digest', request.payloadDigest],
    ['Fingerprint', fingerprintOf(request.payloadDigest)],
  ];
  return [
    `## ${inline(request.description)}`,
    table(rows),
    ...(request.note === undefined ? [] : [`**Why now:** ${inline(request.note)}`]),
    ...payloadParts(request, named),
    ...(request.agentReason === undefined
      ? []
      : [
          'The agent says (not checked by anyone):',
          fence(cutText(shownLines(request.agentReason), SHOWN_REASON_CHARACTERS_MAX), 'text'),
        ]),
    ...(facts.proof === 'signed'
      ? signedParts(request, named)
      : claimedParts(gate, { runId, named })),
  ].join('\n\n');
}

function titled(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function claimedParts(gate: Gate, { runId, named }: Where): readonly string[] {
  return [
    `**Decide:** *Send a Signal*, name \`${named(SIGNALS.decide)}\`, with this input (put your id in; \`rejected\` with a reason, or \`modified\` with \`modifications\`, work alike):`,
    fence(template(gate, runId), 'json'),
  ];
}

/** Nobody signs in a page: the command prints what is pasted here. */
function signedParts(
  { sessionId, gateId }: Gate['request'],
  named: Where['named'],
): readonly string[] {
  const sign = `npx holdpoint sign ${shellWord(sessionId)} ${shellWord(gateId)} --approve --as YOU`;
  return [
    `**Decide:** sign it with your key in a terminal (\`--reject\` and \`--modify\` work alike), then *Send a Signal*, name \`${named(SIGNALS.decide)}\`, with what that prints:`,
    fence(sign, 'sh'),
  ];
}

function valueText(value: number | null | undefined): string {
  if (value === undefined) return '–';
  return value === null ? 'can not be read' : String(value);
}

/** Every leaf, long ones shortened, and what nobody can read before them: a page is cut at its end, if anywhere. */
function payloadParts(
  { payload, sessionId }: Gate['request'],
  named: Where['named'],
): readonly string[] {
  const shown = fittingPayload(payload, SHOWN_PAYLOAD_CHARACTERS_MAX);
  const query = named(QUERIES.pendingApprovals);
  return [
    ...uninspectableParts(payload),
    '**Payload**',
    fence(shown.lines.join('\n'), 'text'),
    ...(shown.isShortened
      ? [
          `**Shortened.** All of it: query \`${query}\`, or in a terminal:`,
          fence(`npx holdpoint gates ${shellWord(sessionId)}`, 'sh'),
        ]
      : []),
  ];
}

function uninspectableParts(payload: Gate['request']['payload']): readonly string[] {
  const leaves = opaqueLeaves(payload).map(
    ({ pointer, opacity }) => `${pointer} is ${opacityText(opacity)}`,
  );
  if (leaves.length === 0) return [];
  return [`**Uninspectable:** ${inline(leaves.join('; '))}. Nobody can read what stands there.`];
}

function template(gate: Gate, runId: string): string {
  const { gateId, payloadDigest, kind } = gate.request;
  const answer = kind === 'question' ? { modifications: { answer: '' } } : {};
  const decision = { gateId, runId, payloadDigest, decision: 'approved', ...answer };
  return JSON.stringify({ ...decision, reviewerId: REVIEWER_PLACEHOLDER, rationale: '' }, null, 2);
}

function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([name, value]) => `| ${name} | ${inline(value)} |`);
  return ['| | |', '| --- | --- |', ...lines].join('\n');
}

/** Text in running Markdown: on one line, nothing in it is markup, and cut before it hides the rest. */
function inline(text: string, charactersMax = SHOWN_FIELD_CHARACTERS_MAX): string {
  return cutText(shownText(text), charactersMax).replaceAll(
    /[\\`*_{}[\]()#+\-.!|<>~&:@/]/g,
    '\\$&',
  );
}

/** A fenced block that its content can't close: longer than any run of backticks in it. */
function fence(content: string, language: string): string {
  // Marked before it is cut: a mark is longer than what it stands for.
  const shown = cutText(shownLines(content), SHOWN_PAYLOAD_CHARACTERS_MAX);
  const longest = shown.match(/`+/g)?.reduce((most, run) => Math.max(most, run.length), 0) ?? 0;
  const ticks = '`'.repeat(Math.max(3, longest + 1));
  return `${ticks}${language}\n${shown}\n${ticks}`;
}
