/** `node dist/examples/openai-agents/demo.js`, with OPENAI_BASE_URL, OPENAI_MODEL and OPENAI_API_KEY. */
import { show } from '../order-desk/show.ts';
import { createAgentWorker } from './worker.ts';

await show(createAgentWorker);
