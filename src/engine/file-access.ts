/** What built-ins may do with files. The agent fulfils it, within the directories it is confined to. */
import type { DownloadAnswer, FileInfo, FilePage, UploadAnswer } from '../protocol/files.ts';

/** Files that were opened, each known by a handle until it is closed or was not used for a while. */
export interface FileHandleAccess {
  /**
   * Opens a regular file. `mode`: `r`, `w`, `a` or `x`, and `+` to read and write. `connection` tells who the handle is
   * counted for. Errors: `no-such-file`, `file-exists`, `bad-path`, `forbidden`, `too-many`.
   */
  open(path: string, mode: string, permissions: number, connection?: object): Promise<string>;
  /** At most `size` bytes from the offset, or from where the last one ended; none at the end. Errors: `unknown-handle`, `bad-arguments`. */
  read(handle: string, size: number, offset?: number): Promise<Uint8Array>;
  /** Writes all of it. Errors: `unknown-handle`, `bad-arguments`, `no-space`. */
  write(handle: string, bytes: Uint8Array, offset?: number): Promise<void>;
  /** Closes it; one that is not known is closed already. */
  close(handle: string): Promise<void>;
}

/** Who waits for work on a whole tree. */
export interface TreeWatch {
  readonly signal: AbortSignal;
  /** Told of each entry that could not be dealt with. */
  readonly onTrouble: (message: string) => void;
}

/** A page of a directory. */
export interface ListRequest {
  /** At most this many entries. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
  readonly signal: AbortSignal;
}

/** Who a file is given to, by name or number; what is missing stays. */
export interface FileOwner {
  readonly user?: string;
  readonly group?: string;
}

/** The tree of files. Methods resolve to the number of entries dealt with, or reject when one of them could not be. */
export interface FileTreeAccess {
  /** Whether something is there; a link that leads nowhere is nothing. */
  exists(path: string): Promise<boolean>;
  /** `follow`: of what a link leads to instead of the link. */
  stat(path: string, follow: boolean): Promise<FileInfo>;
  list(path: string, request: ListRequest): Promise<FilePage>;
  /** Makes a directory and those above it that are missing. */
  mkdir(path: string, permissions: number): Promise<void>;
  /** Removes a file, or a directory with all in it, never what a link leads to. What is not there is removed already. */
  remove(path: string, watch: TreeWatch): Promise<number>;
  /** Renames within one file system; a file at the destination is replaced. */
  move(from: string, to: string): Promise<void>;
  chmod(path: string, permissions: number, recursive: boolean, watch: TreeWatch): Promise<number>;
  chown(path: string, owner: FileOwner, recursive: boolean, watch: TreeWatch): Promise<number>;
}

/** A step of an upload: each tells everything, so that it may come twice, or to an agent that knows nothing of it. */
export interface UploadStep {
  readonly path: string;
  /** Tells one upload of a file from another of the same file. */
  readonly key: string;
  /** Where the block belongs; one that was taken already is skipped, one that leaves a hole is not taken. */
  readonly offset?: number;
  readonly block?: Uint8Array;
  readonly permissions?: number;
  /** Size of the whole. With `sha256`, the file is put in its place once it has this size. */
  readonly size?: number;
  /** SHA-256 of the whole, hexadecimal. */
  readonly sha256?: string;
  readonly signal: AbortSignal;
}

export interface DownloadStep {
  readonly path: string;
  readonly offset: number;
  readonly size: number;
  /** As the answer before told. Errors: `file-changed` when the file is another one now. */
  readonly version?: string;
  readonly signal: AbortSignal;
}

export interface TransferAccess {
  upload(step: UploadStep): Promise<UploadAnswer>;
  /** Forgets what was uploaded so far. */
  cancelUpload(path: string, key: string): Promise<void>;
  download(step: DownloadStep): Promise<DownloadAnswer>;
}

/** Errors of all of it: AgentError `bad-path`, `no-such-file`, `file-exists`, `forbidden`, `no-space`, `no-resources`. */
export interface FileAccess {
  readonly handles: FileHandleAccess;
  readonly tree: FileTreeAccess;
  readonly transfers: TransferAccess;
}
