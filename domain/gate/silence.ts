/** What nobody's answer will mean, in words, by kind of gate: a reviewer sees it before anything else. */
import type { GateKind } from '../policy/condition.ts';
import type { NoResponse } from '../policy/tier.ts';

const REJECTED: Readonly<Record<GateKind, string>> = {
  action: 'it does not run',
  answer: 'the session ends, and says that its answer is unconfirmed',
  question: 'the agent is told that nobody answered',
  effect: 'it stays unknown, and is not tried again',
};

export function silenceText(kind: GateKind, noResponse: NoResponse): string {
  switch (noResponse) {
    case 'reject':
      return REJECTED[kind];
    case 'approve':
      return 'it runs, since it can be undone';
    case 'hold':
      return 'it waits on, with reminders';
    case 'fail':
      return 'the session fails';
    case 'escalate':
      return 'the next tier is asked';
  }
}
