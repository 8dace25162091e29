/**
 * A form made from a tool's JSON Schema, or from the payload alone. Each field edits one place of one value; what the form
 * can't say is edited as JSON in its place. Names and descriptions are a tool's words: text, nothing more.
 */
import { type ReactNode, useId, useState } from 'react';
import type { Json } from '../../domain/text/json.ts';
import { isJson } from '../../domain/text/json.ts';
import { sameJson } from '../../domain/policy/condition.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import { isList, memberOf, isObject, type Path, pointerOf } from '../model/json-path.ts';
import { emptyValue, type Field, fieldOf, type Schema, typedNumber } from '../model/schema-form.ts';
import type { FieldProblem } from '../model/validation.ts';
import { Button } from './button.tsx';
import { TextField } from './text-field.tsx';

export interface FormParts {
  readonly root: Schema;
  readonly problems: readonly FieldProblem[];
  readonly change: (path: Path, value: Json | undefined) => void;
  /** Why a top-level argument may not be changed. */
  readonly whyNot: (name: string) => string | undefined;
}

interface FieldProps {
  readonly parts: FormParts;
  readonly schema: Schema;
  readonly path: Path;
  readonly value: Json | undefined;
  readonly isRequired: boolean;
  readonly whyNot?: string | undefined;
}

const DEPTH_MAX = 12;

export function SchemaForm({
  parts,
  schema,
  value,
}: {
  readonly parts: FormParts;
  readonly schema: Schema;
  readonly value: Json;
}): ReactNode {
  return (
    <div className="schema-form">
      <FieldView parts={parts} schema={schema} path={[]} value={value} isRequired />
    </div>
  );
}

function labelOf(path: Path, field: Field): string {
  const last = path.at(-1);
  if (last === undefined) return 'Arguments';
  const name = typeof last === 'number' ? `${last + 1}.` : shownText(last);
  return field.title === undefined ? name : `${name}: ${shownText(field.title)}`;
}

function FieldView(props: FieldProps): ReactNode {
  const { parts, schema, path, value, isRequired, whyNot } = props;
  if (value === undefined) return <AbsentField {...props} />;
  const field = fieldOf(schema, parts.root, value);
  const own = parts.problems.filter(({ pointer }) => pointer === pointerOf(path));
  const problem = own.length === 0 ? undefined : own.map(({ message }) => message).join(' ');
  const said = {
    label: labelOf(path, field),
    hint: field.description === undefined ? undefined : shownText(field.description),
    problem,
    isRequired,
    whyNot,
  };
  const set = (next: Json): void => parts.change(path, next);
  if (path.length > DEPTH_MAX) return <JsonField {...said} value={value} set={set} />;
  switch (field.kind) {
    case 'object':
      return <ObjectField {...props} field={field} problem={problem} />;
    case 'list':
      return <ListField {...props} field={field} problem={problem} />;
    case 'text':
      return (
        <TextField
          {...said}
          hint={[said.hint, field.format].filter(Boolean).join(' · ') || undefined}
          isLong={field.isLong}
          value={plainText(value)}
          onChange={set}
        />
      );
    case 'number':
      return <NumberField {...said} value={value} set={set} />;
    case 'boolean':
      return <ChoiceField {...said} options={[true, false]} value={value} set={set} />;
    case 'choice':
      return <ChoiceField {...said} options={field.options} value={value} set={set} />;
    case 'json':
      return <JsonField {...said} value={value} set={set} />;
  }
}

function AbsentField({ parts, schema, path, isRequired, whyNot }: FieldProps): ReactNode {
  const label = labelOf(path, fieldOf(schema, parts.root, undefined));
  return (
    <div className="field absent">
      <span className="quiet">
        {label}: not there{isRequired ? ', and required' : ''}
      </span>
      <Button
        look="quiet"
        whyNot={whyNot}
        onPress={() => parts.change(path, emptyValue(schema, parts.root))}
      >
        Add {label}
      </Button>
    </div>
  );
}

type Of<Kind extends Field['kind']> = Extract<Field, { readonly kind: Kind }>;

