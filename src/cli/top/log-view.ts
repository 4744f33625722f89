import { timeOfDay } from '../message-line.ts';
import type { TerminalSize } from '../terminal/caller-terminal.ts';
import type { Key } from '../terminal/key-reader.ts';
import type { Pen } from '../terminal/pen.ts';
import type { LogLine } from './log-lines.ts';

/** Lines that are kept; the oldest go first. */
const MOST_LINES = 10_000;
const OTHER_LINES = 2;
const SIDE_STEP = 16;
const NOTE_MARK = '-- ';

/** A pager over what a job says: it follows the newest line until somebody scrolls up. */
export class LogView {
  readonly id: string;
  #lines: LogLine[] = [];
  #dropped = 0;
  /** Of the first line seen, among those kept. */
  #top = 0;
  #left = 0;
  #isFollowing = true;
  #hasTimes = false;
  #sought = '';
  #rows = 1;

  constructor(id: string) {
    this.id = id;
  }

  /** Takes lines as they come. */
  take(lines: readonly LogLine[]): void {
    this.#lines.push(...lines);
    const excess = this.#lines.length - MOST_LINES;
    // Not for each line: all that are kept move.
    if (excess > MOST_LINES / 4) {
      this.#lines = this.#lines.slice(excess);
      this.#dropped += excess;
      this.#top = Math.max(0, this.#top - excess);
    }
  }

  /** True when the key meant something here. */
  onKey(key: Key): boolean {
    switch (key) {
      case 'up':
        return this.#scroll(-1);
      case 'down':
      case 'enter':
        return this.#scroll(1);
      case 'page-up':
      case 'b':
        return this.#scroll(-this.#rows);
      case 'page-down':
      case ' ':
        return this.#scroll(this.#rows);
      case 'home':
      case 'g':
        return this.#scroll(-Infinity);
      case 'end':
      case 'G':
        this.#isFollowing = true;
        return true;
      case 'left':
        this.#left = Math.max(0, this.#left - SIDE_STEP);
        return true;
      case 'right':
        this.#left += SIDE_STEP;
        return true;
      case 'f':
        this.#isFollowing = !this.#isFollowing;
        return true;
      case 't':
        this.#hasTimes = !this.#hasTimes;
        return true;
      case 'n':
      case 'N':
        return this.#seek(key === 'n' ? 1 : -1);
      default:
        return false;
    }
  }

  /** Looks for a text, from what is seen upwards: the newest is mostly what is wanted. False when no line has it. */
  search(text: string): boolean {
    this.#sought = text.toLowerCase();
    return this.#sought === '' || this.#seek(-1) || this.#seek(1);
  }

  /** The lines of a whole screen but for its foot. */
  lines({ columns, rows }: TerminalSize, pen: Pen): string[] {
    this.#rows = Math.max(1, rows - OTHER_LINES);
    const last = Math.max(0, this.#lines.length - this.#rows);
    this.#top = this.#isFollowing ? last : Math.min(this.#top, last);
    const seen = this.#lines.slice(this.#top, this.#top + this.#rows).map((line) => this.#draw(line, columns, pen));
    const empty = Array.from({ length: this.#rows - seen.length }, () => '');
    return [pen.ends(`Log of ${this.id}`, this.#place(), columns, 'bold'), ...seen, ...empty];
  }

  #place(): string {
    const first = this.#dropped + this.#top + 1;
    const count = Math.min(this.#rows, this.#lines.length - this.#top);
    const all = this.#dropped + this.#lines.length;
    const where = count <= 0 ? 'nothing yet' : `${first}-${first + count - 1} of ${all}`;
    return this.#isFollowing ? `${where}, following` : where;
  }

  #draw(line: LogLine, columns: number, pen: Pen): string {
    const time = this.#hasTimes && line.epoch !== undefined ? `${timeOfDay(line.epoch)} ` : '';
    const text = line.isNote === true ? NOTE_MARK + line.text : line.text;
    const isFound = this.#sought !== '' && text.toLowerCase().includes(this.#sought);
    const look = isFound ? 'inverse' : line.look;
    const stamp = time === '' ? '' : pen.cell({ text: time, columns: Math.min(columns, time.length), look: 'dim' });
    const shown = pen.from(pen.clean(text), this.#left);
    const room = Math.max(0, columns - time.length);
    // No filling: the bar over a found line ends with it.
    return stamp + pen.cell({ text: shown, columns: Math.min(room, pen.width(shown)), look });
  }

  #scroll(step: number): true {
    const last = Math.max(0, this.#lines.length - this.#rows);
    this.#top = Math.max(0, Math.min(this.#top + step, last));
    this.#isFollowing = step > 0 && this.#top === last;
    return true;
  }

  #seek(step: 1 | -1): boolean {
    if (this.#sought === '') return false;
    for (let at = this.#top + step; at >= 0 && at < this.#lines.length; at += step) {
      if (this.#lines[at]?.text.toLowerCase().includes(this.#sought) !== true) continue;
      this.#top = at;
      this.#isFollowing = false;
      return true;
    }
    // What stands on the last screen can't be its first line.
    return this.#lines.slice(this.#top).some(({ text }) => text.toLowerCase().includes(this.#sought));
  }
}
