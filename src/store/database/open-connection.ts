/** Opens the one connection to the database file. */
import { DatabaseSync } from 'node:sqlite';
import { statSync } from 'node:fs';
import path from 'node:path';
import { AgentError } from '../../protocol/agent-error.ts';
import { MIGRATIONS } from '../migrations.ts';
import { findDamage, quarantine } from './damage.ts';
import { createEmpty, describeTrouble, holderOf, prepareDirectory } from './data-directory.ts';
import type { Durability, OpenOptions, OpenReport } from './messages.ts';
import { migrate, schemaVersion } from './migrate.ts';
import { isDamage, isLocked } from './sqlite-error.ts';

const DATABASE_FILE = 'corex.db';
/** `corx`: tells a database of ours from any other. */
const APPLICATION_ID = 0x63_6f_72_78;
/** How long a predecessor that is just dying may still hold the file. */
const LOCK_PATIENCE_MS = 300;
/** Several that begin at one moment can all keep each other out: each lets go and looks once more, at a moment of its own. */
const SECOND_LOOK_MS = 150;
const CACHE_KIB = 8192;
/** Pages (4 KiB) the log may hold before they are copied into the file: the copy delays a commit by some 10 ms. */
const CHECKPOINT_PAGES = 1000;
const LOG_BYTES_KEPT = 16 * 1024 * 1024;

interface Opened {
  readonly database: DatabaseSync;
  readonly report: OpenReport;
}

class Damaged extends Error {}

/**
 * Opens the database, makes its tables, and holds the lock on the data directory until it is closed.
 * A damaged file is set aside and a new one started.
 *
 * Errors: AgentError `store-unavailable` when another agent has it, the directory can't be written,
 * or the file was written by a newer corex.
 */
export function openConnection(options: OpenOptions): Opened {
  if (options.directory === undefined) return openFile(':memory:', options);
  const { directory } = options;
  const file = path.join(directory, DATABASE_FILE);
  try {
    prepareDirectory(directory, file);
    try {
      return openOrReplace(file, options);
    } catch (error) {
      if (!isLocked(error)) throw error;
      pause(Math.random() * SECOND_LOOK_MS);
      return openOrReplace(file, options);
    }
  } catch (error) {
    throw explain(error, directory);
  }
}

function openOrReplace(file: string, options: OpenOptions): Opened {
  const inode = statSync(file).ino;
  try {
    return openFile(file, options);
  } catch (error) {
    if (!(error instanceof Damaged) && !isDamage(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const files = quarantine(file, inode, options.now);
    const { database, report } = openFile(file, options);
    return { database, report: files.length === 0 ? report : { ...report, quarantined: { files, reason } } };
  }
}

/** This thread has nothing else to do. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function openFile(file: string, { durability, now }: OpenOptions): Opened {
  const database = new DatabaseSync(file, { timeout: LOCK_PATIENCE_MS });
  try {
    const inMemory = file === ':memory:';
    configure(database, durability, inMemory);
    if (!inMemory) {
      const damage = findDamage(database, file);
      if (damage !== undefined) throw new Damaged(damage);
    }
    const schemaBefore = schemaVersion(database);
    let backup: string | undefined;
    const schema = migrate(database, MIGRATIONS, (version) => {
      backup = copyOf(database, file, version, now);
    });
    const sqliteVersion = String(database.prepare('SELECT sqlite_version() AS version').get()?.['version']);
    return {
      database,
      report: {
        file: inMemory ? undefined : file,
        sqliteVersion,
        schemaBefore,
        schema,
        ...(backup === undefined ? {} : { backup }),
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function configure(database: DatabaseSync, durability: Durability, inMemory: boolean): void {
  // The first statement that touches the file takes its lock, and in this mode never gives it back.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (!inMemory && mode !== 'wal')
    throw new AgentError(
      'store-unavailable',
      `Cannot open the store: its journal mode is "${String(mode)}", not "wal"`,
    );
  database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`);
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES_KEPT}`);
  database.exec('PRAGMA temp_store = MEMORY');
  claim(database);
}

/** Takes the lock by writing, and refuses a database that is not ours. */
function claim(database: DatabaseSync): void {
  const id = Number(database.prepare('PRAGMA application_id').get()?.['application_id']);
  if (id === 0 && schemaVersion(database) === 0) database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  else if (id !== APPLICATION_ID)
    throw new AgentError('store-unavailable', 'Cannot open the store: the file is a database of another program');
  database.exec('BEGIN EXCLUSIVE; COMMIT');
}

function copyOf(database: DatabaseSync, file: string, version: number, now: number): string {
  const copy = `${file}.v${version}-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;
  createEmpty(copy);
  database.prepare('VACUUM INTO ?').run(copy);
  return copy;
}

function explain(error: unknown, directory: string): unknown {
  if (!isLocked(error)) return describeTrouble(error, directory);
  const pid = holderOf(directory);
  return new AgentError(
    'store-unavailable',
    `Cannot open the store in "${directory}": another agent${pid === undefined ? '' : ` (pid ${pid})`} is using this directory`,
    { details: { directory, ...(pid === undefined ? {} : { pid }) } },
  );
}
