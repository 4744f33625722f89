import { appendFile, readFile, writeFile } from 'node:fs/promises';

import type { Clock } from '../../base/clock.ts';

/** The file is cut in half when it grows beyond this. */
const MOST_BYTES = 256 * 1024;

/** Lines that wait for a slow disk; more are counted instead. */
const MOST_WAITING = 200;

const LONGEST_LINE = 2_000;

/**
 * The keeper's own log: a small file, one line for each thing that happened to the keeper itself. Writing never holds
 * anything up, and a file that can't be written costs lines and nothing else.
 */
export class KeeperLog {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #mostBytes: number;
  #waiting: string[] = [];
  #lost = 0;
  #size: number | undefined;
  #writing: Promise<void> | undefined;

  constructor(file: string, clock: Clock, mostBytes = MOST_BYTES) {
    this.#file = file;
    this.#clock = clock;
    this.#mostBytes = mostBytes;
  }

  /** Adds a line, soon. */
  add(text: string): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    const line = text.replaceAll('\n', ' | ').slice(0, LONGEST_LINE);
    this.#waiting.push(`${new Date(this.#clock.now()).toISOString()} ${process.pid} ${line}\n`);
    this.#writing ??= this.#write();
  }

  /** Resolves when everything said so far is written or lost. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      const count = lines.length;
      this.#waiting = [];
      const lost = this.#lost;
      this.#lost = 0;
      if (lost > 0)
        lines.push(`${new Date(this.#clock.now()).toISOString()} ${process.pid} ${lost} lines are missing\n`);
      try {
        await this.#append(lines.join(''));
      } catch {
        this.#lost += lost + count;
      }
    }
    this.#writing = undefined;
  }

  async #append(text: string): Promise<void> {
    this.#size ??= (await readFile(this.#file).catch(() => Buffer.alloc(0))).length;
    if (this.#size + text.length > this.#mostBytes) await this.#halve();
    await appendFile(this.#file, text, { mode: 0o600 });
    this.#size += Buffer.byteLength(text);
  }

  async #halve(): Promise<void> {
    const content = await readFile(this.#file).catch(() => Buffer.alloc(0));
    const middle = content.indexOf('\n', Math.max(0, content.length - this.#mostBytes / 2)) + 1;
    const rest = content.subarray(middle);
    await writeFile(this.#file, rest, { mode: 0o600 });
    this.#size = rest.length;
  }
}
