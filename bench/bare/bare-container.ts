import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { programPath } from '../../test/harness/program-path.ts';
import type { RuntimeConfig } from '../../src/oci/spec/runtime-config.ts';
import { makeTinyRoot } from '../../test/harness/tiny-root.ts';
import type { Stage } from '../stage.ts';

/**
 * Makes containers by `runc run` alone, of a configuration that the agent wrote: with a directory as their root and the users
 * of the machine, which is as much as runc has to do by itself.
 */
export class BareContainer {
  readonly #root: string;
  readonly #bundle: string;
  #count = 0;

  constructor(stage: Stage, configFile: string) {
    this.#root = stage.fresh('runc');
    this.#bundle = stage.fresh('bundle');
    mkdirSync(this.#bundle);
    const config = plain(JSON.parse(readFileSync(configFile, 'utf8')) as RuntimeConfig, stage.fresh('bare-root'));
    writeFileSync(path.join(this.#bundle, 'config.json'), JSON.stringify(config));
  }

  /** Milliseconds from the start of runc until the first byte of its program, which is ended then. */
  async firstOutput(): Promise<number> {
    const id = `bare-${(this.#count += 1)}`;
    const began = performance.now();
    const child = spawn(programPath('runc'), ['--root', this.#root, 'run', '--bundle', this.#bundle, id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), gone]);
    const took = performance.now() - began;
    if (child.exitCode !== null) throw new Error(`runc ended with ${String(child.exitCode)}`);
    await promisify(execFile)(programPath('runc'), ['--root', this.#root, 'kill', id, 'KILL']);
    await gone;
    return took;
  }
}

function plain(config: RuntimeConfig, root: string): object {
  const { uidMappings: _users, gidMappings: _groups, namespaces, ...linux } = config.linux;
  return {
    ...config,
    root: { ...config.root, path: makeTinyRoot(root) },
    mounts: config.mounts.filter(({ destination }) => destination !== '/'),
    linux: { ...linux, namespaces: namespaces.filter(({ type }) => type !== 'user') },
  };
}
