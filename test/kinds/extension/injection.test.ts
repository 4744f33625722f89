import { describe, expect, test } from 'vitest';

import { extensionOf, PARAMETERS } from './manifest-of.ts';

const troubleOf = (manifest: object): string | undefined => {
  try {
    extensionOf({ parameters: PARAMETERS, ...manifest });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

/** A command line, its program first. */
const line = (...words: string[]): object => ({ binary: words[0], args: words.slice(1) });

/** Ways to let a caller's text be run as code. All of them are refused. */
const CODE: readonly (readonly string[])[] = [
  ['sh', '-c', '{s}'],
  ['sh', '-c', 'echo {s}'],
  ['sh', '-c', "echo '{s}'"],
  ['sh', '-c', 'echo "{s}"'],
  ['sh', '-c', 'sleep {i}'],
  ['sh', '-c', 'rm {p}'],
  ['sh', '-c', 'ls {l}'],
  ['sh', '-c', 'echo {o}'],
  ['/bin/sh', '-c', 'echo {s}'],
  ['./sh', '-c', 'echo {s}'],
  ['bash', '-ec', 'echo {s}'],
  ['bash', '-xec', 'echo {s}'],
  ['bash', '-ce', 'echo {s}'],
  ['bash', '-lc', 'echo {s}'],
  ['bash', '-e', '-u', '-c', 'echo {s}'],
  ['bash', '-c', '-e', 'echo {s}'],
  ['bash', '-c', '--', 'echo {s}'],
  ['bash', '-eo', 'pipefail', '-c', 'echo {s}'],
  ['bash', '-o', 'pipefail', '-ec', 'echo {s}'],
  ['bash', '+o', 'posix', '-c', 'echo {s}'],
  ['bash', '--norc', '-c', 'echo {s}'],
  ['bash', '--rcfile', '/dev/null', '-c', 'echo {s}'],
  ['bash5.2', '-c', 'echo {s}'],
  ...['dash', 'ash', 'zsh', 'ksh', 'ksh93', 'mksh', 'rbash', 'csh', 'tcsh', 'fish', 'busybox-sh'.slice(8)].map(
    (shell) => [shell, '-c', 'echo {s}'],
  ),
  ['fish', '--command=echo {s}'],
  ['fish', '--command', 'echo {s}'],
  ['fish', '--init-command', 'echo {s}'],
  ['busybox', 'sh', '-c', 'echo {s}'],
  ['/bin/busybox', 'ash', '-ec', 'echo {s}'],
  ['busybox', '{s}'],
  ['busybox', '{s}', '-c', 'x'],
  ['env', 'sh', '-c', 'echo {s}'],
  ['/usr/bin/env', '-i', 'sh', '-c', 'echo {s}'],
  ['env', 'A=1', 'sh', '-c', 'echo {s}'],
  ['env', '-u', 'HOME', 'sh', '-c', 'echo {s}'],
  ['env', '-S', 'sh -c {s}'],
  ['env', '-S', 'sh -c', '{s}'],
  ['env', '-Ssh -c', 'echo {s}'],
  ['env', '-iS', 'bash -ec', 'echo {s}'],
  ['env', '-vS', "bash '-c'", 'echo {s}'],
  ['env', '--split-string=sh -c', 'echo {s}'],
  ['env', '--split-string', 'sh -c {s}'],
  ['env', '--split-string=ls {s}'],
  ['env', '-S', 'ls {s}'],
  ['env', '{s}'],
  ['env', '{p}', 'x'],
  ['env', 'A=1', '{s}'],
  ['env', 'LD_PRELOAD={s}', 'ls'],
  ['env', 'BASH_ENV={s}', 'ls'],
  ['nice', '-n', '5', 'sh', '-c', 'echo {s}'],
  ['timeout', '{i}', 'sh', '-c', 'echo {s}'],
  ['sudo', '-u', 'bob', '--', 'bash', '-c', 'echo {s}'],
  ['setsid', 'nohup', 'sh', '-c', 'echo {s}'],
  ['xargs', '-I', 'x', 'sh', '-c', 'echo {s}'],
  ['find', '/', '-exec', 'sh', '-c', 'echo {s}', ';'],
  ['docker', 'run', 'alpine', 'sh', '-c', 'echo {s}'],
  ['chroot', '/mnt', '/bin/sh', '-c', 'echo {s}'],
  ['sh', '-c', 'exec "$@"', 'sh', 'bash', '-c', '{s}'],
  ['python', '-c', 'print({s})'],
  ['python3', '-c', 'print("{s}")'],
  ['python3.12', '-Ic', 'print({s})'],
  ['python3', '-cprint("{s}")'],
  ['python3', '-W', 'ignore', '-c', '{s}'],
  ['python3', '-X', 'dev', '-Bc', '{s}'],
  ['pypy3', '-c', '{s}'],
  ['perl', '-e', '{s}'],
  ['perl', '-E', 'say "{s}"'],
  ['perl', '-ne', '{s}'],
  ['perl', '-lane', 'print {s}'],
  ['perl', '-e', 'print 1', '-e', '{s}'],
  ['perl', '-M{s}', '-e', '1'],
  ['perl', '-M', '{s}'],
  ['node', '-e', '{s}'],
  ['node', '-p', '{s}'],
  ['node', '-pe', '{s}'],
  ['node', '--eval={s}'],
  ['node', '--eval', '{s}'],
  ['node', '--print', '{s}'],
  ['node', '--require', './x.js', '-e', '{s}'],
  ['node', '--no-warnings', '-e', '{s}'],
  ['nodejs', '-e', '{s}'],
  ['deno', 'eval', '{s}'],
  ['bun', '-e', '{s}'],
  ['ruby', '-e', '{s}'],
  ['ruby', '-rjson', '-e', '{s}'],
  ['php', '-r', '{s}'],
  ['lua', '-e', '{s}'],
  ['awk', '{s}'],
  ['awk', '{{ print {s} }}', 'file'],
  ['awk', '-F', ':', '{{ print {s} }}'],
  ['gawk', '-e', '{s}'],
  ['sed', 's/a/{s}/'],
  ['sed', '-e', 's/a/b/', '-e', '{s}'],
  ['sed', '-n', '{s}', 'file'],
  ['sed', '--expression={s}'],
  ['su', 'bob', '-c', '{s}'],
  ['su', '-', 'bob', '--command={s}'],
  ['su', '--session-command', '{s}'],
  ['runuser', '-u', 'bob', '-c', '{s}'],
  ['script', '-c', '{s}', '/dev/null'],
  ['flock', '/tmp/l', '-c', '{s}'],
  ['watch', 'ls {s}'],
  ['watch', '-n', '5', 'ls', '{s}'],
  ['ssh', 'host', 'ls {s}'],
  ['ssh', '-p', '22', 'host', 'ls', '{s}'],
  ['ssh', '-o', 'BatchMode=yes', '--', 'host', '{s}'],
  ['parallel', 'echo {s}', ':::', 'a'],
];

/** Ways to let a caller's text become an option that runs code. */
const OPTIONS: readonly (readonly string[])[] = [
  ['sh', '{s}'],
  ['bash', '{l}'],
  ['bash', '-{s}'],
  ['bash', '-e{s}', 'x'],
  ['bash', '--{s}', 'x'],
  ['bash', '--rcfile={s}'],
  ['bash', '{s}', 'script.sh'],
  ['bash', '{p}', '{l}'],
  ['python3', '{s}'],
  ['python3', '{s}', 'x.py'],
  ['python3', '-u', '{l}'],
  ['python3', '-W', '{s}', '-u', 'x.py', '-c', '{s}'],
  ['node', '{s}'],
  ['node', '--require={s}', 'x.js'],
  ['node', '--import', '{s}'],
  ['perl', '-I{s}', 'x.pl'],
  ['perl', '-e', 'print 1', '{s}'],
  ['ruby', '{s}'],
  ['ssh', '{s}'],
  ['ssh', '-o{s}', 'host'],
  ['sed', '-n', 's/a/b/p', '-i{s}'].slice(0, 2).concat('-i{s}', 's/a/b/'),
];

describe('a manifest that lets a caller’s text be run as code', () => {
  test.each(CODE.map((words) => [words.join(' '), words] as const))('is refused: %s', (_text, words) => {
    expect(troubleOf(line(...words))).toMatch(/read as code|would choose|splits into|may become|decides what/);
  });

  test.each(OPTIONS.map((words) => [words.join(' '), words] as const))(
    'as an option is refused: %s',
    (_text, words) => {
      expect(troubleOf(line(...words))).toMatch(/may become an option|read as code/);
    },
  );

  test('is told what to do instead', () => {
    expect(troubleOf(line('bash', '-ec', 'echo {s}'))).toBe(
      'Cannot use the extension "try": "args.1": "echo {s}" would be read as code by "bash": pass it as an argument ("$1") or as a variable, which nothing reads as code',
    );
    expect(troubleOf(line('python3', '{s}'))).toContain('put "--" before it, give it the type "path"');
  });

  test.each([
    ['bash'],
    ['bash', '-s'],
    ['bash', '-es'],
    ['sh', '-'],
    ['python3'],
    ['python3', '-'],
    ['perl'],
    ['node', '-'],
    ['env', '-S', 'sh -e'],
    ['busybox', 'sh'],
    ['su', '-', 'bob'],
    ['ssh', 'host'],
    ['bash', '{p}'],
  ])('by its standard input is refused: %s %s %s', (...words) => {
    expect(troubleOf({ ...line(...words), stdin: 'echo {s}' })).toContain('"stdin" would be read as code');
    expect(troubleOf({ ...line(...words), stdin: 'echo' })).toBeUndefined();
  });

  test.each(
    ['PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'BASH_ENV', 'ENV', 'IFS', 'PS4', 'NODE_OPTIONS', 'PERL5OPT'].concat([
      ...['PYTHONPATH', 'PYTHONSTARTUP', 'RUBYOPT', 'GIT_SSH_COMMAND', 'GIT_CONFIG_COUNT', 'EDITOR', 'BASH_FUNC_ls%%'],
    ]),
  )('by the variable %s is refused', (name) => {
    expect(troubleOf({ env: { [name]: 'x{s}' } })).toContain(`the variable "${name}" decides what programs run`);
    expect(troubleOf({ env: { [name]: '/fixed' } })).toBeUndefined();
  });

  test('does not choose the program', () => {
    expect(troubleOf({ binary: '{s}' })).toContain('"binary" takes no parameters');
    expect(troubleOf({ binary: '/opt/{s}/tool' })).toContain('"binary" takes no parameters');
  });
});

describe('a manifest that hands a caller’s text over', () => {
  test.each(
    [
      ['sh', '-c', 'echo "$1"', 'sh', '{s}'],
      ['bash', '-ec', 'echo "$@"', 'bash', '{l}'],
      ['bash', '-c', 'exec bash -c -- "$0" bash "$@"', '{s}', '{l}'],
      ['bash', '--', '{s}', '{l}'],
      ['bash', '/opt/script.sh', '{s}', '-c', '{l}'],
      ['env', 'TEXT={s}', 'sh', '-c', 'echo "$TEXT"'],
      ['env', '-S', 'sh -c "echo $1" sh', '{s}'],
      ['timeout', '{i}', 'sh', '-c', 'echo "$1"', 'sh', '{s}'],
      ['python3', '/opt/tool.py', '{s}', '{l}'],
      ['python3', '-c', 'import sys; print(sys.argv[1])', '{s}'],
      ['python3', '-m', 'json.tool', '{s}'],
      ['python3', '--', '{s}'],
      ['node', '--max-old-space-size={i}', 'x.js', '{s}'],
      ['node', 'x.js', '-e', '{s}'],
      ['perl', '-e', 'print @ARGV', '--', '{s}'],
      ['awk', '{{ print $1 }}', '{p}'],
      ['awk', '-v', 'text={s}', '{{ print text }}'],
      ['sed', '-n', '1,3p', '--', '{s}'],
      ['ssh', '-p', '22', 'host', 'uptime'],
      ['git', 'clone', '--', '{s}', '{p}'],
      ['rsync', '-a', '--', '{l}', '{p}'],
      ['ls', '-l', '{p}'],
      ['find', '{p}', '-name', '{s}', '-exec', 'sh', '-c', 'echo "$1"', 'sh', '{{}}', ';'],
    ].map((words) => [words.join(' '), words] as const),
  )('is taken: %s', (_text, words) => {
    const required = {
      s: { required: true },
      p: { type: 'path', required: true },
      i: { type: 'integer', required: true },
    };
    expect(troubleOf({ ...line(...words), parameters: { ...PARAMETERS, ...required } })).toBeUndefined();
  });

  test('may take one of the manifest’s own words as an option', () => {
    const mode = { type: 'string', enum: ['a.sh', 'b.sh'], required: true };
    expect(troubleOf({ ...line('bash', '{mode}'), parameters: { mode } })).toBeUndefined();
    expect(troubleOf({ ...line('bash', '{mode}'), parameters: { mode: { ...mode, enum: ['-c', 'a'] } } })).toContain(
      'may become an option',
    );
  });

  test('is warned where a program might take it for an option', () => {
    expect(extensionOf({ ...line('rm', '-r', 'x', '{s}'), parameters: { s: {} } }).warnings).toEqual([
      '"args.2": "{s}" may begin with "-" and be taken for an option: put "--" before it, or give it the type "path"',
    ]);
    expect(extensionOf({ ...line('rm', '-r', '--', '{s}'), parameters: { s: {} } }).warnings).toEqual([]);
    expect(extensionOf({ ...line('grep', '-e', '{s}'), parameters: { s: {} } }).warnings).toEqual([]);
    expect(extensionOf({ ...line('sh', '-c', '"$1"', 'sh', '{s}'), parameters: { s: {} } }).warnings).toEqual([]);
  });
});
