/**
 * The one module of the command line that starts workers: for `dev`, `worker`, `rehearse`, `setup`, `doctor` and
 * `tools`.
 * Everything else here is a client, and does not wait for the SDK's worker to load: those import it when they act.
 */
export { type HoldpointConfig, workerParts } from '../workers/config.ts';
export { mcpOffer, type OfferedTool } from '../workers/mcp-approval.ts';
export { type Embedded, startEmbedded } from '../workers/embedded.ts';
export { readPolicyFile, readPolicySource } from '../workers/policy-file.ts';
export { type Rehearsal, startRehearsal } from '../workers/rehearsal.ts';
export { diagnose, type Finding } from '../workers/diagnosis.ts';
export { serveWorker } from '../workers/serve.ts';
export {
  callbacksOf,
  namedEvidenceUrl,
  serveSettings,
  tracesSettings,
  inboxSettings,
  trustSettings,
} from '../workers/serve-settings.ts';
export { trustFindings } from '../workers/trust-findings.ts';
export { setUp } from '../workers/set-up.ts';