function ObjectField(
  props: FieldProps & { readonly field: Of<'object'>; readonly problem: string | undefined },
): ReactNode {
  const { parts, path, value, field, problem, whyNot } = props;
  const isTop = path.length === 0;
  return (
    <fieldset className={isTop ? 'top' : undefined}>
      <legend className={isTop ? 'unseen' : undefined}>{labelOf(path, field)}</legend>
      {field.description === undefined ? null : (
        <p className="hint">{shownText(field.description)}</p>
      )}
      {problem === undefined ? null : <p className="field-problem">{problem}</p>}
      {field.fields.map(({ name, schema, isRequired }) => (
        <FieldView
          key={name}
          parts={parts}
          schema={schema}
          path={[...path, name]}
          value={isObject(value) ? memberOf(value, name) : undefined}
          isRequired={isRequired}
          whyNot={isTop ? parts.whyNot(name) : whyNot}
        />
      ))}
    </fieldset>
  );
}

function ListField(
  props: FieldProps & { readonly field: Of<'list'>; readonly problem: string | undefined },
): ReactNode {
  const { parts, path, value, field, problem, whyNot } = props;
  const items = isList(value) ? value : [];
  return (
    <fieldset>
      <legend>{labelOf(path, field)}</legend>
      {field.description === undefined ? null : (
        <p className="hint">{shownText(field.description)}</p>
      )}
      {problem === undefined ? null : <p className="field-problem">{problem}</p>}
      {items.map((item, index) => (
        <div className="item" key={index}>
          <FieldView
            parts={parts}
            schema={field.item}
            path={[...path, index]}
            value={item}
            isRequired
            whyNot={whyNot}
          />
          <Button
            look="quiet"
            whyNot={whyNot}
            isWhyShown={false}
            label={`Remove item ${index + 1} of ${labelOf(path, field)}`}
            onPress={() => parts.change([...path, index], undefined)}
          >
            Remove
          </Button>
        </div>
      ))}
      <Button
        look="quiet"
        whyNot={whyNot}
        isWhyShown={false}
        label={`Add an item to ${labelOf(path, field)}`}
        onPress={() => parts.change(path, [...items, emptyValue(field.item, parts.root)])}
      >
        Add an item
      </Button>
    </fieldset>
  );
}

interface ScalarProps {
  readonly label: string;
  readonly hint: string | undefined;
  readonly problem: string | undefined;
  readonly isRequired: boolean;
  readonly whyNot: string | undefined;
  readonly value: Json;
  readonly set: (value: Json) => void;
}

function plainText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What is typed stays as it is typed: `1.` is on its way to `1.5`. */
function NumberField({ value, set, ...said }: ScalarProps): ReactNode {
  const [text, setText] = useState(() => plainText(value));
  const isOther = typedNumber(text) !== value;
  return (
    <TextField
      {...said}
      value={isOther ? plainText(value) : text}
      onChange={(typed) => {
        setText(typed);
        set(typedNumber(typed));
      }}
    />
  );
}

function ChoiceField({
  value,
  set,
  options,
  label,
  hint,
  problem,
  whyNot,
}: ScalarProps & { readonly options: readonly Json[] }): ReactNode {
  const id = useId();
  const all = options.some((one) => sameJson(one, value)) ? options : [value, ...options];
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={all.findIndex((one) => sameJson(one, value))}
        disabled={whyNot !== undefined}
        aria-describedby={`${id}-about`}
        aria-invalid={problem !== undefined}
        onChange={({ target }) => set(all[Number(target.value)] ?? null)}
      >
        {all.map((one, index) => (
          <option key={JSON.stringify(one)} value={index}>
            {shownText(typeof one === 'string' ? one : JSON.stringify(one))}
          </option>
        ))}
      </select>
      <p id={`${id}-about`} className={whyNot === undefined ? 'hint' : 'why-not'}>
        {whyNot ?? hint}
      </p>
      {problem === undefined ? null : <p className="field-problem">{problem}</p>}
    </div>
  );
}

/** Anything, as JSON. What can't be read yet changes nothing, and says so. */
export function JsonField({ value, set, problem, ...said }: ScalarProps): ReactNode {
  const [typed, setTyped] = useState<string>();
  const [unread, setUnread] = useState<string>();
  const text = typed ?? JSON.stringify(value, null, 2);
  return (
    <TextField
      {...said}
      label={`${said.label} (JSON)`}
      isLong
      value={text}
      problem={unread ?? problem}
      onChange={(next) => {
        setTyped(next);
        const read = readJson(next);
        setUnread(
          read === undefined ? 'This is no JSON yet: what was there before counts.' : undefined,
        );
        if (read !== undefined) set(read.value);
      }}
    />
  );
}

function readJson(text: string): { readonly value: Json } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? { value } : undefined;
  } catch {
    return undefined;
  }
}
