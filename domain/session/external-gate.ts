/**
 * An external gate: one gate for an action that somebody else executes, an agent that is no workflow. What asks for
 * it, what became of it, and the total reader of the request. Holdpoint decides whether the action may be done; that
 * it was done, or done once, nobody here can know.
 *
 * H1 `proceed` is true only with the arguments that a person or the policy let pass · H3 silence is `expired`, and
 * never a yes unless the policy says so for what can be undone.
 */
import type { ActionOutcome } from '../action/action-outcome.ts';
import { callbackUrl } from '../gate/callback.ts';
import type { GateOutcome, HeldGate } from '../gate/gate.ts';
import type { NoResponse } from '../policy/tier.ts';
import type { JsonObject } from '../text/json.ts';
import {
  actionName,
  finiteNumber,
  identifier,
  jsonObject,
  readFields,
  type Reading,
  words,
} from '../text/reading.ts';

export interface ExternalGateInput {
  readonly agentId: string;
  /** Who asks; may not decide about it, unless the policy says so. */
  readonly requesterId: string;
  /** The name of the action, as the policy writes it. */
  readonly actionType: string;
  readonly arguments: JsonObject;
  /** The agent's own words for why it wants this, shown as such. */
  readonly reason?: string;
  /** What the action is worth, in the unit of the policy's limits. It can only make it stricter. */
  readonly value?: number;
  /** Where the outcome is posted. */
  readonly callbackUrl?: string;
}

const FIELDS = {
  agentId: { read: identifier },
  requesterId: { read: identifier },
  actionType: { read: actionName },
  arguments: { read: jsonObject },
  reason: { read: words, optional: true },
  value: { read: finiteNumber, optional: true },
  callbackUrl: { read: callbackUrl, optional: true },
} as const;

export function readExternalGateInput(raw: unknown): Reading<ExternalGateInput> {
  return readFields(raw, FIELDS);
}

export const EXTERNAL_GATE_STATUSES = [
  'pending',
  'approved',
  'modified',
  'rejected',
  'expired',
  'withdrawn',
  'auto_proceeded',
  /** The arguments do not fit the tool of this name, or its agent is killed: nobody was asked. */
  'refused',
  /** The gate's own run was ended from outside, or failed. */
  'failed',
] as const;
export type ExternalGateStatus = (typeof EXTERNAL_GATE_STATUSES)[number];

/** A gate as its requester sees it, open or settled. */
export interface ExternalGate {
  /** Of this gate for good: its session, and the key under which its action is executed once. */
  readonly id: string;
  readonly status: ExternalGateStatus;
  /** Whether the action may be done now, with `arguments`. */
  readonly proceed: boolean;
  readonly agentId?: string;
  readonly actionType?: string;
  /** Only where it may be done: what may run, and nothing else. A reviewer may have changed it. */
  readonly arguments?: JsonObject;
  /** Of what was decided: SHA-256 of the canonical JSON of tool, tool version and arguments. */
  readonly payloadDigest?: string;
  /** The gate that held it; left out where none did. */
  readonly gateId?: string;
  readonly tier?: string;
  /** The policy's rule that asked for it, or let it pass. */
  readonly rule?: string;
  readonly decidedBy?: string;
  readonly rationale?: string;
  /** What silence meant: where nobody answered. */
  readonly noResponse?: NoResponse;
  /** While it waits: until when, ms since 1970; null: without end. */
  readonly respondBy?: number | null;
  /** Why it was refused, or has failed. */
  readonly message?: string;
  /** ms since 1970. */
  readonly settledAt?: number;
}

/** What every settled gate says of itself. */
export type SettledBase = Required<
  Pick<ExternalGate, 'id' | 'agentId' | 'actionType' | 'settledAt'>
>;

export interface ClearedAction {
  readonly action: { readonly arguments: JsonObject; readonly payloadDigest: string };
  readonly evaluation: { readonly tier: string; readonly rule: string };
  readonly held?: HeldGate;
}

export function proceedingGate(base: SettledBase, cleared: ClearedAction): ExternalGate {
  const { action, evaluation, held } = cleared;
  const { tier, rule } = evaluation;
  return {
    ...base,
    status: held === undefined ? 'auto_proceeded' : statusOfYes(held.outcome),
    proceed: true,
    arguments: action.arguments,
    payloadDigest: action.payloadDigest,
    tier,
    rule,
    ...(held === undefined ? {} : answerOf(held)),
  };
}

/** Silence that let it pass is no approval of anybody's. */
function statusOfYes({ status }: GateOutcome): ExternalGateStatus {
  return status === 'approved' || status === 'modified' ? status : 'auto_proceeded';
}

export function heldBackGate(
  base: SettledBase,
  stopped: { readonly outcome: ActionOutcome; readonly held?: HeldGate },
): ExternalGate {
  const { outcome, held } = stopped;
  const isKnown =
    outcome.status === 'rejected' || outcome.status === 'expired' || outcome.status === 'withdrawn';
  return {
    ...base,
    status: isKnown ? outcome.status : 'failed',
    proceed: false,
    ...(held === undefined ? {} : { ...askedOf(held), ...answerOf(held) }),
  };
}

function askedOf({ gate }: HeldGate): Partial<ExternalGate> {
  const { payloadDigest, rule } = gate.request;
  return { payloadDigest, rule };
}

function answerOf({ gate, outcome }: HeldGate): Partial<ExternalGate> {
  const { reviewerId, rationale, noResponse } = outcome;
  return {
    gateId: gate.request.gateId,
    tier: gate.tier,
    ...(reviewerId === undefined ? {} : { decidedBy: reviewerId }),
    ...(rationale === undefined ? {} : { rationale }),
    ...(noResponse === undefined ? {} : { noResponse }),
  };
}

/** Without an answer of a reviewer's: withdrawn, refused, failed. */
export function unansweredGate(
  base: SettledBase,
  end: Pick<ExternalGate, 'status' | 'message' | 'gateId' | 'noResponse'>,
): ExternalGate {
  return { ...base, ...end, proceed: false };
}
