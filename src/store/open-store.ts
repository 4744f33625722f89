import path from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import type { JobStore } from '../engine/job-store.ts';
import type { OutputArchive } from '../engine/output-archive.ts';
import { Database, type DatabaseCounters, type DatabaseTrouble } from './database/database.ts';
import type { Durability, OpenReport } from './database/messages.ts';
import type { JobsOperations } from './jobs/jobs-area.ts';
import { HISTORY_DEFAULTS, type HistoryLimits, Retention } from './jobs/retention.ts';
import { SqliteJobStore } from './jobs/sqlite-job-store.ts';
import { StoredOutputArchive } from './output/output-archive.ts';
import { OUTPUT_FILES_BYTES, OutputFiles } from './output/output-files.ts';

export interface StoreOptions {
  /** The data directory. Undefined: everything is in memory and gone at the end. */
  readonly directory: string | undefined;
  /** Where jobs' folders of output files are. @default `<directory>/output` */
  readonly outputDirectory?: string;
  /** What a resolved write survives. @default 'process' */
  readonly durability?: Durability;
  readonly history?: Partial<HistoryLimits>;
  /** Bytes all jobs' output files may take together. @default 4 GiB */
  readonly outputBytes?: number;
  /** @default the machine's own */
  readonly clock?: Clock;
  /** The file turned out to be damaged, or the database thread died: no write will succeed until the store is opened again. */
  readonly onTrouble?: (trouble: DatabaseTrouble) => void;
}

/** Figures of the store's life so far. */
export interface StoreCounters extends DatabaseCounters {
  /** Settled jobs kept. */
  readonly finished: number;
  /** Bytes of output files at the last look. */
  readonly outputBytes: number;
}

export interface Store extends AsyncDisposable {
  readonly jobs: JobStore;
  readonly outputs: OutputArchive;
  /** What was found when it was opened, to be logged; loudly when `quarantined`. */
  readonly report: OpenReport;
  readonly counters: StoreCounters;
  /** Removes now what retention would remove sooner or later. */
  sweep(): Promise<void>;
  /** Finishes what was asked and gives the data directory free. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the store, and with it takes the data directory for this agent alone.
 *
 * Errors: AgentError `store-unavailable`, saying why: another agent has the directory, it can't be
 * written, or what is in it was written by a newer corex.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { directory, durability = 'process', clock = systemClock } = options;
  const database = new Database({ directory, durability, now: clock.now() }, options.onTrouble);
  const report = await database.opened();
  const jobs = database.area<JobsOperations>('jobs');
  const outputDirectory =
    options.outputDirectory ?? (directory === undefined ? undefined : path.join(directory, 'output'));
  const outputs = new StoredOutputArchive(jobs, outputDirectory ?? '/nonexistent');
  const files =
    outputDirectory === undefined
      ? undefined
      : new OutputFiles({
          jobs,
          clock,
          directory: outputDirectory,
          maxBytes: options.outputBytes ?? OUTPUT_FILES_BYTES,
          directoryOf: (uid) => outputs.directory(uid),
          onRemoved: (uids) => outputs.forget(uids),
        });
  const retention = new Retention(
    jobs,
    clock,
    { ...HISTORY_DEFAULTS, ...options.history },
    (uids) => void files?.remove(uids),
  );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await Promise.all([retention.close(), files?.close()]);
      await database.close();
    })();
    return closing;
  };
  try {
    await retention.start();
  } catch (error) {
    await close();
    throw error;
  }
  files?.start();
  return {
    jobs: new SqliteJobStore(jobs, clock, retention),
    outputs,
    report,
    get counters() {
      return { ...database.counters, finished: retention.finished, outputBytes: files?.bytes ?? 0 };
    },
    sweep: async () => {
      await retention.sweep();
      await files?.scan();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
