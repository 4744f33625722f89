import type { Cli } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import type { Keyboard, TerminalSize } from './caller-terminal.ts';
import { FramePainter } from './frame-painter.ts';
import { KeyReader, type Key } from './key-reader.ts';
import type { RawMode } from './raw-mode.ts';

/** The other screen, no cursor, and no wrapping should a width be thought wrong. */
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l';
const LEAVE = '\u001B[m\u001B[?7h\u001B[?25h\u001B[?1049l';

const ENDING_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT'];

/** Who fills the screen. */
export interface ScreenUser {
  onKey(key: Key): void;
  /** The size has changed, or the screen has to be drawn again for another reason. */
  onRedraw(): void;
  /** It is to end: by a signal, or because the terminal is gone. */
  onEnd(signal: NodeJS.Signals): void;
}

/**
 * The whole of the caller's terminal. It is left as it was found: when this is disposed, also when the process ends
 * before, by an error or a signal that can be caught.
 */
export class FullScreen implements AsyncDisposable {
  readonly #cli: Cli;
  readonly #user: ScreenUser;
  readonly #painter = new FramePainter();
  readonly #open = new DisposableStack();
  #raw: RawMode | undefined;
  #leaving: Disposable | undefined;
  #lines: readonly string[] | undefined;
  #isWriting = false;
  #isAway = false;

  private constructor(cli: Cli, user: ScreenUser) {
    this.#cli = cli;
    this.#user = user;
  }

  /** Errors: CliError when standard input and output are no terminal. */
  static async open(cli: Cli, user: ScreenUser, instead: string): Promise<FullScreen> {
    const { size, keyboard } = cli.terminal;
    if (size === undefined || keyboard === undefined) {
      throw new CliError('Cannot fill the screen: standard input and output are no terminal', { advice: [instead] });
    }
    const screen = new FullScreen(cli, user);
    await screen.#begin(keyboard);
    return screen;
  }

  get size(): TerminalSize {
    return this.#cli.terminal.size ?? { columns: 80, rows: 24 };
  }

  /** Shows these lines, which fit its size. While a slow terminal takes one frame, only the newest waits. */
  draw(lines: readonly string[]): void {
    this.#lines = lines;
    if (!this.#isWriting && !this.#isAway) void this.#write();
  }

  /** Draws everything again, should something else have written to the terminal. */
  redraw(): void {
    this.#onResize();
  }

  /** Lets the shell go on, until it says that this goes on. */
  async suspend(): Promise<void> {
    await this.#leave();
    this.#cli.endBySignal('SIGSTOP');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open.disposed) return;
    this.#open.dispose();
    await this.#leave();
  }

  async #begin(keyboard: Keyboard): Promise<void> {
    const { keys } = keyboard;
    this.#raw = await keyboard.makeRaw();
    const reader = this.#open.use(new KeyReader((key) => this.#onKey(key)));
    const take = (chunk: Buffer): void => reader.take(chunk);
    const gone = (): void => this.#user.onEnd('SIGHUP');
    keys.on('data', take).on('end', gone).on('error', gone).resume();
    this.#open.defer(() => keys.off('data', take).off('end', gone).off('error', gone).pause());
    for (const signal of ENDING_SIGNALS) this.#open.use(this.#cli.onSignal(signal, () => this.#user.onEnd(signal)));
    this.#open.use(this.#cli.onSignal('SIGTSTP', () => void this.suspend()));
    this.#open.use(this.#cli.onSignal('SIGCONT', () => this.#comeBack()));
    this.#open.use(this.#cli.terminal.onResize(() => this.#onResize()));
    await this.#enter();
  }

  #onKey(key: Key): void {
    if (key === 'ctrl-z') void this.suspend();
    else this.#user.onKey(key);
  }

  #onResize(): void {
    this.#painter.forget();
    this.#user.onRedraw();
  }

  /** Also after a shell has changed the terminal while this process was stopped without having been asked. */
  #comeBack(): void {
    this.#raw?.renew();
    void this.#enter().then(() => this.#user.onRedraw());
  }

  async #enter(): Promise<void> {
    this.#leaving ??= this.#cli.terminal.atExit(LEAVE);
    this.#isAway = false;
    this.#painter.forget();
    await this.#send(ENTER);
  }

  async #leave(): Promise<void> {
    if (this.#isAway) return;
    this.#isAway = true;
    await this.#send(LEAVE);
    this.#leaving?.[Symbol.dispose]();
    this.#leaving = undefined;
    this.#raw?.[Symbol.dispose]();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#lines !== undefined && !this.#isAway) {
      const changes = this.#painter.paint(this.#lines);
      this.#lines = undefined;
      if (changes !== '') await this.#send(changes);
    }
    this.#isWriting = false;
  }

  /** A terminal that is gone is told by its keyboard. */
  async #send(text: string): Promise<void> {
    await this.#cli.output.write('stdout', text).catch(() => undefined);
  }
}
