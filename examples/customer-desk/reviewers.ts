/** Who decides in the demo: a person at the terminal, or a script that plays one. */
import type { Interface } from 'node:readline/promises';
import type { PendingApproval } from 'holdpoint/client';

export interface Answer {
  readonly decision: 'approved' | 'rejected' | 'modified';
  readonly modifications?: Readonly<Record<string, string | number>>;
  readonly rationale?: string;
}

export interface Reviewer {
  readonly id: string;
  readonly isScripted: boolean;
  /** Undefined: pause or resume the session instead, and ask again. */
  decide(gate: PendingApproval): Promise<Answer | 'pause'>;
}

/** Plays a careful reviewer: the refund is right, the record to delete is the wrong one, the answer is too sure. */
export function scriptedReviewer(): Reviewer {
  return {
    id: 'rita',
    isScripted: true,
    decide: async ({ kind, actionType }) => {
      if (kind === 'answer') {
        const answer = 'Done. The refund takes three to five working days.';
        return {
          decision: 'modified',
          modifications: { answer },
          rationale: 'Our bank needs 3–5.',
        };
      }
      if (actionType === 'delete_record') {
        const rationale = 'cus-17 is the active record, cus-42 is the duplicate.';
        return { decision: 'modified', modifications: { customerId: 'cus-42' }, rationale };
      }
      return { decision: 'approved', rationale: 'Checked against the order.' };
    },
  };
}

/** Asks whoever sits at the terminal. */
export function terminalReviewer(terminal: Interface): Reviewer {
  const decide: Reviewer['decide'] = async (gate) => {
    const asked = await terminal.question('  [a]pprove  [r]eject  [m]odify  [p]ause or resume > ');
    const key = asked.trim().toLowerCase().charAt(0);
    if (key === 'p') return 'pause';
    if (key === 'a') return { decision: 'approved' };
    if (key === 'r') {
      return { decision: 'rejected', rationale: await terminal.question('  Why? > ') };
    }
    if (key === 'm') return modification(terminal, gate);
    return decide(gate);
  };
  return { id: 'you', isScripted: false, decide };
}

async function modification(terminal: Interface, gate: PendingApproval): Promise<Answer> {
  if (gate.kind === 'answer') {
    const answer = await terminal.question('  The answer should be > ');
    return { decision: 'modified', modifications: { answer } };
  }
  const names = Object.keys(gate.payload).join(', ');
  const name = await terminal.question(`  Which argument (${names})? > `);
  const text = await terminal.question('  New value > ');
  const isNumber = typeof gate.payload[name.trim()] === 'number';
  const value = isNumber ? Number(text) : text;
  return { decision: 'modified', modifications: { [name.trim()]: value } };
}
