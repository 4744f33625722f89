/**
 * Conditions of entries and of argument keys:
 *
 * ```
 *   condition = "true" | "false" | name | ("and" | "or" | "not") "(" condition { "," condition } ")"
 * ```
 *
 * A name holds when there is a variable or an option of the kernel's command line of that name, whatever its value.
 */
import type { Words } from './words.ts';

export type Judgement =
  { readonly ok: true; readonly holds: boolean } | { readonly ok: false; readonly message: string };

const TOKEN = /\s*([\w.-]+|[(),])\s*/y;
const DEEPEST = 100;

/** Whether a condition holds; an empty one does. What can't be read is told with its place. */
export function judgeCondition(text: string, words: Words): Judgement {
  if (text.trim() === '') return { ok: true, holds: true };
  const tokens = readTokens(text);
  if (typeof tokens === 'string') return { ok: false, message: `Cannot read the condition "${text}": ${tokens}` };
  const reading = new Reading(tokens, words);
  const holds = reading.condition(0);
  if (reading.trouble === undefined && !reading.isAtEnd) reading.fail('nothing more');
  if (reading.trouble === undefined) return { ok: true, holds };
  return { ok: false, message: `Cannot read the condition "${text}": ${reading.trouble}` };
}

/** The tokens, or what is wrong. */
function readTokens(text: string): string[] | string {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) return `"${text.slice(at).trim().charAt(0)}" means nothing here`;
    tokens.push(token);
  }
  return tokens;
}

class Reading {
  trouble: string | undefined;
  readonly #tokens: readonly string[];
  readonly #words: Words;
  #at = 0;

  constructor(tokens: readonly string[], words: Words) {
    this.#tokens = tokens;
    this.#words = words;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Reads one condition and tells whether it holds; false once there is trouble. */
  condition(depth: number): boolean {
    const word = this.#tokens[this.#at];
    if (depth > DEEPEST) return this.fail(`at most ${DEEPEST} conditions inside each other`);
    if (word === undefined || /^[(),]$/.test(word)) return this.fail('a name, "and(", "or(" or "not("');
    this.#at += 1;
    if (this.#tokens[this.#at] !== '(') return this.#name(word);
    this.#at += 1;
    const holds = this.#list(depth + 1);
    if (this.trouble !== undefined) return false;
    switch (word) {
      case 'and':
        return holds.every(Boolean);
      case 'or':
        return holds.some(Boolean);
      case 'not':
        if (holds.length === 1) return holds[0] === false;
        this.trouble = `"not" takes one condition and has ${holds.length}`;
        return false;
      default:
        this.trouble = `"${word}" is no operator: "and", "or" and "not" are`;
        return false;
    }
  }

  fail(expected: string): false {
    const found = this.#tokens[this.#at];
    this.trouble ??= `expected ${expected}, found ${found === undefined ? 'its end' : `"${found}"`}`;
    return false;
  }

  #list(depth: number): boolean[] {
    const holds: boolean[] = [];
    for (;;) {
      holds.push(this.condition(depth));
      if (this.trouble !== undefined) return holds;
      const next = this.#tokens[this.#at];
      if (next !== ',' && next !== ')') {
        this.fail('"," or ")"');
        return holds;
      }
      this.#at += 1;
      if (next === ')') return holds;
    }
  }

  #name(word: string): boolean {
    if (word === 'true') return true;
    if (word === 'false') return false;
    return this.#words.find(word) !== undefined;
  }
}
