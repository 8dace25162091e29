/** Which activities of the agents are held, by name. */
import { definePolicy } from 'holdpoint/policy';

// region: policy
export const orderPolicy = definePolicy({
  name: 'orders',
  version: '1',
  tools: {
    // Asking the model changes nothing. A model's activity that is not named would wait for a person.
    invokeModel: { readOnly: true },
    invokeModelActivity: { readOnly: true },
    findOrders: { readOnly: true },
    refundOrder: { reversibility: 'irreversible', allowedModifications: ['amount'] },
  },
});
// endregion
