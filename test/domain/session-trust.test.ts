/**
 * Proves what a session looks up before it believes: keys, and who stands behind an account. A decision waits for that, is
 * judged when it is there, and is never judged without; what strangers cause is counted; what is old is looked up anew.
 */
import { describe, expect, test } from 'vitest';
import type { Person } from '../../domain/authority/person.ts';
import {
  KEPT_DECISIONS_MAX,
  PROOF_TRIES_MAX,
  REFUSALS_RECORDED_MAX,
  TRUST_ACCOUNTS_MAX,
  TRUST_AGAIN_AFTER_MS,
  TRUST_FRESH_MS,
  TRUST_LOOKUPS_MAX,
} from '../../domain/limits.ts';
import type { Policy } from '../../domain/index.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { closeSession } from '../../domain/session/session-closing.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { isBeyondBudget, receiveDecision } from '../../domain/session/session-decisions.ts';
import { takeTrust } from '../../domain/session/session-opening.ts';
import { takeOutcome } from '../../domain/session/session-gates.ts';
import { trustToLookUp } from '../../domain/session/session-trust.ts';
import type { SessionState } from '../../domain/session/session.ts';
import {
  COMMAND,
  decisionOf,
  eventTypes,
  NOW,
  policyOf,
  present,
  sessionOf,
  tiersWith,
  withGate,
} from './builders.ts';
import { AUDIENCE, ISSUER, signedDecision, testKey } from './signing.ts';

const SIGNED = policyOf({
  name: 'signed',
  version: '1',
  tiers: tiersWith({ synchronous_gate: { proof: 'signed' } }),
});
const DIRECTORY = policyOf({
  name: 'asked',
  version: '1',
  people: 'directory',
  agents: { 'agent-smith': { owner: 'olaf' } },
});

const opened = (policy: Policy): SessionState =>
  withGate(sessionOf({ policy, audience: AUDIENCE }));

/** The look-up comes home. */
function found(
  state: SessionState,
  what: { readonly keys?: readonly TrustedKey[]; readonly people?: readonly Person[] } = {},
  now = NOW,
) {
  const { keys = [ISSUER.trusted], people = [] } = what;
  const { accounts } = present(trustToLookUp(state));
  return takeTrust(state, { keys, people, asked: accounts }, now);
}

const KNOWN = found(opened(SIGNED)).state;
const NEW = testKey('new');

describe('keys', () => {
  test('are looked up when a gate opens that asks for proof, and not for one that does not', () => {
    expect(trustToLookUp(opened(SIGNED))).toEqual({ accounts: [], groups: [] });
    const claimed = withGate(sessionOf({ policy: SIGNED }), { tier: 'async_review' });
    expect(trustToLookUp(claimed)).toBeUndefined();
  });

  test('H1: a decision that comes before they are there is kept, and judged when they are', () => {
    const step = receiveDecision(opened(SIGNED), signedDecision(), NOW);
    expect(step.reply).toMatchObject({ status: 'recorded', keptFor: 'trust' });
    expect(step.events).toEqual([]);
    const judged = found(step.state);
    expect(eventTypes(judged.events)).toEqual(['approved']);
    expect(receiveDecision(judged.state, signedDecision(), NOW).reply.status).toBe('decided');
    expect(judged.state.keptDecisions).toEqual([]);
  });

  test('one that is new is looked up once, and the decision counts', () => {
    const step = receiveDecision(KNOWN, signedDecision({}, { key: NEW }), NOW);
    expect(step.reply).toMatchObject({ keptFor: 'trust' });
    const judged = found(step.state, { keys: [ISSUER.trusted, NEW.trusted] });
    expect(eventTypes(judged.events)).toEqual(['approved']);
  });

  test('one that is not found is refused after one look-up, and who asks again hears so', () => {
    const step = receiveDecision(KNOWN, signedDecision({}, { key: NEW }), NOW);
    const judged = found(step.state);
    expect(judged.events).toMatchObject([
      { eventType: 'decision_refused', details: { code: 'SIGNATURE_INVALID' } },
    ]);
    expect(trustToLookUp(judged.state)).toBeUndefined();
    const again = receiveDecision(judged.state, signedDecision({}, { key: NEW }), NOW + 1_000);
    expect(again.reply).toMatchObject({ status: 'refused', code: 'SIGNATURE_INVALID' });
    const later = NOW + TRUST_AGAIN_AFTER_MS;
    const anew = receiveDecision(judged.state, signedDecision({}, { key: NEW }), later);
    expect(anew.reply).toMatchObject({ status: 'recorded', keptFor: 'trust' });
  });

  test('what is no signature at all causes no look-up', () => {
    const step = receiveDecision(KNOWN, decisionOf({ signature: 'a.b.c' }), NOW);
    expect(step.reply).toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(trustToLookUp(step.state)).toBeUndefined();
  });

  test('that were looked up long ago are looked up anew: what was revoked since does not count', () => {
    const later = NOW + TRUST_FRESH_MS;
    const claims = { iat: later / 1_000, exp: later / 1_000 + 60 };
    const decision = signedDecision({}, { claims });
    const step = receiveDecision(KNOWN, decision, later);
    expect(step.reply).toMatchObject({ keptFor: 'trust' });
    const revoked = { ...ISSUER.trusted, revokedAt: new Date(later - 1).toISOString() };
    const judged = found(step.state, { keys: [revoked] }, later);
    expect(judged.events).toMatchObject([{ details: { code: 'SIGNATURE_INVALID' } }]);
    expect(receiveDecision(KNOWN, decision, later - 1).reply.status).toBe('decided');
  });
});

