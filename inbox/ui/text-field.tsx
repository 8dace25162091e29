/** A labelled field for a person's words. */
import { type ReactNode, useId } from 'react';

export interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  readonly isLong?: boolean;
  readonly isRequired?: boolean;
  readonly isFirst?: boolean;
  readonly type?: 'text' | 'number' | 'search';
  readonly whyNot?: string | undefined;
}

export function TextField(props: TextFieldProps): ReactNode {
  const { label, value, onChange, hint, problem, isLong = false, isRequired = false } = props;
  const { isFirst = false, type = 'text', whyNot } = props;
  const id = useId();
  const about = [
    hint === undefined ? '' : `${id}-hint`,
    problem === undefined ? '' : `${id}-problem`,
    whyNot === undefined ? '' : `${id}-why`,
  ]
    .filter(Boolean)
    .join(' ');
  const shared = {
    id,
    value,
    required: isRequired,
    readOnly: whyNot !== undefined,
    autoFocus: isFirst,
    'data-first': isFirst ? '' : undefined,
    'aria-invalid': problem !== undefined,
    'aria-describedby': about === '' ? undefined : about,
  };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {isRequired ? <span className="quiet"> (required)</span> : null}
      </label>
      {isLong ? (
        <textarea
          {...shared}
          rows={rowsOf(value)}
          onChange={({ target }) => onChange(target.value)}
        />
      ) : (
        <input {...shared} type={type} onChange={({ target }) => onChange(target.value)} />
      )}
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {whyNot === undefined ? null : (
        <p id={`${id}-why`} className="why-not">
          {whyNot}
        </p>
      )}
      {problem === undefined ? null : (
        <p id={`${id}-problem`} className="field-problem">
          {problem}
        </p>
      )}
    </div>
  );
}

const ROWS_MIN = 3;
const ROWS_MAX = 14;

function rowsOf(text: string): number {
  return Math.min(ROWS_MAX, Math.max(ROWS_MIN, text.split('\n').length));
}
