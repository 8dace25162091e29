/**
 * A stream of server-sent events that does not give up. An EventSource tries again by itself after a lost connection, but
 * not after an answer that is a "no": then a new one is opened, later and later.
 */
/** `unreachable`: the gateway answers, and says that Temporal does not. */
export type StreamState = 'connecting' | 'live' | 'lost' | 'unreachable';

export interface StreamHears {
  /** By the name of the event; what is not JSON is passed over. */
  readonly events: Readonly<Record<string, (data: unknown) => void>>;
  readonly state: (state: StreamState) => void;
}

const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 15_000;

/** Returns what closes it. */
export function openStream(path: string, { events, state }: StreamHears): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let retryMs = RETRY_FIRST_MS;
  const open = (): void => {
    source = new EventSource(path);
    source.addEventListener('open', () => {
      retryMs = RETRY_FIRST_MS;
      state('live');
    });
    source.addEventListener('error', () => {
      state('lost');
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(retry);
      retry = setTimeout(open, retryMs);
      retryMs = Math.min(RETRY_MOST_MS, retryMs * 2);
    });
    source.addEventListener('unreachable', (event) => {
      const said = dataOf(event) as { readonly unreachable?: unknown } | undefined;
      state(said?.unreachable === true ? 'unreachable' : 'live');
    });
    for (const [name, hear] of Object.entries(events)) {
      source.addEventListener(name, (event) => {
        const data = dataOf(event);
        if (data !== undefined) hear(data);
      });
    }
  };
  open();
  return () => {
    clearTimeout(retry);
    source?.close();
  };
}

function dataOf(event: Event): unknown {
  if (!(event instanceof MessageEvent) || typeof event.data !== 'string') return undefined;
  try {
    return JSON.parse(event.data);
  } catch {
    return undefined;
  }
}
