import { closeSync, readdirSync, readFileSync } from 'node:fs';

const LAST_STANDARD_FD = 2;

/** Close-on-exec, in the octal flags that /proc tells of a file. Files that were opened here have it, inherited ones don't. */
const CLOSE_ON_EXEC = 0o2_000_000;

/**
 * Closes what this process got from whoever started it, beside the three standard files. A keeper lives long: whoever
 * waits for the end of a pipe that it holds by chance would wait as long.
 */
export function closeInheritedFiles(): void {
  for (const fd of openFiles()) {
    if (fd <= LAST_STANDARD_FD || (flagsOf(fd) & CLOSE_ON_EXEC) !== 0) continue;
    try {
      closeSync(fd);
    } catch {
      // It was the directory that was being read.
    }
  }
}

function openFiles(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    return [];
  }
}

/** Files that can't be looked at are left alone. */
function flagsOf(fd: number): number {
  try {
    const flags = /^flags:\s+([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${String(fd)}`, 'latin1'))?.[1];
    return flags === undefined ? CLOSE_ON_EXEC : Number.parseInt(flags, 8);
  } catch {
    return CLOSE_ON_EXEC;
  }
}
