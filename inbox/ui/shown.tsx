/** Text from outside: text nodes alone, with what can't be seen marked, and the marks set apart. */
import { memo, type ReactNode } from 'react';
import { shownText } from '../../domain/text/shown-text.ts';
import { textParts } from '../model/leaf-lines.ts';

/** `text` has been through shownText already. */
export const Marked = memo(function Marked({ text }: { readonly text: string }): ReactNode {
  return textParts(text).map((part, index) =>
    part.isMark ? (
      <span
        key={index}
        className="mark"
        title="A character that can't be seen, or passes for another one"
      >
        {part.text}
      </span>
    ) : (
      part.text
    ),
  );
});

export function Shown({ text }: { readonly text: string }): ReactNode {
  return <Marked text={shownText(text)} />;
}
