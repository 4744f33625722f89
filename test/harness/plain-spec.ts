import type { SpawnSpec } from '../../src/host/launcher.ts';

/** A run of `/bin/true` with nothing but streams, and of it what a test wants otherwise. */
export function plainSpec(parts: Partial<SpawnSpec> = {}): SpawnSpec {
  return {
    program: '/bin/true',
    args: [],
    env: {},
    cwd: '/',
    stdin: { type: 'none' },
    keep: false,
    drainMs: 0,
    output: { directory: '/nowhere', start: 0, keepBytes: 1_000_000, memoryBytes: 64 * 1024 },
    ...parts,
  };
}
