import { createHash } from 'node:crypto';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { type Clock, systemClock } from '../../base/clock.ts';
import type { CgroupLimits, RunKey, SpawnFailure } from '../launcher.ts';
import { groupsIn, processesIn, removeGroup, tryToWrite } from './cgroup-directory.ts';
import { ASIDE, type CgroupHost, type CgroupLimit, type CgroupPlace, CGROUP_LIMITS } from './cgroups.ts';
import { KEPT, RunCgroup } from './run-cgroup.ts';

/** Below the control group of the agent: `corex/<owner>/run-<key>`. */
const FAMILY = 'corex';

/** Whether a path, of a directory or as `/proc/<pid>/cgroup` tells it, is that of a run's own control group. */
export function isRunDirectory(path: string): boolean {
  return RUN_DIRECTORY.test(path);
}

const RUN_DIRECTORY = /\/corex\/[^/]+\/run-[^/]+$/;

/** A period of processor time, microseconds: what the kernel takes when nothing is said. */
const CPU_PERIOD = 100_000;

/** Names longer than this, or with other letters, are cut and replaced, and a digest tells them apart. */
const PLAIN_NAME = /^[\w.-]{1,100}$/;
const KEPT_LETTERS = 60;
const DIGEST_LETTERS = 16;

/** Makes the control groups of runs. Those of one `owner` (an agent's data directory, say) lie in one place. */
export class RunCgroups {
  readonly host: CgroupHost;
  readonly #owner: string;
  readonly #clock: Clock;
  /** Names of those made here: they are not stale. */
  readonly #made = new Set<string>();
  #ready: Promise<string | undefined> | undefined;

  constructor(host: CgroupHost, owner: string, clock: Clock = systemClock) {
    this.host = host;
    this.#owner = plainName(owner);
    this.#clock = clock;
  }

