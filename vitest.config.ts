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
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 15_000,
    setupFiles: ['test/harness/no-leftovers.ts'],
    globalSetup: ['test/harness/fresh-build.ts', 'test/harness/no-leftovers-in-the-suite.ts'],
    allowOnly: process.env['CI'] !== 'true',
  },
});
