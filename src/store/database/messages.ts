/** What passes between the store's client and the database thread. */
import type { ErrorBody } from '../../protocol/agent-error.ts';

/** How much a resolved write survives: the death of any process, or the loss of power. */
export type Durability = 'process' | 'power';

/** What the database thread is started with. */
export interface OpenOptions {
  /** The data directory; undefined keeps everything in memory. */
  readonly directory: string | undefined;
  readonly durability: Durability;
  /** Wall clock, for the names of files that are set aside. */
  readonly now: number;
}

/** What was found when the database was opened. */
export interface OpenReport {
  /** The database file; undefined in memory. */
  readonly file: string | undefined;
  readonly sqliteVersion: string;
  /** Version of the tables before opening; 0 when the file is new. */
  readonly schemaBefore: number;
  readonly schema: number;
  /** The copy made before the tables were changed. */
  readonly backup?: string;
  readonly quarantined?: Quarantined;
}

/** The file was damaged: where it and what belongs to it was set aside, and how that was noticed. */
export interface Quarantined {
  readonly files: readonly string[];
  readonly reason: string;
}

/** `<area>.<operation>` and its arguments. */
export type Call = readonly [name: string, args: readonly unknown[]];

/** Calls that are carried out together, in order, and answered together. */
export interface Group {
  readonly id: number;
  readonly kind: 'read' | 'write';
  readonly calls: readonly Call[];
}

/** The values of a group's calls, in their order; those that failed stand in `failures` by index. */
export interface Answer {
  readonly id: number;
  readonly values: readonly unknown[];
  readonly failures?: ReadonlyMap<number, ErrorBody>;
}

export type Request = { readonly type: 'groups'; readonly groups: readonly Group[] } | { readonly type: 'close' };

export type Reply =
  | { readonly type: 'ready'; readonly report: OpenReport }
  | { readonly type: 'refused'; readonly error: ErrorBody }
  | { readonly type: 'answers'; readonly answers: readonly Answer[]; readonly commits: number }
  /** SQLite says that the file is damaged. */
  | { readonly type: 'damaged'; readonly message: string };
