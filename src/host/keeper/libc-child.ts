import type { Writable } from 'node:stream';

import type { Exit, Usage } from '../../protocol/run.ts';
import type { Child, ChildCgroup, OutputSource } from '../run/child.ts';
import type { ChildTable } from './child-table.ts';
import type { Streams } from './child-files.ts';

/** A child of this process that libc started. */
export class LibcChild implements Child {
  readonly pid: number;
  readonly stdin: Writable | undefined;
  readonly outputs: readonly OutputSource[];
  readonly cgroup: ChildCgroup | undefined;
  readonly #table: ChildTable;
  readonly #streams: Streams;
  /** What it leaves may end before it is followed: held until then. */
  #heir: Disposable | undefined;
  #exit: Exit | undefined;
  #listener: ((exit: Exit) => void) | undefined;

  constructor(pid: number, kind: 'started' | 'orphan', streams: Streams, table: ChildTable, cgroup?: ChildCgroup) {
    this.pid = pid;
    this.stdin = streams.stdin;
    this.outputs = streams.outputs;
    this.cgroup = cgroup;
    this.#table = table;
    this.#streams = streams;
    table.watch(pid, kind, (exit) => {
      this.#exit = exit;
      this.#listener?.(exit);
    });
  }

  get isPinned(): boolean {
    return this.#table.isPinned(this.pid);
  }

  onExit(listener: (exit: Exit) => void): void {
    this.#listener = listener;
    if (this.#exit !== undefined) listener(this.#exit);
  }

  /** The most memory it had is not told where the kernel can't tell it from what this process had when it started the child. */
  collect(): Usage | undefined {
    this.#heir?.[Symbol.dispose]();
    this.#heir = undefined;
    const usage = this.#table.collect(this.pid);
    if (usage?.maxRss === undefined || usage.maxRss > process.resourceUsage().maxRSS * 1024) return usage;
    const { userMs, systemMs } = usage;
    return { userMs, systemMs };
  }

  expectEnd(): void {
    this.#table.expectEnd(this.pid);
  }

  streamNames(): readonly string[] {
    return this.#streams.names();
  }

  resize(columns: number, rows: number): void {
    this.#streams.resize?.(columns, rows);
  }

  /** It is to leave another process that goes on in its place. Call this as soon as it is started. */
  expectHeir(): void {
    this.#heir = this.#table.expectHeir();
  }

  /** There is to be no run of it: waits for its end and lets everything go. */
  async discard(): Promise<void> {
    await new Promise<unknown>((resolve) => {
      this.onExit(resolve);
    });
    this.collect();
    this.stdin?.destroy();
    for (const output of this.outputs) output.destroy();
  }

  follow(pid: number): Child | undefined {
    if (!this.#table.has(pid)) return undefined;
    // The streams are the first one's: the process that goes on inherited them.
    return new LibcChild(pid, 'orphan', this.#streams, this.#table, this.cgroup);
  }
}
