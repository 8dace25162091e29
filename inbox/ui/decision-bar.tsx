/** The buttons of a request, always in reach. One that may not be used says why. */
import type { ReactNode } from 'react';
import type { DecideBody } from '../../gateway/api/decisions.ts';
import { DECISION_OF, type DecidingAction } from '../model/decision.ts';
import { GATE_ACTIONS, type GateSituation, whyNotGate } from '../model/what-may-be-done.ts';
import { Button, type ButtonProps } from './button.tsx';
import { Shown } from './shown.tsx';
import type { Claiming } from './use-claim.ts';

export interface DecisionBarProps {
  readonly situation: GateSituation;
  readonly actions: readonly DecidingAction[];
  readonly onOpen: (action: DecidingAction) => void;
  readonly claim: Claiming;
}

const LOOKS: Readonly<Record<DecideBody['decision'], NonNullable<ButtonProps['look']>>> = {
  approved: 'primary',
  rejected: 'danger',
  modified: 'plain',
};

export function DecisionBar({ situation, actions, onOpen, claim }: DecisionBarProps): ReactNode {
  const reasons = actions.map((action) => whyNotGate(action, situation));
  const [first] = reasons;
  // One reason for all is said once.
  const isShared = first !== undefined && reasons.every((reason) => reason === first);
  return (
    <section className="decision-bar" aria-label="Decide">
      {isShared ? (
        <p className="why-not">
          <Shown text={first} />
        </p>
      ) : null}
      <div className="buttons">
        {actions.map((action, index) => (
          <Button
            key={action}
            look={action === 'grant' ? 'plain' : LOOKS[DECISION_OF[action]]}
            keyName={GATE_ACTIONS[action].key}
            whyNot={reasons[index]}
            isWhyShown={!isShared}
            onPress={() => onOpen(action)}
          >
            {GATE_ACTIONS[action].label}
          </Button>
        ))}
        <Button
          look="quiet"
          keyName={GATE_ACTIONS[claim.action].key}
          whyNot={claim.whyNot}
          isWhyShown={!isShared}
          onPress={claim.toggle}
        >
          {GATE_ACTIONS[claim.action].label}
        </Button>
        <span role="status" className="quiet">
          {claim.said}
        </span>
      </div>
    </section>
  );
}
