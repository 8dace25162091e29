/**
 * Proves the session under random sequences of signed decisions, forgeries, votes, claims, grants, look-ups that find more
 * or less, pauses and time: nothing throws, the state survives JSON, and nothing is ever approved without as many distinct
 * people as it takes, who may decide it, over the bytes of its gate. What else can happen: session-properties.test.ts.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../domain/audit/audit-chain.ts';
import type { EventDraft } from '../../domain/audit/audit-event.ts';
import type { Person } from '../../domain/authority/person.ts';
import type { PreparedAction } from '../../domain/activities.ts';
import type { Gate, Vote } from '../../domain/gate/gate.ts';
import { evaluateAction, gatedTier } from '../../domain/policy/policy.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { receiveClaim, receiveGrantRevocation } from '../../domain/session/session-claims.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { closeSession } from '../../domain/session/session-closing.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { passTimeOver } from '../../domain/session/session-gates.ts';
import { openGate, takeTrust } from '../../domain/session/session-opening.ts';
import { trustToLookUp } from '../../domain/session/session-trust.ts';
import { openGates, type SessionState } from '../../domain/session/session.ts';
import { withoutAsking } from '../../domain/session/without-asking.ts';
import {
  COMMAND,
  decisionOf,
  NOW,
  OTHER_DIGEST,
  policyOf,
  requestOf,
  sealAll,
  sessionOf,
  tierOf,
  tiersWith,
} from './builders.ts';
import { AUDIENCE, ISSUER, signedDecision, testKey } from './signing.ts';

const POLICY = policyOf({
  name: 'team',
  version: '1',
  people: 'directory',
  agents: { 'agent-smith': { owner: 'olaf' } },
  tools: { refund: { reversibility: 'partially_reversible' } },
  overload: { gatesPerHour: 6 },
  afterRejection: { pauseAfter: 3 },
  tiers: [
    tierOf('one', { reviewers: ['alice', 'bob'], onNoResponse: 'escalate', escalateTo: 'signed' }),
    tierOf('pair', { reviewers: ['alice', 'bob', 'carla'], quorum: 2, remindAfterMs: 20_000 }),
    tierOf('signed', {
      groups: ['ops'],
      reviewers: ['alice', 'bob', 'carla'],
      quorum: 2,
      proof: 'signed',
    }),
    ...tiersWith({}),
  ],
});

/** What the directory knows; now and then bob is revoked in it. */
const PEOPLE: readonly Person[] = [
  { id: 'alice', accounts: ['alice-gh'], groups: [] },
  { id: 'bob', accounts: [], groups: [] },
  { id: 'rosa', accounts: ['rosa-alt'], groups: ['ops'] },
  { id: 'olaf', accounts: ['olaf-alt'], groups: ['ops'] },
  { id: 'dora', accounts: [], groups: ['ops'] },
];
const REVOKED = PEOPLE.map((person) =>
  person.id === 'bob' ? { ...person, revokedSince: '2026-01-01T00:00:00Z' } : person,
);

const ALICE = testKey('alice-own', { reviewerId: 'alice' });
const STRANGER = testKey('stranger');
const BEHIND = ['rosa', 'rosa-alt', 'olaf', 'olaf-alt', 'agent-smith'];
const GATES = ['gate-1', 'gate-2'];
const PAYLOAD = { amount: 5 };
const DIGEST = payloadDigest({ actionType: 'refund', toolVersion: '1', arguments: PAYLOAD });
const ACTION: PreparedAction = {
  actionType: 'refund',
  arguments: PAYLOAD,
  toolVersion: '1',
  payloadDigest: DIGEST,
  readOnly: false,
  description: 'x',
  quick: false,
  timeoutMs: 1,
};

type Happening = { readonly after: number } & (
  | { readonly what: 'decision'; readonly raw: JsonObject }
  | { readonly what: 'opening'; readonly tier: string }
  | { readonly what: 'lookUp'; readonly people: readonly Person[]; readonly isKeyRevoked: boolean }
  | { readonly what: 'claim'; readonly verb: 'claim' | 'release'; readonly raw: JsonObject }
  | { readonly what: 'command'; readonly verb: 'pause' | 'resume' }
  | { readonly what: 'time' | 'proposal' | 'revocation' | 'closing' }
);

const after = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1_000) },
  { weight: 1, arbitrary: fc.nat(400_000) },
);
const permitted = fc.constantFrom('alice', 'alice-gh', 'bob', 'carla', 'dora');
const reviewer = fc.oneof(
  { weight: 3, arbitrary: permitted },
  { weight: 1, arbitrary: fc.constantFrom(...BEHIND, 'mallory') },
);

const said = fc.record({
  nth: fc.constantFrom('a', 'a', 'b'),
  gateId: fc.constantFrom(...GATES),
  payloadDigest: fc.oneof(
    { weight: 9, arbitrary: fc.constant(DIGEST) },
    { weight: 1, arbitrary: fc.constant(OTHER_DIGEST) },
  ),
  decision: fc.oneof(
    { weight: 9, arbitrary: fc.constant('approved') },
    { weight: 1, arbitrary: fc.constant('rejected') },
  ),
  reviewerId: reviewer,
});

