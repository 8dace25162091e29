/** What `holdpoint dev` and `holdpoint worker` run. */
/* oxlint-disable import/no-default-export -- what the command line loads */
import { defineConfig } from 'holdpoint/worker';
import { confidenceModel, model, tools } from './desk.ts';
import { deskPolicy } from './policy.ts';

// region: config
export default defineConfig({
  tools,
  policy: deskPolicy(),
  keys: 'trusted-keys.json',
  model: { model, confidenceModel },
});
// endregion
