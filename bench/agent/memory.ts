import { readFileSync, writeFileSync } from 'node:fs';

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

function statusBytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
}
