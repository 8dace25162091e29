/**
 * A hand on an evidence store: calls of one method wait until the test lets them go, so that a moment which lasts a
 * millisecond lasts as long as a test needs. What the calls do is the real store's doing.
 */
import type { EvidenceStore } from '../../evidence/store.ts';

type Method = keyof EvidenceStore;

export interface Hold {
  /** Resolves when the first call waits. */
  readonly reached: Promise<void>;
  /** Lets waiting calls go, and all that come. */
  readonly release: () => void;
}

export interface Hand {
  readonly on: (store: EvidenceStore) => EvidenceStore;
  readonly hold: (method: Method) => Hold;
}

export function createHand(): Hand {
  const holds = new Map<
    unknown,
    { readonly reach: () => void; readonly released: Promise<void> }
  >();
  const on = (store: EvidenceStore): EvidenceStore =>
    new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          const hold = holds.get(name);
          hold?.reach();
          await hold?.released;
          return Reflect.apply(method, target, args) as unknown;
        };
      },
    });
  const hold = (method: Method): Hold => {
    const [reached, reach] = opened();
    const [released, release] = opened();
    holds.set(method, { reach, released });
    return {
      reached,
      release: () => {
        holds.delete(method);
        release();
      },
    };
  };
  return { on, hold };
}

function opened(): [Promise<void>, () => void] {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [promise, () => open()];
}
