/** A button that, where it may not be used, says why: in its title, and in words beside it that it is described by. */
import { type ReactNode, useId } from 'react';

export interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** Why it may not be used. Left out: it may. */
  readonly whyNot?: string | undefined;
  /** False: the words stand in the title and for screen readers alone, since they stand beside it anyway. */
  readonly isWhyShown?: boolean;
  readonly keyName?: string | undefined;
  readonly label?: string;
  readonly isPressed?: boolean;
}

/** It stays focusable, so that everybody can find out why: `aria-disabled`, not `disabled`. */
export function Button({
  children,
  onPress,
  look = 'plain',
  whyNot,
  isWhyShown = true,
  keyName,
  label,
  isPressed,
}: ButtonProps): ReactNode {
  const id = useId();
  const isOff = whyNot !== undefined;
  return (
    <span className="button-box">
      <button
        type="button"
        className={`button ${look}`}
        aria-disabled={isOff}
        aria-describedby={isOff ? id : undefined}
        aria-keyshortcuts={keyName}
        aria-label={label}
        aria-pressed={isPressed}
        title={whyNot}
        onClick={isOff ? undefined : onPress}
      >
        {children}
        {keyName === undefined ? null : <kbd aria-hidden="true">{keyName}</kbd>}
      </button>
      {isOff ? (
        <span id={id} className={isWhyShown ? 'why-not' : 'unseen'}>
          {whyNot}
        </span>
      ) : null}
    </span>
  );
}