describe('H4: what strangers can cause is bounded', () => {
  const nth = (n: number) =>
    signedDecision({ decisionId: `d-${n}` }, { key: testKey(`unknown-${n}`) });

  test('look-ups: so many at once, then one in a while, and none goes unjudged for it', () => {
    let state = KNOWN;
    let lookUps = 0;
    const codes = new Set<string>();
    for (let n = 0; n < TRUST_LOOKUPS_MAX + 20; n += 1) {
      const step = receiveDecision(state, nth(n), NOW);
      state = step.state;
      if (step.reply.status === 'refused') codes.add(step.reply.code);
      if (trustToLookUp(state) === undefined) continue;
      lookUps += 1;
      state = found(state).state;
    }
    expect(lookUps).toBe(TRUST_LOOKUPS_MAX);
    expect([...codes]).toEqual(['LIMIT_REACHED']);
    const good = receiveDecision(state, signedDecision(), NOW);
    expect(good.reply.status).toBe('decided');
    const after = receiveDecision(state, nth(999), NOW + TRUST_AGAIN_AFTER_MS);
    expect(after.reply).toMatchObject({ keptFor: 'trust' });
  });

  test('signatures that are verified: so many, then one a second, those that are sent again too', () => {
    const forged = (n: number) => {
      const good = signedDecision({ decisionId: `d-${n}` });
      return { ...good, signature: `${good.signature.slice(0, -86)}${'A'.repeat(86)}` };
    };
    let state = receiveDecision(KNOWN, forged(0), NOW).state;
    for (let n = 0; n < PROOF_TRIES_MAX + 10; n += 1) {
      state = receiveDecision(state, forged(n % 3), NOW).state;
    }
    expect(state.gates[0]?.proofTries).toEqual({ count: PROOF_TRIES_MAX, lastAt: NOW });
    expect(receiveDecision(state, signedDecision(), NOW + 999).reply).toMatchObject({
      code: 'LIMIT_REACHED',
    });
    expect(receiveDecision(state, signedDecision(), NOW + 1_000).reply.status).toBe('decided');
  });

  test('what can be refused unseen costs none of them', () => {
    const other = signedDecision({ decisionId: 'x' }, { claims: { gateId: 'gate-2' } });
    const step = receiveDecision(KNOWN, other, NOW);
    expect(step.reply).toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(step.state.gates[0]?.proofTries).toBeUndefined();
  });

  test('a validator verifies nothing: what it can’t tell is let in, and counted there', () => {
    const [gate] = KNOWN.gates;
    const spent = { ...KNOWN, gates: [{ ...present(gate), refusals: REFUSALS_RECORDED_MAX + 1 }] };
    expect(isBeyondBudget(spent, decisionOf(), NOW)).toBe(true);
    expect(isBeyondBudget(spent, signedDecision(), NOW)).toBe(false);
    const tried = { count: PROOF_TRIES_MAX, lastAt: NOW };
    const both = { ...spent, gates: [{ ...present(spent.gates[0]), proofTries: tried }] };
    expect(isBeyondBudget(both, signedDecision(), NOW)).toBe(true);
    expect(isBeyondBudget(both, signedDecision(), NOW + 1_000)).toBe(false);
  });

  test('decisions that are kept: beyond it, one is refused and nothing is looked up for it', () => {
    let state = opened(DIRECTORY);
    for (let n = 0; n < KEPT_DECISIONS_MAX; n += 1) {
      const raw = decisionOf({ decisionId: `d-${n}`, reviewerId: `r-${n}` });
      state = receiveDecision(state, raw, NOW).state;
    }
    const asked = trustToLookUp(state);
    const full = receiveDecision(state, decisionOf({ reviewerId: 'late' }), NOW);
    expect(full.reply).toMatchObject({ status: 'refused', code: 'LIMIT_REACHED' });
    expect(trustToLookUp(full.state)).toEqual(asked);
  });

  test('those that wait for a gate take no room from those that wait for a look-up', () => {
    let state = opened(SIGNED);
    for (let n = 0; n < KEPT_DECISIONS_MAX; n += 1) {
      const raw = decisionOf({ decisionId: `d-${n}`, gateId: `gate-x${n}` });
      state = receiveDecision(state, raw, NOW).state;
    }
    const step = receiveDecision(state, signedDecision(), NOW);
    expect(step.reply).toMatchObject({ status: 'recorded', keptFor: 'trust' });
    expect(found(step.state).state.keptDecisions).toHaveLength(KEPT_DECISIONS_MAX);
  });

  test('accounts that are asked about again', () => {
    const asked = Array.from({ length: TRUST_ACCOUNTS_MAX + 50 }, (_one, n) => `a-${n}`);
    const state = takeTrust(opened(DIRECTORY), { keys: [], people: [], asked }, NOW).state;
    const step = receiveDecision(state, decisionOf({ reviewerId: 'next' }), NOW);
    const { accounts } = present(trustToLookUp(step.state));
    expect(accounts).toHaveLength(TRUST_ACCOUNTS_MAX + 4);
    expect(accounts).toEqual(expect.arrayContaining(['rosa', 'olaf', 'agent-smith', 'next']));
  });
});

