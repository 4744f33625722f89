import { readFile } from 'node:fs/promises';

import { type Clock, systemClock } from '../../base/clock.ts';
import { inTime } from '../../base/in-time.ts';
import type { Abilities, CgroupLimits, RunKey, SpawnFailure, SpawnSpec } from '../launcher.ts';
import { detectCgroups, NO_CGROUPS } from './cgroups.ts';
import { type ExecPrefix, execPrefix } from './exec-prefix.ts';
import type { RunCgroup } from './run-cgroup.ts';
import { RunCgroups } from './run-cgroups.ts';
import { type ConfineTools, findConfineTools } from './tools.ts';
import { type BoundingPower, boundingPower } from './unprivileged.ts';

/** What to start in place of the program. */
export interface Confined extends ExecPrefix {
  /** Joined by the prefix; to be removed when nothing could be started. */
  readonly cgroup: RunCgroup | undefined;
}

/** A file system that does not answer must keep nothing else waiting, milliseconds. */
const ANSWER_MS = 2_000;
const SILENT = 'the file system of control groups does not answer';

/** Confines the programs of one launcher, by what this machine has for it. */
export class Confiner {
  readonly abilities: Pick<Abilities, 'user' | 'limits' | 'cgroup' | 'unprivileged'>;
  readonly #tools: ConfineTools;
  readonly #mayBound: boolean;
  readonly #cgroups: RunCgroups;

  readonly #clock: Clock;

  private constructor(tools: ConfineTools, cgroups: RunCgroups, power: BoundingPower, clock: Clock) {
    this.#clock = clock;
    this.#mayBound = power.mayBound;
    const { sh, env, nice, prlimit, setpriv } = tools;
    const hasChain = sh !== undefined && env !== undefined;
    this.#tools = tools;
    this.#cgroups = cgroups;
    this.abilities = {
      user: hasChain && setpriv !== undefined && process.geteuid?.() === 0,
      limits: hasChain && nice !== undefined && prlimit !== undefined && setpriv !== undefined,
      cgroup: hasChain && cgroups.host.tracking !== undefined,
      unprivileged: hasChain && setpriv !== undefined && power.canBound,
    };
  }

  /**
   * Looks at the machine. `owner` names whose runs these are, such as a data directory: control groups
   * of the same owner that are found belong to runs nobody knows any more.
   */
  static async open(owner: string, clock: Clock = systemClock): Promise<Confiner> {
    const none = { ...NO_CGROUPS, troubles: [SILENT] };
    const [tools, host, status] = await Promise.all([
      findConfineTools(),
      inTime(clock, ANSWER_MS, detectCgroups(), none),
      readFile('/proc/self/status', 'utf8').catch(() => ''),
    ]);
    return new Confiner(tools, new RunCgroups(host, owner, clock), boundingPower(status), clock);
  }

  /**
   * How to start a run's program as its spec asks; undefined when it asks for nothing and the program is
   * started as it is. `env` is its whole environment. The pipe given to the started process as fd 3 says
   * how that went: see `parsePrefixStatus()`.
   */
  async confine(
    key: RunKey,
    spec: SpawnSpec,
    env: Readonly<Record<string, string>>,
  ): Promise<Confined | SpawnFailure | undefined> {
    const cgroup = spec.cgroup === undefined ? undefined : await this.#makeCgroup(key, spec.cgroup);
    if (cgroup !== undefined && 'type' in cgroup) return cgroup;
    const prefix = execPrefix(spec, env, cgroup?.procsFiles ?? [], this.#tools, this.#mayBound);
    if (prefix === undefined) return undefined;
    if (!('missing' in prefix)) return { ...prefix, cgroup };
    await cgroup?.remove();
    const message = `Cannot confine the program: this machine has no ${prefix.missing.join(', ')}`;
    return { type: 'failed', failure: 'not-able', message };
  }

  async #makeCgroup(key: RunKey, limits: CgroupLimits): Promise<RunCgroup | SpawnFailure> {
    const message = `Cannot make a control group: ${SILENT}`;
    const late = { type: 'failed', failure: 'no-resources', message } as const;
    return await inTime(this.#clock, ANSWER_MS, this.#cgroups.create(key, limits), late);
  }

  /** Ends what runs of earlier owners left in control groups. May take as long as their processes do. */
  async removeStale(): Promise<void> {
    await this.#cgroups.removeStale();
  }

  /** Removes the place of the runs' control groups, unless some are left. */
  async close(): Promise<void> {
    await this.#cgroups.close();
  }
}
