import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { type Clock, systemClock } from '../../base/clock.ts';
import { inTime } from '../../base/in-time.ts';
import type { ChildCgroup } from '../run/child.ts';
import { processesIn, readKernelFile, readKernelNumber, removeGroup, tryToWrite } from './cgroup-directory.ts';
import type { CgroupLimit, CgroupPlace } from './cgroups.ts';

/** The control group of one run in each hierarchy it is in. */
export interface CgroupPlaces {
  readonly tracking: CgroupPlace;
  readonly limits: Readonly<Partial<Record<CgroupLimit, CgroupPlace>>>;
}

/** Whoever hangs in the kernel for longer than this is named as a survivor. */
const KILL_MS = 5_000;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 20;

/** The memory of a process that has just ended may take this long to be let go of. */
const REMOVE_MS = 500;

/** A control group below a run's own says by its name that the run's processes are to be left alone. */
export const KEPT = 'kept';

/** A file system that does not answer must not keep a run from ending, milliseconds. */
const ANSWER_MS = 2_000;

/** The control groups that hold all processes of one run, and nothing else. Nothing here rejects, or waits for ever. */
export class RunCgroup implements ChildCgroup {
  /** Whoever writes 0 to all of these is in it. */
  readonly procsFiles: readonly string[];
  readonly #tracking: CgroupPlace;
  readonly #memory: CgroupPlace | undefined;
  readonly #directories: readonly string[];
  readonly #clock: Clock;

  constructor({ tracking, limits }: CgroupPlaces, clock: Clock = systemClock) {
    this.#tracking = tracking;
    this.#memory = limits.memory;
    this.#directories = [...new Set([tracking, ...Object.values(limits)].map(({ directory }) => directory))];
    this.procsFiles = this.#directories.map((directory) => path.join(directory, 'cgroup.procs'));
    this.#clock = clock;
  }

  /** Its processes; those that have ended are not among them. */
  async pids(): Promise<number[]> {
    return await processesIn(this.#tracking.directory);
  }

  async isEmpty(): Promise<boolean> {
    const { version, directory } = this.#tracking;
    if (version === 2) return (await readKernelNumber(directory, 'cgroup.events', 'populated')) === 0;
    return (await this.pids()).length === 0;
  }

  /** Kills everything in it, however fast it forks. Resolves to whether nothing is left. */
  async kill(): Promise<boolean> {
    return await inTime(this.#clock, KILL_MS + ANSWER_MS, this.#kill(), false);
  }

  async #kill(): Promise<boolean> {
    const isOver = this.#deadline(KILL_MS);
    const isKilled = await tryToWrite(this.#tracking.directory, 'cgroup.kill', '1');
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (await this.isEmpty()) return true;
      if (isOver()) return false;
      if (!isKilled) await this.#killFrozen();
      await this.#pause(pauseMs);
    }
  }

  /** Whether the kernel ended a process in it because the memory it may use was full. */
  async wasOutOfMemory(): Promise<boolean> {
    if (this.#memory === undefined) return false;
    const { version, directory } = this.#memory;
    const file = version === 2 ? 'memory.events' : 'memory.oom_control';
    return (await inTime(this.#clock, ANSWER_MS, readKernelNumber(directory, file, 'oom_kill'), 0)) > 0;
  }

  /** Its processes outlive the run; who cleans up later leaves them alone. */
  async keep(): Promise<void> {
    await inTime(this.#clock, ANSWER_MS, this.#keep(), undefined);
  }

  async #keep(): Promise<void> {
    if (await this.isEmpty()) await this.#remove();
    else await mkdir(path.join(this.#tracking.directory, KEPT)).catch(() => undefined);
  }

  /** Removes it; while a process is in it, it stays and is removed at the next start. */
  async remove(): Promise<void> {
    await inTime(this.#clock, REMOVE_MS + ANSWER_MS, this.#remove(), undefined);
  }

  async #remove(): Promise<void> {
    const isOver = this.#deadline(REMOVE_MS);
    for (const directory of this.#directories) {
      while (!(await removeGroup(directory)) && !isOver()) await this.#pause(LONGEST_PAUSE_MS);
    }
  }

  /** What stands still can't fork; where it can't be made to, the caller comes again until none is left. */
  async #killFrozen(): Promise<void> {
    const { version, directory } = this.#tracking;
    const [file, freeze, thaw] =
      version === 2 ? (['cgroup.freeze', '1', '0'] as const) : (['freezer.state', 'FROZEN', 'THAWED'] as const);
    if (await tryToWrite(directory, file, freeze)) await this.#isFrozen();
    for (const pid of await this.pids()) kill(pid);
    await tryToWrite(directory, file, thaw);
  }

  async #isFrozen(): Promise<void> {
    const { version, directory } = this.#tracking;
    const isOver = this.#deadline(LONGEST_PAUSE_MS);
    const look = async (): Promise<boolean> =>
      version === 2
        ? (await readKernelNumber(directory, 'cgroup.events', 'frozen')) === 1
        : (await readKernelFile(directory, 'freezer.state')).trim() === 'FROZEN';
    while (!(await look()) && !isOver()) await this.#pause(FIRST_PAUSE_MS);
  }

  #deadline(ms: number): () => boolean {
    const until = this.#clock.monotonic() + ms;
    return () => this.#clock.monotonic() >= until;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
