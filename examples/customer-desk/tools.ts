/** What the desk's agent can do: one tool of each kind, over real data and real mail. */
import { defineTool, NotExecuted, type Tool } from 'holdpoint/tools';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { DeskDatabase } from './desk-database.ts';

export function deskTools(database: DeskDatabase, mailPort: number): readonly Tool[] {
  const mail = createTransport({ host: '127.0.0.1', port: mailPort, secure: false });
  return [
    defineTool({
      name: 'search_customers',
      description: 'Finds customers by a part of their name.',
      input: z.object({ query: z.string() }),
      readOnly: true,
      execute: ({ query }) => database.customersLike(query),
    }),
    defineTool({
      name: 'list_orders',
      description: 'Lists the orders of a customer.',
      input: z.object({ customerId: z.string() }),
      readOnly: true,
      quick: true,
      execute: ({ customerId }) => database.ordersOf(customerId),
    }),
    defineTool({
      name: 'create_draft',
      description: 'Writes a draft of a message to a customer. Nobody sees it yet.',
      input: z.object({ customerId: z.string(), body: z.string() }),
      reversibility: 'reversible',
      execute: async ({ customerId, body }, { idempotencyKey }) => {
        await database.saveDraft(idempotencyKey, customerId, body);
        return 'saved';
      },
    }),
    defineTool({
      name: 'refund_order',
      description: 'Pays money back for an order.',
      input: z.object({ orderId: z.string(), amount: z.number().positive() }),
      reversibility: 'partially_reversible',
      category: 'payment',
      execute: async ({ orderId, amount }, { idempotencyKey }) => {
        const found = await database.refund(idempotencyKey, orderId, amount);
        if (!found) throw new NotExecuted(`There is no order ${orderId}`);
        return `refunded ${amount}`;
      },
    }),
    defineTool({
      name: 'delete_record',
      description: 'Deletes a customer record for good.',
      input: z.object({ customerId: z.string() }),
      category: 'deletion',
      execute: async ({ customerId }) => {
        const found = await database.deleteCustomer(customerId);
        if (!found) throw new NotExecuted(`There is no customer ${customerId}`);
        return `deleted ${customerId}`;
      },
    }),
    defineTool({
      name: 'send_email',
      description: 'Sends a message to a customer.',
      input: z.object({ to: z.email(), subject: z.string(), body: z.string() }),
      category: 'external_communication',
      execute: async ({ to, subject, body }, { idempotencyKey }) => {
        const messageId = `<${encodeURIComponent(idempotencyKey)}@desk.example>`;
        await mail.sendMail({ from: 'desk@desk.example', to, subject, text: body, messageId });
        return 'sent';
      },
    }),
  ];
}
