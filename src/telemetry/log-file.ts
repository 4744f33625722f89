import { closeSync, fstatSync, openSync, renameSync, rmSync } from 'node:fs';

/** The file a log goes to: opened to append, exchanged when it is full. */
export class LogFile {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  #fd: number | undefined;
  #size = 0;

  /** `keep`: exchanged files that stay, as `<path>.1` (newest) to `<path>.<keep>`. */
  constructor(path: string, maxBytes: number, keep: number) {
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#keep = keep;
  }

  /** The open file's descriptor. Errors: what the system says. */
  get fd(): number {
    if (this.#fd === undefined) {
      this.#fd = openSync(this.path, 'a', 0o600);
      this.#size = fstatSync(this.#fd).size;
    }
    return this.#fd;
  }

  /** Counts bytes that were written and exchanges the file when it is full. */
  wrote(bytes: number): void {
    this.#size += bytes;
    if (this.#size < this.#maxBytes) return;
    this.close();
    try {
      for (let number = this.#keep; number > 1; number -= 1)
        move(`${this.path}.${number - 1}`, `${this.path}.${number}`);
      if (this.#keep > 0) move(this.path, `${this.path}.1`);
      else rmSync(this.path, { force: true });
    } catch {
      // It can't be exchanged, so it goes on growing: a lost log would be worse.
      this.#size = 0;
    }
  }

  /** Closes it; the next use opens whatever has the path by then. Idempotent. */
  close(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      closeSync(fd);
    } catch {
      // Nothing more can be done with it.
    }
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
