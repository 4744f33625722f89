/** What built-ins may do with the entries that are started with the agent. The agent's startup fulfils it. */

export type StartupState =
  /** For what it comes after. */
  | 'waiting'
  /** What it comes after has failed, or was stopped or skipped; it starts should that run after all. */
  | 'blocked'
  | 'starting'
  | 'running'
  /** Its last run ended badly and another follows. */
  | 'restarting'
  /** It runs at times of the calendar. */
  | 'scheduled'
  /** It has ended well. */
  | 'done'
  | 'failed'
  | 'stopping'
  | 'stopped'
  /** Its condition does not hold. */
  | 'skipped'
  | 'invalid';

/** Where an entry is written down. */
export type EntryOrigin = 'file' | 'resource';

/** One entry. Times are milliseconds since 1970. */
export interface StartupStatus {
  readonly id: string;
  readonly state: StartupState;
  /** Why it is in this state, in words. */
  readonly why?: string;
  /** Entries and milestones it waits for, or is blocked by. */
  readonly waiting?: readonly string[];
  readonly after: readonly string[];
  /** The last milestone it comes after. */
  readonly stage: string;
  /** What it runs. */
  readonly command: string;
  /** When it came into this state. */
  readonly since: number;
  readonly pid?: number;
  /** Runs of its present job, or of its last. */
  readonly runs?: number;
  /** When it runs next. */
  readonly next?: number;
  /** How its last job ended. */
  readonly last?: { readonly state: string; readonly code: number; readonly reason: string };
  /** Times that passed while its run before was still going on; only of scheduled ones. */
  readonly missed?: number;
  readonly protected?: boolean;
  /** The file it stands in, or the resource it is. */
  readonly source: string;
  readonly from: EntryOrigin;
}

export interface StartupReport {
  /** `reached` is missing until it is. */
  readonly milestones: readonly { readonly name: string; readonly reached?: number }[];
  /** In an order in which each comes after what it waits for. */
  readonly entries: readonly StartupStatus[];
  /** What is wrong with what entries come from. */
  readonly problems: readonly {
    readonly source: string;
    readonly message: string;
    /** Missing: a file. */
    readonly from?: EntryOrigin;
    /** The entry it is about, if it is one. */
    readonly id?: string;
  }[];
}

/** What reading the configuration again did: ids. */
export interface StartupChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Stopped, to be started anew. */
  readonly changed: readonly string[];
  /** Ended by `job.kill` before, and wanted again. */
  readonly revived: readonly string[];
  readonly unchanged: number;
}

export interface StartupAccess {
  list(): StartupReport;
  /**
   * Lets an entry start that is stopped, failed or done, when what it comes after is there; a scheduled one runs now.
   * Nothing happens to one that runs. Errors: `unknown-entry`; `not-able` for one that is skipped or invalid.
   */
  start(id: string): Promise<StartupStatus>;
  /** Ends it until it is started again, or the agent. Resolves when its job has ended. Errors: `unknown-entry`. */
  stop(id: string): Promise<StartupStatus>;
  /** Errors: `unknown-entry`; `not-able` for one that is skipped or invalid. */
  restart(id: string): Promise<StartupStatus>;
  /** Reads the configuration again and applies what changed. Errors: `bad-arguments` when it can't be used; then all stays. */
  reload(): Promise<StartupChanges>;
}
