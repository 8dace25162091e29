/** What the demo prints. Text of agents and payloads comes with what can't be seen marked, never as it is. */
import { styleText } from 'node:util';
import type { PendingApproval } from 'holdpoint/client';
import { silenceText, visibleLines, visibleText } from 'holdpoint/policy';

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
  print.heading(`A gate waits (${gate.kind}): ${visibleText(description)}`);
  const rows = [
    ['tier', `${tier} (rule ${rule})`],
    ['impact', `${estimatedImpact}, ${reversibility}`],
    ['proof', gate.proof === 'signed' ? 'signed' : 'claimed: nothing proves who decides'],
    ['answer by', gate.respondBy === null ? '–' : new Date(gate.respondBy).toLocaleTimeString()],
    ['if nobody answers', silenceText(gate.kind, gate.noResponse)],
    ['digest', `${gate.payloadDigest.slice(0, 16)}…`],
    ...(agentReason === undefined ? [] : [['the agent says', visibleText(agentReason)]]),
  ];
  for (const [name = '', value = ''] of rows) {
    print.line(`  ${styled('cyan', name.padEnd(18))} ${value}`);
  }
  const payload = visibleLines(JSON.stringify(gate.payload, null, 2));
  print.line(payload.replaceAll(/^/gm, '  '));
}
