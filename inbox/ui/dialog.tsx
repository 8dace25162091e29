/** A modal dialog, by the browser's own: focus stays inside, Escape closes it, and focus goes back to where it was. */
import { type ReactNode, useEffect, useId, useRef } from 'react';

export interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly onClose: () => void;
  /** Nothing closes it: something is on its way. */
  readonly isBusy?: boolean;
  readonly size?: 'small' | 'large';
}

export function Dialog({
  title,
  children,
  onClose,
  isBusy = false,
  size = 'small',
}: DialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    const before = document.activeElement;
    if (shown !== null && !shown.open) shown.showModal();
    // A field that is to be first was drawn before the dialog was open, when nothing in it could have the focus.
    shown?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => {
      if (shown?.open === true) shown.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    // What had the focus is gone, as a button that has done its work: the dialog keeps it, and is read from its top.
    const shown = dialog.current;
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isLost) shown?.querySelector('h2')?.focus();
  });
  return (
    <dialog
      ref={dialog}
      className={`dialog ${size}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!isBusy) onClose();
      }}
    >
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
