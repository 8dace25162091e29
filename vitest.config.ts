import { defineConfig } from 'vitest/config';

const SERVER = {
  globalSetup: ['test/support/build.ts', 'test/support/temporal.ts'],
  setupFiles: ['test/support/test-process.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    // Tests wait for the server more than they compute: two files at a time also on one core.
    maxWorkers: 2,
    projects: [
      // Pure: under a second each, no server. `npm run check` runs these.
      {
        test: {
          name: 'domain',
          include: ['test/{domain,inbox,tidy}/**/*.test.ts'],
          exclude: ['test/inbox/browser/**'],
          isolate: false,
          testTimeout: 30_000,
        },
      },
      // Needs Temporal, databases, processes.
      {
        test: {
          name: 'server',
          include: [
            'test/inbox/browser/**/*.test.ts',
            'test/{activities,attack,bench,cli,client,conformance,deploy,evidence,examples,gateway,plugin,support,workers,workflows}/**/*.test.ts',
          ],
          // Loading the SDK takes seconds: a process does it once, not for each file.
          isolate: false,
          ...SERVER,
        },
      },
    ],
  },
});
