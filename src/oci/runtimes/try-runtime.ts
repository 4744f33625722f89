import { chown, mkdir, mkdtemp, rm, symlink, readdir, lstat, readlink } from 'node:fs/promises';
import path from 'node:path';

import { runShortProgram } from '../../host/short-program.ts';
import { errorMessage } from '../../protocol/agent-error.ts';
import { buildRuntimeConfig } from '../spec/build-config.ts';
import type { IdMap } from '../id-map.ts';
import type { ContainerGround } from '../spec/container-plan.ts';
import type { RuntimeMount } from '../spec/runtime-config.ts';
import type { OciRuntime } from '../runtime.ts';
import { MAPPED_ROOT } from './mapped-root.ts';

const TIMEOUT_MS = 20_000;
const MOST_BYTES = 64 * 1024;

/** Directories of a system from which a shell can be run; those that are links stay links. */
const SYSTEM = /^(?:bin|sbin|lib|lib32|lib64|libx32|usr|nix)$/;

/**
 * Makes a container of this machine's own programs, read-only, lets its program run and removes it. Undefined
 * when that works, else why not, as a clause. `directory` is the caller's; what is made in it is removed. With `idMap` its
 * users are others outside.
 */
export async function tryRuntime(
  runtime: OciRuntime,
  ground: ContainerGround,
  directory: string,
  idMap?: IdMap,
): Promise<string | undefined> {
  let bundle: string | undefined;
  const id = `corex-trial-${process.pid}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    bundle = await mkdtemp(path.join(directory, 'trial-'));
    const root = path.join(bundle, 'root');
    await mkdir(root);
    if (idMap !== undefined) await chown(root, idMap.uid, idMap.gid);
    const config = buildRuntimeConfig(
      {
        id,
        root: { path: idMap === undefined ? root : MAPPED_ROOT },
        ...(idMap && { idMap }),
        process: { args: ['/bin/sh', '-c', ':'], env: { PATH: '/usr/bin:/bin' } },
        network: { type: 'none' },
        capabilities: [],
        mounts: await systemMounts(root),
      },
      ground,
    );
    // Its program ends by itself and at once, so no keeper is needed to own it.
    const run = await runtime.createPlan({
      id,
      bundle,
      config,
      startAtOnce: true,
      ...(idMap && { idMap, rootMount: { type: 'none', source: root, options: ['bind'] } }),
    });
    const end = await runShortProgram({ ...run, timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES });
    const why = await runtime.explain(run);
    if (end.type === 'failed') return end.why;
    if (end.type === 'signaled') return `${end.signal} ended ${runtime.name}`;
    if (end.code !== 0) return why?.message ?? `${runtime.name} exited with ${end.code}`;
    return undefined;
  } catch (error) {
    return errorMessage(error);
  } finally {
    await runtime.delete(id, { force: true }).catch(() => undefined);
    if (bundle !== undefined) await rm(bundle, { recursive: true, force: true });
  }
}

async function systemMounts(root: string): Promise<RuntimeMount[]> {
  const mounts: RuntimeMount[] = [];
  for (const name of (await readdir('/')).filter((each) => SYSTEM.test(each))) {
    const source = `/${name}`;
    if ((await lstat(source)).isSymbolicLink()) await symlink(await readlink(source), path.join(root, name));
    else mounts.push({ destination: source, type: 'bind', source, options: ['bind', 'ro', 'nosuid', 'nodev'] });
  }
  return mounts;
}
