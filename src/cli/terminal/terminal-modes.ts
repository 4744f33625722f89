import { EscapeReader } from './escape-reader.ts';

/** Modes of DEC terminals (`CSI ? n h`) that outlast the program that set them, with how a terminal has them at first. */
const PRIVATE_MODES: ReadonlyMap<number, boolean> = new Map([
  [1, false], // cursor keys for applications
  [5, false], // reverse video
  [6, false], // origin within margins
  [7, true], // wrapping of lines
  [9, false], // mouse, in all its ways
  [1000, false],
  [1001, false],
  [1002, false],
  [1003, false],
  [1004, false], // focus
  [1005, false],
  [1006, false],
  [1007, false],
  [1015, false],
  [1016, false],
  [25, true], // cursor to be seen
  [2004, false], // pasted text in brackets
  [2026, false], // output held back
  [2048, false], // size told in band
]);

/** The other screen, without history; programs that fill the screen use it. Turned off last: the text is left there. */
const OTHER_SCREENS: readonly number[] = [47, 1047, 1049];

const PRIVATE = /^\[\?([\d;]+)([hl])$/;
const MARGINS = /^\[(\d*)(?:;(\d*))?r$/;
const CURSOR_SHAPE = /^\[(\d*) q$/;
const KEYBOARD = /^\[([><=])([\d;]*)u$/;
const MODIFIED_KEYS = /^\[>4(?:;(\d*))?[mn]$/;

/**
 * What a program has told its terminal to be like. Whoever watches later has to be told, too; whoever stops watching
 * wants the terminal back as it was.
 */
export class TerminalModes {
  readonly #reader = new EscapeReader();
  readonly #private = new Map<number, boolean>();
  #hasKeypad = false;
  #margins: string | undefined;
  #cursorShape: string | undefined;
  #modifiedKeys = 0;
  /** How many sets of keyboard flags the program has put on top of each other, and the last. */
  #keyboard: string[] = [];
  #hasColours = false;
  #hasLineDrawing = false;

  /** The other screen is shown. */
  get isFullScreen(): boolean {
    return OTHER_SCREENS.some((mode) => this.#private.get(mode) === true);
  }

  /** Learns from bytes on their way to the terminal. */
  take(bytes: Buffer): void {
    for (const piece of this.#reader.read(bytes)) if (piece.type === 'sequence') this.#learn(piece.text);
  }

  /** Takes over what is known of a later time; what it does not know stays. */
  takeLater(later: TerminalModes): void {
    for (const [mode, isOn] of later.#private) this.#private.set(mode, isOn);
    this.#hasKeypad ||= later.#hasKeypad;
    this.#margins = later.#margins ?? this.#margins;
    this.#cursorShape = later.#cursorShape ?? this.#cursorShape;
    this.#modifiedKeys = later.#modifiedKeys === 0 ? this.#modifiedKeys : later.#modifiedKeys;
    this.#keyboard = later.#keyboard.length === 0 ? this.#keyboard : later.#keyboard;
    this.#hasColours ||= later.#hasColours;
    this.#hasLineDrawing ||= later.#hasLineDrawing;
  }

  /** Makes a fresh terminal like it. */
  get enter(): string {
    return [
      ...OTHER_SCREENS.filter((mode) => this.#private.get(mode) === true).map((mode) => `\u001B[?${mode}h`),
      ...this.#changed().map(([mode, isOn]) => privateMode(mode, isOn)),
      ...(this.#margins === undefined ? [] : [`\u001B[${this.#margins}r`]),
      ...(this.#cursorShape === undefined ? [] : [`\u001B[${this.#cursorShape} q`]),
      ...(this.#modifiedKeys === 0 ? [] : [`\u001B[>4;${this.#modifiedKeys}m`]),
      ...this.#keyboard.map((flags) => `\u001B[>${flags}u`),
      ...(this.#hasKeypad ? ['\u001B='] : []),
    ].join('');
  }

  /** Makes a terminal that is like it as it was before. Empty when nothing was changed. */
  get leave(): string {
    return [
      ...(this.#hasColours ? ['\u001B[m'] : []),
      ...(this.#hasLineDrawing ? ['\u001B(B\u000F'] : []),
      ...(this.#hasKeypad ? ['\u001B>'] : []),
      ...(this.#keyboard.length === 0 ? [] : [`\u001B[<${this.#keyboard.length}u`]),
      ...(this.#modifiedKeys === 0 ? [] : ['\u001B[>4m']),
      ...(this.#cursorShape === undefined ? [] : ['\u001B[0 q']),
      // Setting margins moves the cursor.
      ...(this.#margins === undefined ? [] : ['\u001B7\u001B[r\u001B8']),
      ...this.#changed().map(([mode, isOn]) => privateMode(mode, !isOn)),
      ...OTHER_SCREENS.filter((mode) => this.#private.get(mode) === true).map((mode) => `\u001B[?${mode}l`),
    ].join('');
  }

  #changed(): [number, boolean][] {
    return [...this.#private].filter(([mode, isOn]) => PRIVATE_MODES.has(mode) && PRIVATE_MODES.get(mode) !== isOn);
  }

  #learn(sequence: string): void {
    if (sequence.endsWith('m') && /^\[[\d;:]*m$/.test(sequence)) {
      this.#hasColours = !/^\[0?m$/.test(sequence);
    } else if (sequence === '=' || sequence === '>') this.#hasKeypad = sequence === '=';
    else if (sequence === '(0' || sequence === '(B') this.#hasLineDrawing = sequence === '(0';
    else if (sequence === 'c' || sequence === '[!p') this.#reset();
    else this.#learnModes(sequence);
  }

  #learnModes(sequence: string): void {
    const [, modes, onOff] = PRIVATE.exec(sequence) ?? [];
    if (modes !== undefined) {
      for (const mode of modes.split(';').map(Number)) this.#private.set(mode, onOff === 'h');
      return;
    }
    const margins = MARGINS.exec(sequence);
    if (margins !== null) {
      this.#margins = (margins[1] ?? '') + (margins[2] ?? '') === '' ? undefined : sequence.slice(1, -1);
      return;
    }
    const shape = CURSOR_SHAPE.exec(sequence)?.[1];
    if (shape !== undefined) this.#cursorShape = Number(shape) === 0 ? undefined : shape;
    const modified = MODIFIED_KEYS.exec(sequence);
    if (modified !== null) this.#modifiedKeys = sequence.endsWith('m') ? Number(modified[1] ?? '') : 0;
    const [, sign, flags] = KEYBOARD.exec(sequence) ?? [];
    if (sign !== undefined) this.#learnKeyboard(sign, flags ?? '');
  }

  #learnKeyboard(sign: string, flags: string): void {
    if (sign === '>') this.#keyboard = [...this.#keyboard.slice(-15), flags];
    else if (sign === '<') this.#keyboard = this.#keyboard.slice(0, -(Number(flags) || 1));
  }

  #reset(): void {
    this.#private.clear();
    this.#margins = this.#cursorShape = undefined;
    this.#hasKeypad = this.#hasColours = this.#hasLineDrawing = false;
    this.#modifiedKeys = 0;
    this.#keyboard = [];
  }
}

function privateMode(mode: number, isOn: boolean): string {
  return `\u001B[?${mode}${isOn ? 'h' : 'l'}`;
}
