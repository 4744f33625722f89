/** Files by which people and clients find a running agent. */
import { rmSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { DATA_ENTRIES } from './data-dir.ts';
import type { DataPaths } from './data-dir.ts';

/** Writes `agent.pid` and `endpoints`; disposing removes them. */
export async function announce(paths: DataPaths, endpoints: readonly string[]): Promise<Disposable> {
  await replaceFile(paths.agentPid, `${process.pid}\n`, DATA_ENTRIES.agentPid.mode);
  await replaceFile(paths.endpoints, endpoints.map((url) => `${url}\n`).join(''), DATA_ENTRIES.endpoints.mode);
  return {
    [Symbol.dispose]: () => {
      rmSync(paths.endpoints, { force: true });
      rmSync(paths.agentPid, { force: true });
    },
  };
}

/** Readers see the old content or the new, never half. */
async function replaceFile(file: string, content: string, mode: number): Promise<void> {
  const fresh = `${file}.${process.pid}.new`;
  await writeFile(fresh, content, { mode });
  await rename(fresh, file);
}
