/** The keys, and what the marks mean. */
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

const KEYS = [
  ['j, k', 'next, previous gate'],
  ['Enter, o', 'open it'],
  ['a', 'approve, deliver, answer: opens what is to be confirmed'],
  ['r', 'reject'],
  ['m', 'modify'],
  ['g', 'approve, and grant similar calls'],
  ['c', 'claim, release'],
  ['/', 'search'],
  ['u, Escape', 'back to the queue'],
  ['?', 'this'],
] as const;

export function HelpDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <Dialog title="Keys and marks" onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <p>
        <span className="mark">⟦U+202E⟧</span> stands for a character that can not be seen, or
        follows one that passes for another.
      </p>
      <p>
        A fingerprint is twenty digits of what would run: whoever looks at the same request
        elsewhere sees the same ones.
      </p>
      <div className="dialog-foot">
        <Button onPress={onClose}>Close</Button>
      </div>
    </Dialog>
  );
}
