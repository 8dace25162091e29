/** Something the gateway answers, read when the page opens and again whenever it may have changed. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { problemOf } from '../api/gateway.ts';
import type { ProblemSaid } from '../model/problem.ts';
import { useInbox } from './inbox-context.ts';

export interface Loaded<Answer> {
  /** The last that came: it stays while it is read anew. */
  readonly value: Answer | undefined;
  readonly problem: ProblemSaid | undefined;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** `path` undefined: nothing is read. `version`: read again when it is another one. */
export function useLoaded<Answer>(
  path: string | undefined,
  { version = 0, everyMs }: { readonly version?: number; readonly everyMs?: number } = {},
): Loaded<Answer> {
  const { gateway } = useInbox();
  const [state, setState] = useState<Omit<Loaded<Answer>, 'reload'> & { readonly path?: string }>({
    value: undefined,
    problem: undefined,
    isLoading: true,
  });
  const [asked, setAsked] = useState(0);
  const reload = useCallback(() => setAsked((count) => count + 1), []);
  useEffect(() => {
    if (path === undefined) return undefined;
    const reading = new AbortController();
    gateway.read<Answer>(path, reading.signal).then(
      (value) => setState({ path, value, problem: undefined, isLoading: false }),
      (error: unknown) => {
        if (reading.signal.aborted) return;
        const problem = problemOf(error);
        setState((last) => ({
          path,
          value: last.path === path ? last.value : undefined,
          problem,
          isLoading: false,
        }));
      },
    );
    return () => reading.abort();
  }, [gateway, path, version, asked]);
  useRepeated(reload, everyMs);
  const isOther = state.path !== path;
  return isOther
    ? { value: undefined, problem: undefined, isLoading: true, reload }
    : { value: state.value, problem: state.problem, isLoading: state.isLoading, reload };
}

/** While the page is looked at. */
function useRepeated(act: () => void, everyMs: number | undefined): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') latest.current();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
}
