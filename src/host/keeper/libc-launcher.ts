import { writeFileSync } from 'node:fs';

import { type Clock, systemClock } from '../../base/clock.ts';
import type { Measurement } from '../../protocol/run.ts';
import { type RunKey, RUN_MARKER, type SpawnFailure, type SpawnSpec } from '../launcher.ts';
import type { Child } from '../run/child.ts';
import { LocalLauncher } from '../run/local-launcher.ts';
import { refuseArguments } from '../spawn-arguments.ts';
import { explainSpawnError } from '../spawn-error.ts';
import { makeChildFiles } from './child-files.ts';
import { ChildTable } from './child-table.ts';
import { correctFileLimit } from './file-room.ts';
import { becomeSubreaper, hasOrphans, spawnProcess } from './libc.ts';
import { LibcChild } from './libc-child.ts';
import { SpawnGate } from './spawn-gate.ts';

/** When memory is short the system should end a job rather than the keeper or the agent. */
const OOM_SCORE = 200;

/**
 * Runs processes as children of this process by libc's own means, which block nothing and see everything: for a process
 * that does nothing else. Nothing in it may wait for children in another way, or ends are lost: Node's `child_process`
 * is not to be loaded beside it.
 */
export class LibcLauncher extends LocalLauncher {
  readonly #table = new ChildTable();
  readonly #gate = new SpawnGate();

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    const reapsOrphans = becomeSubreaper();
    super({
      clock,
      abilities: {
        survives: true,
        reapsOrphans,
        pty: true,
        cgroup: false,
        user: process.geteuid?.() === 0,
        limits: false,
        stdoutIsPipe: true,
      },
      hasOrphans,
    });
  }

  /** Processes are measured from outside, by pid. */
  measure(_key: RunKey): Promise<Measurement | undefined> {
    return Promise.resolve(undefined);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#table.close();
  }

  protected async startChild(key: RunKey, spec: SpawnSpec): Promise<Child | SpawnFailure> {
    const { program, args, cwd } = spec;
    const request = { name: program, args, env: { ...spec.env, [RUN_MARKER]: key }, cwd };
    const refused = refuseArguments(request);
    if (refused !== undefined) return refused;
    using _place = await this.#gate.enter();
    const files = makeChildFiles(spec);
    if (typeof files === 'string') return await explainSpawnError(files, request);
    using _expected = this.#table.expect();
    const pid = await spawnProcess({
      program,
      argv: [program, ...args],
      environment: Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
      cwd,
      files: files.theirs,
    });
    files.closeTheirs();
    if (typeof pid === 'string') {
      files.closeOurs();
      return await explainSpawnError(pid, request);
    }
    correctFileLimit(pid);
    preferToEnd(pid);
    return new LibcChild(pid, files.open(), this.#table);
  }
}

/** Nothing of the file system is touched by this, so it doesn't block. */
function preferToEnd(pid: number): void {
  try {
    writeFileSync(`/proc/${String(pid)}/oom_score_adj`, String(OOM_SCORE));
  } catch {
    // It has ended already, or the system keeps no score.
  }
}
