/** A notice in words, for every channel alike: a title, and facts in rows. What deceives the eye is marked. */
import { SHOWN_FIELD_CHARACTERS_MAX } from '../limits.ts';
import { shownText } from '../text/shown-text.ts';
import { cutText } from '../text/visible-text.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { silenceText } from './silence.ts';

const TITLES: Readonly<Record<NoticeKind, string>> = {
  presented: 'Waits for a decision',
  reminded: 'Still waits for a decision',
  escalated: 'Escalated: waits for a decision',
  no_reviewer: 'Alarm: nobody here can decide this',
  expired: 'Expired: nobody decided in time',
  withdrawn: 'Withdrawn: no decision is needed any more',
};

/** Whether somebody is to do something. */
function isCall(kind: NoticeKind): boolean {
  return kind !== 'expired' && kind !== 'withdrawn';
}

export function noticeTitle({ kind, actionType }: Notice): string {
  return `${TITLES[kind]}: ${shown(actionType)}`;
}

export function noticeFacts(notice: Notice): readonly (readonly [string, string])[] {
  const { description, tier, route, estimatedImpact, reversibility, respondBy } = notice;
  const { kind, gateKind, noResponse, agentId, sessionId } = notice;
  return [
    ['What', shown(description)],
    ['Impact', `${estimatedImpact}, ${words(reversibility)}`],
    ['Tier', `${shown(tier)} (${shown(route)})`],
    ...(isCall(kind)
      ? [
          ['Answer by', respondBy === null ? 'no end' : new Date(respondBy).toISOString()] as const,
          ['If nobody answers', silenceText(gateKind, noResponse)] as const,
        ]
      : []),
    ['Agent', shown(agentId)],
    ['Session', shown(sessionId)],
  ];
}

function words(name: string): string {
  return name.replaceAll('_', ' ');
}

function shown(text: string): string {
  return cutText(shownText(text), SHOWN_FIELD_CHARACTERS_MAX);
}
