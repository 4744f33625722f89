import { parseArgs } from 'node:util';
import { nearestName } from '../base/nearest-name.ts';
import { writtenName, type OptionSpec, type OptionSpecs, type OptionValues, type WordsSpec } from './cli-command.ts';
import { UsageError } from './cli-error.ts';
import { readOptionValue } from './option-values.ts';

export interface ParsedArguments {
  readonly options: OptionValues<OptionSpecs>;
  readonly words: readonly string[];
  /** What says where the words mean something, for commands that take that. */
  readonly place: string | undefined;
  /** `--help` or `-h` was among the options. */
  readonly help: boolean;
}

/** Reads the arguments after the command's name. Errors: UsageError that names the nearest option. */
export function parseOptions(args: readonly string[], specs: OptionSpecs, wordsSpec: WordsSpec = {}): ParsedArguments {
  const written = lettersInEffect(
    args,
    new Map(Object.entries(specs).map(([name, spec]) => [writtenName(name), spec])),
  );
  const { own, rest, place } = split(args, written, wordsSpec);
  const given = new Map<string, unknown[]>();
  const words: string[] = [];
  let help = false;
  for (const token of tokenize(own, written)) {
    if (token.kind === 'positional') words.push(token.value);
    else if (token.kind === 'option' && token.name === 'help') help = true;
    else if (token.kind === 'option') {
      const value = readOptionToken(token, written);
      given.set(token.name, [...(given.get(token.name) ?? []), value]);
    }
  }
  words.push(...rest);
  if (!help) checkWords(words, wordsSpec);
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, settle(spec, given.get(writtenName(name)))]),
  );
  return { options, words, place, help };
}

/** A letter may be another option's beside some option. What stands behind the first word belongs to that. */
function lettersInEffect(args: readonly string[], specs: WrittenSpecs): WrittenSpecs {
  for (const [name, { shortWith }] of specs) {
    if (shortWith === undefined) continue;
    const { letter, option } = shortWith;
    const exchanged = new Map(
      [...specs].map(([each, spec]) => [each, each === name ? withLetter(spec, letter) : withoutLetter(spec, letter)]),
    );
    const tokens = tokenize(args, exchanged);
    const end = tokens.findIndex(({ kind }) => kind !== 'option');
    const own = end === -1 ? tokens : tokens.slice(0, end);
    if (own.some((token) => token.kind === 'option' && token.name === writtenName(option))) return exchanged;
  }
  return specs;
}

function withLetter(spec: OptionSpec, short: string): OptionSpec {
  return { ...spec, short };
}

function withoutLetter(spec: OptionSpec, letter: string): OptionSpec {
  if (spec.short !== letter) return spec;
  const { short: _short, ...rest } = spec;
  return rest;
}

/** Options as they are written. */
type WrittenSpecs = ReadonlyMap<string, OptionSpec>;
type Token = ReturnType<typeof tokenize>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

function tokenize(args: readonly string[], specs: WrittenSpecs) {
  const options = [...specs].map(([name, spec]) => [
    name,
    { type: spec.type === 'flag' ? ('boolean' as const) : ('string' as const), ...shortOf(spec) },
  ]);
  return parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', short: 'h' }, ...(Object.fromEntries(options) as Record<string, never>) },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function shortOf(spec: OptionSpec): { short?: string } {
  return spec.short === undefined ? {} : { short: spec.short };
}

/** A command line in the parts that are read each in its way. */
interface Split {
  readonly own: readonly string[];
  readonly rest: readonly string[];
  readonly place?: string | undefined;
}

/** Cuts off what belongs to the first word, for commands that pass arguments on. */
function split(args: readonly string[], specs: WrittenSpecs, { endOptions, place }: WordsSpec): Split {
  if (endOptions !== true) return { own: args, rest: [] };
  const end = tokenize(args, specs).find(({ kind }) => kind !== 'option');
  if (end === undefined) return { own: args, rest: [] };
  const own = args.slice(0, end.index);
  if (end.kind !== 'positional') return { own, rest: args.slice(end.index + 1) };
  const isPlace = place === true && args[end.index + 1] === '--';
  return isPlace
    ? { own, place: args[end.index], rest: args.slice(end.index + 2) }
    : { own, rest: args.slice(end.index) };
}

function readOptionToken({ name, rawName, value, inlineValue }: OptionToken, specs: WrittenSpecs): unknown {
  const spec = specs.get(name);
  if (spec === undefined) throw unknownOption(name, rawName, specs);
  if (spec.type === 'flag') {
    if (value !== undefined) throw new UsageError(`Cannot take a value for "${rawName}": it is a switch`);
    return true;
  }
  const isLost = value === undefined || (!inlineValue && /^-[^\d.]/.test(value));
  if (isLost) throw new UsageError(`Cannot read "${rawName}": its value ${spec.value} is missing`);
  return readOptionValue(rawName, spec, value);
}

function unknownOption(name: string, rawName: string, specs: WrittenSpecs): UsageError {
  const nearest = rawName.startsWith('--') ? nearestName(name, ['help', ...specs.keys()]) : undefined;
  const hint = nearest === undefined ? '' : `, did you mean "--${nearest}"?`;
  return new UsageError(`Cannot read the command line: unknown option "${rawName}"${hint}`);
}

function settle(spec: OptionSpec, given: readonly unknown[] | undefined): unknown {
  if (spec.multiple === true) return given ?? [];
  return spec.type === 'flag' ? given !== undefined : given?.at(-1);
}

function checkWords(words: readonly string[], { min = 0, max = 0, endOptions }: WordsSpec): void {
  if (words.length < min) throw new UsageError('Cannot read the command line: something is missing');
  const tooMany = endOptions === true ? undefined : words[max];
  if (tooMany !== undefined) throw new UsageError(`Cannot read the command line: "${tooMany}" is one word too many`);
}
