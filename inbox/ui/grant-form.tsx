/** The terms of a standing grant: how far a yes reaches beyond this one call. */
import type { ReactNode } from 'react';
import { pointerText } from '../../domain/text/payload-leaves.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import type { BoundDraft, GrantDraft, GrantLimits } from '../model/grant-draft.ts';
import { Marked } from './shown.tsx';
import { TextField } from './text-field.tsx';

export interface GrantFormProps {
  readonly tool: string;
  readonly limits: GrantLimits;
  readonly draft: GrantDraft;
  readonly onChange: (draft: GrantDraft) => void;
}

export function GrantForm({ tool, limits, draft, onChange }: GrantFormProps): ReactNode {
  const set = (changes: Partial<GrantDraft>): void => onChange({ ...draft, ...changes });
  const setBound = (index: number, bound: BoundDraft): void =>
    set({ bounds: draft.bounds.toSpliced(index, 1, bound) });
  return (
    <fieldset>
      <legend>Let similar calls of this session pass as well</legend>
      <div className="choices">
        <label>
          <input
            type="radio"
            name="scope"
            checked={draft.scope === 'exact'}
            onChange={() => set({ scope: 'exact' })}
          />{' '}
          The very same call
        </label>
        <label>
          <input
            type="radio"
            name="scope"
            checked={draft.scope === 'tool'}
            onChange={() => set({ scope: 'tool' })}
          />{' '}
          Calls of <code>{shownText(tool)}</code> within bounds
        </label>
      </div>
      <div className="side-by-side">
        <TextField
          label={`Times, up to ${limits.timesMax}`}
          value={draft.times}
          onChange={(times) => set({ times })}
        />
        <TextField
          label={`Minutes, up to ${Math.floor(limits.withinMs / 60_000)}`}
          value={draft.minutes}
          onChange={(minutes) => set({ minutes })}
        />
      </div>
      {draft.scope === 'exact' ? null : (
        <ul className="bounds">
          {draft.bounds.map((bound, index) => (
            <Bound key={bound.pointer} bound={bound} onChange={(next) => setBound(index, next)} />
          ))}
        </ul>
      )}
    </fieldset>
  );
}

function Bound({
  bound,
  onChange,
}: {
  readonly bound: BoundDraft;
  readonly onChange: (bound: BoundDraft) => void;
}): ReactNode {
  const { pointer, value, rule, atMost } = bound;
  const name = pointerText(pointer);
  return (
    <li>
      <code>
        <Marked text={name} />
      </code>
      <select
        aria-label={`Rule for ${name}`}
        value={rule}
        onChange={({ target }) => onChange({ ...bound, rule: target.value as BoundDraft['rule'] })}
      >
        <option value="equals">is as here: {shownText(JSON.stringify(value)).slice(0, 80)}</option>
        {typeof value === 'number' ? <option value="atMost">is at most …</option> : null}
        <option value="free">may be anything</option>
      </select>
      {rule === 'atMost' ? (
        <input
          aria-label={`At most, for ${name}`}
          value={atMost}
          onChange={({ target }) => onChange({ ...bound, atMost: target.value })}
        />
      ) : null}
    </li>
  );
}
