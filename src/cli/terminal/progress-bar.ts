import type { Clock } from '../../base/clock.ts';
import type { Output } from '../output.ts';
import { formatBytes } from '../sizes.ts';
import { printable, textWidths } from '../text-width.ts';

/** What a bar counts: bytes are shown with their unit and a speed, everything else as plain numbers. */
export type ProgressUnit = 'bytes' | 'items';

export interface ProgressBarOptions {
  /** Drawn on standard error, and only when that is a terminal that can move its cursor. */
  readonly output: Pick<Output, 'stderr' | 'write'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** What is going on, in a word or two. Cut first on a narrow terminal. */
  readonly label: string;
  /** @default 'items' */
  readonly unit?: ProgressUnit;
}

/** Milliseconds between two drawings. */
const REDRAW_MS = 100;
/** A speed is told when it was measured for so long, milliseconds. */
const MEASURED_MS = 500;
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
const WIDEST_LABEL = 32;
const NARROWEST_LABEL = 3;
const CLEAR_LINE = '\r\u001b[K';

/**
 * A line on standard error that tells how far something is, drawn at most ten times a second, and wiped out at the end.
 * Elsewhere than on a terminal it draws nothing.
 */
export class ProgressBar implements AsyncDisposable {
  readonly #options: ProgressBarOptions;
  readonly #isShown: boolean;
  readonly #since: number;
  #drawnAt = -Infinity;
  #isDrawn = false;
  /** The last drawing is still on its way: a terminal that stands still gets no more. */
  #isWriting = false;
  #isOver = false;
  #start = 0;

  constructor(options: ProgressBarOptions) {
    const { output, env, clock } = options;
    this.#options = options;
    this.#isShown = output.stderr.isTerminal && env['TERM'] !== 'dumb';
    this.#since = clock.monotonic();
  }

  /** What was done before the bar began: it counts as done, and not for the speed. */
  startAt(done: number): void {
    this.#start = done;
  }

  /** Tells how far it is. Without a total there is no bar, only what is done. `text` stands at the end of the line. */
  update(done: number, total?: number, text?: string): void {
    const now = this.#options.clock.monotonic();
    if (!this.#isShown || this.#isOver || this.#isWriting || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#isWriting = true;
    void this.#draw({ done, total, text, now }).finally(() => {
      this.#isWriting = false;
    });
  }

  /** Wipes the line out. Idempotent; nothing is drawn afterwards. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isDrawn) await this.#options.output.write('stderr', CLEAR_LINE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #draw({ done, total, text, now }: Moment): Promise<void> {
    const { output, label, unit = 'items' } = this.#options;
    const facts = { done, total, text, unit, perSecond: speed(done - this.#start, now - this.#since) };
    const line = await progressLine(label, facts, (output.stderr.width ?? 80) - 1);
    if (this.#isOver) return;
    this.#isDrawn = true;
    await output.write('stderr', `${CLEAR_LINE}${line}`);
  }
}

interface Moment {
  readonly done: number;
  readonly total: number | undefined;
  readonly text: string | undefined;
  readonly now: number;
}

/** What a line of progress tells. */
export interface ProgressFacts {
  readonly done: number;
  readonly total: number | undefined;
  readonly text: string | undefined;
  readonly unit: ProgressUnit;
  /** Undefined: not known yet. */
  readonly perSecond: number | undefined;
}

/** The line of a bar, at most `columns` wide: the label is cut and the bar left out where there is no room. */
export async function progressLine(label: string, facts: ProgressFacts, columns: number): Promise<string> {
  const { done, total, text } = facts;
  const known = total !== undefined && total > 0;
  const share = known ? Math.min(1, done / total) : undefined;
  const figures = [counted(facts), ...pace(facts), ...(text === undefined ? [] : [printable(text)])].join('  ');
  const percent = share === undefined ? '' : `${Math.floor(share * 100)}%`.padStart(4);
  const name = printable(label);
  const widths = await textWidths([name, figures]);
  const room = columns - widths.width(figures) - 8;
  const head = room < NARROWEST_LABEL ? '' : widths.fit(name, Math.min(WIDEST_LABEL, room));
  const left = columns - widths.width(head) - widths.width(figures) - percent.length - 6;
  const bar = share === undefined || left < NARROWEST_BAR ? '' : drawBar(share, Math.min(left, WIDEST_BAR));
  return widths.fit([head, bar, percent, figures].filter((part) => part !== '').join(' '), columns);
}

/** In ASCII: a terminal's locale is not known. */
function drawBar(share: number, width: number): string {
  const full = Math.floor(share * width);
  return `[${'='.repeat(full)}${full < width ? '>' : ''}${' '.repeat(Math.max(0, width - full - 1))}]`;
}

function counted({ done, total, unit }: ProgressFacts): string {
  const say = (value: number): string => (unit === 'bytes' ? formatBytes(value) : String(value));
  return total === undefined ? say(done) : `${say(done)}/${say(total)}`;
}

/** Speed, and what is left at that speed. */
function pace({ done, total, unit, perSecond }: ProgressFacts): string[] {
  if (perSecond === undefined || perSecond <= 0) return [];
  const shown = unit === 'bytes' ? formatBytes(perSecond) : perSecond.toFixed(perSecond < 10 ? 1 : 0);
  const rate = `${shown}/s`;
  return total === undefined || done >= total ? [rate] : [rate, timeLeft((total - done) / perSecond)];
}

/** `0:07`, `12:34`, `3:05:00`. */
function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [hours = 0, minutes = 0, rest = 0] = parts;
  const tail = `${hours > 0 ? String(minutes).padStart(2, '0') : minutes}:${String(rest).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

function speed(done: number, ms: number): number | undefined {
  return ms < MEASURED_MS ? undefined : (done / ms) * 1000;
}
