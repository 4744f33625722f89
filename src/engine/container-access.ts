/** What built-ins and embedders may do with containers. The agent fulfils it. */
import type { Command } from '../protocol/command.ts';
import type { ContainerChange } from '../protocol/container-change.ts';
import type {
  ContainerCommit,
  ContainerConfig,
  ContainerEvent,
  ContainerInfo,
  ContainerState,
  ContainerStatus,
  EntryPoint,
} from '../protocol/container.ts';
import type { Caller } from './submission.ts';

/** A file to be copied into a container. */
export interface FileToCopy {
  /** Absolute, in the container. Directories above it are made. */
  readonly path: string;
  /** Mode bits, at most 0o777. Default: 0o644. */
  readonly mode?: number;
  /** Taken as they are now: the buffer may be changed afterwards. */
  readonly data: Uint8Array;
  /** Goes behind what the same handle has for this path already, instead of in its place. Default: no. */
  readonly append?: boolean;
}

/** A tar archive, or more of it, to be unpacked in a container. Whose the entries are does not count. */
export interface ArchiveToCopy {
  /** A directory, absolute, in the container; made when it is missing. The entries go into it. */
  readonly path: string;
  /** Where `path` is no directory, the entry of this name becomes `path` itself; there may be no other beside it. */
  readonly name?: string;
  readonly data: Uint8Array;
  /** Goes behind what the same handle has of the newest archive for this path, instead of beginning another. Default: no. */
  readonly append?: boolean;
}

/** A part of a tar archive of what is in a container. */
export interface ArchivePart {
  /** Names the archive for further parts. */
  readonly stream: string;
  readonly offset: number;
  /** Empty at the end. */
  readonly data: Uint8Array;
  readonly end: boolean;
}

/** A program to run in a container beside its main one. */
export interface ContainerProgram extends EntryPoint {
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
}

export interface ContainerFilePart {
  /** Size of the whole file, bytes. */
  readonly size: number;
  readonly mode: number;
  readonly data: Uint8Array;
}

/** An event, and whose it is. */
export interface NamedContainerEvent extends ContainerEvent {
  readonly id: string;
}

/**
 * A container is made and changed by a handle: what setters collect in it becomes so all at once, by a commit. Each call
 * that takes a handle gives the one to go on with; the one before is not valid any more, unless the call failed.
 *
 * `container` is an id or a name. Errors are AgentErrors: `unknown-handle`, `unknown-container`, `version-conflict`,
 * `bad-arguments`, `not-running`, `running`, `not-able` and those of what makes containers.
 */
export interface ContainerAccess {
  /** Nothing exists before the commit. */
  create(name: string): string;
  /** The container that a handle is for, which need not exist yet. */
  idOf(handle: string): string;
  /** A handle that changes nothing yet. It remembers the version of the container: a commit between makes it stale. */
  handle(container: string): Promise<string>;
  change(handle: string, change: ContainerChange): string;
  /** If the container runs, the file is there when the commit is done; else before its next main process begins. */
  copyTo(handle: string, file: FileToCopy): string;
  /** The same of an archive, which may be of any size: its bytes wait on the disk. Errors: `too-many`, `no-space`. */
  writeArchive(handle: string, archive: ArchiveToCopy): Promise<string>;
  /** Forgets the newest archive that a handle has for a path. */
  dropArchive(handle: string, path: string): Promise<string>;
  /** Errors: `bad-arguments` for anything but `running` and `stopped`. */
  setRunState(handle: string, state: string): string;
  /** One update of the container: all or nothing. Resolves when it is so. Errors: `version-conflict` when somebody else committed since the handle was made; why it could not be started. */
  commit(handle: string, signal?: AbortSignal): Promise<ContainerCommit>;
  /** Errors: `running`. With `force` it is stopped first. */
  destroy(container: string, options?: { readonly force?: boolean }, signal?: AbortSignal): Promise<void>;
  /** Resolves to the id of the process, which is a job's, once it runs. Errors: `not-running`, and why it could not be started. */
  exec(container: string, program: ContainerProgram): Promise<string>;
  /** By the id or name of a container its main process, by that of a process this one. Errors: `not-running`. */
  signal(target: string, signal: NodeJS.Signals): Promise<void>;
  /** In order of creation. */
  list(state?: ContainerState): Promise<readonly ContainerInfo[]>;
  /** Those that have all the tags. */
  find(tags: readonly string[]): Promise<readonly ContainerInfo[]>;
  config(container: string): Promise<ContainerConfig & { readonly id: string }>;
  /** As of now: it does not change any more. */
  state(container: string): Promise<ContainerStatus & { readonly id: string; readonly address?: string }>;
  /** A part of a file. Errors: `not-running`, `no-such-file`, `bad-path` for what is no file. */
  copyFrom(
    container: string,
    path: string,
    part: { readonly offset: number; readonly length: number },
  ): Promise<ContainerFilePart>;
  /**
   * Begins a tar archive of a file, or of a directory with all in it, that is made while it is read. `contents`: of what is
   * in a directory, without itself. Errors: `not-running`, `no-such-file`, `bad-path`, `too-many`; later ones of `nextOfArchive`.
   */
  readArchive(container: string, path: string, options?: { readonly contents?: boolean }): Promise<ArchivePart>;
  /** The part at `offset`: the next one, or the last one again. An archive that nobody reads for a minute is closed. Errors: `unknown-handle`, `bad-path` for what can't be copied. */
  nextOfArchive(stream: string, offset: number): Promise<ArchivePart>;
  pause(container: string): Promise<void>;
  resume(container: string): Promise<void>;
  /** Resolves when it is in the state, at once when it is. Errors: `timeout`, `unknown-container` once it is gone. */
  wait(
    container: string,
    state: ContainerState,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<ContainerStatus & { readonly id: string }>;
  /** Hands a `core.system` command to a container: all else of it is as on the machine. Resolves to the id of its job. */
  dispatch(
    container: string,
    command: Command,
    caller: Caller,
  ): Promise<{ readonly id: string; readonly attached: boolean }>;
  /** From now on, of all containers: each once, those of one container in order. */
  events(signal?: AbortSignal): AsyncIterable<NamedContainerEvent>;
}
