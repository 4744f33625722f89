/** The keys by which a person leaves a terminal session and lets the job go on. */
import type { OptionSpecs } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';

/** How commands with a terminal are told the keys. */
export const DETACH_KEYS_OPTION = {
  detachKeys: {
    type: 'text',
    value: 'KEYS',
    summary: 'keys that leave the job running, such as ctrl-],q; ctrl-p,ctrl-q unless said, "none" for none',
  },
} as const satisfies OptionSpecs;

/** What Docker's are, too. */
const DEFAULT_KEYS = 'ctrl-p,ctrl-q';

const CONTROL = /^ctrl-([a-z@[\\\]^_])$/i;
const CONTROL_MASK = 0x1f;

/**
 * Reads keys that are typed one after the other: `ctrl-p,ctrl-q`, `ctrl-]`, `~,.`. `none` gives none. Errors:
 * UsageError.
 */
export function readDetachKeys(text: string = DEFAULT_KEYS): Buffer {
  if (text === 'none') return Buffer.alloc(0);
  return Buffer.from(text.split(',').map((key) => readKey(key, text)));
}

function readKey(key: string, text: string): number {
  const control = CONTROL.exec(key)?.[1];
  const code = (control ?? key).toUpperCase().codePointAt(0) ?? 0;
  if (control !== undefined) return code & CONTROL_MASK;
  if (/^[\x20-\x7e]$/.test(key)) return key.codePointAt(0) ?? 0;
  throw new UsageError(
    `Cannot read --detach-keys "${text}": keys such as "ctrl-p,ctrl-q", one character each or "ctrl-" and one of a-z @ [ \\ ] ^ _, or "none" are wanted`,
  );
}

export interface Typed {
  /** What was typed for the job. */
  readonly bytes: Buffer;
  /** The detach keys were typed. What came after them is nobody's. */
  readonly isDetached: boolean;
}

/** Looks for detach keys in what is typed. A beginning of them is held back until the next key tells what it was. */
export class DetachScanner {
  readonly #keys: Buffer;
  #seen = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** Whether keys are held back. */
  get isHolding(): boolean {
    return this.#seen > 0;
  }

  take(chunk: Buffer): Typed {
    if (this.#keys.length === 0) return { bytes: chunk, isDetached: false };
    const typed = Buffer.concat([this.release(), chunk]);
    const at = typed.indexOf(this.#keys);
    if (at !== -1) return { bytes: typed.subarray(0, at), isDetached: true };
    this.#seen = this.#beginningAtEnd(typed);
    return { bytes: typed.subarray(0, typed.length - this.#seen), isDetached: false };
  }

  /** Gives up the keys that were held back: they were meant for the job. */
  release(): Buffer {
    const held = this.#keys.subarray(0, this.#seen);
    this.#seen = 0;
    return held;
  }

  /** How many of the last bytes could be a beginning of the keys. */
  #beginningAtEnd(typed: Buffer): number {
    for (let length = Math.min(this.#keys.length - 1, typed.length); length > 0; length -= 1) {
      if (typed.subarray(typed.length - length).equals(this.#keys.subarray(0, length))) return length;
    }
    return 0;
  }
}
