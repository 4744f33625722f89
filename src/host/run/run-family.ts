import type { Cleanup, Survivor, Usage } from '../../protocol/run.ts';
import type { RunKey } from '../launcher.ts';
import { isGroupEmpty, signalGroup } from '../process-group.ts';
import type { ProcessSurvey } from '../process-survey.ts';
import { openFilesOf, type ProcessStat, readProcess } from '../procfs.ts';
import { rememberMembers, sweep, type SweepTarget } from '../sweep.ts';
import type { Clock } from '../../base/clock.ts';
import type { Child } from './child.ts';

/** What the families of one launcher's runs share. */
export interface FamilySurroundings {
  readonly clock: Clock;
  readonly survey: ProcessSurvey;
  /** Whether orphans became children of this process: then an empty group proves nothing. */
  readonly hasOrphans: () => boolean;
  /** Whether the process is the main one of some run. */
  readonly isMain: (pid: number) => boolean;
  /** Whether no other run lived at any time since this one started. */
  readonly wasAlone: (key: RunKey) => boolean;
}

/** How a family came to its end. */
export interface FamilyEnd {
  readonly cleanup: Cleanup;
  readonly survivors: readonly Survivor[];
  readonly usage: Usage | undefined;
  readonly outOfMemory: boolean;
}

/** A look at the family before it is signalled must not hold the signal back for longer: /proc can hang. */
const LOOK_MS = 1_000;

/** How long killed members of the group may take to be gone, before they are looked for one by one. */
const GROUP_GONE_MS = 50;
const GROUP_POLL_MS = 2;

/** All processes of one run: its main process, and whatever descends from it. */
export class RunFamily {
  readonly #key: RunKey;
  readonly #child: Child;
  readonly #around: FamilySurroundings;
  /** Made when somebody is looked for. */
  #seen: Map<number, number> | undefined;
  #target: SweepTarget | undefined;
  #isSuspect = false;
  #usage: Usage | undefined;
  /** Its pid may be another's from now on. */
  #isCollected = false;
  #streams: readonly string[] | undefined;

  constructor(key: RunKey, child: Child, around: FamilySurroundings, seen?: Map<number, number>) {
    this.#key = key;
    this.#child = child;
    this.#around = around;
    this.#seen = seen;
    if (!child.isPinned) this.#members();
  }

  /** The same family, with another main process. */
  under(child: Child): RunFamily {
    const family = new RunFamily(this.#key, child, this.#around, this.#seen);
    family.#isSuspect = this.#isSuspect;
    return family;
  }

  /** It did not end by itself: an empty group is no proof that nothing is left. */
  mustBeLookedFor(): void {
    this.#isSuspect = true;
  }

  /** Notes who belongs to it now, while parentage still tells. */
  async remember(): Promise<void> {
    await Promise.race([rememberMembers(this.#members(), this.#around.survey), this.#pause(LOOK_MS)]);
  }

  /** The main process has ended: ends the others, unless they are to be kept, and says how they are known to be gone. */
  async end(keep: boolean): Promise<FamilyEnd> {
    const { cgroup } = this.#child;
    const { cleanup, survivors } = keep ? { cleanup: 'kept' as const, survivors: [] } : await this.#clear();
    const usage = this.#child.collect() ?? this.#usage;
    const outOfMemory = (await cgroup?.wasOutOfMemory()) ?? false;
    await (keep ? cgroup?.keep() : cgroup?.remove());
    return { cleanup, survivors, usage, outOfMemory };
  }

  async #clear(): Promise<{ cleanup: Cleanup; survivors: readonly Survivor[] }> {
    const { survey, clock, hasOrphans } = this.#around;
    if (this.#child.cgroup !== undefined && (await this.#child.cgroup.kill())) {
      return { cleanup: 'cgroup', survivors: [] };
    }
    const isGone = !this.#isSuspect && (await this.#clearGroup());
    if (isGone && !hasOrphans()) return { cleanup: 'group', survivors: [] };
    const survivors = await sweep(this.#members(), survey, clock);
    return survivors === undefined ? { cleanup: 'none', survivors: [] } : { cleanup: 'sweep', survivors };
  }

  /** Kills what is left of the group. False when it takes too long. */
  async #clearGroup(): Promise<boolean> {
    const { clock } = this.#around;
    const { pid, isPinned } = this.#child;
    if (isPinned) {
      // Nobody else can have this number yet, so it is safe to kill the group without looking.
      signalGroup(pid, 'SIGKILL');
      if (this.#around.hasOrphans()) this.#members();
      this.#usage = this.#child.collect();
      this.#isCollected = true;
    } else if (!isGroupEmpty(pid) && readProcess(pid) === undefined) {
      // The pid is free again: if a process has it, the group of that number is not ours.
      signalGroup(pid, 'SIGKILL');
    }
    const until = clock.monotonic() + GROUP_GONE_MS;
    while (!isGroupEmpty(pid)) {
      if (clock.monotonic() >= until) return false;
      await this.#pause(GROUP_POLL_MS);
    }
    return true;
  }

  /**
   * Its start time is looked up when it is first needed: a child whose pid is pinned has one until it is collected. Then
   * whoever has the pid is another one, which the time 0 is never equal to.
   */
  #members(): SweepTarget {
    const { pid } = this.#child;
    this.#target ??= {
      key: this.#key,
      pid,
      startTime: this.#isCollected ? 0 : (readProcess(pid)?.startTime ?? 0),
      seen: (this.#seen ??= new Map<number, number>()),
      ...(this.#child.isPinned && { claims: (orphan) => this.#claims(orphan) }),
    };
    return this.#target;
  }

  /** One without our marker is ours if it has our streams open, or if there was no other run it could come from. */
  async #claims({ pid }: ProcessStat): Promise<boolean> {
    const { isMain, wasAlone } = this.#around;
    if (isMain(pid)) return false;
    if (wasAlone(this.#key)) return true;
    this.#streams ??= this.#child.streamNames?.() ?? [];
    const open = await openFilesOf(pid);
    return this.#streams.some((name) => open.has(name));
  }

  #pause(ms: number): Promise<undefined> {
    return new Promise((resolve) => {
      this.#around.clock.after(ms, () => {
        resolve(undefined);
      });
    });
  }
}
