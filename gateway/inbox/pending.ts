/** The queue: what waits, page by page, and as it changes. */
import { GATE_KINDS } from '../../domain/policy/condition.ts';
import { CLAIMED_FILTERS } from '../api/pending.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { limitOf, type InboxParts, oneOfQuery } from './parts.ts';
import { type PendingFilter, pendingPageOf } from './pending-list.ts';

/** Two pages that are asked for one after the other are of one list. */
const FRESH_MS = 500;
const WORDS_CHARACTERS_MAX = 200;

export async function readPending(parts: InboxParts, context: GatewayContext): Promise<Response> {
  const { subject } = context.get('caller');
  const page = context.req.query('page');
  const view = {
    filter: filterOf(context),
    subject,
    limit: limitOf(context),
    ...(page === undefined ? {} : { page }),
  };
  const found = pendingPageOf(await parts.feed.latest(FRESH_MS), view);
  if (found === undefined)
    throw new Problem('MALFORMED', 'page is the nextPage of another answer.');
  return context.json(found);
}

function filterOf(context: GatewayContext): PendingFilter {
  const tiers = context.req.queries('tier') ?? [];
  const [agent, under] = [wordsOf(context, 'agent'), wordsOf(context, 'under')];
  const search = wordsOf(context, 'search')?.trim();
  const kind = oneOfQuery(context, 'kind', GATE_KINDS);
  const claimed = oneOfQuery(context, 'claimed', CLAIMED_FILTERS);
  return {
    ...(tiers.length === 0 ? {} : { tiers }),
    ...(agent === undefined ? {} : { agent }),
    ...(under === undefined ? {} : { under }),
    ...(search === undefined || search === '' ? {} : { search }),
    ...(kind === undefined ? {} : { kind }),
    ...(claimed === undefined ? {} : { claimed }),
  };
}

function wordsOf(context: GatewayContext, name: string): string | undefined {
  const said = context.req.query(name);
  if (said === undefined || said.length <= WORDS_CHARACTERS_MAX) return said;
  throw new Problem('MALFORMED', `${name} has at most ${WORDS_CHARACTERS_MAX} characters.`);
}

export async function streamPending(
  { feed, streams }: InboxParts,
  context: GatewayContext,
): Promise<Response> {
  const caller = context.get('caller');
  const lastEventId = context.req.header('last-event-id');
  const until = caller.login?.expiresAt;
  return streams.answer(caller, {
    ...(until === undefined ? {} : { until }),
    open: ({ write, end }) => {
      feed.listen(write, lastEventId).then(write, end);
      return () => feed.leave(write);
    },
  });
}
