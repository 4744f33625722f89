import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import type { JobStore } from '../engine/job-store.ts';
import type { OutputArchive } from '../engine/output-archive.ts';
import { Database, type DatabaseCounters, type DatabaseTrouble } from './database/database.ts';
import type { Durability, OpenReport, Quarantined } from './database/messages.ts';
import type { JobsOperations } from './jobs/jobs-area.ts';
import { HISTORY_DEFAULTS, type HistoryLimits, Retention } from './jobs/retention.ts';
import { SqliteJobStore } from './jobs/sqlite-job-store.ts';
import { StoredOutputArchive } from './output/output-archive.ts';
import { type PastLimits, SqlitePersistence } from './resources/sqlite-persistence.ts';
import type { ResourcesOperations } from './resources/resources-area.ts';
import { OUTPUT_FILES_BYTES, OutputFiles } from './output/output-files.ts';

export interface StoreOptions {
  /** The data directory. Undefined: everything is in memory and gone at the end. */
  readonly directory: string | undefined;
  /** Where jobs' folders of output files are. @default `<directory>/output`, or a temporary one */
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
  /** Where one backend keeps resources. To be called once. */
  resources(limits?: PastLimits): SqlitePersistence;
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
  const { clock = systemClock } = options;
  const { database, report } = await openDatabase(options, clock);
  const jobs = database.area<JobsOperations>('jobs');
  const folder = outputFolder(options);
  const outputs = new StoredOutputArchive(jobs, folder.path);
  const files = new OutputFiles({
    jobs,
    clock,
    directory: folder.path,
    maxBytes: options.outputBytes ?? OUTPUT_FILES_BYTES,
    directoryOf: (uid) => outputs.directory(uid),
    onRemoved: (uids) => outputs.forget(uids),
  });
  const retention = new Retention(
    jobs,
    clock,
    { ...HISTORY_DEFAULTS, ...options.history },
    (uids) => void files.remove(uids),
  );
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await Promise.all([retention.close(), files.close()]);
      await database.close();
      if (folder.isTemporary) await rm(folder.path, { recursive: true, force: true });
    })();
    return closing;
  };
  try {
    const moved = report.quarantined === undefined ? undefined : setAside(folder.path, report.quarantined);
    await retention.start();
    files.start();
    return {
      jobs: new SqliteJobStore(jobs, clock, retention),
      outputs,
      resources: (limits) => new SqlitePersistence(database.area<ResourcesOperations>('resources'), clock, limits),
      report: moved === undefined ? report : { ...report, quarantined: moved },
      get counters() {
        return { ...database.counters, finished: retention.finished, outputBytes: files.bytes };
      },
      sweep: async () => {
        await retention.sweep();
        await files.scan();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens the database; once more when its first use shows damage, for then it is looked through and set aside. */
async function openDatabase(options: StoreOptions, clock: Clock): Promise<{ database: Database; report: OpenReport }> {
  const { directory, durability = 'process', onTrouble } = options;
  for (let attempt = 1; ; attempt += 1) {
    const early: DatabaseTrouble[] = [];
    let tell = (trouble: DatabaseTrouble): unknown => early.push(trouble);
    const database = new Database({ directory, durability, now: clock.now() }, (trouble) => {
      tell(trouble);
    });
    const report = await database.opened();
    try {
      await database.area<JobsOperations>('jobs').read('probe');
      tell = (trouble) => onTrouble?.(trouble);
      return { database, report };
    } catch (error) {
      await database.close();
      if (attempt > 1 || !early.some(({ type }) => type === 'damaged')) throw error;
    }
  }
}

/** Where output files go: as asked, beside the database, or for a store in memory to a folder that goes with it. */
function outputFolder({ directory, outputDirectory }: StoreOptions): {
  readonly path: string;
  readonly isTemporary: boolean;
} {
  if (outputDirectory !== undefined) return { path: outputDirectory, isTemporary: false };
  if (directory !== undefined) return { path: path.join(directory, 'output'), isTemporary: false };
  return { path: mkdtempSync(path.join(tmpdir(), 'corex-output-')), isTemporary: true };
}

/** A fresh database knows no job, so all output would be removed as nobody's: it goes where the damaged file went. */
function setAside(folder: string, quarantined: Quarantined): Quarantined {
  const [database] = quarantined.files;
  if (database === undefined || !existsSync(folder)) return quarantined;
  const target = `${database}-output`;
  renameSync(folder, target);
  return { ...quarantined, files: [...quarantined.files, target] };
}
