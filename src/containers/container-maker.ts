/** What the life cycle needs of whatever makes a container out of its configuration. */
import type { ContainerFilePart } from '../engine/container-access.ts';
import type { RunKey } from '../engine/process.ts';
import type { AgentError } from '../protocol/agent-error.ts';
import type { ContainerConfig, EntryPoint } from '../protocol/container.ts';
import type { RootWish } from '../oci/images/roots/prepared-root.ts';
import type { RuntimeRun } from '../oci/runtime.ts';

/** How the keeper starts a process in a container. To be disposed of once that has begun, or has not. */
export interface PlannedRun extends Omit<RuntimeRun, 'log'>, AsyncDisposable {
  /**
   * To be called once the process is there, which may be held until then. `pid` is missing when the runtime stands for it.
   * Errors: AgentError when it must be ended.
   */
  begun(pid: number | undefined): Promise<void>;
  /** Why the runtime ended without having made the process; undefined when it left no word. */
  explain(): Promise<AgentError | undefined>;
}

/** The run of a job that a process is made for. */
export interface RunOfProcess {
  readonly key: RunKey;
  readonly jobId: string;
  readonly traceparent?: string | undefined;
}

/** A program beside the main one. */
export interface WantedProgram extends EntryPoint {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
}

/** A file to be copied in, its bytes in a file of the agent. */
export interface StagedFile {
  readonly path: string;
  readonly mode: number;
  readonly source: string;
  /** The bytes are those of an archive that is unpacked. See `ArchiveToCopy`. */
  readonly archive?: { readonly name?: string | undefined };
}

/** A tree of a container that is to be read. */
export interface TreeToRead {
  readonly path: string;
  /** What is in it, without itself. */
  readonly contents: boolean;
}

/** An archive that is made while it is read. To be disposed of. */
export interface TreeRead extends AsyncDisposable {
  /** Its next bytes, undefined at the end. Errors: AgentError. */
  next(): Promise<Buffer | undefined>;
}

/**
 * Each call may be made again when it was interrupted, and then comes to the same. Errors are AgentErrors that say why:
 * `unknown-image`, `no-such-program`, `bad-directory`, `forbidden`, `not-able` and the like.
 */
export interface ContainerMaker {
  /** Root, network, files and configuration are made ready; what an earlier start left is removed before. `files` are copied in. */
  main(id: string, config: ContainerConfig, files: readonly StagedFile[], run: RunOfProcess): Promise<PlannedRun>;
  /** What its files are made of since its first start; undefined before. */
  rootOf(id: string): RootWish | undefined;
  /** Whether its first process is there and was not let begin. */
  isHeld(id: string): Promise<boolean>;
  exec(id: string, config: ContainerConfig, program: WantedProgram, run: RunOfProcess): Promise<PlannedRun>;
  /** Whether the last start of the main process has made it by now; also true where that can't be told: with a terminal. */
  isMade(id: string): Promise<boolean>;
  /** Why the last start of the main process made none; undefined when it made one. */
  explainMain(id: string): Promise<AgentError | undefined>;
  /**
   * Its main process has ended: removes all of it but its root and its files. Tells whether memory was short in it. With
   * `force` it leaves its network in any case, also where not all of that can be undone.
   */
  clear(id: string, options?: { readonly force?: boolean }): Promise<{ readonly wasOutOfMemory: boolean }>;
  /** Removes the rest. */
  remove(id: string): Promise<void>;
  /** Into one that runs. */
  copyTo(id: string, pid: number, file: StagedFile): Promise<void>;
  copyFrom(
    id: string,
    pid: number,
    path: string,
    part: { readonly offset: number; readonly length: number },
  ): Promise<ContainerFilePart>;
  /** Of one that runs; ended when it does. */
  readTree(id: string, pid: number, wanted: TreeToRead): TreeRead;
  /** What its image says asks its main process to end; undefined where it says nothing, or can't be asked. */
  imageStopSignal(id: string, config: ContainerConfig): Promise<string | undefined>;
  /** Sends a signal to the first process and to no other. False when it is gone. */
  signal(id: string, signal: NodeJS.Signals): Promise<boolean>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
}
