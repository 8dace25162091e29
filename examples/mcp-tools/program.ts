/** The same tools in a program that makes its worker itself: on the Temporal of TEMPORAL_ADDRESS, until it is told to end. */
import { NativeConnection } from '@temporalio/worker';
import { createHoldpointWorker, openMcpTools, openPgliteEvidence } from 'holdpoint/worker';
import config from './holdpoint.config.ts';

const { tools, policy, model, mcpServers: servers = [] } = config;
if (!('confidenceModel' in model) || typeof policy !== 'object') throw new Error('Its own parts');
const [taskQueue = 'notes'] = process.argv.slice(2);
const lockFile = 'examples/mcp-tools/holdpoint.mcp-lock.json';
const connection = await NativeConnection.connect({
  address: process.env['TEMPORAL_ADDRESS'] ?? 'localhost:7233',
});
const evidence = await openPgliteEvidence({});
const parts = { connection, namespace: 'default', taskQueue, evidence, policy, ...model };

// region: program
const mcp = await openMcpTools({ servers, lockFile, warn: console.warn });
const worker = await createHoldpointWorker({ ...parts, tools: [...tools, ...mcp.tools] });
await worker.run();
await mcp.close();
// endregion
await evidence.close();
await connection.close();
