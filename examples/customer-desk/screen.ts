/** What the demo prints. Text of agents and payloads comes with what deceives the eye marked, never as it is. */
import { styleText } from 'node:util';
import type { PendingApproval } from 'holdpoint/client';
import { leafLines, payloadLeaves, shownText, silenceText } from 'holdpoint/policy';

const isColoured = process.stdout.isTTY;

function styled(style: 'bold' | 'dim' | 'cyan' | 'yellow' | 'green', text: string): string {
  return isColoured ? styleText(style, text) : text;
}

export const print = {
  line: (text = ''): void => console.log(text),
  heading: (text: string): void => console.log(`\n${styled('bold', text)}`),
  progress: (text: string): void => console.log(styled('dim', `· ${text}`)),
  event: (text: string): void => console.log(styled('green', `✓ ${text}`)),
};

export function printGate(gate: PendingApproval): void {
  const { description, tier, estimatedImpact, reversibility, rule, agentReason } = gate;
  print.heading(`A gate waits (${gate.kind}): ${shownText(description)}`);
  const rows = [
    ['tier', `${tier} (rule ${rule})`],
    ['impact', `${estimatedImpact}, ${reversibility}`],
    ['proof', gate.proof === 'signed' ? 'signed' : 'claimed: nothing proves who decides'],
    ['answer by', gate.respondBy === null ? '–' : new Date(gate.respondBy).toLocaleTimeString()],
    ['if nobody answers', silenceText(gate.kind, gate.noResponse)],
    ['fingerprint', gate.fingerprint],
    ...(agentReason === undefined ? [] : [['the agent says', shownText(agentReason)]]),
  ];
  for (const [name = '', value = ''] of rows) {
    print.line(`  ${styled('cyan', name.padEnd(18))} ${value}`);
  }
  for (const line of payloadLeaves(gate.payload).flatMap((leaf) => leafLines(leaf))) {
    print.line(`  ${line}`);
  }
}
