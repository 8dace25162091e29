/** Types only: a client that knows the tools of its team knows what a gate may show and a reviewer may change. */
import type { PendingApproval } from '../domain/messages.ts';

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
