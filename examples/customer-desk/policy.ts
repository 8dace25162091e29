/** The desk's policy: what its tools are, on top of the rows that always apply. */
import { definePolicy } from 'holdpoint/policy';

export const deskPolicy = definePolicy({
  name: 'customer-desk',
  version: '1',
  tools: {
    search_customers: { readOnly: true },
    list_orders: { readOnly: true },
    refund_order: {
      reversibility: 'partially_reversible',
      value: '/amount',
      allowedModifications: ['amount'],
    },
  },
});
