/**
 * The part that the scripted model plays: a believable agent with believable mistakes. It picks the wrong record to
 * delete, and it is not sure of its last sentence. A real model takes its place by one line (docs/reference).
 */
import { scriptedConfidence, scriptedModel } from 'holdpoint/tools';

export const GOAL =
  'Ada Byron was charged twice for order ord-1042. Pay her back, tell her, and remove her duplicate record.';

export const model = scriptedModel([
  {
    text: 'First I look at what we have.',
    calls: [
      { name: 'search_customers', arguments: { query: 'Ada' } },
      { name: 'list_orders', arguments: { customerId: 'cus-17' } },
    ],
  },
  {
    text: 'Order ord-1042 was charged 480 instead of 240, so 240 go back.',
    calls: [
      { name: 'create_draft', arguments: { customerId: 'cus-17', body: 'Dear Ada, …' } },
      { name: 'refund_order', arguments: { orderId: 'ord-1042', amount: 240 } },
    ],
  },
  {
    text: 'Now the duplicate record can go.',
    calls: [{ name: 'delete_record', arguments: { customerId: 'cus-17' } }],
  },
  {
    text: 'Ada should know.',
    calls: [
      {
        name: 'send_email',
        arguments: {
          to: 'ada@customer.example',
          subject: 'Your refund for ord-1042',
          body: 'Dear Ada, you were charged twice. 240 are on their way back to you.',
        },
      },
    ],
  },
  { text: 'Done. The refund should probably arrive within one day.' },
]);

export const confidenceModel = scriptedConfidence([
  { containing: 'probably', score: 0.52 },
  { score: 0.95 },
]);
