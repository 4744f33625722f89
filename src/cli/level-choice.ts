import { nearestName } from '../base/nearest-name.ts';
import { LEVELS, MAX_LEVEL } from '../protocol/levels.ts';
import { UsageError } from './cli-error.ts';

const RANGE = /^(\d{1,3})(?:-(\d{1,3}))?$/;

/** Levels as they are named on the command line: `warning`, `7`, `7-9`. Undefined when none is. Errors: UsageError. */
export function readLevels(words: readonly string[]): number[] | undefined {
  if (words.length === 0) return undefined;
  const levels = new Set(words.flatMap((word) => word.split(',')).flatMap((word) => levelsOf(word)));
  return [...levels].sort((a, b) => a - b);
}

function levelsOf(word: string): number[] {
  const [, first, last = first] = RANGE.exec(word) ?? [];
  if (first !== undefined) {
    const [from, to] = [Number(first), Number(last)];
    if (from <= to && to <= MAX_LEVEL) return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }
  const named = Object.entries(LEVELS).find(([, { name }]) => name === word.toLowerCase());
  if (named !== undefined) return [Number(named[0])];
  const nearest = nearestName(
    word,
    Object.values(LEVELS).map(({ name }) => name),
  );
  const hint =
    nearest === undefined
      ? 'a name such as warning, a number from 0 to 255 or a range such as 7-9 is wanted'
      : `did you mean "${nearest}"?`;
  throw new UsageError(`Cannot read --level "${word}": ${hint}`);
}
