/** What the plugin says to the workflows of a bundle. */
import type { Stakes } from '../policy/confidence.ts';
import type { Policy } from '../policy/policy.ts';

export interface HostSettings {
  /** Says which calls are held. A run takes the worker's, and pins it, when it first holds one. */
  readonly policy: Policy;
  /** Default: the workflow's type. */
  readonly agentId?: string;
  readonly stakes: Stakes;
}
