/** Finds manifests in which a caller's text would be read as code: by a shell, another interpreter, or as an option of one. */
import { decidesWhatRuns, interpreterOf } from './interpreters.ts';
import { readInterpreter } from './read-interpreter.ts';
import { splitEnvStrings } from './split-env-strings.ts';
import type { Word } from './word.ts';

const AS_ARGUMENT = 'pass it as an argument ("$1") or as a variable, which nothing reads as code';

/**
 * What is wrong with a command line, its program first; undefined when no value can become code. A word that names an
 * interpreter is taken for one wherever it stands, since it is not known here which programs run others.
 * `hasStdin`: a caller's text stands in standard input.
 */
export function findInjection(words: readonly Word[], hasStdin: boolean): string | undefined {
  const line = splitEnvStrings(words);
  if (typeof line === 'string') return line;
  /** Where the names stand that shells' scripts go by. */
  const scriptNames = new Set<number>();
  for (const [at, { head, isLiteral }] of line.entries()) {
    if (!isLiteral || scriptNames.has(at)) continue;
    const wrapped = wrapperTrouble(head, line, at + 1);
    if (wrapped !== undefined) return wrapped;
    const interpreter = interpreterOf(head);
    if (interpreter === undefined) continue;
    const found = readInterpreter(interpreter, line, at + 1);
    switch (found.type) {
      case 'code':
        return `${quoted(found.word)} would be read as code by "${head}": ${AS_ARGUMENT}`;
      case 'option':
        return `${quoted(found.word)} may become an option of "${head}": put "--" before it, give it the type "path", or write the option itself`;
      case 'standard input':
        if (!hasStdin || interpreter.readsStdin !== true) break;
        return `"stdin" would be read as code by "${head}": let it run a script of the manifest's own; ${AS_ARGUMENT}`;
      case 'shell script':
        scriptNames.add(found.at + 1);
        break;
      case 'script':
        break;
    }
  }
  return undefined;
}

/** The words among which a program looks for options: those before "--", or before a script of the manifest's own. */
export function optionWords(words: readonly Word[]): readonly Word[] {
  for (const [at, { head, isLiteral }] of words.entries()) {
    if (!isLiteral) continue;
    if (head === '--') return words.slice(0, at);
    const interpreter = interpreterOf(head);
    if (interpreter === undefined) continue;
    const found = readInterpreter(interpreter, words, at + 1);
    if (found.type === 'script' || found.type === 'shell script') return words.slice(0, found.at);
  }
  return words;
}

/** `env` and `busybox` run the word that follows: neither that nor their options are a caller's. */
function wrapperTrouble(head: string, line: readonly Word[], from: number): string | undefined {
  const [name = ''] = /[^/]*$/.exec(head) ?? [];
  if (!['env', 'busybox', 'toybox'].includes(name)) return undefined;
  for (let at = from; at < line.length; at += 1) {
    const word = line[at];
    if (word === undefined) return undefined;
    const [, variable] = (name === 'env' ? /^([^-=][^=]*)=/ : /^(?!)/).exec(word.head) ?? [];
    if (variable !== undefined) {
      if (word.hasCallersText && decidesWhatRuns(variable)) return variableTrouble(variable);
      continue;
    }
    if (!word.isLiteral) return `${quoted(word)} would choose what "${name}" runs: name the program in the manifest`;
    if (/^(-[uC]|--unset|--chdir)$/.test(word.head)) at += 1;
    else if (!word.head.startsWith('-') && !word.isOptional) return undefined;
  }
  return undefined;
}

/** Why no value may stand in a variable. */
export function variableTrouble(variable: string): string {
  return `the variable "${variable}" decides what programs run, so no caller may choose it`;
}

function quoted({ place, source }: Word): string {
  return `"${place}": ${JSON.stringify(source)}`;
}