describe('a directory', () => {
  const ROSA: Person = { id: 'rosa', accounts: ['rosa-alt'], groups: [] };
  const OLAF: Person = { id: 'olaf', accounts: ['olaf-alt'], groups: [] };

  test('is asked about who stands behind the session, and about each account that decides', () => {
    const state = opened(DIRECTORY);
    expect(trustToLookUp(state)?.accounts).toEqual(['rosa', 'olaf', 'agent-smith']);
    const step = receiveDecision(found(state).state, decisionOf(), NOW);
    expect(step.reply).toMatchObject({ keptFor: 'trust' });
    expect(trustToLookUp(step.state)?.accounts).toEqual(['rosa', 'olaf', 'agent-smith', 'alice']);
    expect(eventTypes(found(step.state).events)).toEqual(['approved']);
  });

  test.each(['rosa-alt', 'olaf-alt'])('H6: shuts out %s, whom only it knows', (reviewerId) => {
    const step = receiveDecision(opened(DIRECTORY), decisionOf({ reviewerId }), NOW);
    const judged = found(step.state, { people: [ROSA, OLAF] });
    expect(judged.events).toMatchObject([{ details: { code: 'SELF_APPROVAL' } }]);
  });

  test('H6: an account that it was not asked about decides nothing, also where no more is asked', () => {
    let state = found(opened(DIRECTORY), { people: [ROSA] }).state;
    for (let n = 0; n < TRUST_LOOKUPS_MAX; n += 1) {
      const raw = decisionOf({
        decisionId: `d-${n}`,
        reviewerId: `nobody-${n}`,
        gateId: 'gate-1',
        decision: 'modified',
      });
      state = found(receiveDecision(state, raw, NOW).state, { people: [ROSA] }).state;
    }
    const step = receiveDecision(state, decisionOf({ reviewerId: 'rosa-alt' }), NOW);
    expect(step.reply).toMatchObject({ status: 'refused', code: 'LIMIT_REACHED' });
    expect(step.state.gates[0]?.status).toBe('pending');
  });

  test('is asked also about the person that a login names', () => {
    const state = found(opened(DIRECTORY)).state;
    const raw = signedDecision({ reviewerId: 'b-sso' }, { claims: { person: 'bob' } });
    const step = receiveDecision(state, raw, NOW);
    expect(trustToLookUp(step.state)?.accounts).toEqual(expect.arrayContaining(['b-sso', 'bob']));
    const bob: Person = {
      id: 'bob',
      accounts: [],
      groups: [],
      revokedSince: '2026-01-01T00:00:00Z',
    };
    expect(found(step.state, { people: [bob] }).events).toMatchObject([
      { details: { code: 'NOT_AUTHORIZED' } },
    ]);
  });

  test('and a login that name two people for one account are both not believed', () => {
    const state = found(opened(DIRECTORY)).state;
    const raw = signedDecision({ reviewerId: 'b-sso' }, { claims: { person: 'bob' } });
    const people: Person[] = [
      { id: 'bob', accounts: [], groups: [] },
      { id: 'ben', accounts: ['b-sso'], groups: [] },
    ];
    const judged = found(receiveDecision(state, raw, NOW).state, { people });
    expect(judged.events).toMatchObject([{ details: { code: 'NOT_AUTHORIZED' } }]);
  });

  test('is asked for the groups that the policy names, and no others', () => {
    const policy = policyOf({
      name: 'grouped',
      version: '1',
      people: 'directory',
      tiers: tiersWith({ escalation: { reviewers: ['bea'], groups: ['bosses'] } }),
    });
    expect(trustToLookUp(opened(policy))?.groups).toEqual(['bosses']);
  });

  test('that is asked while another decision comes is asked again for that one', () => {
    const first = receiveDecision(opened(DIRECTORY), decisionOf(), NOW).state;
    const asked = present(trustToLookUp(first)).accounts;
    const other = decisionOf({ decisionId: 'd-2', reviewerId: 'bob' });
    const both = receiveDecision(first, other, NOW).state;
    const step = takeTrust(both, { keys: [], people: [], asked }, NOW);
    expect(eventTypes(step.events)).toEqual(['approved', 'decision_refused']);
    expect(step.state.keptDecisions).toEqual([]);
  });
});

