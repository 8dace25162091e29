/**
 * Races on the pure machine: what may come to one gate within one workflow task, or a little later, in any order. The
 * product's own functions and a model that shares nothing with them have to answer alike, word by word.
 */
import type { EventDraft } from '../domain/audit/audit-event.ts';
import { HOUR_MS, MINUTE_MS } from '../domain/limits.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { definePolicy } from '../domain/schema/policy.ts';
import { receiveClaim, receiveGrantRevocation } from '../domain/session/session-claims.ts';
import { receiveCommand } from '../domain/session/session-commands.ts';
import { receiveDecision } from '../domain/session/session-decisions.ts';
import { passTimeOver } from '../domain/session/session-gates.ts';
import { openGate } from '../domain/session/session-opening.ts';
import { gateOf, newSession, pinPolicy, type SessionState } from '../domain/session/session.ts';
import type { Family } from './family.ts';
import { DIGEST } from './acts.ts';
import { type Happening, RaceModel, type Word } from './race-model.ts';
import { Randomness } from './randomness.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 30);
const RESPOND_MS = 30 * MINUTE_MS;
const CLAIM_MS = 10 * MINUTE_MS;
const REVOKED_MS = 20 * MINUTE_MS;
const INTERLEAVINGS = 10_000;
const LONGEST = 9;
const SEED = 20_261_123;

const PEOPLE = { may: ['alice', 'bob', 'dora'], revokedAfter: { dora: REVOKED_MS } } as const;
const EVERYBODY = [...PEOPLE.may, 'requester', 'mallory'];

function policy(): Policy {
  const tier = {
    reviewers: [...PEOPLE.may],
    respondWithinMs: RESPOND_MS,
    claimForMs: CLAIM_MS,
    onNoResponse: 'reject',
  } as const;
  return definePolicy({
    name: 'races',
    version: '1',
    grants: { timesMax: 5, withinMs: 8 * HOUR_MS },
    people: {
      alice: {},
      bob: {},
      dora: { revokedSince: new Date(NOW + REVOKED_MS).toISOString() },
    },
    tiers: ['async_review', 'synchronous_gate', 'escalation'].map((name) => ({
      ...tier,
      name,
      route: 'whoever is there',
    })),
  });
}

export const RACES: Family = {
  name: 'races',
  counts: 'interleavings on the pure machine, against a model of their own',
  minimum: { full: INTERLEAVINGS, quick: INTERLEAVINGS },
  run: async (tally) => {
    const random = new Randomness(SEED);
    const policyOfAll = policy();
    for (let one = 0; one < INTERLEAVINGS; one += 1) {
      const happenings = interleaving(random);
      const difference = differenceIn(policyOfAll, happenings);
      tally.judge(`${JSON.stringify(happenings)}: ${difference}`, difference === undefined);
      tally.count('words', happenings.length);
    }
    tally.expect('a machine that forgets a withdrawal is found out', bites(policyOfAll));
  },
};

const WHATS: readonly Word['what'][] = [
  'approve',
  'approve',
  'reject',
  'modify',
  'grant',
  'late',
  'claim',
  'release',
  'pause',
  'resume',
  'cancel',
  'expire',
  'expire',
  'revoke',
];

/** Most come in the same task, so that nothing but their order tells them apart. */
const AFTER_MS = [0, 0, 0, 0, 0, 1, MINUTE_MS, CLAIM_MS, REVOKED_MS, RESPOND_MS];

function interleaving(random: Randomness): readonly Happening[] {
  return Array.from({ length: 2 + random.below(LONGEST - 1) }, () => {
    const what = random.oneOf(WHATS);
    const by = random.oneOf(EVERYBODY);
    return { what, by, after: random.oneOf(AFTER_MS) };
  });
}

const IDENTITY = { sessionId: 'session-1', agentId: 'racing-agent', requesterId: 'requester' };
const GATE = 'gate-1';

function opened(policyOfAll: Policy): SessionState {
  const request = {
    gateId: GATE,
    actionId: '1/1',
    ...IDENTITY,
    kind: 'action',
    actionType: 'refund',
    toolVersion: '1',
    description: 'Refund',
    payload: { id: 'c-1' },
    payloadDigest: DIGEST,
    reversibility: 'partially_reversible',
    estimatedImpact: 'high',
    gateLevel: 'mandatory_review',
    rule: 'own',
    policyVersion: 'races@1#0',
    presentedAt: NOW,
  } as const;
  const session = pinPolicy(newSession(IDENTITY), policyOfAll);
  return openGate(session, { policy: policyOfAll, request, tier: 'async_review', now: NOW }).state;
}

