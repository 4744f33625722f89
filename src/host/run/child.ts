import type { Writable } from 'node:stream';

import type { Lease } from '../../base/memory-pool.ts';
import type { OutputStream } from '../../protocol/output.ts';
import type { Exit, Usage } from '../../protocol/run.ts';

/** One stream of a child's output. Nothing is read before `start`. */
export interface OutputSource {
  readonly stream: OutputStream;
  /** Bytes that were read and are not handed over yet. @default 0 */
  readonly waiting?: number;
  /**
   * Reads until `pause`. Bytes handed over never change afterwards, those with a lease as long as it is held. `onEnd`
   * comes once, when nothing follows.
   */
  start(onBytes: (bytes: Buffer, lease?: Lease) => void, onEnd: () => void): void;
  pause(): void;
  resume(): void;
  /** Hands over what waits: nothing more is wanted of it. */
  finish?(): void;
  /** Goes on reading for as long as there is somebody who writes, without keeping this process alive for it. */
  release(): void;
  /** Reads no more: who still writes is told so by the system. */
  destroy(): void;
}

/** The control group a child was put into. */
export interface ChildCgroup {
  /** Kills all that is in it. False when something is still there after a while. */
  kill(): Promise<boolean>;
  /** Whether the system ended a process in it for want of memory. */
  wasOutOfMemory(): Promise<boolean>;
  /** What is in it outlives the run. */
  keep(): Promise<void>;
  remove(): Promise<void>;
}

/** A child process that has started, in a session and group of its own. */
export interface Child {
  readonly pid: number;
  /** Undefined when its input is /dev/null. */
  readonly stdin: Writable | undefined;
  readonly outputs: readonly OutputSource[];
  readonly cgroup?: ChildCgroup | undefined;
  /** Until {@link Child.collect} the pid is its own, even when it has ended. */
  readonly isPinned: boolean;
  /** Called once, when it has ended. */
  onExit(listener: (exit: Exit) => void): void;
  /** Its output has ended, so it is likely to have ended or to end soon. */
  expectEnd?(): void;
  /** Gives its pid back to the system. What it used, where that can be told. */
  collect(): Usage | undefined;
  /** What the system calls the streams it was given, see `openFilesOf()`. */
  streamNames?(): readonly string[];
  /** Tells its terminal a new size. */
  resize?(columns: number, rows: number): void;
  /** Makes another child of this process, with the same streams, what is waited for. Undefined when it is none. */
  follow?(pid: number): Child | undefined;
}
