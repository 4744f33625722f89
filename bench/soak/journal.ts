// What the programs of jobs wrote down about themselves: see program.sh.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Exit } from '../../src/protocol/run.ts';

/** What is known of one run from its own program. Times are those of `uptimeMs()`. */
export interface JournalRun {
  readonly key: string;
  readonly uid: string;
  readonly run: number;
  /** Id of its job. */
  readonly id: string;
  readonly pid: number;
  readonly beganAt: number;
  /** How often a program began under this key. */
  begun: number;
  /** Bytes it surely wrote. */
  wrote: number;
  /** Pids of children it left behind. */
  readonly left: number[];
  /** How it was about to end. Missing: it was ended by a signal it could not handle, or it still runs. */
  end?: { readonly at: number; readonly exit: Exit };
}

const CHUNK_BYTES = 65_536;

/** Reads a journal that grows. */
export class Journal {
  readonly file: string;
  readonly #runs = new Map<string, JournalRun>();
  readonly #byJob = new Map<string, JournalRun[]>();
  readonly #uids = new Map<string, Set<string>>();
  #position = 0;
  #rest = '';

  constructor(file: string) {
    this.file = file;
    closeSync(openSync(file, 'a'));
  }

  get runs(): readonly JournalRun[] {
    return [...this.#runs.values()];
  }

  /** Runs of one job, in the order they began. */
  runsOf(id: string): readonly JournalRun[] {
    return this.#byJob.get(id) ?? [];
  }

  /** Uids under which a job ran: there must be one. */
  uidsOf(id: string): ReadonlySet<string> {
    return this.#uids.get(id) ?? new Set();
  }

  /** Reads what was written since the last time. */
  read(): void {
    const fd = openSync(this.file, 'r');
    try {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      for (;;) {
        const bytes = readSync(fd, chunk, 0, CHUNK_BYTES, this.#position);
        if (bytes === 0) return;
        this.#position += bytes;
        const lines = (this.#rest + chunk.toString('latin1', 0, bytes)).split('\n');
        this.#rest = lines.pop() ?? '';
        for (const line of lines) this.#take(line.split(' '));
      }
    } finally {
      closeSync(fd);
    }
  }

  #take([what, key = '', pid = '', id = '', seconds = '', ...facts]: readonly string[]): void {
    const at = Number(seconds) * 1000;
    if (what === 'begin') {
      this.#begin(key, Number(pid), id, at);
      return;
    }
    const run = this.#runs.get(key);
    if (run === undefined) return;
    if (what === 'wrote') run.wrote = Number(facts[0]);
    if (what === 'left') run.left.push(Number(facts[0]));
    if (what === 'end') run.end = { at, exit: exitOf(facts) };
  }

  #begin(key: string, pid: number, id: string, at: number): void {
    const known = this.#runs.get(key);
    if (known !== undefined) {
      known.begun += 1;
      return;
    }
    const dot = key.lastIndexOf('.');
    const uid = key.slice(0, dot);
    const run = { key, uid, run: Number(key.slice(dot + 1)), id, pid, beganAt: at, begun: 1, wrote: 0, left: [] };
    this.#runs.set(key, run);
    this.#byJob.set(id, [...(this.#byJob.get(id) ?? []), run]);
    this.#uids.set(id, (this.#uids.get(id) ?? new Set()).add(uid));
  }
}

function exitOf([kind, value = '']: readonly string[]): Exit {
  return kind === 'signal' ? { signal: `SIG${value}` as NodeJS.Signals } : { code: Number(value) };
}
