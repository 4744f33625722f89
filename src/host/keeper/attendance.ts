/** What a keeper tells those who see its standard error: a service manager, the log of a container, a terminal. */
import { write } from 'node:fs';

const STANDARD_ERROR = 2;

/** Lines that wait for a slow reader; later ones are left out. They are in the keeper's log all the same. */
const MOST_WAITING = 200;

let waiting: string[] = [];
let isWriting = false;

/** Writes a line to standard error without ever waiting for its reader. */
export function tellAttendant(line: string): void {
  if (waiting.length >= MOST_WAITING) return;
  waiting.push(`corex: ${line}\n`);
  if (!isWriting) writeNext();
}

/** One at a time: a write that hangs takes one thread of the pool and no more. */
function writeNext(): void {
  isWriting = waiting.length > 0;
  if (!isWriting) return;
  const text = waiting.join('');
  waiting = [];
  write(STANDARD_ERROR, text, writeNext);
}
