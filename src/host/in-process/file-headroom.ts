import { closeSync, openSync } from 'node:fs';

/** More files than starting a child opens for a moment. */
const NEEDED = 10;

/**
 * Whether as many files can be opened as starting a child takes. Node never closes the streams of a child that could
 * not be started for want of files, so it is better to ask before, which costs little beside a start.
 */
export function hasFileHeadroom(): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < NEEDED) opened.push(openSync('/dev/null', 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}
