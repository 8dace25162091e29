/** Types only: a client that knows the tools of its team knows what a gate may show and a reviewer may change. */
import type { GateKind } from '../domain/policy/condition.ts';
import type { MemoGate, PendingApproval } from '../domain/messages.ts';
import type { Json, JsonObject } from '../domain/text/json.ts';
import type { DecisionInput } from './decision-input.ts';

/** What is read of a tool: its name, and the type that its input schema puts out. */
export interface ToolType {
  readonly name: string;
  readonly input: { readonly _zod: { readonly output: unknown } };
}

export type AnyTools = readonly ToolType[];

type PayloadOf<Tool extends ToolType> = Readonly<Tool['input']['_zod']['output']>;

type ActionGate<Tool extends ToolType> = Tool extends ToolType
  ? Omit<PendingApproval, 'kind' | 'actionType' | 'payload'> & {
      readonly kind: 'action';
      readonly actionType: Tool['name'];
      readonly payload: PayloadOf<Tool>;
    }
  : never;

type OtherGate = PendingApproval & { readonly kind: Exclude<PendingApproval['kind'], 'action'> };

/** An open gate; of known tools, one type for each, told apart by `kind` and `actionType`. */
export type GateOf<Tools extends AnyTools> = string extends Tools[number]['name']
  ? PendingApproval
  : ActionGate<Tools[number]> | OtherGate;

type ActionName<Tools extends AnyTools> = Tools[number]['name'];

type ListedGate<Name extends string> = Omit<MemoGate, 'kind' | 'actionType'> &
  (
    | { readonly kind: 'action'; readonly actionType: Name }
    | { readonly kind: 'effect'; readonly actionType: Name }
    | { readonly kind: 'question'; readonly actionType: 'question' }
    | { readonly kind: 'answer'; readonly actionType: 'answer' }
  );

/** A gate as a list shows it; of known tools by their names. */
export type ListedGateOf<Tools extends AnyTools> =
  string extends ActionName<Tools> ? MemoGate : ListedGate<ActionName<Tools>>;

/** A gate that was shown: what a decision about it has to name, and what it may change. */
export type ShownGate = Pick<
  PendingApproval,
  'sessionId' | 'gateId' | 'runId' | 'payloadDigest' | 'kind'
> & { readonly payload: object };

/** What a decision may carry: of an action some of its arguments, of the others what people write. */
export type ModificationsOf<Gate extends ShownGate> = GateKind extends Gate['kind']
  ? JsonObject
  : Gate extends { readonly kind: 'action' }
    ? Partial<Gate['payload']>
    : Gate extends { readonly kind: 'effect' }
      ? { readonly result: Json }
      : { readonly answer: string };

/** What is said about a gate that was shown. */
export type DecisionOf<Gate extends ShownGate> = Omit<
  DecisionInput,
  'gateId' | 'runId' | 'payloadDigest' | 'modifications'
> & { readonly modifications?: ModificationsOf<Gate> };
