import type { Launcher, RunKey } from '../launcher.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { FrameWriter } from './frame-writer.ts';
import { EARLY_OUTPUT, type RunNews, TELL } from './protocol.ts';
import type { KeptRun, RunTable } from './run-table.ts';
import { sliceParts } from './slice-codec.ts';

/** Nothing more is told while this much waits to be taken. */
const FULL_BYTES = 256 * 1024;

/** What one connection was told of a run. */
interface Told {
  /** Missing until it is known to run. */
  pid: number | undefined;
  end: number;
  stdinRooms: number;
  trouble: string | undefined;
  hasExited: boolean;
  /** Up to here its output was told, too; undefined when it is to be read from now on. */
  early: number | undefined;
}

/**
 * Tells one connection what is new of the runs, as fast as it takes it and no faster. What is not told yet is one mark
 * for each run, however much happens to it.
 */
export class NewsDesk {
  readonly #table: RunTable;
  readonly #launcher: Launcher;
  readonly #writer: FrameWriter;
  readonly #marked = new Set<KeptRun>();
  readonly #told = new Map<RunKey, Told>();
  #isTelling = false;
  #isClosed = false;

  constructor(table: RunTable, launcher: Launcher, writer: FrameWriter) {
    this.#table = table;
    this.#launcher = launcher;
    this.#writer = writer;
  }

  /** Begins: what the runs are now is told by their list, what becomes of them from here. */
  open(): void {
    for (const { key, pid, outputEnd, exit } of this.#table.snapshots()) {
      const run = this.#table.get(key);
      const told = { pid, end: outputEnd, stdinRooms: run?.stdinRooms ?? 0, trouble: run?.trouble };
      this.#told.set(key, { ...told, hasExited: exit !== undefined, early: undefined });
    }
    this.#table.listen((run) => {
      this.#mark(run);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#marked.clear();
  }

  /** The other side takes more again. */
  resume(): void {
    if (!this.#isTelling && this.#marked.size > 0) void this.#tell();
  }

  /** Nothing more is to be told of a run that is not there any more. */
  forget(run: KeptRun): void {
    this.#marked.delete(run);
    this.#told.delete(run.key);
  }

  #mark(run: KeptRun): void {
    if (this.#isClosed || run.started === undefined) return;
    this.#marked.add(run);
    if (!this.#isTelling) void this.#tell();
  }

  /** Never rejects. */
  async #tell(): Promise<void> {
    this.#isTelling = true;
    for (const run of this.#marked) {
      if (this.#writer.waiting >= FULL_BYTES) break;
      this.#marked.delete(run);
      await this.#tellOf(run);
    }
    this.#isTelling = false;
  }

  async #tellOf(run: KeptRun): Promise<void> {
    const told = this.#toldOf(run);
    const from = told.early;
    const slice = await this.#earlyOutput(run, told);
    if (this.#isClosed || this.#told.get(run.key) !== told) return;
    const { key, started, record: exit, trouble, stdinOffset, stdinRooms } = run;
    const end = Math.max(run.outputEnd, slice?.next ?? 0);
    const news: RunNews = {
      key,
      end,
      ...(started !== undefined && started.pid !== told.pid && { started }),
      ...(stdinRooms > told.stdinRooms && { stdin: stdinOffset }),
      ...(trouble !== told.trouble && trouble !== undefined && { trouble }),
      ...(exit !== undefined && !told.hasExited && { exit }),
      ...(slice !== undefined && from !== undefined && { early: { from, next: slice.next, ended: slice.ended } }),
    };
    if (end === told.end && Object.keys(news).length === 2) return;
    told.pid = started?.pid;
    told.end = end;
    told.stdinRooms = stdinRooms;
    told.trouble = trouble;
    told.hasExited = exit !== undefined;
    const parts = slice === undefined ? [] : sliceParts(slice.items);
    this.#writer.send(TELL.news, 0, JSON.stringify(news), parts, slice?.release);
    if (told.hasExited && run.isForgotten) this.#told.delete(key);
  }

  #toldOf({ key, toldPid: pid, outputStart }: KeptRun): Told {
    let told = this.#told.get(key);
    if (told === undefined) {
      told = { pid, end: outputStart, stdinRooms: 0, trouble: undefined, hasExited: false, early: outputStart };
      this.#told.set(key, told);
    }
    return told;
  }

  /** The output of a run that has said little so far, from where it was told last. What lies in files is not fetched. */
  async #earlyOutput(run: KeptRun, told: Told): Promise<OutputSlice | undefined> {
    const from = told.early;
    if (from === undefined) return undefined;
    const isTooMuch = run.outputEnd - run.outputStart > EARLY_OUTPUT || run.record?.outputOnDisk === true;
    if (isTooMuch || told.hasExited) {
      told.early = undefined;
      return undefined;
    }
    if (run.outputEnd === from && run.record === undefined) return undefined;
    try {
      const slice = await this.#launcher.read(run.key, from, EARLY_OUTPUT);
      told.early = slice.ended ? undefined : slice.next;
      return slice;
    } catch {
      // Whoever wants it asks for it, and is told why it can't be read.
      told.early = undefined;
      return undefined;
    }
  }
}
