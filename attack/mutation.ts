/**
 * Mutation: a person has signed one call of each action of the demos; one field of its payload is changed before it
 * executes, at each of four places on its way. Nothing may run but what was signed: that does, once, at the end.
 *
 * What runs are the executing activity, its interceptor and the ledger of a worker, in an activity's context.
 */
import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { evidenceActivities } from '../activities/evidence-activities.ts';
import type { ExecutionParts } from '../activities/one-shot.ts';
import { toolActivity } from '../activities/tool-activity.ts';
import { createToolRegistry } from '../activities/tool-registry.ts';
import type { Tool } from '../activities/tool.ts';
import { argumentListOf } from '../domain/action/call-arguments.ts';
import { CONSENT_HEADER, type Consent } from '../domain/action/consent.ts';
import type { Decision } from '../domain/gate/decision.ts';
import { payloadDigest } from '../domain/text/digest.ts';
import type { Json, JsonObject } from '../domain/text/json.ts';
import { openPgliteEvidence } from '../evidence/pglite.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { consentInterceptor, currentKey } from '../workers/action-context.ts';
import { type DemoCall, openDemoCalls } from './demo-calls.ts';
import { CAST, strictPolicy, trustedKeys } from './desk.ts';
import type { Family, Tally } from './family.ts';
import { voteOf } from './acts.ts';
import { mutationsOf } from './mutations.ts';
import { signedBy, type Target } from './signing.ts';

const NAMESPACE = 'default';
const SESSION = 'mutated-session';
const RUN = 'mutated-run';
const VERSION = 'strict@1#0';

export const MUTATION: Family = {
  name: 'mutation',
  counts: 'payloads with one field changed between approval and execution',
  minimum: { full: 2_000, quick: 2_000 },
  run: async (tally) => {
    const evidence = await openPgliteEvidence({});
    const demo = await openDemoCalls();
    for (const missing of demo.missing) tally.expect(`${missing} has a call`, false);
    tally.numbers['actions'] = demo.calls.length;
    try {
      for (const call of demo.calls) await mutated(tally, new Execution(call, evidence));
    } finally {
      await Promise.all([demo.close(), evidence.close()]);
    }
  },
};

/** What is changed, and how far the change is carried by whoever made it. */
const PLACES = ['call', 'consent', 'decision', 'modification'] as const;
type Place = (typeof PLACES)[number];

async function mutated(tally: Tally, execution: Execution): Promise<void> {
  const { call } = execution;
  const signed = execution.signed(`${call.of}/${call.actionType}`);
  for (const { name, args } of mutationsOf(call.args)) {
    for (const place of PLACES) {
      const before = execution.ran;
      await execution
        .attempt(args, execution.consentOf(signed, { args, place }))
        .catch(() => undefined);
      tally.judge(
        `${call.of}/${call.actionType}, ${name}, in the ${place}`,
        execution.ran === before,
      );
    }
  }
  await execution.attempt(call.args, execution.consentOf(signed)).catch(() => undefined);
  tally.expect(`${call.of}/${call.actionType} as signed runs once`, execution.ran === 1);
}

/** One action of a demo, in a worker that has nothing else. */
class Execution {
  readonly call: DemoCall;
  /** How often it has been called. */
  ran = 0;
  readonly #parts: ExecutionParts;
  readonly #environment: MockActivityEnvironment;

  constructor(call: DemoCall, evidence: EvidenceStore) {
    this.call = call;
    const tools = call.tool === undefined ? [] : [this.#counted(call.tool)];
    const registry = createToolRegistry(tools);
    const keys = { keys: async () => trustedKeys() };
    this.#parts = { evidence, registry, policy: strictPolicy(), keys };
    this.#environment = new MockActivityEnvironment(
      {
        activityType: call.actionType,
        workflowNamespace: NAMESPACE,
        workflowExecution: { workflowId: SESSION, runId: RUN },
      },
      { logger: new DefaultLogger('ERROR') },
    );
  }

  #counted(tool: Tool): Tool {
    const { refresh } = tool;
    return {
      ...tool,
      execute: (args, context) => {
        this.ran += 1;
        return tool.execute(args, context);
      },
      ...(refresh === undefined ? {} : { refresh: async () => this.#counted(await refresh()) }),
    };
  }

  #digestOf(args: JsonObject): string {
    const { actionType, tool } = this.call;
    return payloadDigest({ actionType, toolVersion: tool?.version ?? '1', arguments: args });
  }

  signed(decisionId: string): Decision {
    const target: Target = {
      namespace: NAMESPACE,
      sessionId: SESSION,
      gateId: 'gate-1',
      runId: RUN,
      payloadDigest: this.#digestOf(this.call.args),
      policyVersion: VERSION,
      decisionId,
    };
    return signedBy(CAST.rita, target);
  }

  consentOf(
    signed: Decision,
    change?: { readonly args: JsonObject; readonly place: Place },
  ): Consent {
    const { args: shown, actionType, tool } = this.call;
    const place = change?.place ?? 'call';
    const run = change?.args ?? shown;
    const payload = place === 'call' ? this.#digestOf(shown) : this.#digestOf(run);
    const said: Decision = {
      ...signed,
      ...(place === 'decision' ? { payloadDigest: payload } : {}),
      ...(place === 'modification' ? { decision: 'modified', modifications: run } : {}),
    };
    const { decisionId, gateId, runId, reviewerId, decision } = said;
    const votes = [voteOf(said)];
    return {
      version: 1,
      sessionId: SESSION,
      agentId: 'mutated-agent',
      firstExecutionRunId: RUN,
      ancestorRuns: [],
      actionId: decisionId,
      actionType,
      toolVersion: tool?.version ?? '1',
      payloadDigest: payload,
      policyVersion: VERSION,
      tier: 'synchronous_gate',
      oneShot: true,
      requesterId: 'rosa',
      evidence: [],
      decision: { decisionId, gateId, runId, reviewerId, decision, votes, shown },
    };
  }

  /** As Temporal delivers it. Rejects with the refusal. */
  async attempt(args: JsonObject, consent: Consent): Promise<void> {
    const { actionType, tool } = this.call;
    const environment = this.#environment;
    if (tool?.agent !== undefined) {
      const { reserveAction } = evidenceActivities(this.#parts);
      await environment.run(reserveAction, consent, args);
      this.ran += 1;
      return;
    }
    const headers = { [CONSENT_HEADER]: defaultPayloadConverter.toPayload(consent) };
    const next = async ({
      args: given,
    }: {
      readonly args: readonly unknown[];
    }): Promise<unknown> => {
      const found = this.#parts.registry.find(actionType);
      if (found !== undefined) return toolActivity(found, currentKey)(given[0] as Json);
      this.ran += 1;
      return randomUUID();
    };
    await environment.run(async () => {
      const { inbound } = consentInterceptor(this.#parts)(environment.context);
      const list = tool === undefined ? (argumentListOf(args, listed(args)) ?? [args]) : [args];
      return inbound?.execute?.({ args: [...list], headers }, next);
    });
  }
}

/** By position where the payload is. */
function listed(args: JsonObject): readonly unknown[] {
  const names = Object.keys(args);
  return names.length > 0 && names.every((name) => /^arg\d+$/.test(name)) ? names : [args];
}
