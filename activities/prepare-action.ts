/**
 * Prepares a call: everything that a policy and a reviewer look at, found out before a gate opens. What is wrong with
 * the call goes back to the model; what is wrong with the tool's own words about it gets the strictest reading (H10):
 * a value that can't be read is above every limit, a doubt that can't be read is a doubt.
 *
 * A failing evidence store is a failure, never a loosening: without it nobody knows whether an action is novel.
 */
import type {
  PrepareActionInput,
  PreparedAction,
  PreparedCall,
  RefusedCall,
} from '../domain/activities.ts';
import { buildHumanDescription } from '../domain/policy/description.ts';
import { digestOfText, payloadText, utf8Length } from '../domain/text/digest.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { EVENT_PAYLOAD_BYTES_MAX, MINUTE_MS } from '../domain/limits.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { cutText, visibleText, wellFormed } from '../domain/text/visible-text.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { messageText } from './outside-text.ts';
import { readArguments } from './tool-arguments.ts';
import type { ToolRegistry } from './tool-registry.ts';
import { declaredReversibility, type Tool } from './tool.ts';

export const TOOL_TIMEOUT_MS = MINUTE_MS;

const DESCRIPTION_CHARACTERS_MAX = 600;

export interface Preparation {
  readonly evidence: Pick<EvidenceStore, 'putContent' | 'hasExecuted'>;
  /** The worker's policy. */
  readonly policy: Policy;
  /** The session has pinned another policy than the worker's: what it asks for is then assumed, not known. */
  readonly isOtherPolicyPinned?: boolean;
}

export async function prepareAction(
  registry: ToolRegistry,
  preparation: Preparation,
  input: PrepareActionInput,
): Promise<PreparedCall> {
  const tool = registry.find(input.actionType);
  if (tool === undefined) return { ok: false, refused: unknownTool(registry, input.actionType) };
  const reading = readArguments(tool, input.arguments);
  if (!reading.ok) {
    const { message } = reading;
    return { ok: false, refused: { actionType: tool.name, reason: 'invalid_arguments', message } };
  }
  const described = describedAction(tool, reading.arguments, input.agentReason);
  const action = { ...described, ...(await schemaOf(registry, preparation.evidence, tool)) };
  await keepLargePayload(preparation.evidence, action);
  return { ok: true, action: await withNovelty(preparation, input.agentId, action) };
}

export function unknownTool(registry: ToolRegistry, name: string): RefusedCall {
  const known = registry.names.length === 0 ? 'There are none' : registry.names.join(', ');
  return {
    actionType: actionTypeOf(name),
    reason: 'unknown_tool',
    message: messageText(
      `There is no tool ${JSON.stringify(cutText(name, 100))}. Tools: ${known}.`,
    ),
  };
}

/** A name that a model made up, in the letters that tools, events and providers share. */
export function actionTypeOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/gu, '_').slice(0, 64) || 'unnamed';
}

/** The call as its tool declares it. */
export function describedAction(
  tool: Tool,
  args: JsonObject,
  agentReason: string | undefined,
): PreparedAction {
  const toolVersion = tool.version ?? '1';
  const { agent, category, entityTypes, note } = tool;
  const readOnly = tool.readOnly === true;
  return {
    actionType: tool.name,
    arguments: args,
    toolVersion,
    payloadDigest: digestOfText(
      payloadText({ actionType: tool.name, toolVersion, arguments: args }),
    ),
    readOnly,
    description: descriptionOf(tool, args),
    quick: tool.quick === true,
    timeoutMs: tool.timeoutMs ?? TOOL_TIMEOUT_MS,
    ...declaredReversibility(tool),
    ...(category === undefined ? {} : { category }),
    ...(entityTypes === undefined ? {} : { entityTypes: [...entityTypes] }),
    ...(tool.value === undefined ? {} : { value: valueOf(tool.value, args) }),
    ...(tool.ambiguous === undefined ? {} : { ambiguous: isAmbiguous(tool.ambiguous, args) }),
    ...(agentReason === undefined ? {} : { agentReason }),
    ...(note === undefined ? {} : { note }),
    ...(agent === undefined ? {} : { agent }),
  };
}

/** `null` is a value that can't be read. It counts as above every limit. */
function valueOf(value: NonNullable<Tool['value']>, args: JsonObject): number | null {
  const said = saidBy(value, args);
  return typeof said === 'number' && Number.isFinite(said) ? said : null;
}

function isAmbiguous(ambiguous: NonNullable<Tool['ambiguous']>, args: JsonObject): boolean {
  return saidBy(ambiguous, args) !== false;
}

function descriptionOf(tool: Tool, args: JsonObject): string {
  const said = tool.describe === undefined ? undefined : saidBy(tool.describe, args);
  if (typeof said !== 'string' || said.trim() === '') return buildHumanDescription(tool.name, args);
  return cutText(visibleText(wellFormed(said)), DESCRIPTION_CHARACTERS_MAX);
}

/** What a tool says of a call; undefined where it throws. It gets a copy: what is digested is not its to change. */
function saidBy(say: (args: unknown) => unknown, args: JsonObject): unknown {
  try {
    const said = say(structuredClone(args));
    // An asynchronous answer is none, and its failure must not end the worker.
    if (said instanceof Promise) said.catch(() => undefined);
    return said;
  } catch {
    return undefined;
  }
}

/** Schemas that this process has put into a store: once each. */
const keptSchemas = new WeakMap<object, Map<string, string>>();

/**
 * What a form is made of stands in the store before anyone is asked. A read is hardly ever asked about. Without it a form
 * is made of the arguments: so a store that does not answer holds up nothing here.
 */
async function schemaOf(
  registry: ToolRegistry,
  evidence: Pick<EvidenceStore, 'putContent'>,
  { name, readOnly }: Tool,
): Promise<Pick<PreparedAction, 'schemaDigest'>> {
  const text = readOnly === true ? undefined : registry.schemaText(name);
  if (text === undefined) return {};
  const kept = keptSchemas.get(evidence) ?? new Map<string, string>();
  keptSchemas.set(evidence, kept);
  const schemaDigest = kept.get(text) ?? (await evidence.putContent(text).catch(() => undefined));
  if (schemaDigest === undefined) return {};
  kept.set(text, schemaDigest);
  return { schemaDigest };
}

/** An event carries a large payload by digest: its bytes are in the store before anyone is asked about it. */
export async function keepLargePayload(
  evidence: Pick<EvidenceStore, 'putContent'>,
  action: PreparedAction,
): Promise<void> {
  const text = payloadText(action);
  if (utf8Length(text) > EVENT_PAYLOAD_BYTES_MAX) await evidence.putContent(text);
}

async function withNovelty(
  { evidence, policy, isOtherPolicyPinned = false }: Preparation,
  agentId: string,
  action: PreparedAction,
): Promise<PreparedAction> {
  const isAsked = isOtherPolicyPinned || policy.rules.some(({ when }) => when.novel === true);
  if (!isAsked) return action;
  return { ...action, novel: !(await evidence.hasExecuted(agentId, action.actionType)) };
}
