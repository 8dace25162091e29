/** What came of an order of the kill switch, as far as it was known in time. What is not quiet comes first. */
import type { ReactNode } from 'react';
import type { KillBody, KillReported } from '../../gateway/api/kills.ts';
import { counted } from '../model/words.ts';
import { Notice } from './notice.tsx';
import { Link } from './router.tsx';
import { Shown } from './shown.tsx';

type Killed = KillReported['sessions'][number];

const STATES: Readonly<Record<Killed['state'], string>> = {
  quiet: '✓ quiet',
  not_quiet: '! not quiet yet',
  unknown: '? not known',
};

export function KillReport({
  verb,
  reported,
}: {
  readonly verb: KillBody['verb'];
  readonly reported: KillReported;
}): ReactNode {
  const { isQuiet, answers, sessions, sessionsCount, elsewhere = 0 } = reported;
  const unheard = answers.filter(({ status }) => status !== 'stored');
  return (
    <div className="kill-report">
      <Notice tone={isQuiet ? 'good' : 'warn'} isUrgent={!isQuiet}>
        {isQuiet ? 'Done.' : 'Not over yet.'}{' '}
        {unheard.length === 0
          ? verb === 'kill'
            ? 'It is acknowledged: nothing more starts.'
            : 'It is lifted.'
          : 'NOT ACKNOWLEDGED.'}
        {unheard.map(({ taskQueue, message }) => (
          <p key={taskQueue}>
            <Shown text={taskQueue} />: <Shown text={message ?? ''} />
          </p>
        ))}
      </Notice>
      {verb === 'lift' ? null : (
        <p>
          {sessionsCount === 0 ? 'No session was running.' : counted(sessionsCount, 'session')}
          {elsewhere === 0
            ? null
            : ` ${counted(elsewhere, 'session')} on other task queues were left alone.`}
        </p>
      )}
      <ul>
        {sessions.map((session) => (
          <li key={session.sessionId}>
            {STATES[session.state]}{' '}
            <Link to={{ page: 'session', sessionId: session.sessionId }}>
              <Shown text={session.sessionId} />
            </Link>
            {session.inFlight.length === 0 ? null : (
              <>
                {' '}
                in flight:{' '}
                <Shown text={session.inFlight.map(({ actionType }) => actionType).join(', ')} />
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
