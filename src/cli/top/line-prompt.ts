import type { Key } from '../terminal/key-reader.ts';
import type { Pen } from '../terminal/pen.ts';

const MOST_CHARACTERS = 500;

/** A line at the foot of the screen that a person writes into. */
export class LinePrompt {
  readonly #label: string;
  #text: string;

  constructor(label: string, text = '') {
    this.#label = label;
    this.#text = text;
  }

  get text(): string {
    return this.#text;
  }

  /** What the key did: `done` and `left` end it. */
  onKey(key: Key): 'writing' | 'done' | 'left' {
    if (key === 'enter') return 'done';
    if (key === 'escape' || key === 'ctrl-c') return 'left';
    if (key === 'backspace') this.#text = Array.from(this.#text).slice(0, -1).join('');
    else if (key === 'ctrl-u') this.#text = '';
    else if (key === 'ctrl-w') this.#text = this.#text.replace(/\S+\s*$/, '');
    else if (Array.from(key).length === 1 && this.#text.length < MOST_CHARACTERS) this.#text += key;
    return 'writing';
  }

  /** The line, of which the end is seen when it is too long, with a mark for the cursor. */
  line(columns: number, pen: Pen): string {
    const room = Math.max(1, columns - pen.width(this.#label) - 1);
    let seen = this.#text;
    while (seen !== '' && pen.width(seen) > room) seen = Array.from(seen).slice(1).join('');
    return `${pen.paint('bold', pen.clean(this.#label))}${pen.clean(seen)}${pen.cursor}`;
  }
}
