/**
 * The port to whatever owns processes.
 *
 * It is data only and asynchronous, never a stream or a child object, so that a run may live in
 * this process, in the keeper, or have been started by an agent that is dead.
 *
 * ```
 *            spawn                main process ends         outcome is stored
 *   (none) ────────▶ running ───────────────────────▶ ended ────────────────▶ (forgotten)
 *                      │  stop, deadline: TERM → grace → KILL → leftovers │
 *                      └──────────────────────────────────────────────────┘
 * ```
 */
import type { Cleanup, Exit, Measurement, StopReason, Survivor, Usage } from '../protocol/run.ts';
import type { OutputSlice } from '../protocol/output.ts';
import type { Capability } from './confine/capabilities.ts';
import type { ResourceLimits } from './confine/resource-limits.ts';

/** Names one run of one job for ever: `<job uid>.<run number>`. Never used twice. */
export type RunKey = `${string}.${number}`;

/** What this launcher can do on this machine. Asking for what it can't is a {@link SpawnFailure}. */
export interface Abilities {
  /** Runs go on when the agent dies. */
  readonly survives: boolean;
  /** Orphans of its runs become its children, so nothing leaves by double fork. */
  readonly reapsOrphans: boolean;
  readonly pty: boolean;
  /** Runs can have a control group of their own. Which limits it takes depends on the machine. */
  readonly cgroup: boolean;
  /** Programs can run as another user. */
  readonly user: boolean;
  /** Resource limits, niceness, capabilities and no-new-privileges can be set. */
  readonly limits: boolean;
  /** Standard output is a pipe, so that a child can open `/dev/stdout` again. */
  readonly stdoutIsPipe: boolean;
  /** Texts can be kept out of the output. */
  readonly redaction: boolean;
  /** Programs can be kept from the rights that {@link SpawnSpec.unprivileged} leaves out. */
  readonly unprivileged: boolean;
}

/** Where a run's output goes and how much of it is kept. */
export interface OutputSpec {
  /** The job's own folder for segment files; made when the first byte has to leave memory. */
  readonly directory: string;
  /** Position of the run's first byte in the job's output log. */
  readonly start: number;
  /** Bytes of this job's output that may be kept; the oldest are dropped with a gap. */
  readonly keepBytes: number;
  /** Output up to this many bytes stays in memory until the run is forgotten: no file. */
  readonly memoryBytes: number;
}

export type StdinSpec =
  | { readonly type: 'none' }
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** Stays open for {@link Launcher.writeStdin}; `bytes`, if any, are offset 0 onward. */
  | { readonly type: 'stream'; readonly bytes?: Uint8Array };

/** What all processes of a run may use together. */
export interface CgroupLimits {
  /** Swap included, where the machine can tell. */
  readonly memoryBytes?: number;
  /** Processors' worth of time; fractions allowed. */
  readonly cpus?: number;
  /** Processes and threads. */
  readonly pids?: number;
}

/** Everything needed to start a run, resolved: the launcher has no opinion of its own. */
export interface SpawnSpec {
  /** Absolute path of the program. No search path and no shell is consulted. */
  readonly program: string;
  /** Arguments after the program's own name. */
  readonly args: readonly string[];
  /** The whole environment of the child; nothing is added but the run's marker. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: StdinSpec;
  readonly pty?: { readonly columns: number; readonly rows: number };
  /** The run is stopped with reason `timeout` this long after it started. */
  readonly deadline?: { readonly afterMs: number; readonly graceMs: number };
  /** Leave processes alive that outlive the main process. */
  readonly keep: boolean;
  /** How long after the main process's end its output may still arrive. */
  readonly drainMs: number;
  readonly output: OutputSpec;
  /** Who the program runs as. Supplementary groups are those named, and no others. */
  readonly user?: { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] };
  /** Who may open its standard streams again, beside root. Pipes only; @default the one of `user` */
  readonly streamOwner?: { readonly uid: number; readonly gid: number };
  readonly limits?: ResourceLimits;
  /** -20 (first served) to 19. */
  readonly niceness?: number;
  /** All capabilities that the program and its children can ever have; the others are gone for good. */
  readonly capabilities?: readonly Capability[];
  /** Nothing the program executes gives it more rights: no set-user-id, no file capabilities. */
  readonly noNewPrivileges?: boolean;
  /** Whatever else is asked for, the program and its children never have more than `UNPRIVILEGED_CAPABILITIES`, and nothing gives them more rights. */
  readonly unprivileged?: boolean;
  /** A control group of its own, joined before the program starts, with these limits or none. */
  readonly cgroup?: CgroupLimits;
  /** The program is a helper: when it exits 0, the run goes on as the process whose pid is in the file, if it left that one to this launcher. */
  readonly mainPid?: {
    readonly file: string;
    /**
     * Control group that the helper puts that process into, by its path below or beside the launcher's own. Of a process that
     * was killed it is told whether the memory of this group had been full.
     */
    readonly group?: string;
  };
  /** Texts that must not be seen in its output: `[redacted]` stands in their place. None is empty. */
  readonly redact?: readonly string[];
}

/** Environment variable that carries the {@link RunKey} into every process of a run. */
export const RUN_MARKER = 'COREX_RUN';

export interface Started {
  readonly type: 'started';
  readonly pid: number;
  /** Wall clock, milliseconds. */
  readonly startedAt: number;
}

