/** What differs between two payloads, leaf by leaf: before and after, by word and sign as well as by colour. */
import { type ReactNode, useMemo } from 'react';
import type { Json } from '../../domain/text/json.ts';
import { pointerText } from '../../domain/text/payload-leaves.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import { cutText } from '../../domain/text/visible-text.ts';
import { payloadChanges } from '../model/payload-diff.ts';
import { Marked } from './shown.tsx';

const VALUE_CHARACTERS = 1_200;

export interface LeafDiffProps {
  readonly before: Json;
  readonly after: Json;
  readonly caption: string;
}

export function LeafDiff({ before, after, caption }: LeafDiffProps): ReactNode {
  const changes = useMemo(() => payloadChanges(before, after), [before, after]);
  if (changes.length === 0) return <p className="quiet">Nothing differs.</p>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className="diff">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Argument</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.pointer}>
              <th scope="row">
                <code>
                  <Marked text={pointerText(change.pointer)} />
                </code>
              </th>
              <td className="before">
                <Side sign="−" value={change.before} none="not there" />
              </td>
              <td className="after">
                <Side sign="+" value={change.after} none="taken away" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Side({
  sign,
  value,
  none,
}: {
  readonly sign: string;
  readonly value: Json | undefined;
  readonly none: string;
}): ReactNode {
  if (value === undefined) return <span className="quiet">{none}</span>;
  return (
    <code>
      <span aria-hidden="true">{sign} </span>
      <Marked text={shownText(cutText(JSON.stringify(value), VALUE_CHARACTERS))} />
    </code>
  );
}
