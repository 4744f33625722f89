/**
 * Lets children have the limit of open files that the agent was started with. Node raises its own to the hard limit as it
 * starts, and children inherit that; some programs go wrong with more files than they were made for. So this process
 * lowers its limit to what children get, and goes beyond it only for the moment in which its ends of a child's pipes are
 * moved above it, so that what else it opens (sockets, segment files) finds a place below.
 */
import { closeFile, duplicateFile, type FileLimit, fileLimit, setFileLimit } from './libc.ts';

let forChildren: FileLimit | undefined;

/** From now on children get this soft limit, if this process has more. */
export function limitFilesOfChildren(soft: number | undefined): void {
  const own = fileLimit(0);
  if (soft === undefined || own === undefined || own.soft <= soft) return;
  const lower = { soft, hard: own.hard };
  if (setFileLimit(0, lower)) forChildren = lower;
}

/** Moves a file above the limit, where there is one. Errors: the name of the system's error; the file is closed then. */
export function outOfTheWay(fd: number): number | string {
  if (forChildren === undefined) return fd;
  const { soft, hard } = forChildren;
  setFileLimit(0, { soft: hard, hard });
  try {
    return duplicateFile(fd, soft);
  } finally {
    setFileLimit(0, forChildren);
    closeFile(fd);
  }
}

/** A child that was started in just such a moment has got too much. */
export function correctFileLimit(pid: number): void {
  if (forChildren === undefined) return;
  const found = fileLimit(pid);
  if (found?.soft === forChildren.hard) setFileLimit(pid, forChildren);
}