/** Why nothing was started. A value, not an exception. */
export interface SpawnFailure {
  readonly type: 'failed';
  readonly failure:
    | 'no-such-program'
    | 'not-executable'
    | 'bad-interpreter'
    | 'bad-directory'
    | 'bad-arguments'
    | 'no-secret'
    | 'no-resources'
    | 'not-able';
  readonly message: string;
}

/** How a run ended, kept until {@link Launcher.forget}. */
export interface ExitRecord {
  readonly exit: Exit;
  /** Present when the run was asked to stop before it ended. */
  readonly stop?: { readonly reason: StopReason; readonly at: number };
  readonly pid: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Monotonic, milliseconds. */
  readonly durationMs: number;
  /** Position after the run's last byte. */
  readonly outputEnd: number;
  /** Bytes of this run that a limit dropped. */
  readonly outputDropped: number;
  /** Whether this run's output has segment files; if not, its bytes live in memory until forget. */
  readonly outputOnDisk: boolean;
  /** Something still held the output open when the drain time was over. */
  readonly outputOpen: boolean;
  readonly outOfMemory: boolean;
  readonly survivors: readonly Survivor[];
  readonly cleanup: Cleanup;
  readonly usage?: Usage;
}

/** A run the launcher still knows: running, or ended and not forgotten. */
export interface RunSnapshot {
  readonly key: RunKey;
  readonly pid: number;
  readonly startedAt: number;
  readonly outputStart: number;
  readonly outputEnd: number;
  readonly stdinOffset: number;
  readonly exit?: ExitRecord;
}

export type LauncherEvent =
  /** Comes again, with another pid, when the run goes on as the process its helper left. */
  | { readonly type: 'started'; readonly key: RunKey; readonly started: Started }
  /** The output log now ends at `end`. Coalesced: at most one per run and turn of the loop. */
  | { readonly type: 'grew'; readonly key: RunKey; readonly end: number }
  /** Comes once per run, after its last `grew`. */
  | { readonly type: 'exited'; readonly key: RunKey; readonly record: ExitRecord }
  /** More standard input can be taken; `offset` is what was taken so far. */
  | { readonly type: 'stdin'; readonly key: RunKey; readonly offset: number }
  /** The output log could not keep what was written (disk full, unwritable); the run goes on. */
  | { readonly type: 'output-trouble'; readonly key: RunKey; readonly message: string }
  /** Every run is gone for good: the owner of the processes died. `epoch` is the one that begins. */
  | { readonly type: 'gone'; readonly epoch: string };

export interface Launcher {
  readonly abilities: Abilities;
  /** The process that owns the children, where that is another one and is known. */
  readonly ownerPid?: number | undefined;
  /** Why nothing can be started at present; undefined while all is well. */
  readonly trouble?: string | undefined;
  /**
   * Takes ownership; older owners are refused from now on. `epoch` changes when earlier runs are
   * gone for good; `runs` are those still known. Must be called once, before anything else.
   */
  open(generation: number): Promise<{ readonly epoch: string; readonly runs: readonly RunSnapshot[] }>;
  /** Starts a run. The same key again answers as the first time and starts nothing. */
  spawn(key: RunKey, spec: SpawnSpec): Promise<Started | SpawnFailure>;
  /** TERM, `graceMs` later KILL, then whatever is left. Resolves when asked, not when ended. The first reason wins. Unknown keys are ignored. */
  stop(key: RunKey, reason: StopReason, graceMs: number): Promise<void>;
  /** Sends a signal to the run's process group. Resolves false when nothing is there to take it. */
  signal(key: RunKey, signal: NodeJS.Signals): Promise<boolean>;
  /** Sets a terminal's size; ignored for a run without one. */
  resize(key: RunKey, columns: number, rows: number): Promise<void>;
  /**
   * Gives bytes of standard input, `offset` being the position of the first. Resolves to the offset
   * up to which bytes were taken so far: at most 1 MiB waits for the child, the rest is not taken and
   * must be given again. Bytes before what was taken are skipped, a hole is refused by taking nothing.
   * Resolves to -1 when the run takes no input (any more).
   */
  writeStdin(key: RunKey, offset: number, bytes: Uint8Array): Promise<number>;
  /** Ends standard input once everything before `offset` was written. */
  closeStdin(key: RunKey, offset: number): Promise<void>;
  /**
   * Reads a run's output from a position of the job's log at or after the run's start, at most about
   * `maxBytes`. Answers at once, with nothing when nothing is there yet. The first read from the run's
   * start begins with the run's mark. Unknown keys answer as ended.
   */
  read(key: RunKey, from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice>;
  /** Everything that happens, in order, from {@link open} on. One consumer. Ends at {@link close}. */
  events(): AsyncIterable<LauncherEvent>;
  /** The main process of a run, which is another one once a helper made way for it; undefined when the run is unknown. */
  pid(key: RunKey): number | undefined;
  /** What a run's processes use now; undefined when unknown. */
  measure(key: RunKey): Promise<Measurement | undefined>;
  /** The run's outcome is stored: its record and memory may go. Its files stay; they are the caller's now. Running runs are not stopped. */
  forget(key: RunKey): void;
  /** Lets go. Runs of a launcher that doesn't survive are killed, and awaited. Idempotent. */
  close(): Promise<void>;
}