interface Heard {
  readonly state: SessionState;
  readonly events: readonly EventDraft[];
  readonly answer: string;
}

const OPERATOR = { operatorId: 'oscar', reason: 'a race' };
const KIND = {
  approve: 'approved',
  grant: 'approved',
  late: 'approved',
  reject: 'rejected',
  modify: 'modified',
} as const;

/** The product hears it. `index` tells the decisions apart. */
function hear(
  state: SessionState,
  happening: Happening,
  { now, index }: { now: number; index: number },
): Heard {
  switch (happening.what) {
    case 'approve':
    case 'grant':
    case 'late':
    case 'reject':
    case 'modify':
      return spoken(receiveDecision(state, decisionOf(happening, { now, index }), now));
    case 'claim':
    case 'release': {
      const { what: verb, by } = happening;
      return spoken(receiveClaim(state, { verb, raw: { gateId: GATE, reviewerId: by } }, now));
    }
    case 'pause':
    case 'resume':
    case 'cancel':
      return spoken(receiveCommand(state, { verb: happening.what, raw: OPERATOR }, now));
    case 'revoke': {
      const [grant] = state.grants ?? [];
      const grantId = grant?.grantId ?? 'none';
      return spoken(receiveGrantRevocation(state, { grantId, ...OPERATOR }));
    }
    case 'expire': {
      const step = passTimeOver(state, now);
      return { ...step, answer: 'time' };
    }
  }
}

function decisionOf(
  { what, by }: Extract<Happening, { readonly what: keyof typeof KIND }>,
  { now, index }: { readonly now: number; readonly index: number },
): object {
  const until = new Date(now + HOUR_MS).toISOString();
  return {
    decisionId: `d-${index}`,
    gateId: GATE,
    runId: 'run-1',
    payloadDigest: what === 'late' ? 'f'.repeat(64) : DIGEST,
    decision: KIND[what],
    reviewerId: by,
    ...(what === 'modify' ? { modifications: { id: 'c-2' } } : {}),
    ...(what === 'grant' ? { grant: { scope: 'exact', times: 2, until } } : {}),
  };
}

function spoken(step: {
  readonly state: SessionState;
  readonly events: readonly EventDraft[];
  readonly reply: { readonly status: string; readonly code?: string };
}): Heard {
  const { state, events, reply } = step;
  return { state, events, answer: reply.code ?? reply.status };
}

const ENDS = ['approved', 'rejected', 'modified', 'expired', 'withdrawn'];

/** Where product and model part ways, or the product contradicts itself; undefined: nowhere. */
function differenceIn(
  policyOfAll: Policy,
  happenings: readonly Happening[],
  hears: typeof hear = hear,
): string | undefined {
  const model = new RaceModel(PEOPLE, { respondWithinMs: RESPOND_MS, claimForMs: CLAIM_MS });
  let state = opened(policyOfAll);
  let now = NOW;
  let ends = 0;
  for (const [index, happening] of happenings.entries()) {
    now += happening.after;
    const expected = model.hear(happening);
    const heard = hears(state, happening, { now, index });
    state = heard.state;
    ends += heard.events.filter(({ eventType }) => ENDS.includes(eventType)).length;
    const gate = gateOf(state, GATE);
    const status = gate?.status ?? 'gone';
    const mayStart = ['approved', 'modified'].includes(status) && state.phase === 'running';
    const said = [heard.answer, status, state.phase, mayStart, ends].join(' ');
    const isEnded = model.gate === 'pending' ? 0 : 1;
    const wanted = [expected, model.gate, model.phase, model.mayStart, isEnded].join(' ');
    if (said !== wanted) return `at ${index}: ${said}, and not ${wanted}`;
  }
  return undefined;
}

/** The comparison itself is tried: a product that does something else has to be seen. */
function bites(policyOfAll: Policy): boolean {
  const forgetful: typeof hear = (state, happening, at) => {
    const heard = hear(state, happening, at);
    return happening.what === 'cancel'
      ? { ...heard, state: { ...heard.state, gates: state.gates } }
      : heard;
  };
  const happenings: readonly Happening[] = [
    { what: 'cancel', after: 0 },
    { what: 'approve', by: 'alice', after: 0 },
  ];
  return differenceIn(policyOfAll, happenings, forgetful) !== undefined;
}
