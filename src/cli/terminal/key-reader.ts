import { StringDecoder } from 'node:string_decoder';

/**
 * A key that was pressed: the character it types, or a name of several letters: `up`, `page-down`, `enter`, `escape`,
 * `ctrl-c`.
 */
export type Key = string;

/** An ESC that nothing follows for so long was the key; over a slow line the rest of a sequence may take a moment. */
const ESCAPE_MS = 60;

/* eslint-disable no-control-regex -- ESC is what sequences begin with */
const COMPLETE = /^\u001B(?:\[[0-?]*[ -/]*[@-~]|O[@-~])/;
const BEGINNING = /^\u001B(?:\[[0-?]*[ -/]*|O)?$/;
const CURSOR = /^\u001B(?:\[(?:1;\d+)?|O)([A-DFHZ])$/;
const NUMBERED = /^\u001B\[(\d+)(?:;\d+)?~$/;
/* eslint-enable no-control-regex */

const CURSOR_KEYS: Readonly<Record<string, Key>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'back-tab',
};
const NUMBERED_KEYS: Readonly<Record<string, Key>> = {
  '1': 'home',
  '2': 'insert',
  '3': 'delete',
  '4': 'end',
  '5': 'page-up',
  '6': 'page-down',
  '7': 'home',
  '8': 'end',
};
const CONTROL_KEYS: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007F': 'backspace',
};

/** Makes keys of the bytes that a terminal in raw mode sends, in any split. Sequences it does not know are left out. */
export class KeyReader implements Disposable {
  readonly #onKey: (key: Key) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(onKey: (key: Key) => void) {
    this.#onKey = onKey;
  }

  take(chunk: Uint8Array): void {
    clearTimeout(this.#timer);
    this.#rest += this.#decoder.write(Buffer.from(chunk));
    while (this.#rest !== '') {
      if (BEGINNING.test(this.#rest)) {
        this.#timer = setTimeout(() => this.#giveUp(), ESCAPE_MS);
        return;
      }
      this.#next();
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #next(): void {
    const [sequence] = COMPLETE.exec(this.#rest) ?? [];
    const text = sequence ?? String.fromCodePoint(this.#rest.codePointAt(0) ?? 0);
    this.#rest = this.#rest.slice(text.length);
    const key = sequence === undefined ? keyOfCharacter(text) : keyOfSequence(sequence);
    if (key !== undefined) this.#onKey(key);
  }

  /** The rest of a sequence did not come: it was the key, and what was typed after it. */
  #giveUp(): void {
    const [, ...typed] = this.#rest;
    this.#rest = '';
    this.#onKey('escape');
    for (const character of typed) this.#onKey(character);
  }
}

function keyOfSequence(sequence: string): Key | undefined {
  const cursor = CURSOR.exec(sequence)?.[1];
  if (cursor !== undefined) return CURSOR_KEYS[cursor];
  const number = NUMBERED.exec(sequence)?.[1];
  return number === undefined ? undefined : NUMBERED_KEYS[number];
}

function keyOfCharacter(character: string): Key | undefined {
  if (character === '\u001B') return 'escape';
  const named = CONTROL_KEYS[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20) return character;
  return code >= 1 && code <= 26 ? `ctrl-${String.fromCodePoint(code + 0x60)}` : undefined;
}
