/** Changing a payload: the form, what is wrong with it so far, and what will be another one than before. */
import { type ReactNode, useMemo, useState } from 'react';
import type { GateView } from '../../gateway/api/gates.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';
import { isObject, withValue } from '../model/json-path.ts';
import { lostNames, modificationsOf } from '../model/payload-diff.ts';
import { checked } from '../model/validation.ts';
import { Button } from './button.tsx';
import { LeafDiff } from './leaf-diff.tsx';
import { Notice } from './notice.tsx';
import { type FormParts, JsonField, SchemaForm } from './schema-form.tsx';

export interface Modification {
  readonly modifications: JsonObject;
  /** Why it can't be sent as it is. */
  readonly problem: string | undefined;
}

export function modificationOf(gate: GateView, draft: Json): Modification {
  const before = gate.payload ?? {};
  if (!isObject(draft)) return { modifications: {}, problem: 'The arguments are one JSON object.' };
  const modifications = modificationsOf(before, draft);
  const allowed = gate.open?.allowedModifications;
  const forbidden = Object.keys(modifications).find(
    (name) => allowed !== undefined && !allowed.includes(name),
  );
  const [lost] = lostNames(before, draft);
  const { problems } = checked(gate.toolSchema ?? {}, draft);
  const [first] = problems;
  const problem =
    forbidden !== undefined
      ? `The policy does not let a reviewer change ${forbidden}.`
      : lost !== undefined
        ? `${lost} can be changed, and not be taken away: a change is merged into what is there.`
        : first !== undefined
          ? `${first.pointer === '' ? 'Arguments' : first.pointer}: ${first.message}`
          : Object.keys(modifications).length === 0
            ? 'Nothing is changed yet.'
            : undefined;
  return { modifications, problem };
}

export function ModifyForm({
  gate,
  draft,
  onChange,
}: {
  readonly gate: GateView;
  readonly draft: Json;
  readonly onChange: (draft: Json) => void;
}): ReactNode {
  const [isRaw, setRaw] = useState(false);
  const { toolSchema, payload = {} } = gate;
  const schema = toolSchema ?? {};
  const { problems, isUnchecked } = useMemo(() => checked(schema, draft), [schema, draft]);
  const parts: FormParts = {
    root: schema,
    problems,
    change: (path, value) => onChange(withValue(draft, path, value)),
    whyNot: (name) => {
      const allowed = gate.open?.allowedModifications;
      return allowed === undefined || allowed.includes(name)
        ? undefined
        : 'The policy does not let a reviewer change this argument.';
    },
  };
  return (
    <>
      <div className="form-head">
        <p className="hint">
          {toolSchema === undefined
            ? 'The tool’s schema is not at hand: this form is made from the arguments. They are validated before anything runs.'
            : 'Made from the tool’s schema. What you send is validated and judged by the policy again.'}
        </p>
        <Button look="quiet" onPress={() => setRaw(!isRaw)} isPressed={isRaw}>
          As JSON
        </Button>
      </div>
      {isUnchecked === true ? (
        <Notice tone="warn">
          This page can not follow the tool’s schema, so nothing is checked here.
        </Notice>
      ) : null}
      {isRaw ? (
        <JsonField
          label="Arguments"
          hint={undefined}
          problem={
            problems[0] === undefined ? undefined : `${problems[0].pointer} ${problems[0].message}`
          }
          isRequired
          whyNot={undefined}
          value={draft}
          set={onChange}
        />
      ) : (
        <SchemaForm parts={parts} schema={schema} value={draft} />
      )}
      <LeafDiff before={payload} after={draft} caption="What will change" />
    </>
  );
}
