/** Values that must never be read in a log. */

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
    if (value.length >= SHORTEST) this.#forms.set(value, spellings(value));
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

function spellings(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = [0, 1, 2].flatMap((shift) => base64Inside(value, shift));
  const forms = [value, json, encodeURIComponent(value), ...base64];
  return forms.filter((form) => form.length >= SHORTEST);
}

/** The letters base64 has for the value wherever it stands after `shift` other bytes, whatever follows. */
function base64Inside(value: string, shift: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value, 'utf8')]);
  const from = Math.ceil((shift * 8) / 6);
  const to = Math.floor((bytes.length * 8) / 6);
  const standard = bytes.toString('base64').slice(from, to);
  return [standard, standard.replaceAll('+', '-').replaceAll('/', '_')];
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
