/** The activities of the example, over a bank in memory. */
export interface Bank {
  readAccount(account: string): Promise<{ readonly balance: number }>;
  closeAccount(account: string, why: string): Promise<string>;
  reserveFunds(amount: number): Promise<string>;
  wire(what: { readonly to: string; readonly amount: number }): Promise<string>;
  importRow(row: number): Promise<string>;
  renew(contract: string): Promise<string>;
}

export const bank: Bank = {
  readAccount: async () => ({ balance: 0 }),
  closeAccount: async (account, why) => `closed ${account}, ${why}`,
  reserveFunds: async (amount) => `${amount} reserved`,
  wire: async ({ to, amount }) => `wired ${amount} to ${to}`,
  importRow: async (row) => `row ${row}`,
  renew: async (contract) => `renewed ${contract}`,
};
