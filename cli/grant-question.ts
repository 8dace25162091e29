/** Offers a standing grant beside an approval, at a terminal. Enter gives none. */
import type { GrantBound, GrantTerms } from '../domain/gate/grant.ts';
import type { PendingApproval } from '../domain/messages.ts';
import { shownText } from '../domain/text/shown-text.ts';
import { grantBound, grantOf } from './grant-flags.ts';
import { moment } from './moments.ts';

/** Undefined: they have left. */
type Ask = (question: string) => Promise<string | undefined>;

/** Undefined: they have left, and nothing is approved. */
export async function askGrant(
  ask: Ask,
  { grantable, actionType }: Pick<PendingApproval, 'grantable' | 'actionType'>,
): Promise<{ readonly grant?: GrantTerms } | undefined> {
  if (!grantable) return {};
  const tool = shownText(actionType);
  for (;;) {
    const scope = await ask(
      `Let similar calls pass as well? (Enter: no, e: this very call again, t: ${tool} within bounds) `,
    );
    if (scope === undefined) return undefined;
    if (scope.trim() === '') return {};
    try {
      const grant = await termsOf(ask, actionType, scope.trim());
      if (grant !== undefined) return { grant };
    } catch (error) {
      await ask(`${error instanceof Error ? error.message : String(error)} (Enter) `);
    }
  }
}

async function termsOf(ask: Ask, tool: string, scope: string): Promise<GrantTerms | undefined> {
  if (scope !== 'e' && scope !== 't') return undefined;
  const bound = scope === 't' ? await bounds(ask) : [];
  const times = Number(await ask('How often? '));
  const until = moment((await ask('Until when? (2h, 7d, or 2026-11-23T09:30:00Z) '))?.trim() ?? '');
  const grant = scope === 'e' ? 'exact' : 'tool';
  return grantOf({ grant, times, until, ...(bound.length === 0 ? {} : { bound }) }, tool);
}

async function bounds(ask: Ask): Promise<readonly GrantBound[]> {
  let said: readonly GrantBound[] = [];
  for (;;) {
    const text = await ask("Within which bound? ('/amount<=50', '/order=o-1'; Enter: no more) ");
    if (text === undefined || text.trim() === '') return said;
    said = grantBound(text.trim(), said);
  }
}