  /** A control group for a run, with its limits, without processes yet. Why there is none is a value. */
  async create(key: RunKey, limits: CgroupLimits): Promise<RunCgroup | SpawnFailure> {
    const { tracking } = this.host;
    if (tracking === undefined) return notAble(`Cannot make a control group: ${this.#why()}`);
    const asked = askedLimits(limits);
    const missing = asked.filter((name) => this.host.limits[name] === undefined);
    if (missing.length > 0) return notAble(`Cannot limit ${missing.join(', ')}: ${this.#why()}`);
    const trouble = await this.#prepare();
    if (trouble !== undefined && asked.some((name) => this.host.limits[name]?.version === 2)) return notAble(trouble);
    const name = `run-${plainName(key)}`;
    this.#made.add(name);
    const below = (place: CgroupPlace): CgroupPlace => ({
      version: place.version,
      directory: path.join(this.#base(place), name),
    });
    const places = asked.flatMap((name) => {
      const place = this.host.limits[name];
      return place === undefined ? [] : [[name, below(place)] as const];
    });
    const made = new RunCgroup({ tracking: below(tracking), limits: Object.fromEntries(places) }, this.#clock);
    try {
      await mkdir(below(tracking).directory, { recursive: true });
      for (const [name, place] of places) {
        await mkdir(place.directory, { recursive: true });
        await setLimit(name, place, limits);
      }
      return made;
    } catch (error) {
      await made.remove();
      return refusal(error);
    }
  }

  /**
   * Ends and removes what earlier owners of the same name left: nobody knows those runs any more. What
   * a command asked to keep is left alone.
   */
  async removeStale(): Promise<void> {
    const { tracking, limits } = this.host;
    if (tracking === undefined) return;
    for (const name of await this.#strangersIn(tracking)) {
      const directory = path.join(this.#base(tracking), name);
      const group = new RunCgroup({ tracking: { version: tracking.version, directory }, limits: {} }, this.#clock);
      const isKept = (await groupsIn(directory)).includes(KEPT) && (await processesIn(directory)).length > 0;
      if (isKept) continue;
      await group.kill();
      await group.remove();
    }
    for (const place of Object.values(limits)) {
      for (const name of await this.#strangersIn(place)) await removeGroup(path.join(this.#base(place), name));
    }
  }

  async #strangersIn(place: CgroupPlace): Promise<string[]> {
    return (await groupsIn(this.#base(place))).filter((name) => !this.#made.has(name));
  }

  /** Removes what was made here and is without processes. To be called when no run is being started any more. */
  async close(): Promise<void> {
    const { tracking, limits } = this.host;
    const all = [...(tracking === undefined ? [] : [tracking]), ...Object.values(limits)];
    for (const base of new Set(all.map((place) => this.#base(place)))) {
      for (const name of (await groupsIn(base)).filter((found) => this.#made.has(found))) {
        const directory = path.join(base, name);
        if ((await processesIn(directory)).length === 0) await removeGroup(directory);
      }
      // Others may be making theirs just now, so nothing is removed but what is empty.
      await rmdir(base).catch(() => undefined);
      await rmdir(path.dirname(base)).catch(() => undefined);
    }
  }

  #base({ directory }: CgroupPlace): string {
    return path.join(directory, FAMILY, this.#owner);
  }

  /** Hands controllers of version 2 down to where runs are. Resolves to what went wrong. */
  #prepare(): Promise<string | undefined> {
    this.#ready ??= this.#handDown();
    return this.#ready;
  }

  async #handDown(): Promise<string | undefined> {
    const names = CGROUP_LIMITS.filter((name) => this.host.limits[name]?.version === 2);
    const place = names.map((name) => this.host.limits[name]).find((found) => found !== undefined);
    if (place === undefined) return undefined;
    try {
      if (this.host.mustStepAside) await stepAside(place.directory);
      await mkdir(this.#base(place), { recursive: true });
    } catch (error) {
      return `Cannot use control groups: ${messageOf(error)}`;
    }
    const enabled = names.map((name) => `+${name}`).join(' ');
    for (const directory of [place.directory, path.dirname(this.#base(place)), this.#base(place)]) {
      if (!(await tryToWrite(directory, 'cgroup.subtree_control', enabled))) {
        return `Cannot limit ${names.join(', ')}: the system does not let ${directory} hand it down`;
      }
    }
    return undefined;
  }

  #why(): string {
    return this.host.troubles.join('; ');
  }
}

function plainName(text: string): string {
  if (PLAIN_NAME.test(text)) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LETTERS);
  return `${text.slice(-KEPT_LETTERS).replaceAll(/[^\w.-]/g, '-')}-${digest}`;
}

function askedLimits({ memoryBytes, cpus, pids }: CgroupLimits): CgroupLimit[] {
  const asked = { memory: memoryBytes, cpu: cpus, pids };
  return CGROUP_LIMITS.filter((name) => asked[name] !== undefined);
}

/** Every process that is in the control group itself: this one, and the agent that started it. */
async function stepAside(directory: string): Promise<void> {
  const aside = path.join(directory, ASIDE);
  await mkdir(aside, { recursive: true });
  for (const pid of await processesIn(directory)) {
    if (pid === process.pid || pid === process.ppid) await writeFile(path.join(aside, 'cgroup.procs'), String(pid));
  }
}

async function setLimit(name: CgroupLimit, { version, directory }: CgroupPlace, limits: CgroupLimits): Promise<void> {
  const set = async (file: string, value: string): Promise<void> => {
    await writeFile(path.join(directory, file), value);
  };
  const { memoryBytes = 0, cpus = 0, pids = 0 } = limits;
  const quota = String(Math.round(cpus * CPU_PERIOD));
  switch (name) {
    case 'memory':
      await set(version === 2 ? 'memory.max' : 'memory.limit_in_bytes', String(memoryBytes));
      // Where swap isn't counted these are missing.
      if (version === 2) await tryToWrite(directory, 'memory.swap.max', '0');
      else await tryToWrite(directory, 'memory.memsw.limit_in_bytes', String(memoryBytes));
      return;
    case 'cpu':
      if (version === 2) {
        await set('cpu.max', `${quota} ${String(CPU_PERIOD)}`);
      } else {
        await set('cpu.cfs_period_us', String(CPU_PERIOD));
        await set('cpu.cfs_quota_us', quota);
      }
      return;
    case 'pids':
      await set('pids.max', String(pids));
  }
}

function refusal(error: unknown): SpawnFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = `Cannot make a control group: ${messageOf(error)}`;
  if (code === 'ENOSPC' || code === 'EAGAIN' || code === 'ENOMEM') {
    return { type: 'failed', failure: 'no-resources', message };
  }
  return code === 'EINVAL' || code === 'ERANGE'
    ? { type: 'failed', failure: 'bad-arguments', message }
    : notAble(message);
}

function notAble(message: string): SpawnFailure {
  return { type: 'failed', failure: 'not-able', message };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
