import { fstatSync, write, writeSync } from 'node:fs';
import process from 'node:process';
import { LogFile } from './log-file.ts';

export interface LogSinkOptions {
  /** Default: standard error. */
  readonly file?: { readonly path: string; readonly maxBytes: number; readonly keep: number };
  /** Bytes that may wait to be written; more are dropped and counted. Default 1 MiB. */
  readonly backlogBytes?: number;
}

const DEFAULT_BACKLOG_BYTES = 1024 * 1024;
/** How long to wait before a write that failed is tried again. */
const RETRY_MS = 200;
const STANDARD_ERROR = 2;
/** Failures after which nothing can ever be written again: nobody reads. */
const FINAL_CODES = ['EPIPE', 'EBADF', 'ECONNRESET', 'ENOTCONN'];

/**
 * Where log lines go. Never waits for a reader or a disk and never throws: what can't be written now
 * waits within a bound, what goes beyond is dropped and counted, and a line says so later.
 */
export class LogSink {
  readonly #file: LogFile | undefined;
  readonly #most: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** What the write under way was given. */
  #current: Buffer | undefined;
  #retry: NodeJS.Timeout | undefined;
  #dead = false;
  #reopen = false;
  #dropped = 0;
  #droppedSaid = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor({ file, backlogBytes = DEFAULT_BACKLOG_BYTES }: LogSinkOptions = {}) {
    this.#file = file === undefined ? undefined : new LogFile(file.path, file.maxBytes, file.keep);
    this.#most = backlogBytes;
    if (this.#file === undefined) makeNonBlocking();
  }

  /** Lines that were lost. */
  get dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    const bytes = Buffer.from(line, 'utf8');
    if (this.#dead || this.#waitingBytes + bytes.length > this.#most) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#pump();
  }

  /** Writes on to whatever has the file's path now. For standard error: nothing. */
  reopen(): void {
    this.#reopen = true;
    this.#pump();
  }

  /** Resolves when nothing waits any more, or after `patienceMs`. */
  async flush(patienceMs: number): Promise<void> {
    if (this.#isIdle()) return;
    this.#idle ??= Promise.withResolvers();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    await Promise.race([this.#idle.promise, promise]);
    clearTimeout(timer);
  }

  /** Writes what waits at once, as far as it goes without waiting: for the moment before a crash. */
  flushNow(): void {
    const rest = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      if (rest.length > 0) writeSync(this.#fd(), rest);
    } catch {
      // There is no place left to say so.
    }
  }

  /** Writes the rest within `patienceMs` and closes the file. Idempotent. */
  async close(patienceMs = 1000): Promise<void> {
    await this.flush(patienceMs);
    this.#dead = true;
    clearTimeout(this.#retry);
    // A descriptor in use is never closed: its number could be another file's by the time of the write.
    if (this.#current === undefined) this.#file?.close();
  }

  #isIdle(): boolean {
    return this.#dead || (this.#waiting.length === 0 && this.#current === undefined);
  }

  #fd(): number {
    return this.#file === undefined ? STANDARD_ERROR : this.#file.fd;
  }

  #pump(): void {
    if (this.#current !== undefined || this.#retry !== undefined || this.#dead) return;
    if (this.#reopen) {
      this.#reopen = false;
      this.#file?.close();
    }
    if (this.#waiting.length === 0) {
      this.#idle?.resolve();
      this.#idle = undefined;
      return;
    }
    this.#sayDropped();
    this.#current = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#send();
  }

  #send(): void {
    const bytes = this.#current;
    if (bytes === undefined) return;
    try {
      write(this.#fd(), bytes, (error, written) => this.#sent(bytes, error, written));
    } catch (error) {
      // The file could not be opened.
      this.#sent(bytes, error, 0);
    }
  }

  #sent(bytes: Buffer, error: unknown, written: number): void {
    if (error !== null && error !== undefined) {
      this.#failed(error);
      return;
    }
    this.#waitingBytes -= written;
    this.#file?.wrote(written);
    this.#current = written < bytes.length ? bytes.subarray(written) : undefined;
    if (this.#current === undefined) this.#pump();
    else this.#send();
  }

  #failed(error: unknown): void {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (this.#file === undefined && FINAL_CODES.includes(code)) {
      this.#dead = true;
      this.#dropped += this.#waiting.length + 1;
      this.#waiting = [];
      this.#current = undefined;
      this.#idle?.resolve();
      return;
    }
    this.#file?.close();
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#send();
    }, RETRY_MS).unref();
  }

  /** One line, behind all that was still taken, that tells how many are missing. */
  #sayDropped(): void {
    if (this.#dropped === this.#droppedSaid) return;
    const dropped = this.#dropped - this.#droppedSaid;
    this.#droppedSaid = this.#dropped;
    const facts = { level: 'warn', time: new Date().toISOString(), dropped, msg: 'Lines of this log were dropped' };
    const line = Buffer.from(`${JSON.stringify(facts)}\n`, 'utf8');
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
  }
}

/**
 * Standard error that is a pipe or socket is set not to block, which asking for `process.stderr` does:
 * a reader that stands still would otherwise hold a thread of ours, and our exit with it.
 */
function makeNonBlocking(): void {
  try {
    const kind = fstatSync(STANDARD_ERROR);
    if (kind.isFIFO() || kind.isSocket()) process.stderr.on('error', () => undefined);
  } catch {
    // It is closed: the first write says so.
  }
}
