/** What a program does that watches over keys: nothing of the agent starts any more until the key is another one. */
import type { HoldpointClient, KillReport } from 'holdpoint/client';

export interface OnCall {
  readonly page: (answers: KillReport['answers'], sessions: KillReport['sessions']) => void;
  readonly rotateKey: () => Promise<void>;
}

export async function keyLeaked(
  holdpoint: Pick<HoldpointClient, 'kill' | 'liftKill'>,
  { page, rotateKey }: OnCall,
): Promise<void> {
  // region: program
  const leaked = { operatorId: 'olga', reason: 'key leaked' };
  const report = await holdpoint.kill({ agentId: 'desk' }, leaked);
  if (!report.isQuiet) page(report.answers, report.sessions);
  await rotateKey();
  await holdpoint.liftKill({ agentId: 'desk' }, { operatorId: 'olga', reason: 'rotated' });
  // endregion
}
