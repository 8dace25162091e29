/** Something the page says: a problem, a warning, a result. */
import type { ReactNode } from 'react';
import type { ProblemSaid } from '../model/problem.ts';
import { Shown } from './shown.tsx';

export interface NoticeProps {
  readonly tone: 'bad' | 'warn' | 'good' | 'plain';
  readonly children: ReactNode;
  /** Said at once by screen readers. */
  readonly isUrgent?: boolean;
}

export function Notice({ tone, children, isUrgent = false }: NoticeProps): ReactNode {
  return (
    <div className={`notice ${tone}`} role={isUrgent ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

export function ProblemNotice({ problem }: { readonly problem: ProblemSaid }): ReactNode {
  return (
    <Notice tone="bad" isUrgent>
      <Shown text={problem.detail} /> <code>{problem.code}</code>
    </Notice>
  );
}
