import type { CompletedCommand, CompletedOption, ValueKind, Values, WordRule } from './describe-completion.ts';

/** The script for fish 3 or later. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  return [
    '# fish completion for corex. To have it in every shell:',
    '#   corex completion fish >~/.config/fish/completions/corex.fish',
    '',
    'function __corex_candidates',
    '    set -l words (commandline -opc)',
    '    set -l agent',
    '    for at in (seq 2 (count $words))',
    '        switch $words[$at]',
    "            case '--data-dir=*' '--url=*' '--token-file=*'",
    '                set -a agent $words[$at]',
    '            case --data-dir --url --token-file',
    '                set -a agent $words[$at] $words[(math $at + 1)]',
    '        end',
    '    end',
    '    command $words[1] completion --candidates $argv[1] --prefix (commandline -ct) $agent 2>/dev/null </dev/null',
    'end',
    '',
    '# Whether so many words that are no options stand behind the command, the first of them this one.',
    'function __corex_at',
    '    set -l words (commandline -opc | string match -v -- "-*")',
    '    test (count $words) -ge 2; or return 1',
    '    test $words[2] = $argv[1]; or return 1',
    '    set -l index (math (count $words) - 2)',
    '    if test "$argv[3]" = more',
    '        test $index -ge $argv[2]; or return 1',
    '    else',
    '        test $index -eq $argv[2]; or return 1',
    '    end',
    '    test -z "$argv[4]"; or test "$words[3]" = "$argv[4]"',
    'end',
    '',
    'complete -c corex -f',
    ...commands.map(
      ({ name, summary }) => `complete -c corex -n __fish_use_subcommand -a ${quote(name)} -d ${quote(summary)}`,
    ),
    ...commands.flatMap((command) => [
      '',
      ...command.options.map((option) => optionLine(command.name, option)),
      ...command.words.flatMap((rule) => wordLine(command.name, rule)),
    ]),
    '',
  ].join('\n');
}

function optionLine(command: string, { names, summary, values }: CompletedOption): string {
  const written = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const seen = quote(`__fish_seen_subcommand_from ${command}`);
  return [`complete -c corex -n ${seen}`, ...written, ...takes(values), `-d ${quote(summary)}`].join(' ');
}

function takes(values: Values | undefined): string[] {
  if (values === undefined) return [];
  return takesFile(values) ? ['-r', '-F', ...candidates(values)] : ['-x', ...candidates(values)];
}

function wordLine(command: string, { index, repeats, after = '', values }: WordRule): string[] {
  if (values.type === 'unknown') return [];
  const first = index === 0 ? '' : after;
  const place = quote(`__corex_at ${command} ${index} ${repeats ? 'more' : 'one'} ${first}`.trimEnd());
  const files = takesFile(values) ? ['-F'] : [];
  return [[`complete -c corex -n ${place}`, ...files, ...candidates(values)].join(' ')];
}

/** What fish is to offer beside files. */
function candidates(values: Values): string[] {
  if (values.type === 'unknown') return [];
  const offered = values.type === 'words' ? values.words : values.kinds.flatMap((kind) => substitution(kind));
  return offered.length === 0 ? [] : [`-a ${quote(offered.join(' '))}`];
}

function substitution(kind: ValueKind): string[] {
  if (kind === 'file') return [];
  if (kind === 'directory') return ['(__fish_complete_directories (commandline -ct))'];
  return [kind === 'program' ? '(__fish_complete_command)' : `(__corex_candidates ${kind})`];
}

function takesFile(values: Values): boolean {
  return values.type === 'kinds' && values.kinds.includes('file');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
