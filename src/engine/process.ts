/**
 * What the engine needs of anything it runs. The engine doesn't know what a process is made of;
 * each kind (`src/kinds`) fulfils this port.
 */
import type { Cleanup, Exit, Measurement, ProcessIdentity, StopReason, Survivor, Usage } from '../protocol/run.ts';
import type { JsonValue } from '../base/json.ts';
import type { Command } from '../protocol/command.ts';
import type { ErrorBody } from '../protocol/agent-error.ts';
import type { OutputSlice } from '../protocol/output.ts';

/** Names one run of one job for ever. Never used twice. */
export type RunKey = `${string}.${number}`;

/** Makes processes of one kind for one command name. */
export interface ProcessFactory {
  /** The place its processes live in; decides what a restart of the agent means for them. */
  readonly place: Place;
  /** The command with what it leaves open filled in, before anything is made of it. */
  complete?(command: Command): Command;
  /**
   * Checks the command's arguments, without side effect.
   *
   * Errors: AgentError `bad-arguments`, `not-able`.
   */
  prepare(command: Command): Preparation;
}

/** Another command that does what was asked. */
export interface DerivedCommand {
  readonly name: string;
  readonly args: JsonValue;
}

/** A command whose arguments are known to be good. */
export interface Preparation {
  /** Whether its runs take one of the agent's places for running processes (`jobs.running`). Functions don't. */
  readonly takesSlot: boolean;
  /** What it does, in a line for people. */
  readonly title?: string;
  /** What it comes down to. Kept with the job: its later runs, of this agent or the next, are made of this. */
  readonly derived?: DerivedCommand;
  /** Its runs have a terminal. */
  readonly hasTerminal?: boolean;
  /**
   * Asked once, before the command becomes a job. Answers ids of jobs that must be live or in the history.
   * Errors: an AgentError refuses it.
   */
  admit?(): readonly string[];
  /** Number of the container its runs are in. Default: 0, the machine. */
  readonly container?: number;
  /** It is a batch: other jobs belong to it, and end with it. */
  readonly isBatch?: boolean;
  /**
   * Starts one run. Resolves when it is known to run or to have failed; rejects when it can't be known, or with
   * AgentError `keeper-unavailable` when nobody could be asked.
   */
  start(plan: RunPlan, observer: RunObserver): Promise<RunStart>;
}

/** Where processes live. Keys of runs are looked up here when the agent starts. */
export interface Place {
  readonly name: string;
  /** Changes when earlier runs are gone for good. Known once it is open. */
  readonly epoch: string;
  /** Why nothing can be started here at present; undefined while all is well. */
  readonly trouble?: string | undefined;
  /** Takes ownership. Resolves to the runs that are still there. */
  open(generation: number): Promise<readonly RunKey[]>;
  /** Takes over a run found at {@link open}, whatever its command means now. Undefined when it isn't there. */
  adopt(key: RunKey, observer: RunObserver): AdoptedRun | undefined;
  /** Stops and forgets a run nobody has a job for. */
  discard(key: RunKey): Promise<void>;
  /**
   * Asks a run to end that was asked for and is not known to run yet. Once it is, its process is asked.
   * Missing where starts take no time.
   */
  stop?(key: RunKey, reason: StopReason, graceMs: number): Promise<void>;
  /** Ends what a run left behind whose owner died, and tells how that was proven. `main` is its main process, when that is known. */
  cleanUp(
    key: RunKey,
    main?: ProcessIdentity,
  ): Promise<{ readonly cleanup: Cleanup; readonly survivors: readonly Survivor[] }>;
  /** Whether running processes go on when the agent ends. */
  readonly survives: boolean;
  /** Its runs have no process of their own: the next agent starts a run again that was under way, and it goes on. */
  readonly resumes?: boolean;
}

/** A run that another agent started. */
export interface AdoptedRun {
  readonly process: Process;
  readonly startedAt: number;
}

/** What one run needs to know beyond its command. */
export interface RunPlan {
  readonly key: RunKey;
  /** Names the job's folder and its output. */
  readonly uid: string;
  readonly jobId: string;
  readonly run: number;
  readonly command: Command;
  /** Position of the run's first byte in the job's output log. */
  readonly outputStart: number;
  /** The W3C trace context its process is to go on with. */
  readonly traceparent?: string | undefined;
  /** Between asking to end and ending by force when its time is over, milliseconds. */
  readonly killGraceMs: number;
}