/** Unsigned, signed well, or signed in a way that counts for nothing. Signing takes long: the few words are signed once. */
const SIGNED = new Map<string, JsonObject>();
function signedOnce(raw: JsonObject, how: string): JsonObject {
  const key = `${how}${JSON.stringify(raw)}`;
  const made = SIGNED.get(key) ?? sign(raw, how);
  SIGNED.set(key, made);
  return made;
}

function sign(raw: JsonObject, how: string): JsonObject {
  switch (how) {
    case 'issuer':
      return signedDecision(raw, {});
    case 'groups':
      return signedDecision(raw, { claims: { groups: ['ops'] } });
    case 'own':
      return signedDecision(raw, { key: ALICE });
    case 'stranger':
      return signedDecision(raw, { key: STRANGER, header: { kid: 'gateway' } });
    case 'elsewhere':
      return signedDecision(raw, { claims: { sessionId: 'session-2' } });
    default:
      return decisionOf(raw);
  }
}

const HOW = ['none', 'none', 'issuer', 'issuer', 'groups', 'own', 'stranger', 'elsewhere'] as const;
const GRANT = { scope: 'exact', times: 2, until: new Date(NOW + 3_600_000).toISOString() };
const decision = fc
  .tuple(said, fc.constantFrom(...HOW), fc.boolean())
  .map(([{ nth, ...words }, how, isGranting]) => {
    // Mostly a resend of the same, or another's of the same id.
    const raw = { ...words, decisionId: `${nth}-${words.reviewerId.slice(0, 5)}` };
    const grants = isGranting && raw.decision === 'approved' && how === 'none';
    return signedOnce(grants ? { ...raw, grant: GRANT } : raw, how);
  });

const of = <What extends string>(what: What) => ({ what: fc.constant(what), after });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ ...of('decision'), raw: decision }) },
  {
    weight: 4,
    arbitrary: fc.record({ ...of('opening'), tier: fc.constantFrom('one', 'pair', 'signed') }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      ...of('lookUp'),
      people: fc.constantFrom(PEOPLE, PEOPLE, PEOPLE, PEOPLE, REVOKED, []),
      isKeyRevoked: fc.nat(7).map((n) => n === 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...of('claim'),
      verb: fc.constantFrom('claim' as const, 'release' as const),
      raw: fc.record({ gateId: fc.constantFrom(...GATES), reviewerId: reviewer }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...of('command'),
      verb: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...of('time') }) },
  { weight: 4, arbitrary: fc.record({ ...of('proposal') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom('revocation' as const, 'closing' as const),
      after,
    }),
  },
);

interface Run {
  readonly state: SessionState;
  readonly events: readonly EventDraft[];
  readonly now: number;
  /** What was known when each gate ended. */
  readonly ended: readonly { readonly gate: Gate; readonly people: readonly Person[] }[];
  readonly uses: readonly string[];
}

function step(run: Run, one: Happening): Run {
  const now = run.now + one.after;
  const { state } = run;
  const next = happen(state, one, now);
  if (next === undefined) return { ...run, now };
  const open = new Set(openGates(state).map(({ request }) => request.gateId));
  const people = next.state.trust?.people ?? [];
  const ended = next.state.gates
    .filter(({ status, request }) => status !== 'pending' && open.has(request.gateId))
    .map((gate) => ({ gate, people }));
  const uses = 'use' in next ? [next.use] : [];
  return {
    now,
    state: next.state,
    events: [...run.events, ...next.events],
    ended: [...run.ended, ...ended],
    uses: [...run.uses, ...uses],
  };
}

type Next = {
  readonly state: SessionState;
  readonly events: readonly EventDraft[];
  readonly use?: string;
};

function happen(state: SessionState, one: Happening, now: number): Next | undefined {
  switch (one.what) {
    case 'decision':
      return receiveDecision(state, one.raw, now);
    case 'claim':
      return receiveClaim(state, { verb: one.verb, raw: one.raw }, now);
    case 'command':
      return receiveCommand(state, { verb: one.verb, raw: COMMAND }, now);
    case 'time':
      return passTimeOver(state, now);
    case 'revocation':
      return receiveGrantRevocation(state, {
        ...COMMAND,
        grantId: state.grants?.[0]?.grantId ?? 'x',
      });
    case 'closing':
      return closeSession(state, { now, why: 'ended' });
    case 'opening': {
      const gateId = GATES[state.gates.length];
      if (gateId === undefined || state.phase !== 'running') return undefined;
      const what = {
        actionType: 'refund',
        payload: PAYLOAD,
        payloadDigest: DIGEST,
        reversibility: 'reversible',
      } as const;
      const request = requestOf({ gateId, actionId: gateId, presentedAt: now, ...what });
      return openGate(state, { policy: POLICY, request, tier: one.tier, now });
    }
    case 'lookUp': {
      const question = trustToLookUp(state);
      if (question === undefined) return undefined;
      const issuer = one.isKeyRevoked
        ? { ...ISSUER.trusted, revokedAt: '2026-01-01T00:00:00Z' }
        : ISSUER.trusted;
      const known = one.people.filter((person) =>
        [person.id, ...person.accounts].some((name) => question.accounts.includes(name)),
      );
      const found = { keys: [issuer, ALICE.trusted], people: known, asked: question.accounts };
      return takeTrust(state, found, now);
    }
    case 'proposal': {
      const evaluation = { ...evaluateAction(POLICY, ACTION, 'medium_stakes'), tier: 'one' };
      const settled = withoutAsking(
        state,
        { action: ACTION, actionId: '9/1' },
        { policy: POLICY, evaluation, now },
      );
      if (settled === undefined) return undefined;
      return settled.answer === 'granted'
        ? { ...settled.step, use: settled.decision.decisionId }
        : settled.step;
    }
  }
}

