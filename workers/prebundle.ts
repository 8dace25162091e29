/** A step of the build: writes the file that `own-bundle.ts` reads. */
import { writeFile } from 'node:fs/promises';
import { ownBundlePath } from './own-bundle.ts';
import { bundleWorkflows } from './worker.ts';

const { code } = await bundleWorkflows();
await writeFile(ownBundlePath(), code);
