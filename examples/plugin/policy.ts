/** Which of the order workflow's activities wait. What a policy does not name waits: it counts as irreversible. */
import { definePolicy } from 'holdpoint/policy';

// region: policy
export const policy = definePolicy({
  name: 'orders',
  version: '1',
  tools: {
    reserveStock: { reversibility: 'reversible' },
    releaseStock: { reversibility: 'reversible' },
    // Up to 500 through the ledger alone; above, a person is asked.
    chargeCard: { reversibility: 'partially_reversible', value: '/amount', highValueLimit: 500 },
    refundCard: { reversibility: 'partially_reversible', value: '/amount', highValueLimit: 500 },
    ship: { reversibility: 'irreversible' },
  },
});
// endregion
