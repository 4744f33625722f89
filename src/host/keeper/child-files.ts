import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';

import type { SpawnSpec } from '../launcher.ts';
import type { OutputSource } from '../run/child.ts';
import { ReadableSource } from '../run/readable-source.ts';
import { closeFile, duplicateFile, makePipe, openFile, openTerminal, resizeTerminal } from './libc.ts';
import { PipeSource } from './pipe-source.ts';
import { terminalInput } from './terminal-input.ts';

/** The files of a child to be: what it gets as 0, 1 and 2, and our ends of them. */
export interface ChildFiles {
  readonly theirs: readonly (number | string)[];
  /** Closes what only the child needs. */
  closeTheirs(): void;
  /** Closes our ends: there is no child. */
  closeOurs(): void;
  /** Our ends as streams; to be called once, when there is a child. */
  open(): Streams;
}

export interface Streams {
  readonly stdin: Writable | undefined;
  readonly outputs: readonly OutputSource[];
  readonly resize?: (columns: number, rows: number) => void;
}

/** Makes the files a spec asks for. Errors: the name of the system's error. */
export function makeChildFiles(spec: SpawnSpec): ChildFiles | string {
  return spec.pty === undefined ? makePipes(spec) : makeTerminal(spec.pty);
}

/** Two separate pipes, never sockets: a child can open `/dev/stderr` again. */
function makePipes(spec: SpawnSpec): ChildFiles | string {
  const made: number[] = [];
  const closeAll = (): void => {
    for (const fd of made.splice(0)) closeFile(fd);
  };
  const pipe = (): { read: number; write: number } | string => {
    const ends = makePipe();
    if (typeof ends !== 'string') made.push(ends.read, ends.write);
    return ends;
  };
  const input = spec.stdin.type === 'none' ? nothing() : pipe();
  const [output, errors] = [pipe(), pipe()];
  const failed = [input, output, errors].find((ends) => typeof ends === 'string') ?? '';
  if (typeof input === 'string' || typeof output === 'string' || typeof errors === 'string') {
    closeAll();
    return failed;
  }
  const hasInput = typeof input !== 'number';
  const theirs = [hasInput ? input.read : input, output.write, errors.write];
  return {
    theirs,
    closeTheirs: () => {
      for (const fd of hasInput ? theirs : theirs.slice(1)) closeFile(fd);
    },
    closeOurs: () => {
      for (const fd of [output.read, errors.read, ...(hasInput ? [input.write] : [])]) closeFile(fd);
    },
    open: () => ({
      stdin: hasInput ? new Socket({ fd: input.write, readable: false, writable: true }) : undefined,
      outputs: [new PipeSource('stdout', output.read), new PipeSource('stderr', errors.read)],
    }),
  };
}

function makeTerminal({ columns, rows }: { readonly columns: number; readonly rows: number }): ChildFiles | string {
  const terminal = openTerminal(columns, rows);
  if (typeof terminal === 'string') return terminal;
  const { master, path } = terminal;
  // Of two files of one owner each can be closed when its own work is done.
  const typing = duplicateFile(master, 0);
  if (typeof typing === 'string') {
    closeFile(master);
    return typing;
  }
  return {
    // The child leads a session that has no terminal yet: the first it opens becomes its own. Then 0 is copied.
    theirs: [path, 0, 0],
    closeTheirs: () => undefined,
    closeOurs: () => {
      closeFile(master);
      closeFile(typing);
    },
    open: () => ({
      stdin: terminalInput(typing),
      outputs: [new ReadableSource('pty', new ReadStream(master))],
      resize: (columns, rows) => {
        resizeTerminal(master, columns, rows);
      },
    }),
  };
}

let nullFile: number | string | undefined;

/** `/dev/null`, opened once for all. */
function nothing(): number | string {
  if (typeof nullFile !== 'number') nullFile = openFile('/dev/null');
  return nullFile;
}
