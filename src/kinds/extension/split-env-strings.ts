import { literalWord, type Word } from './word.ts';

/** `-S STRING`, `-SSTRING`, `-iS STRING`, `--split-string=STRING`. */
const SPLIT = /^(?:-[i0v]*S|--split-string=?)(.*)$/s;

/**
 * The words of a command line after `env -S` has split its string. A value in such a string would become several
 * arguments: then the answer is what is wrong.
 */
export function splitEnvStrings(words: readonly Word[]): readonly Word[] | string {
  const env = words.findIndex(({ isLiteral, head }) => isLiteral && /(^|\/)env$/.test(head));
  if (env === -1) return words;
  const line = [...words];
  for (let at = env + 1; at < line.length; at += 1) {
    const word = line[at];
    const [, attached] = SPLIT.exec(word?.head ?? '') ?? [];
    if (word === undefined || attached === undefined) continue;
    const isNext = word.isLiteral && attached === '';
    const text = isNext ? line[at + 1] : word;
    if (text === undefined) return line;
    if (!text.isLiteral) {
      return `"${text.place}": ${JSON.stringify(text.source)} stands in a string that "env -S" splits into arguments: give each its own entry`;
    }
    const split = splitString(isNext ? text.head : attached).map((part) => literalWord(part, text.place));
    line.splice(at, isNext ? 2 : 1, ...split);
    at -= 1;
  }
  return line;
}

/** Blanks part, quotes and backslashes keep together; as far as is needed to know a program and its options. */
function splitString(text: string): string[] {
  const words = text.match(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\])+/gs) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\\(.)/gs,
      (_match, double?: string, single?: string, escaped?: string) =>
        (double ?? single ?? escaped ?? '').replaceAll(/\\(.)/gs, '$1'),
    ),
  );
}
