/** The tables that the scripts for bash and zsh share: functions that say what a place of the command line takes. */
import type { CompletedCommand, Values } from './describe-completion.ts';

/** A text that a shell takes as it is. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Shell functions: `_corex_options COMMAND` prints its options, one a line; `_corex_value COMMAND OPTION` fails for a
 * switch, else prints what it takes; `_corex_word COMMAND INDEX FIRST` prints what the word at that place is;
 * `_corex_ends_options COMMAND` and `_corex_takes_place COMMAND` tell by their exit code. What is taken is printed as
 * words or as `@kind`, one a line, or not at all.
 */
export function shellTables(commands: readonly CompletedCommand[]): string {
  return [
    shellFunction(
      '_corex_options',
      '$1',
      commands.map(({ name, options }) => [shellQuote(name), printed(options.flatMap(({ names }) => names))]),
    ),
    shellFunction(
      '_corex_value',
      '$1 $2',
      commands.flatMap(({ name, options }) =>
        options.flatMap(({ names, values }) =>
          values === undefined
            ? []
            : [[names.map((option) => shellQuote(`${name} ${option}`)).join('|'), output(values)] as const],
        ),
      ),
      'return 1',
    ),
    shellFunction(
      '_corex_word',
      '$1 $2 $3',
      commands.flatMap(({ name, words }) =>
        words.map(({ index, repeats, after, values }) => {
          const place = repeats ? `${shellQuote(`${name} `)}*` : shellQuote(`${name} ${index}`);
          const first = after === undefined || index === 0 ? "' '*" : shellQuote(` ${after}`);
          return [place + first, output(values)] as const;
        }),
      ),
    ),
    test(
      '_corex_ends_options',
      commands.filter(({ endsOptions }) => endsOptions),
    ),
    test(
      '_corex_takes_place',
      commands.filter(({ takesPlace }) => takesPlace),
    ),
  ].join('\n');
}

/** A function that succeeds for these commands. */
function test(name: string, commands: readonly CompletedCommand[]): string {
  const names = commands.map((command) => shellQuote(command.name)).join('|');
  return shellFunction(name, '$1', [[names, 'return 0']], 'return 1');
}

type Case = readonly [pattern: string, action: string];

function shellFunction(name: string, subject: string, cases: readonly Case[], otherwise?: string): string {
  return [
    `${name}() {`,
    `  case "${subject}" in`,
    ...cases.filter(([pattern]) => pattern !== '').map(([pattern, action]) => `    ${pattern}) ${action} ;;`),
    ...(otherwise === undefined ? [] : [`    *) ${otherwise} ;;`]),
    '  esac',
    '}',
    '',
  ].join('\n');
}

function output(values: Values): string {
  if (values.type === 'unknown') return ':';
  return printed(values.type === 'kinds' ? values.kinds.map((kind) => `@${kind}`) : values.words);
}

function printed(lines: readonly string[]): string {
  return `printf '%s\\n' ${lines.map(shellQuote).join(' ')}`;
}
