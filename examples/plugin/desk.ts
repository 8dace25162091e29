/** The activities of the order workflow, over a desk in memory. They know nothing of Holdpoint either. */
export interface Desk {
  reserveStock(what: { readonly order: string; readonly item: string }): Promise<string>;
  releaseStock(what: { readonly order: string; readonly item: string }): Promise<string>;
  chargeCard(what: { readonly order: string; readonly amount: number }): Promise<string>;
  refundCard(what: { readonly order: string; readonly amount: number }): Promise<string>;
  ship(what: { readonly order: string; readonly address: string }): Promise<string>;
}

/** `log` gets a line for everything that happens in the world. */
export function openDesk(log: (line: string) => void): Desk {
  const does = async (line: string): Promise<string> => {
    log(line);
    return line;
  };
  return {
    reserveStock: ({ order, item }) => does(`${order}: ${item} is reserved`),
    releaseStock: ({ order, item }) => does(`${order}: ${item} is back in stock`),
    chargeCard: ({ order, amount }) => does(`${order}: ${amount} charged`),
    refundCard: ({ order, amount }) => does(`${order}: ${amount} paid back`),
    ship: ({ order, address }) => does(`${order}: shipped to ${address}`),
  };
}
