import { Socket } from 'node:net';

import { parsePrefixStatus } from '../confine/prefix-status.ts';
import type { SpawnFailure } from '../launcher.ts';
import { closeFile, makePipe } from './libc.ts';

/** What a chain says that goes wrong is short. */
const LONGEST_REPORT_BYTES = 64 * 1024;

/** The pipe by which a chain of confining programs says how that went. */
export interface PrefixReport {
  /** What the chain gets; to be closed here once it has it. */
  readonly theirs: number;
  close(): void;
  /** Resolves when the chain has become the program, or has failed. */
  read(): Promise<'ok' | SpawnFailure>;
}

/** Errors: the name of the system's error. */
export function makePrefixReport(): PrefixReport | string {
  const ends = makePipe();
  if (typeof ends === 'string') return ends;
  const [ours, theirs] = ends;
  return {
    theirs,
    close: () => {
      closeFile(theirs);
      closeFile(ours);
    },
    read: () => {
      closeFile(theirs);
      return new Promise((resolve) => {
        let said = '';
        const socket = new Socket({ fd: ours, readable: true, writable: false });
        socket.on('data', (bytes) => {
          said = (said + bytes.toString()).slice(-LONGEST_REPORT_BYTES);
        });
        socket.on('error', () => undefined);
        socket.once('close', () => {
          resolve(parsePrefixStatus(said));
        });
      });
    },
  };
}
