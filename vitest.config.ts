import { defineConfig } from 'vitest/config';

const conditions = ['corex-source', 'module', 'node', 'development|production'];

export default defineConfig({
  // `corex`, `corex/client`, … mean the sources: see docs/decisions/0003-the-source-condition.md.
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['corex-source', 'node'] } },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Many tests wait for something most of the time.
    maxWorkers: 3,
    // A worker runs one file after another: a process of its own for each would cost more than most files themselves.
    isolate: false,
    // Deadlines only end what hangs, on however slow a machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 15_000,
    setupFiles: ['test/harness/no-leftovers.ts'],
    globalSetup: ['test/harness/fresh-build.ts', 'test/harness/no-leftovers-in-the-suite.ts'],
    allowOnly: process.env['CI'] !== 'true',
  },
});
