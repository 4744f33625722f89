import type { Interpreter } from './interpreters.ts';
import type { Word } from './word.ts';

/** What an interpreter would make of the words after its name. */
export type Finding =
  /** A caller's text would be its code, or could become one of its options. */
  | { readonly type: 'code' | 'option'; readonly word: Word }
  /** What it runs is the manifest's own, or a file. `at`: index of the word that says so. */
  | { readonly type: 'script'; readonly at: number }
  /** A shell runs the word at `at`; the next one is only the name it goes by. */
  | { readonly type: 'shell script'; readonly at: number }
  | { readonly type: 'standard input' };

/** Reads a command line as an interpreter would, from the word after its name. */
export function readInterpreter(interpreter: Interpreter, line: readonly Word[], from: number): Finding {
  return new LineReader(interpreter, line, from).read();
}

class LineReader {
  readonly #interpreter: Interpreter;
  readonly #line: readonly Word[];
  #at: number;
  /** A shell was told that its code will come. */
  #isCodeDue = false;
  /** Where code of the manifest's own was. */
  #code = -1;
  /** Words that were no options. */
  #plainWords = 0;
  #areOptionsOver = false;

  constructor(interpreter: Interpreter, line: readonly Word[], from: number) {
    this.#interpreter = interpreter;
    this.#line = line;
    this.#at = from;
  }

  read(): Finding {
    for (; this.#at < this.#line.length; this.#at += 1) {
      const word = this.#line[this.#at];
      if (word === undefined) break;
      const found = this.#isOption(word) ? this.#option(word) : this.#plainWord(word);
      if (found !== undefined) return found;
    }
    const isAnswered = this.#code !== -1 || (this.#interpreter.words === 'all but the first' && this.#plainWords > 1);
    return isAnswered ? this.#script(this.#line.length) : { type: 'standard input' };
  }

  #isOption({ head, isLiteral }: Word): boolean {
    return !this.#areOptionsOver && /^[-+]/.test(head) && !(isLiteral && head.length === 1);
  }

  #option(word: Word): Finding | undefined {
    const { head, isLiteral, hasCallersText } = word;
    if (head === '--' && isLiteral) {
      this.#areOptionsOver = true;
      return undefined;
    }
    const [name = ''] = head.split('=', 1);
    if (hasCallersText) return { type: this.#interpreter.longCode?.includes(name) === true ? 'code' : 'option', word };
    return head.startsWith('--') ? this.#longOption(head) : this.#letters(head.slice(1));
  }

  #longOption(head: string): Finding | undefined {
    const { longCode = [], longValues = [], codeIs } = this.#interpreter;
    const [name = ''] = head.split('=', 1);
    if (longCode.includes(name)) {
      if (name === head) return this.#nextIsCode();
      this.#code = this.#at;
    } else if (longValues.includes(head)) {
      this.#skipValue();
    } else if (codeIs === 'next' && name === head) {
      // An option that is not known here may take a word. If it doesn't, that word is a file, and what follows its own.
      const next = this.#line[this.#at + 1];
      if (next?.isLiteral === true && !next.head.startsWith('-')) this.#skipValue();
    }
    return undefined;
  }

  #letters(letters: string): Finding | undefined {
    const { code = '', codeIs, codeEnds, values = '', ends = '' } = this.#interpreter;
    for (const [index, letter] of letters.split('').entries()) {
      const isLast = index === letters.length - 1;
      if (code.includes(letter)) {
        if (codeIs === 'first word') {
          this.#isCodeDue = true;
          continue;
        }
        if (!isLast) this.#code = this.#at;
        return (isLast ? this.#nextIsCode() : undefined) ?? (codeEnds === true ? this.#script(this.#at) : undefined);
      }
      if (ends.includes(letter)) return this.#script(isLast ? this.#at + 1 : this.#at);
      if (values.includes(letter)) {
        if (isLast) this.#skipValue();
        if (codeIs === 'next') return undefined;
      } else if (letter === 's' && codeIs === 'first word' && !this.#isCodeDue) {
        return { type: 'standard input' };
      }
    }
    return undefined;
  }

  /** The next word that is surely there, and those before it that may not be. */
  #nextIsCode(): Finding | undefined {
    while (this.#at + 1 < this.#line.length) {
      this.#at += 1;
      const word = this.#line[this.#at];
      if (word?.isLiteral !== true) return word === undefined ? undefined : { type: 'code', word };
      this.#code = this.#at;
      if (!word.isOptional) return undefined;
    }
    return undefined;
  }

  /** A word that may be left out leaves its place to the next one, so it is looked at like any other. */
  #skipValue(): void {
    if (this.#line[this.#at + 1]?.isOptional === false) this.#at += 1;
  }

  #plainWord(word: Word): Finding | undefined {
    const { words, permutes, codeVerbs = [] } = this.#interpreter;
    const { head, isLiteral, isOptional } = word;
    if (this.#isCodeDue) {
      if (!isLiteral) return { type: 'code', word };
      return isOptional ? undefined : { type: 'shell script', at: this.#at };
    }
    if (this.#isCode() && !isLiteral) return { type: 'code', word };
    if (word.isOpen && !this.#areOptionsOver) return { type: 'option', word };
    if (isLiteral && codeVerbs.includes(head)) return this.#nextIsCode();
    if (isOptional) return undefined;
    this.#plainWords += 1;
    if (words === 'first') return this.#script(this.#at);
    if (words !== undefined || permutes === true) return undefined;
    return isLiteral && head === '-' ? { type: 'standard input' } : this.#script(this.#at);
  }

  /** Whether a word that is no option is code by its place. */
  #isCode(): boolean {
    const { words } = this.#interpreter;
    if (words === 'first') return this.#code === -1;
    return words === 'all' || (words === 'all but the first' && this.#plainWords > 0);
  }

  #script(at: number): Finding {
    return { type: 'script', at: this.#code === -1 ? at : this.#code };
  }
}
