/**
 * A setup file. vitest's worker process goes on when vitest itself was killed, and with it every server that a test
 * had started. The channel between the two closes then, so that is when the worker ends, and its servers after it.
 */
process.once('disconnect', () => process.exit(1));
