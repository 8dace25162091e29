/** Where a session stands in its tree: which agent it runs, and who stands above it. */
import type { Stakes } from '../policy/confidence.ts';

/** The agent behind a tool: a call of it starts a session. */
export interface AgentRef {
  readonly agentId: string;
  /** Left out: the stakes of the session that starts it. */
  readonly stakes?: Stakes;
}

/** Where a sub-agent's session stands in its tree. */
export interface Lineage {
  readonly rootSessionId: string;
  readonly parentSessionId: string;
  /** The agents above it, the root's first. None of them decides at its gates. */
  readonly agentIds: readonly string[];
}

/** Which sessions stand above one, as lists and memos say it; a session that nobody started has none above it. */
export type TreePlace = {
  readonly rootSessionId?: string;
  readonly parentSessionId?: string;
};

export function placeOf(lineage: Lineage | undefined): TreePlace {
  if (lineage === undefined) return {};
  const { rootSessionId, parentSessionId } = lineage;
  return { rootSessionId, parentSessionId };
}
