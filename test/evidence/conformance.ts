/** What every database under the port of evidence/store.ts has to do. One function per subject, one file each. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { EvidenceStore } from '../../evidence/store.ts';
import { contentBehaviour } from './content-behaviour.ts';
import { eventBehaviour } from './event-behaviour.ts';
import { killBehaviour } from './kill-behaviour.ts';
import { figuresBehaviour } from './figures-behaviour.ts';
import { ledgerBehaviour } from './ledger-behaviour.ts';
import { ledgerModelBehaviour } from './ledger-model-behaviour.ts';
import { measurement } from './measurement.ts';
import { reservationBehaviour } from './reservation-behaviour.ts';

export interface Adapter {
  readonly name: string;
  readonly open: () => Promise<EvidenceStore>;
  /** Ends what `open` needed beside the store. */
  readonly close: () => Promise<void>;
}

/** Gives the store that is open while a test runs. */
export type Opened = () => EvidenceStore;

export function conformance({ name, open, close }: Adapter): void {
  describe(`the evidence store on ${name}`, () => {
    let store: EvidenceStore | undefined;
    const opened: Opened = () => {
      if (store === undefined) throw new Error('The store is opened before the first test.');
      return store;
    };
    beforeAll(async () => {
      store = await open();
    }, 60_000);
    afterAll(async () => {
      await store?.close();
      await close();
    });

    describe('events', () => eventBehaviour(opened));
    describe('ledger', () => ledgerBehaviour(opened));
    describe('reservations', () => reservationBehaviour(opened));
    describe('kill switch', () => killBehaviour(opened));
    describe('ledger against its model', () => ledgerModelBehaviour(opened));
    describe('contents and late decisions', () => contentBehaviour(opened));
    describe('figures', () => figuresBehaviour(opened));
    describe('time', () => measurement(name, opened));
  });
}
