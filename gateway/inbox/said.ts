/** What became of an order, a claim or its release, as an answer over HTTP. */
import type { OperatorAnswer } from '../../client/answers.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';

export function saidAnswer(
  context: GatewayContext,
  answer: OperatorAnswer,
  members: { readonly gateId?: string } = {},
): Response {
  switch (answer.status) {
    case 'done':
    case 'unchanged':
      return context.json({ status: answer.status, phase: answer.phase }, 200);
    case 'sent':
    case 'unknown':
      return context.json({ status: answer.status, message: answer.message }, 202);
    case 'unreachable':
      throw new Problem('UNREACHABLE', answer.message, { headers: { 'retry-after': '5' } });
    case 'refused':
      throw new Problem(answer.code, answer.message, { members });
  }
}
