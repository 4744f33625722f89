/** Values that must never be read in a log. */
import { spellings } from './spellings.ts';

/** Shorter values stand in too many harmless places to be searched for. */
const SHORTEST = 8;

export const CENSORED = '[redacted]';

/** Credentials that are recognised by what stands before them. */
const KNOWN_SHAPES: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[\w+/=.~-]{16,}/gi, `$1 ${CENSORED}`],
  [/\bcorex\.bearer\.[\w-]+/g, `corex.bearer.${CENSORED}`],
  [/(\w:\/\/)[^\s/"@]+@/g, `$1${CENSORED}@`],
];

/** The secret values known to this process, and texts without them. */
export class Secrets {
  readonly #forms = new Map<string, readonly string[]>();
  #pattern: RegExp | undefined;

  /**
   * From now on the value is cut out, as it is and as JSON, base64 and a URL spell it. Disposing it forgets
   * it. Values of less than 8 characters are not looked for.
   */
  add(value: string): Disposable {
    if (value.length >= SHORTEST) this.#forms.set(value, longSpellings(value));
    this.#rebuild();
    return {
      [Symbol.dispose]: () => {
        this.#forms.delete(value);
        this.#rebuild();
      },
    };
  }

  /** The text with every secret replaced. */
  redact(text: string): string {
    let clean = this.#pattern === undefined ? text : text.replace(this.#pattern, CENSORED);
    for (const [shape, replacement] of KNOWN_SHAPES) clean = clean.replace(shape, replacement);
    return clean;
  }

  #rebuild(): void {
    const forms = [...new Set([...this.#forms.values()].flat())];
    // The longest first: a value may hold another one.
    forms.sort((a, b) => b.length - a.length);
    this.#pattern =
      forms.length === 0 ? undefined : new RegExp(forms.map((form) => escapePattern(form)).join('|'), 'g');
  }
}

function longSpellings(value: string): readonly string[] {
  return spellings(value).filter((form) => form.length >= SHORTEST);
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
