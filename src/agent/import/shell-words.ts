/**
 * Splits a text into words as a shell does that expands nothing: blanks separate, quotes keep together, a backslash takes
 * the next character as it is. Undefined when a quote is not closed.
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    const next = text[at + 1];
    const escapes =
      letter === '\\' && next !== undefined && (quote === undefined || (quote === '"' && '"\\'.includes(next)));
    if (escapes) {
      word = (word ?? '') + next;
      at += 1;
    } else if (quote !== undefined) {
      if (letter === quote) quote = undefined;
      else word = (word ?? '') + letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
