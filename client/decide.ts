/**
 * A decision on its way to its session: checked, signed where proof is wanted, sent until there is an answer; and what
 * reviewers say beside it.
 *
 * H2 a decision keeps its decisionId through every try · H4 what came too late is recorded, and told the truth.
 */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Decision } from '../domain/gate/decision.ts';
import { UPDATES } from '../domain/messages.ts';
import { refusal } from '../domain/refusal.ts';
import { decisionSchema } from '../domain/schema/messages.ts';
import type { DecisionReply, OperatorReply } from '../domain/session/reply.ts';
import { digestOfText } from '../domain/text/digest.ts';
import {
  type ClaimAnswer,
  type DecisionAnswer,
  unanswered,
  untilAnswered,
  untilJudged,
} from './answers.ts';
import type { DecisionInput } from './decision-input.ts';
import type { DecisionSigner, SigningContext } from './decision-signer.ts';
import { decideLate } from './late-decision.ts';
import { updateSession } from './session-update.ts';
import type { DecisionOf, ShownGate } from './tool-types.ts';
import { traced } from './tracing.ts';

/** Signs a decision first, for a tier that asks for proof: `policyVersion` as the gate shows it. */
export type ProofOptions = { readonly signer: DecisionSigner } & Omit<
  SigningContext,
  'namespace' | 'sessionId'
>;

interface Deciding {
  readonly sessionId: string;
  readonly raw: DecisionInput;
  readonly withinMs: number;
  readonly proof?: ProofOptions | undefined;
  /** Where sessions run. */
  readonly taskQueue: string;
}

/** Of a gate that was shown, everything that a decision has to name is known. */
export function overGate(
  at: string | ShownGate,
  said: DecisionInput | DecisionOf<ShownGate>,
): Pick<Deciding, 'sessionId' | 'raw'> {
  if (typeof at === 'string') return { sessionId: at, raw: said as DecisionInput };
  const { sessionId, gateId, runId, payloadDigest } = at;
  return { sessionId, raw: { ...said, gateId, runId, payloadDigest } };
}

const DECIDE_AGAIN = 'Send the same decision again, under the same decisionId.';
const SAY_AGAIN = 'Look at the session, and say it again.';

export async function decide(client: Client, deciding: Deciding): Promise<DecisionAnswer> {
  const { sessionId, raw, withinMs } = deciding;
  const decisionId = raw.decisionId ?? randomUUID();
  const parsed = decisionSchema.safeParse({ ...raw, decisionId });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}.`;
    return { status: 'refused', ...refusal('MALFORMED', where) };
  }
  // Of this shape by now, and without the members that zod leaves undefined.
  const unsigned = JSON.parse(JSON.stringify({ ...parsed.data, decisionId })) as Decision;
  const decision = await signed(client, unsigned, deciding);
  const { gateId } = decision;
  const call = { name: 'decide', sessionId, gateId, decision: decision.decision };
  return traced(
    call,
    async (): Promise<DecisionAnswer> => {
      const send = async (ask: number | string): Promise<DecisionReply> =>
        submit(client, { ...deciding, decision, ask });
      const deadline = Date.now() + withinMs;
      const first = await untilJudged(client, withinMs, send);
      const answer =
        raw.decisionId === undefined
          ? first
          : await asItStands(client, { answer: first, deadline, send });
      return answer ?? { ...(await unanswered(client, DECIDE_AGAIN)), gateId, decisionId };
    },
    (answer) => answer,
  );
}

/**
 * What was answered before under the same id is answered by the server, as it was then. A vote may have been joined by
 * others since, and what was refused may be right by now: so the session is asked once more.
 */
async function asItStands(
  client: Client,
  {
    answer,
    deadline,
    send,
  }: {
    readonly answer: DecisionReply | undefined;
    readonly deadline: number;
    readonly send: (ask: string) => Promise<DecisionReply>;
  },
): Promise<DecisionReply | undefined> {
  if (answer === undefined || answer.status === 'decided') return answer;
  const left = Math.max(0, deadline - Date.now());
  const anew = await untilAnswered(client, left, async () => send(randomUUID()));
  return anew ?? answer;
}

async function signed(
  client: Client,
  decision: Decision,
  { sessionId, proof }: Deciding,
): Promise<Decision> {
  if (proof === undefined) return decision;
  const { signer, ...context } = proof;
  const { namespace } = client.options;
  return signer.sign(decision, { ...context, namespace, sessionId });
}

async function submit(
  client: Client,
  {
    sessionId,
    decision,
    ask,
    taskQueue,
  }: Deciding & { readonly decision: Decision; readonly ask: number | string },
): Promise<DecisionReply> {
  try {
    return await updateSession<DecisionReply>(client, {
      sessionId,
      name: UPDATES.submitDecision,
      argument: decision,
      // The server answers a repeated update id itself: it may stand for one content only, or another decision under
      // a used decisionId would be told what became of the first. Asked anew, it is another update.
      updateId: digestOfText(`${JSON.stringify(decision)}${ask === 0 ? '' : ask}`),
    });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return decideLate(client, { sessionId, decision, taskQueue });
  }
}

/** What a reviewer says beside a decision: claim, release, the end of a grant. */
export async function say(
  client: Client,
  word: {
    readonly sessionId: string;
    readonly name: 'claim' | 'release' | 'revokeGrant';
    readonly argument: unknown;
    readonly withinMs: number;
  },
): Promise<ClaimAnswer> {
  const { withinMs, ...update } = word;
  const updateId = randomUUID();
  const answer = await untilAnswered(client, withinMs, async () =>
    updateSession<OperatorReply>(client, { ...update, updateId }),
  );
  return answer ?? (await unanswered(client, SAY_AGAIN));
}
