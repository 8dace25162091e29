/**
 * Prepares a call that somebody else will execute. Where a tool of this worker has its name, the tool's schema, value
 * and words count, as for a session; otherwise the policy alone classifies it. What its caller says of it can only make
 * it stricter, and it always counts as novel: what is executed elsewhere leaves no entry in the ledger (H10). For the
 * same reason a kill is looked for here: nothing reserves later that would meet it (H7).
 */
import { killOf } from '../domain/action/kill.ts';
import { undeclaredAction } from '../domain/action/undeclared-action.ts';
import type {
  PreparedAction,
  PreparedCall,
  PreparedExternal,
  PrepareExternalInput,
} from '../domain/activities.ts';
import { type Policy, strictestValue } from '../domain/policy/policy.ts';
import { refusal } from '../domain/refusal.ts';
import { isJsonObject } from '../domain/text/json.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { messageText } from './outside-text.ts';
import { keepLargePayload, prepareAction } from './prepare-action.ts';
import { argumentsProblem } from './tool-arguments.ts';
import type { ToolRegistry } from './tool-registry.ts';

export interface ExternalParts {
  readonly registry: ToolRegistry;
  readonly evidence: Pick<EvidenceStore, 'putContent' | 'hasExecuted' | 'kills'>;
  readonly policy: Policy;
}

/** Total but for the evidence store: what is wrong with the call is answered. */
export async function prepareExternal(
  parts: ExternalParts,
  input: PrepareExternalInput,
): Promise<PreparedExternal> {
  const { policy } = parts;
  const { agentId, actionType } = input;
  if (agentId !== undefined && killOf(await parts.evidence.kills(), agentId) !== undefined) {
    const { message } = refusal('KILLED');
    const refused = { actionType, reason: 'KILLED', message } as const;
    return { policy, prepared: { ok: false, refused } };
  }
  const call = await preparedCall(parts, input);
  if (!call.ok) return { policy, prepared: call };
  return { policy, prepared: { ok: true, action: tightened(call.action, input) } };
}

async function preparedCall(
  { registry, evidence, policy }: ExternalParts,
  { value: _declared, ...input }: PrepareExternalInput,
): Promise<PreparedCall> {
  const { actionType, arguments: args, agentReason } = input;
  if (registry.find(actionType) !== undefined) {
    const preparation = { evidence, policy };
    return prepareAction(registry, preparation, { ...input, agentId: OUTSIDE });
  }
  const problem = argumentsProblem(args);
  if (problem !== undefined || !isJsonObject(args)) {
    const message = messageText(`The arguments are no JSON to act on: ${problem ?? 'unknown'}.`);
    return { ok: false, refused: { actionType, reason: 'invalid_arguments', message } };
  }
  const action = undeclaredAction(actionType, args);
  await keepLargePayload(evidence, action);
  return { ok: true, action: { ...action, ...(agentReason === undefined ? {} : { agentReason }) } };
}

/** No agent of this name executes anything here, so nothing it does is known. */
const OUTSIDE = 'outside';

function tightened(action: PreparedAction, { value: declared }: PrepareExternalInput) {
  const value = strictestValue(action.value, declared);
  return { ...action, novel: true, ...(value === undefined ? {} : { value }) };
}
