/** Programs that run text they are given as code, and where in their arguments that text stands. */

export interface Interpreter {
  /** Without digits and dots at the end: `python` stands for `python3.12`. */
  readonly names: readonly string[];
  /** Letters of options that bring code. @default none */
  readonly code?: string;
  /** Where that code is: it follows its letter, at once or as the next word, or it is the first word that is no option. */
  readonly codeIs: 'next' | 'first word';
  /** Such code ends the options. */
  readonly codeEnds?: true;
  /** Long options that bring code, and words that do. */
  readonly longCode?: readonly string[];
  readonly codeVerbs?: readonly string[];
  /** Letters and long options that take a word which is no code. */
  readonly values?: string;
  readonly longValues?: readonly string[];
  /** Letters after whose word all options end. */
  readonly ends?: string;
  /** Which of the words that are no options are code themselves. */
  readonly words?: 'first' | 'all but the first' | 'all';
  /** Options are looked for behind other words, too. */
  readonly permutes?: true;
  /** Without code or a file it runs what standard input says. */
  readonly readsStdin?: true;
}

const SHELL = { code: 'c', codeIs: 'first word', values: 'oO', readsStdin: true } as const;
const NEXT = { codeIs: 'next' } as const;
const SCRIPTED = { ...NEXT, readsStdin: true } as const;

// One row a family, so that they can be compared.
// prettier-ignore
const INTERPRETERS: readonly Interpreter[] = [
  { ...SHELL, names: ['sh', 'ash', 'bash', 'rbash', 'dash', 'zsh', 'ksh', 'mksh', 'lksh', 'oksh', 'pdksh', 'yash', 'posh'], longCode: ['--command'], longValues: ['--rcfile', '--init-file'] },
  { ...SHELL, names: ['csh', 'tcsh', 'rc', 'es', 'xonsh', 'elvish'] },
  { ...SCRIPTED, names: ['fish', 'nu'], code: 'cC', longCode: ['--command', '--commands', '--init-command'] },
  { ...SCRIPTED, names: ['python', 'pypy', 'micropython', 'jython'], code: 'c', codeEnds: true, values: 'WX', ends: 'm', longValues: ['--check-hash-based-pycs'] },
  { ...SCRIPTED, names: ['perl', 'raku'], code: 'eEMm' },
  { ...SCRIPTED, names: ['ruby', 'jruby', 'irb'], code: 'e', values: 'rICEF' },
  { ...SCRIPTED, names: ['node', 'nodejs', 'bun', 'ts-node', 'tsx', 'deno'], code: 'ep', longCode: ['--eval', '--print'], codeVerbs: ['eval'], values: 'rC' },
  { ...SCRIPTED, names: ['php'], code: 'rBRE', values: 'dcfztS' },
  { ...SCRIPTED, names: ['lua', 'luajit', 'julia', 'Rscript', 'groovy', 'elixir', 'scala'], code: 'eE', values: 'l' },
  { ...SCRIPTED, names: ['pwsh', 'powershell', 'osascript', 'tclsh', 'wish', 'expect'], code: 'cCe', words: 'all' },
  { ...NEXT, names: ['awk', 'gawk', 'mawk', 'nawk', 'original-awk'], code: 'e', longCode: ['--source'], values: 'vFf', words: 'first' },
  { ...NEXT, names: ['sed', 'gsed'], code: 'e', longCode: ['--expression'], values: 'fl', words: 'first' },
  { ...SCRIPTED, names: ['su', 'runuser'], code: 'c', longCode: ['--command', '--session-command'], values: 'gGsw', permutes: true },
  { ...SCRIPTED, names: ['script'], code: 'c', longCode: ['--command'], permutes: true },
  { ...NEXT, names: ['flock', 'sg'], code: 'c', longCode: ['--command'], values: 'wE', permutes: true },
  { ...NEXT, names: ['watch'], values: 'nqd', words: 'all' },
  { ...SCRIPTED, names: ['parallel', 'at', 'batch'], words: 'all' },
  { ...SCRIPTED, names: ['ssh', 'rsh', 'autossh'], values: 'BbcDEeFIiJLlmOopPQRSWw', words: 'all but the first' },
];

/** The interpreter a word names: `/usr/bin/python3.12`, `bash`. Undefined for other words. */
export function interpreterOf(word: string): Interpreter | undefined {
  const name = word.slice(word.lastIndexOf('/') + 1).replace(/\.exe$/i, '');
  return INTERPRETERS.find(({ names }) => names.includes(name) || names.includes(name.replace(/-?[\d.]+$/, '')));
}

/** Variables by which a caller would decide what is run instead of, before or within a program. */
const DECIDING = new Set([
  ...['PATH', 'IFS', 'ENV', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS', 'PS4', 'PROMPT_COMMAND', 'ZDOTDIR', 'SHELL', 'FPATH'],
  ...[
    'NODE_OPTIONS',
    'NODE_PATH',
    'RUBYOPT',
    'RUBYLIB',
    'CLASSPATH',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'JDK_JAVA_OPTIONS',
  ],
  ...[
    'PAGER',
    'EDITOR',
    'VISUAL',
    'BROWSER',
    'MANPAGER',
    'LESSOPEN',
    'LESSCLOSE',
    'MAKEFLAGS',
    'MAKEFILES',
    'GCONV_PATH',
  ],
  ...[
    'RSYNC_RSH',
    'CVS_RSH',
    'TAR_OPTIONS',
    'GREP_OPTIONS',
    'SSH_ASKPASS',
    'SUDO_ASKPASS',
    'PHPRC',
    'PHP_INI_SCAN_DIR',
  ],
]);
const DECIDING_PREFIX = /^(LD_|DYLD_|GIT_|PYTHON|PERL|LUA_|BASH_FUNC_|npm_config_)/;

/** What of Git's variables names a person, a time or a place, and no program. */
const HARMLESS = /^GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)$|^GIT_(TERMINAL_PROMPT|DEPTH)$/;

/** Whether a variable decides what programs run, so that no caller may choose its value. */
export function decidesWhatRuns(variable: string): boolean {
  return (DECIDING.has(variable) || DECIDING_PREFIX.test(variable)) && !HARMLESS.test(variable);
}