/** Told what happens to a run, in order. Must not throw. */
export interface RunObserver {
  /** The run's output now ends at this position. */
  grew(end: number): void;
  /** Its start was asked for: from now on {@link Place.stop} is heard. */
  asked?(): void;
  /** Comes once, after the last `grew`. Not called when the start failed. */
  exited(end: RunEnd): void;
  /** More standard input can be taken; `offset` bytes were taken so far. */
  stdin?(offset: number): void;
  /** What it is now is this process: at first, and again when a helper made way for the program it started. */
  mainProcess?(pid: number): void;
  /** Output could not be kept; the run goes on. */
  outputTrouble?(message: string): void;
  /** How far a function says it is. */
  progress?(done: number, total?: number, text?: string): void;
}

export type RunStart =
  | { readonly type: 'started'; readonly process: Process; readonly startedAt: number }
  | { readonly type: 'failed'; readonly error: ErrorBody & { readonly number: number }; readonly retryable: boolean };

/** How a run was over. */
export type RunEnding =
  | { readonly type: 'exit'; readonly exit: Exit; readonly outOfMemory: boolean }
  /** A function returned; `data` is JSON. */
  | { readonly type: 'returned'; readonly data: string }
  /** A function threw. */
  | { readonly type: 'threw'; readonly error: ErrorBody & { readonly number: number } }
  /** A function ignored its signal and was left behind. */
  | { readonly type: 'abandoned' }
  /** Whatever owned the process died; how it ended is unknown. */
  | { readonly type: 'lost'; readonly message: string };

export interface RunEnd {
  readonly ending: RunEnding;
  /** Present when it was asked to stop before it ended. */
  readonly stop?: StopReason;
  /** Wall clock, milliseconds; 0 when whoever tells doesn't know it. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Position after the run's last byte. */
  readonly outputEnd: number;
  readonly outputDropped: number;
  /** As many positions after `outputEnd` may have been told to somebody by an agent before this one. @default 0 */
  readonly outputUnknown?: number;
  /** Whether the bytes are in files; if not they go into the job's row when the outcome is stored. */
  readonly outputOnDisk: boolean;
  readonly outputOpen: boolean;
  readonly survivors: readonly Survivor[];
  readonly cleanup: Cleanup;
  readonly usage?: Usage;
}

/** One live run, or one that ended and was not forgotten. */
export interface Process {
  /** May change: a helper makes way for the program it started. */
  readonly pid: number | undefined;
  /** Reads the run's output from a position at or after its start; answers at once. */
  read(from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice>;
  /** Asks it to end; the first reason wins. Resolves when asked, not when ended. */
  stop(reason: StopReason, graceMs: number): Promise<void>;
  /** Its outcome is stored; nothing of it is needed any more. */
  forget(): void;
}

/** A process that takes signals beside being stopped. */
export interface Signalable {
  /** Resolves false when nothing was there to take it. */
  signal(signal: NodeJS.Signals): Promise<boolean>;
}

/** A process that takes standard input. */
export interface Writable {
  /** Resolves to the offset up to which bytes were taken, or -1 when it takes none (any more). */
  writeStdin(offset: number, bytes: Uint8Array): Promise<number>;
  closeStdin(offset: number): Promise<void>;
}

/** A process on a terminal. */
export interface Resizable {
  resize(columns: number, rows: number): Promise<void>;
}

/** A process whose use of the machine can be measured. */
export interface Measurable {
  measure(): Promise<Measurement | undefined>;
}

/** A process of the operating system, which is known by more than its number. */
export interface Identifiable {
  /** Undefined when nobody can tell, or when it is gone. To be asked while it is known to run. */
  identity(): ProcessIdentity | undefined;
}

export function isSignalable(process: Process): process is Process & Signalable {
  return 'signal' in process;
}

export function isWritable(process: Process): process is Process & Writable {
  return 'writeStdin' in process;
}

export function isResizable(process: Process): process is Process & Resizable {
  return 'resize' in process;
}

export function isMeasurable(process: Process): process is Process & Measurable {
  return 'measure' in process;
}

export function isIdentifiable(process: Process): process is Process & Identifiable {
  return 'identity' in process;
}
