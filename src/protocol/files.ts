/** What the `filesystem.…` built-ins tell of files. Times are milliseconds since 1970, sizes are bytes. */

/** Most bytes that one block of a file carries, before base64. */
export const FILE_BLOCK_BYTES = 512 * 1024;

export type FileType =
  'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'character-device' | 'block-device' | 'unknown';

/** An entry of a directory. Of a link it tells of the link itself. */
export interface FileEntry {
  readonly name: string;
  /** The name's bytes, only when they are no UTF-8. */
  readonly name_base64?: string;
  readonly type: FileType;
  readonly size: number;
  /** The bits that chmod sets: 420 is 0644. */
  readonly mode: number;
  readonly is_dir: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly modified: number;
  /** Where a link leads, as it is written there. */
  readonly target?: string;
}

/** One page of a directory, in the order of the names' bytes. */
export interface FilePage {
  readonly entries: readonly FileEntry[];
  /** Give it as `after` to go on; missing on the last page. */
  readonly next?: string;
}

/** What is known of a file. */
export interface FileInfo {
  /** As it was asked for. */
  readonly path: string;
  readonly type: FileType;
  readonly size: number;
  /** The bits that chmod sets: 420 is 0644. */
  readonly mode: number;
  readonly is_dir: boolean;
  readonly uid: number;
  readonly gid: number;
  /** Missing when the number has no name. */
  readonly user?: string;
  readonly group?: string;
  readonly accessed: number;
  readonly modified: number;
  /** When mode, owner, content or names were changed last. */
  readonly changed: number;
  /** Names it has in the file tree. */
  readonly links: number;
  /** Where a link leads, as it is written there. */
  readonly target?: string;
}

/** How far an upload is. */
export interface UploadAnswer {
  /** Bytes that are there: the next block begins here. */
  readonly offset: number;
  /** SHA-256 of those bytes, hexadecimal; told when no block was given, and at the end. */
  readonly sha256?: string;
  /** The file is in its place. */
  readonly done: boolean;
  /** The file, when it is. */
  readonly file?: FileInfo;
}

/** One block of a file that is fetched. */
export interface DownloadAnswer {
  /** Changes whenever the file does: give it with the next request. */
  readonly version: string;
  /** Of the file as a whole. Some files, such as those in /proc, say 0 and have more. */
  readonly size: number;
  readonly mode: number;
  readonly modified: number;
  readonly offset: number;
  /** The bytes from `offset` on, base64. */
  readonly block: string;
  /** Nothing comes after this block. */
  readonly end: boolean;
  /** SHA-256 of the whole file, hexadecimal; told at the end. */
  readonly sha256?: string;
}