describe('while nothing is found', () => {
  const kept = receiveDecision(opened(SIGNED), signedDecision(), NOW).state;

  test('H1: nobody is believed: the gate waits', () => {
    expect(kept.gates[0]?.status).toBe('pending');
    expect(receiveDecision(kept, signedDecision(), NOW + 60_000).reply).toMatchObject({
      status: 'recorded',
      keptFor: 'trust',
    });
  });

  test('a session that is cancelled, or ends, answers what was kept', () => {
    const cancelled = receiveCommand(kept, { verb: 'cancel', raw: COMMAND }, NOW).state;
    expect(found(cancelled).events).toMatchObject([{ details: { code: 'WITHDRAWN' } }]);
    const taken = present(takeOutcome(cancelled, 'gate-1')).state;
    expect(found(taken).events).toMatchObject([{ details: { code: 'WITHDRAWN' } }]);
    const over = closeSession(taken, { now: NOW, why: 'ended' });
    expect(over.events).toMatchObject([{ details: { code: 'WITHDRAWN' } }]);
    const ended = closeSession(kept, { now: NOW, why: 'ended' });
    expect(eventTypes(ended.events)).toEqual(['withdrawn', 'decision_refused']);
    expect(ended.state.keptDecisions).toEqual([]);
  });

  test('continue-as-new carries what waits, and what is to be looked up', () => {
    const carried = JSON.parse(JSON.stringify(kept)) as SessionState;
    expect(carried).toEqual(kept);
    expect(eventTypes(found(carried).events)).toEqual(['approved']);
  });
});

test('H2: a decision that was refused keeps its id from nobody', () => {
  const squatter = decisionOf({ reviewerId: 'mallory', rationale: 'mine' });
  const refused = receiveDecision(KNOWN, squatter, NOW);
  expect(refused.reply).toMatchObject({ code: 'SIGNATURE_REQUIRED' });
  expect(receiveDecision(refused.state, signedDecision(), NOW).reply.status).toBe('decided');
});

test('without an audience no signature counts', () => {
  const { audience: _none, ...state } = KNOWN;
  const step = receiveDecision(state, signedDecision(), NOW);
  expect(step.reply).toMatchObject({ code: 'SIGNATURE_INVALID' });
});
