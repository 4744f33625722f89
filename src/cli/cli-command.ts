/** What a command of the CLI is: data that is parsed by, helped with and documented from, and one function. */
import type { Cli } from './cli-context.ts';

interface OptionBase {
  /** One letter: `-q`. */
  readonly short?: string;
  /** A letter that is this option's where `option` is given, and another one's else. */
  readonly shortWith?: { readonly letter: string; readonly option: string };
  /** What it does, one clause without a full stop. */
  readonly summary: string;
  /** May be given more than once. */
  readonly multiple?: true;
}

/** An option of a command, by the sort of value it takes. */
export type OptionSpec =
  | (OptionBase & { readonly type: 'flag'; readonly multiple?: never })
  | (OptionBase & { readonly type: 'text'; readonly value: string; readonly choices?: readonly string[] })
  | (OptionBase & { readonly type: 'integer'; readonly value: string; readonly min?: number; readonly max?: number })
  /** Seconds: `10`, `1.5s`, `500ms`, `2m`, `1h30m`, `1d`. */
  | (OptionBase & { readonly type: 'duration'; readonly value: string })
  | (OptionBase & { readonly type: 'signal'; readonly value: string })
  | (OptionBase & { readonly type: 'json'; readonly value: string });

/** Options by name: `maxRestart` is written `--max-restart` on the command line. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** How an option is written, without the dashes before it. */
export function writtenName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

interface Values {
  flag: boolean;
  text: string;
  integer: number;
  duration: number;
  signal: NodeJS.Signals;
  json: unknown;
}

/** What parsing gives for each option: a boolean, a list, or a value that may be missing. */
export type OptionValues<Options extends OptionSpecs> = {
  readonly [Name in keyof Options]: Options[Name] extends { readonly type: 'flag' }
    ? boolean
    : Options[Name] extends { readonly multiple: true }
      ? readonly Values[Options[Name]['type']][]
      : Values[Options[Name]['type']] | undefined;
};

/** Words that are not options. */
export interface WordsSpec {
  readonly min?: number;
  readonly max?: number;
  /** The first word ends the options: all that follows belongs to it, as after `--`. */
  readonly endOptions?: true;
  /** With `endOptions`: a first word with `--` behind it says where, and is no word of the rest. */
  readonly place?: true;
}

export interface Invocation<Options extends OptionSpecs = OptionSpecs> {
  readonly options: OptionValues<Options>;
  readonly words: readonly string[];
  /** See {@link WordsSpec.place}. Undefined when no word stands alone before `--`. */
  readonly place: string | undefined;
  readonly cli: Cli;
  /** The table the command was found in. */
  readonly commands: readonly CommandRow[];
}

export interface CliCommand<Options extends OptionSpecs = OptionSpecs> {
  /** What follows `corex`, one line a form: `run [options] -- PROGRAM [ARGUMENT…]`. */
  readonly usage: readonly string[];
  /** Paragraphs below the usage: what is worth knowing. */
  readonly details?: readonly string[];
  readonly options: Options;
  /** Default: none are taken. */
  readonly words?: WordsSpec;
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** Resolves to the exit code. */
  run(invocation: Invocation<Options>): Promise<number>;
}

/** Ties a command's function to the types of its options. */
export function defineCommand<const Options extends OptionSpecs>(command: CliCommand<Options>): CliCommand {
  return command;
}

export const COMMAND_GROUPS = {
  jobs: 'Jobs',
  files: 'Files',
  resources: 'Resources',
  containers: 'Containers',
  agent: 'The agent',
  more: 'More',
} as const;

/** A row of the table of commands. The file of a command is loaded only when it is run, helped with or documented. */
export interface CommandRow {
  readonly name: string;
  readonly group: keyof typeof COMMAND_GROUPS;
  /** One clause without a full stop. */
  readonly summary: string;
  readonly load: () => Promise<CliCommand>;
}

/** A command with its row: what help and documents are made of. */
export interface DescribedCommand extends Omit<CommandRow, 'load'>, CliCommand {}

/** Loads a command. */
export async function describeCommand({ name, group, summary, load }: CommandRow): Promise<DescribedCommand> {
  return { name, group, summary, ...(await load()) };
}
