/** Standing grants of a session: what they let pass, how much of it is used, and ending one. */
import { type ReactNode, useState } from 'react';
import type { Said } from '../../gateway/api/decisions.ts';
import type { GrantShown, SessionView } from '../../gateway/api/sessions.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import { problemOf, sessionPath } from '../api/gateway.ts';
import { grantWords } from '../model/grant-draft.ts';
import { whyNotSession } from '../model/what-may-be-done.ts';
import { Button } from './button.tsx';
import { useInbox } from './inbox-context.ts';
import { Shown } from './shown.tsx';
import { TextField } from './text-field.tsx';

export interface GrantListProps {
  readonly session: SessionView;
  readonly onDone: () => void;
}

export function GrantList({ session, onDone }: GrantListProps): ReactNode {
  const { grants = [] } = session;
  if (grants.length === 0) return null;
  return (
    <section className="card" aria-label="Standing grants">
      <h2>Standing grants</h2>
      <ul className="related">
        {grants.map((grant) => (
          <Grant key={grant.grantId} grant={grant} session={session} onDone={onDone} />
        ))}
      </ul>
    </section>
  );
}

function Grant({
  grant,
  session,
  onDone,
}: GrantListProps & { readonly grant: GrantShown }): ReactNode {
  const { gateway, me } = useInbox();
  const [reason, setReason] = useState('');
  const [said, setSaid] = useState('');
  const { terms, used, reviewerId, grantId } = grant;
  const whyNot =
    whyNotSession('revoke', { session, me }) ??
    (reason.trim() === '' ? 'Say why: a reason is required.' : undefined);
  const revoke = (): void => {
    const path = sessionPath(session.sessionId, `/grants/${encodeURIComponent(grantId)}/revoke`);
    gateway.send<Said>(path, { reason: reason.trim() }).then(
      () => onDone(),
      (error: unknown) => setSaid(problemOf(error).detail),
    );
  };
  return (
    <li>
      <span>
        <Shown text={grantWords(terms)} />. Used {used}, given by <Shown text={reviewerId} />.
      </span>
      <TextField
        label={`Reason to end ${shownText(grantId)}`}
        value={reason}
        onChange={setReason}
      />
      <Button look="danger" whyNot={whyNot} onPress={revoke}>
        Revoke
      </Button>
      <span role="status">{said}</span>
    </li>
  );
}
