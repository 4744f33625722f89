/** The files by which a keeper is found: `keeper.pid` for people and tools, `keeper.json` for agents. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { parseTrustedJson } from '../../base/json.ts';
import { hasEnded, readProcess } from '../procfs.ts';
import { leaveRuntimeDir } from '../runtime-directory.ts';

/** Says which process a keeper is and where it listens. */
export interface KeeperRecord {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
  /** Names the boot of the machine: pid and start time come again after another. */
  readonly boot: string;
  readonly socket: string;
}

const PID_FILE = 'keeper.pid';
const RECORD_FILE = 'keeper.json';
const MODE = 0o600;

/** This process, listening at `socket`. */
export function ownRecord(socket: string): KeeperRecord {
  return { pid: process.pid, startTime: readProcess(process.pid)?.startTime ?? 0, boot: bootId(), socket };
}

/** Writes both files. Errors: of the system; what stood there before is left. */
export async function writeKeeperFiles(dataDir: string, record: KeeperRecord): Promise<void> {
  await replace(path.join(dataDir, RECORD_FILE), `${JSON.stringify(record)}\n`);
  await replace(path.join(dataDir, PID_FILE), `${record.pid}\n`);
}

/** Whether both files are there and say what they should. */
export function keeperFilesSay(dataDir: string, record: KeeperRecord): boolean {
  const { pid, startTime } = readKeeperRecord(dataDir) ?? {};
  return (
    pid === record.pid && startTime === record.startTime && text(path.join(dataDir, PID_FILE)) === `${record.pid}\n`
  );
}

/** Removes both files if they are this keeper's. */
export async function removeKeeperFiles(dataDir: string, record: KeeperRecord): Promise<void> {
  if (readKeeperRecord(dataDir)?.pid !== record.pid) return;
  await rm(path.join(dataDir, PID_FILE), { force: true });
  await rm(path.join(dataDir, RECORD_FILE), { force: true });
  leaveRuntimeDir(path.dirname(record.socket));
}

/** What was written of the keeper of a directory; undefined when nothing was, or it can't be read. */
export function readKeeperRecord(dataDir: string): KeeperRecord | undefined {
  try {
    const record = parseTrustedJson(readFileSync(path.join(dataDir, RECORD_FILE), 'utf8')) as KeeperRecord;
    return Number.isInteger(record.pid) && typeof record.socket === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whether that very process is there and has not ended. */
export function isKeeperAlive({ pid, startTime, boot }: Pick<KeeperRecord, 'pid' | 'startTime' | 'boot'>): boolean {
  const found = readProcess(pid);
  return found?.startTime === startTime && !hasEnded(found) && boot === bootId();
}

/** Names the boot of the machine; empty where it has no name. */
export function bootId(): string {
  return text('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function text(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function replace(file: string, content: string): Promise<void> {
  const fresh = `${file}.${randomUUID().slice(0, 8)}`;
  try {
    await writeFile(fresh, content, { mode: MODE });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw error;
  }
}
