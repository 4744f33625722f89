import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

import { nextTurn } from '../../base/next-turn.ts';

/** What `/proc/<pid>/stat` says of a process that runs, as far as measuring needs it. */
export interface ProcessFigures {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot. Together with the pid it names a process for ever. */
  readonly startTime: number;
  /** Processor time so far, milliseconds. */
  readonly cpuMs: number;
  /** Of its children that have ended and that it waited for, and of theirs. */
  readonly endedMs: number;
  /** Bytes. */
  readonly rss: number;
  readonly vms: number;
}

/**
 * Files read between two turns of the loop. The kernel answers each from memory in some 10 µs: read in place that is a
 * fraction of what threads for it would cost, and a slice holds up the loop for a millisecond at most.
 */
const SLICE = 64;

/** What every Linux that Node runs on has, where the kernel does not say. */
const USUAL_TICKS_PER_SECOND = 100;
const USUAL_PAGE_BYTES = 4096;

/** Entries of `/proc/self/auxv`, see getauxval(3). */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;
const WORD_BYTES = 8;

/** Every process on the machine that has not ended, by pid. Empty where there is no /proc. */
export async function readAllFigures(): Promise<Map<number, ProcessFigures>> {
  const names = await readdir('/proc').catch(() => []);
  return await readFigures(names.filter((name) => /^\d+$/.test(name)));
}

/** Those of some processes that have not ended, by pid. */
export async function readFigures(pids: Iterable<number | string>): Promise<Map<number, ProcessFigures>> {
  const found = new Map<number, ProcessFigures>();
  let read = 0;
  for (const pid of pids) {
    const figures = parseFigures(readStat(pid));
    if (figures !== undefined) found.set(figures.pid, figures);
    read += 1;
    if (read % SLICE === 0) await nextTurn();
  }
  return found;
}

/** More than a line of `/proc/<pid>/stat` can take: 52 numbers and a name of 64 bytes at most. */
const line = Buffer.alloc(2048);

/** In three calls of the system; reading a file whole takes five, and this is done for each process each time. */
function readStat(pid: number | string): string {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${String(pid)}/stat`, 'r');
    return line.toString('latin1', 0, readSync(file, line));
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The name stands in parentheses and may itself hold spaces and parentheses. */
function parseFigures(text: string): ProcessFigures | undefined {
  const close = text.lastIndexOf(')');
  if (close === -1) return undefined;
  const fields = text.slice(close + 2).split(' ');
  const state = fields[0];
  if (state === 'Z' || state === 'X') return undefined;
  const number = (at: number): number => Number(fields[at]);
  const { ticksPerSecond, pageBytes } = units();
  return {
    pid: Number.parseInt(text, 10),
    parent: number(1),
    session: number(3),
    startTime: number(19),
    cpuMs: ((number(11) + number(12)) * 1000) / ticksPerSecond,
    endedMs: ((number(13) + number(14)) * 1000) / ticksPerSecond,
    vms: number(20),
    rss: number(21) * pageBytes,
  };
}

interface Units {
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
}

let known: Units | undefined;

/** In what the kernel counts time and memory. It never changes while the machine runs. */
function units(): Units {
  known ??= readUnits();
  return known;
}

function readUnits(): Units {
  let ticksPerSecond = USUAL_TICKS_PER_SECOND;
  let pageBytes = USUAL_PAGE_BYTES;
  try {
    const entries = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 2 * WORD_BYTES <= entries.length; at += 2 * WORD_BYTES) {
      const value = Number(entries.readBigUInt64LE(at + WORD_BYTES));
      if (entries.readBigUInt64LE(at) === AT_PAGESZ) pageBytes = value;
      if (entries.readBigUInt64LE(at) === AT_CLKTCK) ticksPerSecond = value;
    }
  } catch {
    // The usual ones it is.
  }
  return { ticksPerSecond, pageBytes };
}
