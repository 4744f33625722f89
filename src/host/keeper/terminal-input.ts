import { write } from 'node:fs';
import { Writable } from 'node:stream';

import { closeFile } from './libc.ts';

/** A terminal whose program does not read is tried again this often: at first soon, then ever less. */
const FIRST_RETRY_MS = 5;
const LONGEST_RETRY_MS = 200;

/** Control-D: at the beginning of a line the end of input, in the middle of one it only hands over what is there. */
const END_OF_TRANSMISSION = 4;
const LINE_ENDS: ReadonlySet<number | undefined> = new Set([undefined, 0x0a, 0x0d, END_OF_TRANSMISSION]);

/**
 * Takes what is typed to a terminal; takes over the file. A program that never reads costs a try now and then: the
 * terminal's file does not block, and is never waited for.
 */
export function terminalInput(fd: number): Writable {
  let retry: NodeJS.Timeout | undefined;
  let isWriting = false;
  let isDestroyed = false;
  let last: number | undefined;
  const attempt = (bytes: Buffer, retryMs: number, done: (error?: Error | null) => void): void => {
    isWriting = true;
    write(fd, bytes, 0, bytes.length, null, (error, taken) => {
      isWriting = false;
      if (isDestroyed) {
        closeFile(fd);
        return;
      }
      if (error !== null && error.code !== 'EAGAIN' && error.code !== 'EINTR') {
        done(error);
        return;
      }
      const rest = error === null ? bytes.subarray(taken) : bytes;
      if (rest.length === 0) {
        done();
        return;
      }
      const nextMs = rest.length < bytes.length ? FIRST_RETRY_MS : Math.min(2 * retryMs, LONGEST_RETRY_MS);
      retry = setTimeout(() => {
        attempt(rest, nextMs, done);
      }, retryMs);
    });
  };
  return new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      last = bytes.at(-1) ?? last;
      attempt(bytes, FIRST_RETRY_MS, done);
    },
    final: (done) => {
      attempt(Buffer.alloc(LINE_ENDS.has(last) ? 1 : 2, END_OF_TRANSMISSION), FIRST_RETRY_MS, done);
    },
    destroy: (error, done) => {
      isDestroyed = true;
      clearTimeout(retry);
      if (!isWriting) closeFile(fd);
      done(error);
    },
  });
}
