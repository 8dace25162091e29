/** What operators order: pause, resume, instruct, cancel, and the end of a standing grant. */
import type { OperatorAnswer } from '../../client/answers.ts';
import { identifier } from '../../domain/text/reading.ts';
import { operateBodySchema, revokeBodySchema } from '../api/sessions.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { readBody } from '../request-body.ts';
import { inSession, SAY_WITHIN_MS } from './decide.ts';
import { type InboxParts, sessionIdOf } from './parts.ts';
import { saidAnswer } from './said.ts';

export async function operateSession(
  parts: InboxParts,
  context: GatewayContext,
): Promise<Response> {
  const { subject: operatorId } = context.get('caller');
  const sessionId = sessionIdOf(context);
  const { verb, reason, message = '' } = await readBody(context, operateBodySchema);
  const command = { operatorId, reason };
  const within = { withinMs: SAY_WITHIN_MS };
  const { holdpoint } = parts;
  const order = async (): Promise<OperatorAnswer> => {
    switch (verb) {
      case 'pause':
      case 'resume':
      case 'cancel':
        return holdpoint[verb](sessionId, command, within);
      case 'instruct':
        return holdpoint.instruct(sessionId, { ...command, message }, within);
    }
  };
  const answer = await inSession(order);
  parts.feed.touch();
  return saidAnswer(context, answer);
}

export async function revokeGrant(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const { subject: operatorId } = context.get('caller');
  const sessionId = sessionIdOf(context);
  const grantId = context.req.param('grantId') ?? '';
  if (identifier(grantId) !== undefined) {
    throw new Problem('UNKNOWN_GRANT', 'This session has no such grant.');
  }
  const { reason } = await readBody(context, revokeBodySchema);
  const argument = { grantId, operatorId, reason };
  return saidAnswer(
    context,
    await inSession(async () =>
      parts.holdpoint.revokeGrant(sessionId, argument, { withinMs: SAY_WITHIN_MS }),
    ),
  );
}
