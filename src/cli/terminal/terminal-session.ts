import { setTimeout as delay } from 'node:timers/promises';
import type { ClientStatus } from '../../client/client-status.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import type { OutputItem } from '../../client/job-items.ts';
import type { JobEvent } from '../../protocol/frames.ts';
import type { Cli } from '../cli-context.ts';
import { connectionNotes } from '../connection-notes.ts';
import { describeDropped, describeEvent } from '../job-notes.ts';
import type { TerminalSize } from './caller-terminal.ts';
import { Keys, type Typing } from './keys.ts';
import type { RawMode } from './raw-mode.ts';
import type { ScreenTail } from './screen-tail.ts';
import { TerminalModes } from './terminal-modes.ts';

export interface SessionOptions {
  readonly typing: Typing;
  /** Keys that leave the job; none are empty. */
  readonly detachKeys: Buffer;
  /** The job's terminal gets the size of the caller's, now and whenever that changes. */
  readonly setsSize: boolean;
}

export interface SessionStart {
  /** Position of the output to begin at. */
  readonly from: 'start' | number;
  /** What the terminal showed before that. */
  readonly before?: ScreenTail;
  /** The size the job's terminal is known to have. */
  readonly size?: TerminalSize | undefined;
}

/** How a session was over: its job has ended, or was left running. */
export type SessionEnd = { readonly type: 'ended' } | { readonly type: 'left'; readonly signal?: NodeJS.Signals };

/** Output that may wait for a slow terminal. Little, so that an interrupt is soon seen to work. */
const BUFFER_BYTES = 512 * 1024;

/** A program gets this long to notice one size before it gets the next. */
const REPAINT_MS = 100;

/** When the job is left, what was typed last gets this long to arrive. */
const LAST_KEYS_MS = 1000;

/** What ends the session and not the job: a window that was closed, a process that was told to end. */
const LEAVING_SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGTERM'];

/** A person at a terminal, connected to a job's terminal. The caller's is left as it was found, however it ends. */
export class TerminalSession {
  readonly #cli: Cli;
  readonly #options: SessionOptions;
  readonly #leaving = new AbortController();
  readonly #over = new AbortController();
  readonly #connectionNotes: (status: ClientStatus) => void;
  #modes = new TerminalModes();
  #job: JobHandle | undefined;
  #size: TerminalSize | undefined;
  #signal: NodeJS.Signals | undefined;
  #isCutOff = false;

  constructor(cli: Cli, options: SessionOptions) {
    this.#cli = cli;
    this.#options = options;
    this.#connectionNotes = connectionNotes({ output: { note: (text) => this.#note(text) } }, true);
  }

  /** To be told of everything that happens to the connection. */
  readonly onStatus = (status: ClientStatus): void => {
    this.#connectionNotes(status);
    if (status.type === 'disconnected') this.#isCutOff = true;
    if (status.type !== 'connected' || !this.#isCutOff) return;
    this.#isCutOff = false;
    // The notes were written into what the program had painted.
    if (this.#modes.isFullScreen) void this.repaint();
  };

  /** Runs until the job has ended or is left. Errors: those of following the job, OutputClosed, CliError. */
  async run(job: JobHandle, { from, before, size }: SessionStart): Promise<SessionEnd> {
    const { typing, detachKeys } = this.#options;
    const { keyboard } = this.#cli.terminal;
    this.#job = job;
    this.#size = size;
    using raw = await keyboard?.makeRaw();
    const keys = new Keys(job, typing, detachKeys);
    using _listening = this.#listen(keys, raw);
    try {
      if (before !== undefined) {
        await this.#show(before);
        void this.repaint();
      }
      if (keyboard !== undefined) void keys.read(keyboard.keys, this.#over.signal).then(() => this.#leaving.abort());
      await this.#follow(job.output({ from, bufferBytes: BUFFER_BYTES, signal: this.#leaving.signal }));
      return { type: 'ended' };
    } catch (error) {
      if (!this.#leaving.signal.aborted) throw error;
      await Promise.race([job.inputTaken().catch(() => undefined), delay(LAST_KEYS_MS)]);
      return { type: 'left', ...(this.#signal === undefined ? {} : { signal: this.#signal }) };
    } finally {
      this.#over.abort();
      await this.#restoreModes();
    }
  }

  /** Has the program paint all it shows: it is told another size, then its own. */
  async repaint(): Promise<void> {
    const { size } = this.#cli.terminal;
    if (!this.#options.setsSize || size === undefined) return;
    const { columns, rows } = size;
    await this.#resize({ columns, rows: rows > 1 ? rows - 1 : rows + 1 });
    await delay(REPAINT_MS);
    await this.#resize(this.#cli.terminal.size ?? size);
  }

  #listen(keys: Keys, raw: RawMode | undefined): Disposable {
    const { terminal } = this.#cli;
    const listeners = new DisposableStack();
    for (const signal of LEAVING_SIGNALS) listeners.use(this.#cli.onSignal(signal, () => this.#leave(signal)));
    listeners.use(this.#cli.onSignal('SIGINT', () => this.#onInterrupt(keys)));
    listeners.use(this.#cli.onSignal('SIGCONT', () => this.#onContinued(raw)));
    listeners.use(terminal.onResize(() => void this.#resize(terminal.size)));
    return listeners;
  }

  #leave(signal: NodeJS.Signals): void {
    this.#signal ??= signal;
    this.#leaving.abort();
  }

  #onInterrupt(keys: Keys): void {
    if (this.#options.typing === 'nothing') this.#leave('SIGINT');
    else keys.interrupt();
  }

  #onContinued(raw: RawMode | undefined): void {
    raw?.renew();
    void this.repaint();
  }

  async #show({ bytes, modes }: ScreenTail): Promise<void> {
    this.#modes = modes;
    await this.#cli.output.write('stdout', bytes);
  }

  async #follow(items: AsyncIterable<OutputItem>): Promise<void> {
    let dropped = 0;
    for await (const item of items) {
      if (item.type === 'bytes') {
        this.#modes.take(item.bytes);
        await this.#cli.output.write('stdout', item.bytes);
      } else if (item.type === 'gap') dropped += item.to - item.from;
      else if (item.type === 'event') await this.#onEvent(item.event);
    }
    if (dropped > 0) await this.#note(`corex: ${describeDropped(dropped)}`);
  }

  async #onEvent(event: JobEvent): Promise<void> {
    // Each run has a terminal of its own, which begins with the size the command gave.
    if (event.event === 'started' && event.run > 1) this.#size = undefined;
    if (event.event === 'started') void this.#resize(this.#cli.terminal.size);
    const text = describeEvent(event, { detailed: false });
    if (text !== undefined) await this.#note(`corex: ${text}`);
  }

  /** A job that has no terminal just now gets its size when it has one. */
  async #resize(size: TerminalSize | undefined): Promise<void> {
    if (!this.#options.setsSize || size === undefined) return;
    if (size.columns === this.#size?.columns && size.rows === this.#size.rows) return;
    this.#size = size;
    await this.#job?.resize(size.columns, size.rows).catch(() => undefined);
  }

  /** A line of its own wherever the program has left the cursor, on a terminal that does not return by itself. */
  #note(text: string): Promise<void> {
    const { output } = this.#cli;
    return output.write('stderr', `\r\n${output.stderr.paint('dim', text)}\r\n`);
  }

  async #restoreModes(): Promise<void> {
    const { leave } = this.#modes;
    if (leave !== '') await this.#cli.output.write('stdout', leave).catch(() => undefined);
  }
}
