/** What the agents of both frameworks get and may do: plain activities of a shop, which know nothing of Holdpoint. */
export interface Task {
  readonly task: string;
  /** As its provider names it. */
  readonly model: string;
}

export interface Order {
  readonly order: string;
  readonly total: number;
}

export interface Refund {
  readonly order: string;
  readonly amount: number;
}

export interface OrderActivities {
  /** Reads. */
  findOrders(by: { readonly customer: string }): Promise<readonly Order[]>;
  /** Can't be undone. */
  refundOrder(refund: Refund): Promise<string>;
}

export interface OrderDesk {
  readonly activities: OrderActivities;
  /** What was paid back, in order. */
  readonly refunds: readonly Refund[];
}

export function openOrderDesk(): OrderDesk {
  const refunds: Refund[] = [];
  const orders = new Map([['ada', [{ order: 'o-7', total: 120 }]]]);
  return {
    refunds,
    activities: {
      findOrders: async ({ customer }) => orders.get(customer) ?? [],
      refundOrder: async (refund) => {
        refunds.push(refund);
        return `paid ${refund.amount} back for ${refund.order}`;
      },
    },
  };
}
