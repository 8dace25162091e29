/** Other gates of the same session: what was asked before, and what came of it. */
import type { ReactNode } from 'react';
import type { RelatedGate } from '../../gateway/api/gates.ts';
import { counted } from '../model/words.ts';
import { Ago } from './countdown.tsx';
import { Link } from './router.tsx';
import { Shown } from './shown.tsx';
import { StatusTag, TierTag } from './tags.tsx';

export interface RelatedGatesProps {
  readonly related: readonly RelatedGate[];
  readonly sessionId: string;
  readonly title?: string;
}

export function RelatedGates({
  related,
  sessionId,
  title = 'Other gates of this session',
}: RelatedGatesProps): ReactNode {
  if (related.length === 0) return null;
  return (
    <section className="card" aria-label={title}>
      <h2>
        {title} <span className="quiet">{counted(related.length, 'gate')}</span>
      </h2>
      <ul className="related">
        {related.map((gate) => (
          <li key={gate.gateId}>
            <StatusTag status={gate.status} />
            <Link to={{ page: 'request', sessionId, gateId: gate.gateId }}>
              <Shown text={gate.description} />
            </Link>
            <TierTag tier={gate.tier} />
            <span className="quiet">
              <Ago at={gate.endedAt ?? gate.presentedAt} />
              {gate.reviewerId === undefined ? null : (
                <>
                  {' '}
                  by <Shown text={gate.reviewerId} />
                </>
              )}
              {gate.rationale === undefined ? null : (
                <>
                  {' '}
                  “<Shown text={gate.rationale} />”
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
