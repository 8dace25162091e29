/** A policy that says who may decide, how many, by when, and what they have to prove. */
import { definePolicy, HOUR_MS, MINUTE_MS, type Policy } from 'holdpoint/policy';

/** `respondWithinMs`: how long the desk has for a refund. */
export function deskPolicy({ respondWithinMs = HOUR_MS } = {}): Policy {
  return definePolicy({
    name: 'trusted-desk',
    version: '1',
    tools: {
      refund: { reversibility: 'partially_reversible', value: '/amount' },
      delete_record: { reversibility: 'irreversible' },
    },
    // region: people
    people: {
      alice: { accounts: ['alice@example.com'], groups: ['desk'] },
      bob: { groups: ['desk'] },
      cleo: { groups: ['desk'] },
      olga: { groups: ['desk'] },
      mona: { groups: ['managers'] },
    },
    agents: { 'refund-bot': { owner: 'olga' } },
    // endregion
    tiers: [
      // region: ladder
      {
        name: 'async_review',
        route: 'the desk',
        groups: ['desk'],
        respondWithinMs,
        remindAfterMs: respondWithinMs / 4,
        repeat: 3,
        escalateAfterMs: respondWithinMs / 2,
        onNoResponse: 'escalate',
        escalateTo: 'escalation',
      },
      // endregion
      // region: quorum
      {
        name: 'synchronous_gate',
        route: 'two of the desk',
        groups: ['desk'],
        quorum: 2,
        proof: 'signed',
        rationaleRequired: true,
        respondWithinMs: 5 * MINUTE_MS,
        onNoResponse: 'reject',
      },
      // endregion
      {
        name: 'escalation',
        route: 'a manager',
        groups: ['managers'],
        proof: 'signed',
        respondWithinMs: 30 * MINUTE_MS,
        onNoResponse: 'reject',
      },
    ],
    // region: authority
    authority: { cascading: true },
    separationOfDuties: { modifierMayDecide: false },
    // endregion
    // region: limits
    grants: { timesMax: 5, withinMs: 8 * HOUR_MS },
    afterRejection: { samePayload: 'refuse', pauseAfter: 3 },
    overload: { gatesPerHour: 60, readingMs: { atLeast: 3_000, perKiB: 1_000 } },
    // endregion
  });
}
