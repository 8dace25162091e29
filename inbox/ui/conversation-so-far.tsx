/** The conversation of the session, as its model sees it: read when it is opened, and labelled as what it is. */
import { type ReactNode, useState } from 'react';
import type { GateView } from '../../gateway/api/gates.ts';
import type { ConversationShown } from '../../gateway/api/sessions.ts';
import { sessionPath } from '../api/gateway.ts';
import { storyOf } from '../model/story.ts';
import { ProblemNotice } from './notice.tsx';
import { StoryList } from './story-list.tsx';
import { useLoaded } from './use-loaded.ts';

export function ConversationSoFar({ gate }: { readonly gate: GateView }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const path = isOpen ? sessionPath(gate.facts.sessionId, '/conversation') : undefined;
  const { value, problem } = useLoaded<ConversationShown>(path);
  return (
    <details className="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Conversation so far</h2>
      </summary>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {value === undefined ? (
        isOpen && problem === undefined ? (
          <p className="quiet">Reading it …</p>
        ) : null
      ) : (
        <StoryList
          items={storyOf({ conversation: value, trail: [], steps: undefined })}
          sessionId={gate.facts.sessionId}
        />
      )}
    </details>
  );
}
