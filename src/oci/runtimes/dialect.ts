import type { RuntimeName } from '../runtime.ts';

/** Where runtimes differ. Everything else both take in the same way. */
export interface Dialect {
  readonly name: RuntimeName;
  /** Options that stand before every command. */
  readonly options: readonly string[];
}

export const DIALECTS: Readonly<Record<RuntimeName, Dialect>> = {
  runc: { name: 'runc', options: [] },
  crun: { name: 'crun', options: ['--cgroup-manager=cgroupfs'] },
};
