/**
 * workers/: worker processes and what they start with: Temporal found or fetched, connections, bundles, interceptors.
 *
 * May import: activities/, evidence/, domain/; workflows/ by path only. Never: client/, gateway.
 *
 * This file is the package entry `holdpoint/worker`.
 */
export { directoryFrom, trustedKeysFrom } from '../activities/adapters/trust-sources.ts';
export type { Directory, KeySource } from '../activities/trust.ts';
export { openPgliteEvidence } from '../evidence/pglite.ts';
export { openPostgresEvidence } from '../evidence/postgres.ts';
export type { EvidenceReader, EvidenceStore } from '../evidence/store.ts';
export { defineConfig, type HoldpointConfig } from './config.ts';
export { type Embedded, type EmbeddedOptions, startEmbedded } from './embedded.ts';
export { holdpoint, type HoldpointPlugin, type PluginOptions } from './plugin.ts';
export { type McpOptions, type McpTools, openMcpTools } from './mcp.ts';
export { readPolicyFile } from './policy-file.ts';
export {
  type RecoveredRun,
  type RecoveryOptions,
  type RecoveryPass,
  recoverSessions,
  startRecovery,
} from './recovery.ts';
export { ensureSearchAttribute } from './search-attributes.ts';
export { type ServeOptions, type Serving, serveWorker } from './serve.ts';
export { serveSettings, type ServeFlags, type ServeSettings } from './serve-settings.ts';
export { startTemporalServer, type TemporalServer } from './temporal-server.ts';
export {
  bundleWorkflows,
  type CallbackSettings,
  createHoldpointWorker,
  type HoldpointWorkerOptions,
} from './worker.ts';
