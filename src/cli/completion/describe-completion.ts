/** What can stand where on a command line: made of the commands' own descriptions. */
import { signalNames } from '../../protocol/signals.ts';
import { writtenName, type DescribedCommand, type OptionSpec } from '../cli-command.ts';

/** What only the agent, or the shell, knows. */
export const DYNAMIC_KINDS = [
  'job',
  'live-job',
  'queue',
  'tag',
  'agent-command',
  'resource-type',
  'container',
  // Its name as it stands before a path in it.
  'container-path',
  'image',
  'network',
] as const;
export type DynamicKind = (typeof DYNAMIC_KINDS)[number];
export type ValueKind = DynamicKind | 'file' | 'directory' | 'program';

/** What a place takes: some words, something of one of some kinds, or what nobody can guess. */
export type Values =
  | { readonly type: 'words'; readonly words: readonly string[] }
  | { readonly type: 'kinds'; readonly kinds: readonly ValueKind[] }
  | { readonly type: 'unknown' };

export interface CompletedOption {
  /** `--queue`, `-q`. */
  readonly names: readonly string[];
  readonly summary: string;
  /** Undefined for a switch. */
  readonly values: Values | undefined;
}

/** What the word at a place may be. */
export interface WordRule {
  /** Only when the first word is this one. */
  readonly after?: string;
  /** Place among the words that are no options, from 0. */
  readonly index: number;
  /** And at all places after it. */
  readonly repeats: boolean;
  readonly values: Values;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly words: readonly WordRule[];
  /** Options end at its first word. */
  readonly endsOptions: boolean;
  /** One word before `--` says where, and what follows is known there only. */
  readonly takesPlace: boolean;
}

/** Commands that have nothing to do with jobs that have ended. */
const FOR_LIVE_JOBS: readonly string[] = ['kill', 'cancel', 'stdin'];
/** Commands whose ids are not those of jobs. */
const FOR_RESOURCES: readonly string[] = ['get', 'watch', 'delete'];
/** What a NAME in the usage of a command names. */
const NAMES: Readonly<Record<string, ValueKind>> = { queue: 'queue', containers: 'container' };
const PLACEHOLDERS: Readonly<Record<string, ValueKind>> = {
  QUEUE: 'queue',
  TAG: 'tag',
  FILE: 'file',
  PATH: 'file',
  ARGUMENT: 'file',
  TYPE: 'resource-type',
  CONTAINER: 'container',
  'CONTAINER:/PATH': 'container-path',
  IMAGE: 'image',
  REFERENCE: 'image',
  DIR: 'directory',
  PROGRAM: 'program',
};
const OPTION_KINDS: Readonly<Record<string, ValueKind>> = {
  queue: 'queue',
  tag: 'tag',
  command: 'agent-command',
  container: 'container',
  network: 'network',
};

const UNKNOWN: Values = { type: 'unknown' };

/** What a shell has to know of the commands. */
export function describeCompletion(commands: readonly DescribedCommand[]): CompletedCommand[] {
  const names = commands.map(({ name }) => name);
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    options: [
      ...Object.entries(command.options).map(([name, spec]) => describeOption(name, spec)),
      { names: ['--help', '-h'], summary: 'how it works', values: undefined },
    ],
    words: merged(command.usage.flatMap((form) => rulesOf(form, command.name, names))),
    endsOptions: command.words?.endOptions === true,
    takesPlace: command.words?.place === true,
  }));
}

function describeOption(name: string, spec: OptionSpec): CompletedOption {
  const names = [`--${writtenName(name)}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])];
  return { names, summary: spec.summary, values: spec.type === 'flag' ? undefined : valuesOf(name, spec) };
}

function valuesOf(name: string, spec: Exclude<OptionSpec, { type: 'flag' }>): Values {
  if (spec.type === 'signal') return { type: 'words', words: signalNames().map((signal) => signal.replace('SIG', '')) };
  if (spec.type !== 'text') return UNKNOWN;
  if (spec.choices !== undefined) return { type: 'words', words: spec.choices };
  return kindOf(OPTION_KINDS[name] ?? PLACEHOLDERS[spec.value]);
}

/** Reads a form of a command's usage, such as `queue pause|resume NAME [options]`. */
function rulesOf(form: string, command: string, commands: readonly string[]): WordRule[] {
  const rules: WordRule[] = [];
  let firsts: readonly (string | undefined)[] = [undefined];
  let index = 0;
  for (const token of withoutOptions(form).split(' ').slice(1)) {
    const word = token.replaceAll(/[[\]…]/g, '');
    if (word.startsWith('-')) break;
    const values = valuesOfWord(word, command, commands);
    const repeats = token.includes('…');
    rules.push(...firsts.map((after) => ({ ...(after === undefined ? {} : { after }), index, repeats, values })));
    if (index === 0 && values.type === 'words') firsts = values.words;
    index += 1;
  }
  return rules;
}

/** `image pull [--name NAME] REFERENCE [options]` without what may be left out and has its own place in the description. */
function withoutOptions(form: string): string {
  return form.replaceAll(/ \[(options|--[^\]]*)\]/g, '');
}

function valuesOfWord(word: string, command: string, commands: readonly string[]): Values {
  if (/^[a-z]/.test(word)) return { type: 'words', words: word.split('|') };
  if (word === 'COMMAND') return command === 'help' ? { type: 'words', words: commands } : kindOf('agent-command');
  if (word === 'ID' && FOR_RESOURCES.includes(command)) return UNKNOWN;
  if (word === 'ID') return kindOf(FOR_LIVE_JOBS.includes(command) ? 'live-job' : 'job');
  if (word === 'NAME') return kindOf(NAMES[command]);
  return kindOf(
    word
      .split('|')
      .map((part) => PLACEHOLDERS[part])
      .find((kind) => kind !== undefined),
  );
}

function kindOf(kind: ValueKind | undefined): Values {
  return kind === undefined ? UNKNOWN : { type: 'kinds', kinds: [kind] };
}

/** What several forms allow in one place becomes one rule. */
function merged(rules: readonly WordRule[]): WordRule[] {
  const found = new Map<string, WordRule>();
  for (const rule of rules) {
    const key = `${rule.index} ${rule.after ?? ''}`;
    const before = found.get(key);
    found.set(key, before === undefined ? rule : { ...before, values: both(before.values, rule.values) });
  }
  return [...found.values()];
}

/** Words go before kinds, and anything before what nobody can guess. */
function both(one: Values, other: Values): Values {
  if (one.type === 'words' && other.type === 'words') {
    return { type: 'words', words: [...new Set([...one.words, ...other.words])] };
  }
  if (one.type === 'kinds' && other.type === 'kinds') {
    return { type: 'kinds', kinds: [...new Set([...one.kinds, ...other.kinds])] };
  }
  if (one.type === 'words' || other.type === 'unknown') return one;
  return other.type === 'words' || one.type === 'unknown' ? other : one;
}
