/** What is done about a database file whose content is not what SQLite wrote. */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

const COMPANIONS = ['', '-wal', '-shm', '-journal'];

/** Sets the file aside with all that belongs to it; answers the new names. No connection may have it open. */
export function quarantine(file: string, now: number): readonly string[] {
  const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, '-');
  const moved: string[] = [];
  for (const companion of COMPANIONS) {
    if (!existsSync(file + companion)) continue;
    const target = `${file}.corrupt-${stamp}${companion}`;
    renameSync(file + companion, target);
    moved.push(target);
  }
  rmSync(markOf(file), { force: true });
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
