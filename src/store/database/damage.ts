/** What is done about a database file whose content is not what SQLite wrote. */
import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { AgentError } from '../../protocol/agent-error.ts';
import { createEmpty } from './data-directory.ts';

const COMPANIONS = ['', '-wal', '-shm', '-journal'];

/** A claim older than this was left by an agent that was killed. */
const CLAIM_MS = 10_000;

/**
 * Sets the file aside with all that belongs to it and puts an empty one in its place; answers the new
 * names. No connection of this agent may have it open. When it is no longer the file `inode`, another
 * agent that started at the same moment has done so: nothing is touched, for the fresh one is its own.
 *
 * Errors: AgentError `store-unavailable` when another agent is just doing this.
 */
export function quarantine(file: string, inode: number, now: number): readonly string[] {
  const claim = `${file}.claim`;
  if (existsSync(claim) && Date.now() - statSync(claim).mtimeMs > CLAIM_MS) rmSync(claim, { force: true });
  try {
    writeFileSync(claim, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new AgentError(
      'store-unavailable',
      'Cannot open the store: another agent is just starting in this directory',
      {
        cause: error,
      },
    );
  }
  try {
    return statSync(file).ino === inode ? setAside(file, now) : [];
  } finally {
    rmSync(claim, { force: true });
  }
}

function setAside(file: string, now: number): readonly string[] {
  const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, '-');
  const moved: string[] = [];
  for (const companion of COMPANIONS) {
    if (!existsSync(file + companion)) continue;
    const target = `${file}.corrupt-${stamp}${companion}`;
    renameSync(file + companion, target);
    moved.push(target);
  }
  rmSync(markOf(file), { force: true });
  createEmpty(file);
  return moved;
}

/** Leaves a note that the file must be looked through before it is used again. */
export function markDamaged(file: string | undefined): void {
  if (file === undefined) return;
  try {
    writeFileSync(markOf(file), '', { mode: 0o600 });
  } catch {
    // A disk that takes no note is told of by the failing operations themselves.
  }
}

/**
 * Looks the whole file through when a note was left; answers what is wrong with it. A sound file
 * loses its note.
 */
export function findDamage(database: DatabaseSync, file: string): string | undefined {
  if (!existsSync(markOf(file))) return undefined;
  const finding = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (finding !== 'ok') return String(finding);
  rmSync(markOf(file), { force: true });
  return undefined;
}

function markOf(file: string): string {
  return `${file}.damaged`;
}