const START: Run = {
  state: sessionOf({ policy: POLICY, audience: AUDIENCE }),
  events: [],
  now: NOW,
  ended: [],
  uses: [],
};
/** A gate is open to begin with, and what it needs is known. */
const BEGUN = ['one', 'pair', 'signed'].map((tier) =>
  [
    { what: 'opening' as const, tier, after: 0 },
    { what: 'lookUp' as const, people: PEOPLE, isKeyRevoked: false, after: 0 },
  ].reduce(step, START),
);
const sequence = fc.tuple(
  fc.constantFrom(...BEGUN),
  fc.array(happening, { minLength: 12, maxLength: 30, size: 'max' }),
);
type Sequence = readonly [Run, readonly Happening[]];
const runAll = ([begun, happenings]: Sequence): Run => happenings.reduce(step, begun);

interface Approval {
  readonly gate: Gate;
  readonly votes: readonly Vote[];
  /** Whom the directory knew by then. */
  readonly people: readonly Person[];
}

function approvals(run: Run): readonly Approval[] {
  return run.ended.flatMap(({ gate, people }) =>
    gate.outcome?.status === 'approved' ? [{ gate, people, votes: gate.outcome.votes ?? [] }] : [],
  );
}

/** H1: as many distinct people as it takes, over the bytes of the gate, with the proof that any of its tiers asks for. */
function expectEnough({ gate, votes }: Approval): void {
  const tiers = [gate.tier, ...gate.earlierTiers].map((name) => gatedTier(POLICY, name));
  const needed = Math.max(...tiers.map(({ quorum = 1 }) => quorum));
  const ids = votes.map(({ personId }) => (personId === 'alice-gh' ? 'alice' : personId));
  expect(new Set(ids).size).toBe(votes.length);
  expect(votes.length).toBeGreaterThanOrEqual(needed);
  for (const { decision: one, proof } of votes) {
    expect(one.payloadDigest).toBe(gate.request.payloadDigest);
    expect(one.gateId).toBe(gate.request.gateId);
    expect(one.decision).toBe('approved');
    if (tiers.some((tier) => tier.proof === 'signed')) expect(proof).toBe('signed');
  }
}

/** H6: nobody behind the session, nobody who is revoked, no stranger whom no login puts into a group. */
function expectPermitted({ votes, people }: Approval): void {
  const isRevoked = people.some((person) => person.revokedSince !== undefined);
  for (const { decision: one, groups } of votes) {
    expect(BEHIND).not.toContain(one.reviewerId);
    if (one.reviewerId === 'mallory') expect(groups).toEqual(['ops']);
    if (one.reviewerId === 'bob') expect(isRevoked).toBe(false);
  }
}

/** H2: no use of a grant has the number of another, and only an approval makes one. */
function expectGranted({ uses, events }: Run): void {
  expect(new Set(uses).size).toBe(uses.length);
  const given = events
    .filter(({ eventType }) => eventType === 'approved')
    .filter(({ details }) => details?.['grant'] !== undefined)
    .map(({ details }) => details?.['decisionId']);
  for (const use of uses) expect(given).toContain(use.split('#')[0]);
}

describe('whatever is said, signed, forged, looked up and claimed', () => {
  test('H1, H2, H6: nothing throws, the state survives JSON, and nothing is approved that may not be', () => {
    fc.assert(
      fc.property(sequence, (happenings) => {
        const run = runAll(happenings);
        expect(verifyChain(sealAll(run.events))).toBeUndefined();
        expect(JSON.parse(JSON.stringify(run.state))).toEqual(run.state);
        for (const approval of approvals(run)) {
          expectEnough(approval);
          expectPermitted(approval);
        }
        expectGranted(run);
      }),
      { numRuns: 60 },
    );
  });

  test('the sequences get somewhere: some approve by several, some by signature, some use a grant', () => {
    const seen = new Set<string>();
    for (const happenings of fc.sample(sequence, { numRuns: 120, seed: 11 })) {
      const run = runAll(happenings);
      for (const { votes } of approvals(run)) {
        seen.add(votes.length > 1 ? 'several' : 'one');
        for (const { proof } of votes) seen.add(proof);
      }
      if (run.uses.length > 0) seen.add('grant');
    }
    expect([...seen].toSorted()).toEqual(['claimed', 'grant', 'one', 'several', 'signed']);
  });
});
