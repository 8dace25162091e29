/** The part of the evidence port that the agent's activities use, kept in memory. The real stores have their own suite. */
import { digestOfText } from '../../domain/text/digest.ts';
import type { EvidenceStore } from '../../evidence/store.ts';

type AgentEvidence = Pick<EvidenceStore, 'content' | 'putContent' | 'hasExecuted' | 'kills'>;

export interface KeptEvidence extends AgentEvidence {
  readonly contents: Map<string, string>;
  /** `agent/action` pairs that were executed. */
  readonly executed: Set<string>;
}

export function keptEvidence(): KeptEvidence {
  const contents = new Map<string, string>();
  const executed = new Set<string>();
  return {
    contents,
    executed,
    content: async (digest) => contents.get(digest),
    putContent: async (text) => {
      const digest = digestOfText(text);
      contents.set(digest, text);
      return digest;
    },
    hasExecuted: async (agentId, actionType) => executed.has(`${agentId}/${actionType}`),
    kills: async () => [],
  };
}

/** A store that can't be reached. */
export function lostEvidence(): AgentEvidence {
  const fail = async (): Promise<never> => {
    throw new Error('the database is gone');
  };
  return { content: fail, putContent: fail, hasExecuted: fail, kills: fail };
}
