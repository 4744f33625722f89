/** The words of one run: how it was asked to stop, how it ended, what was left of it. */

/** How an operating-system process ended. */
export type Exit = { readonly code: number } | { readonly signal: NodeJS.Signals };

/** Why a run is asked to stop. The first reason wins and returns in the run's end. */
export type StopReason = 'killed' | 'timeout' | 'shutdown';

/** Names one process of a machine for ever: a pid alone is given to another process later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
  /** The kernel's name of the time since the machine was started. */
  readonly boot: string;
}

/** A process that belongs to a run and was still there after its main process ended. */
export interface Survivor {
  readonly pid: number;
  readonly command: string;
}

/**
 * How it was proven that nothing of the run is left:
 * `group` its process group is empty · `sweep` nothing in /proc carries its marker, session or
 * parentage · `cgroup` its control group is empty · `kept` the command asked to keep what it
 * left · `abandoned` a function that ignored its signal may still run · `reboot` the machine was
 * started again since, so nothing of it can be alive · `none` nothing was checked.
 */
export type Cleanup = 'group' | 'sweep' | 'cgroup' | 'kept' | 'abandoned' | 'reboot' | 'none';

/** What a run used, when the system could tell. Times are milliseconds, memory is bytes. */
export interface Usage {
  readonly userMs: number;
  readonly systemMs: number;
  /** Absent where it can’t be told from the memory of the process that started it. */
  readonly maxRss?: number;
}

/** What a running process uses now, with all that belongs to it. `cpu` is percent of one core; the rest are bytes. */
export interface Measurement {
  readonly cpu: number;
  readonly rss: number;
  readonly vms: number;
  readonly swap: number;
  /** How many processes that are; absent where it can't be told. */
  readonly processes?: number;
  /** Present when the run has a control group of its own. */
  readonly cgroup?: CgroupUse;
}

/** What the kernel counts for a control group. What it does not say is absent. */
export interface CgroupUse {
  /** Bytes in use now, those of files it read included. */
  readonly memory?: number;
  /** Processor time of all that was ever in it, milliseconds. */
  readonly time?: number;
  /** Processes and threads now. */
  readonly processes?: number;
}
