// What processes hold: memory and files.
import { readFileSync, writeFileSync } from 'node:fs';
import { openFilesOf } from '../../test/harness/processes.ts';

/** pidusage keeps the file of a process it measured open for up to 90 s. */
const MEASURED = /^\/proc\/\d+\/stat$/;

/** Resident memory of some processes, in bytes: now, and at most since {@link forgetPeak}. */
export interface Resident {
  readonly now: number;
  readonly peak: number;
}

export function resident(pids: readonly number[]): Resident {
  const of = (field: string): number => pids.reduce((sum, pid) => sum + statusBytes(pid, field), 0);
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

/** Lets the kernel measure peaks from now on. */
export function forgetPeak(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Bytes of a process by its share: what it has in common with others counts as much less as they are many. */
export function proportional(pid: number): number {
  return kibibytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') * 1024;
}

/** Files that some processes have open, without those that are kept for a while to measure with. */
export function restingFiles(pids: readonly number[]): number {
  return pids.flatMap((pid) => [...openFilesOf(pid).values()]).filter((target) => !MEASURED.test(target)).length;
}

function statusBytes(pid: number, field: string): number {
  return kibibytes(readFileSync(`/proc/${pid}/status`, 'utf8'), field) * 1024;
}

function kibibytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
}
