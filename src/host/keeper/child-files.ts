import { chownSync, fchownSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';

import type { SpawnSpec } from '../launcher.ts';
import type { OutputSource } from '../run/child.ts';
import { ReadableSource } from '../run/readable-source.ts';
import { outOfTheWay } from './file-room.ts';
import { closeFile, duplicateFile, makePipe, openFile, openTerminal, resizeTerminal, terminalPath } from './libc.ts';
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
  /** What the system calls the child's ends while ours are open. */
  readonly names: () => string[];
  readonly resize?: (columns: number, rows: number) => void;
}

/** Makes the files a spec asks for. Errors: the name of the system's error. */
export function makeChildFiles(spec: SpawnSpec): ChildFiles | string {
  const files = spec.pty === undefined ? makePipes(spec) : makeTerminal(spec.pty);
  const owner = ownerOf(spec);
  if (typeof files !== 'string' && owner !== undefined) giveTo(owner, files.theirs);
  return files;
}

type StreamOwner = NonNullable<SpawnSpec['streamOwner']>;

/** The group stays where only the user is another. */
function ownerOf({ user, pty, streamOwner }: SpawnSpec): StreamOwner | undefined {
  if (user !== undefined) return { uid: user.uid, gid: -1 };
  return pty === undefined ? streamOwner : undefined;
}

/**
 * Another user could use the streams, but not open them again, as `> /dev/stderr` does. Neither pipes nor terminals are
 * on a disk, so nothing blocks.
 */
function giveTo({ uid, gid }: StreamOwner, files: ChildFiles['theirs']): void {
  const terminal = files.find((file) => typeof file === 'string');
  try {
    if (terminal !== undefined) chownSync(terminal, uid, gid);
    else for (const file of files) if (typeof file === 'number' && file !== nullFile) fchownSync(file, uid, gid);
  } catch {
    // There can be no such user here, which is told when the program is to become it.
  }
}

/** Two separate pipes, never sockets: a child can open `/dev/stderr` again. */
function makePipes(spec: SpawnSpec): ChildFiles | string {
  const hasInput = spec.stdin.type !== 'none';
  const made: number[] = [];
  /** [ours, theirs] */
  const pipe = (isInput: boolean): readonly [number, number] | string => {
    const ends = makePipe();
    if (typeof ends === 'string') return ends;
    const [theirs, ours] = isInput ? ends : ends.toReversed();
    made.push(theirs);
    const moved = outOfTheWay(ours);
    if (typeof moved === 'string') return moved;
    made.push(moved);
    return [moved, theirs];
  };
  const [output, errors, input] = [pipe(false), pipe(false), hasInput ? pipe(true) : nothing()];
  if (typeof output === 'string' || typeof errors === 'string' || typeof input === 'string') {
    closeAll(made);
    return [output, errors, input].find((ends) => typeof ends === 'string') ?? '';
  }
  const [ourInput, theirInput] = input;
  const needsInput = ourInput !== undefined;
  return {
    theirs: [theirInput, output[1], errors[1]],
    closeTheirs: () => {
      closeAll([output[1], errors[1], ...(needsInput ? [theirInput] : [])]);
    },
    closeOurs: () => {
      closeAll([output[0], errors[0], ...(needsInput ? [ourInput] : [])]);
    },
    open: () => {
      const outputs = [new PipeSource('stdout', output[0]), new PipeSource('stderr', errors[0])];
      return {
        stdin: needsInput ? new Socket({ fd: ourInput, readable: false, writable: true }) : undefined,
        outputs,
        names: () => outputs.flatMap((source) => source.name() ?? []),
      };
    },
  };
}

function makeTerminal({ columns, rows }: { readonly columns: number; readonly rows: number }): ChildFiles | string {
  const made = openTerminal();
  const master = typeof made === 'string' ? made : outOfTheWay(made);
  if (typeof master === 'string') return master;
  // Of two files of one terminal each can be closed when its own work is done.
  const copy = duplicateFile(master, 0);
  const typing = typeof copy === 'string' ? copy : outOfTheWay(copy);
  if (typeof typing === 'string') {
    closeFile(master);
    return typing;
  }
  resizeTerminal(master, columns, rows);
  const name = terminalPath(master);
  return {
    // The child leads a session that has no terminal yet: the first it opens becomes its own. Then its 0 is copied.
    theirs: [name, 0, 0],
    closeTheirs: () => undefined,
    closeOurs: () => {
      closeAll([master, typing]);
    },
    open: () => ({
      stdin: terminalInput(typing),
      outputs: [new ReadableSource('pty', new ReadStream(master))],
      names: () => [name],
      resize: (width, height) => {
        resizeTerminal(master, width, height);
      },
    }),
  };
}

function closeAll(files: readonly number[]): void {
  for (const fd of files) closeFile(fd);
}

let nullFile: number | string | undefined;

/** `/dev/null`, opened once for all. */
function nothing(): readonly [undefined, number] | string {
  if (typeof nullFile !== 'number') nullFile = openFile('/dev/null');
  return typeof nullFile === 'string' ? nullFile : [undefined, nullFile];
}
