/** What `process.list` tells of a process of the machine. What can't be read of it is missing. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  /** The program's short name, at most 15 bytes. */
  readonly name: string;
  /** Program and arguments, the first 4096 characters; empty for threads of the kernel and for those that ended. */
  readonly cmdline: string;
  /** `R S D T Z X …`, as the kernel says. */
  readonly state: string;
  /** Clock ticks since boot: with the pid it names the process for ever. */
  readonly start_time: number;
  /** Milliseconds since 1970. */
  readonly createtime?: number | undefined;
  /** Whose rights it has. */
  readonly uid?: number | undefined;
  readonly threads?: number | undefined;
  /** Seconds so far. */
  readonly cpu: { readonly user: number; readonly system: number };
  /** Bytes. */
  readonly rss: number;
  readonly vms: number;
  readonly swap: number;
  /** The live job it belongs to. */
  readonly job?: string | undefined;
  /** Open files. */
  readonly ofd?: number | undefined;
  /** The file it runs. */
  readonly exe?: string | undefined;
  readonly cwd?: string | undefined;
  /** null: no limit. */
  readonly rlimit?: readonly ResourceLimitInfo[] | undefined;
}

export interface ResourceLimitInfo {
  readonly resource: string;
  readonly soft: number | null;
  readonly hard: number | null;
}
