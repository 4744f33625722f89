import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { getPriority } from 'node:os';

import { describe, expect, test } from 'vitest';

import { type Confinement, execPrefix } from '../../../src/host/confine/exec-prefix.ts';
import { findConfineTools } from '../../../src/host/confine/tools.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { MARKED, runPrefix } from './run-prefix.ts';

const tools = await findConfineTools();

/** Prints its environment, NUL-separated. */
const PRINT_ENVIRONMENT: Partial<Confinement> = { program: '/usr/bin/env', args: ['-0'] };

const NOBODY = { uid: 65_534, gid: 65_533 };

function variablesIn(printed: string): Record<string, string> {
  const entries = printed.split('\0').slice(0, -1);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

function script(text: string): Partial<Confinement> {
  return { program: '/bin/sh', args: ['-c', text] };
}

describe('execPrefix()', () => {
  test('is nothing when nothing is asked', () => {
    const plain: Confinement = { program: '/bin/true', args: [] };
    expect(execPrefix(plain, {}, [], tools)).toBeUndefined();
    expect(execPrefix({ ...plain, noNewPrivileges: false, limits: {} }, {}, [], tools)).toBeUndefined();
  });

  test('names the programs this machine lacks for what is asked, and only those', () => {
    const { sh = '', env = '' } = tools;
    const asked: Confinement = { program: '/bin/true', args: [], limits: { core: { soft: 0, hard: 0 } } };
    expect(execPrefix(asked, {}, [], { sh, env })).toEqual({ missing: ['prlimit'] });
    expect(execPrefix({ ...asked, user: NOBODY, niceness: 1 }, {}, [], { sh, env })).toEqual({
      missing: ['nice', 'prlimit', 'setpriv'],
    });
  });

  test('keeps arguments and secrets of the environment out of shell text and command lines', () => {
    const asked: Confinement = { program: '/bin/echo', args: ['$(id)', '`id`', '; id'], noNewPrivileges: true };
    const prefix = execPrefix(asked, { SECRET: 'hush', LD_PRELOAD: '/evil.so', PATH: '/evil' }, [], tools);
    if (prefix === undefined || 'missing' in prefix) throw new Error('There is no prefix');
    expect(prefix.args.slice(-4)).toEqual(['/bin/echo', '$(id)', '`id`', '; id']);
    expect(prefix.args.join(' ')).not.toContain('hush');
    expect(Object.keys(prefix.env).every((name) => name.startsWith('COREX_'))).toBe(true);
  });
});

describe('the program behind the prefix', () => {
  test('has the pid that was started, the three streams alone, and its arguments as they are', async () => {
    const args = ['', ' ', '$HOME', '"quoted"', "it's", '\\', '\\n', '*', 'a\nb', 'žluť', '--', '-n', 'A=b'];
    const { status, stdout, stderr, child } = await runPrefix({
      program: '/bin/sh',
      args: [
        '-c',
        'printf "%s\\0" $$ "$@"; for f in 3 4; do [ ! -e /proc/$$/fd/$f ] || echo $f >&2; done',
        'sh',
        ...args,
      ],
      niceness: 5,
    });
    expect({ status, stderr }).toEqual({ status: 'ok', stderr: '' });
    expect(stdout.split('\0').slice(0, -1)).toEqual([String(child.pid), ...args]);
  });

  test('has exactly the environment it is given', async () => {
    const env = {
      A: '1',
      EMPTY: '',
      MULTI: 'a\nb=c',
      'odd.name': 'x',
      '-x': 'y',
      'a b': 'z',
      '1': 'one',
      IFS: 'x',
      i: '5',
    };
    const { status, stdout } = await runPrefix({ ...PRINT_ENVIRONMENT, niceness: 5 }, { env });
    expect(status).toBe('ok');
    expect(variablesIn(stdout)).toEqual({ ...env, ...MARKED });
  });

  const shellVariables = {
    ...{ PWD: '/somewhere', OLDPWD: '/else', SHLVL: '7', _: 'me', UID: '5', PPID: 'x', RANDOM: 'no', OPTIND: 'abc' },
    ...{ BASH_ENV: '/evil', ENV: '/evil', SHELLOPTS: 'xtrace', 'BASH_FUNC_echo%%': '() { id; }', PS4: '$(id)' },
    ...{
      PATH: '/nowhere',
      LD_PRELOAD: '/nowhere.so',
      LC_ALL: 'xx_XX',
      LINENO: '3',
      COREX_CARRY_0: 'A=b',
      COREX_CARRY: '9',
    },
  };

  test.each(['sh', 'bash'])('has variables that %s would change or heed as they are given', async (name) => {
    await using directory = tempDir();
    // A bash that is called sh behaves like one.
    const sh = directory.at('sh');
    symlinkSync(name === 'bash' ? '/bin/bash' : (tools.sh ?? ''), sh);
    const { status, stdout } = await runPrefix(
      { ...PRINT_ENVIRONMENT, niceness: 5 },
      { env: shellVariables, tools: { ...tools, sh } },
    );
    expect(status).toBe('ok');
    expect(variablesIn(stdout)).toEqual({ ...shellVariables, ...MARKED });
  });

  test('may have a path with a "="', async () => {
    await using directory = tempDir();
    mkdirSync(directory.at('a=b'));
    copyFileSync('/bin/echo', directory.at('a=b', 'echo=1'));
    const { status, stdout } = await runPrefix({ program: directory.at('a=b', 'echo=1'), args: ['hi'], niceness: 5 });
    expect({ status, stdout }).toEqual({ status: 'ok', stdout: 'hi\n' });
  });

  test('ends as it ends', async () => {
    expect(await runPrefix({ ...script('exit 42'), noNewPrivileges: true })).toMatchObject({ status: 'ok', code: 42 });
    const killed = await runPrefix({ ...script('kill -SEGV $$'), noNewPrivileges: true });
    expect(killed.child.signalCode).toBe('SIGSEGV');
  });

  test('has the niceness asked for, whatever that of its launcher', async () => {
    const own = getPriority();
    const { status, stdout } = await runPrefix({ program: '/usr/bin/nice', args: [], niceness: own + 3 });
    expect({ status, stdout }).toEqual({ status: 'ok', stdout: `${String(own + 3)}\n` });
  });

  test('has the limits asked for', async () => {
    const limits = { nofile: { soft: 100, hard: 200 }, core: { soft: 0, hard: 0 }, fsize: { soft: 4096, hard: 8192 } };
    const { status, stdout } = await runPrefix({ program: '/bin/cat', args: ['/proc/self/limits'], limits });
    expect(status).toBe('ok');
    expect(stdout).toMatch(/^Max open files +100 +200 /m);
    expect(stdout).toMatch(/^Max core file size +0 +0 /m);
    expect(stdout).toMatch(/^Max file size +4096 +8192 /m);
  });

  test('gains nothing from set-user-id when it may have no new privileges', async () => {
    const { stdout } = await runPrefix({
      program: '/bin/grep',
      args: ['NoNewPrivs', '/proc/self/status'],
      noNewPrivileges: true,
    });
    expect(stdout).toBe('NoNewPrivs:\t1\n');
  });

  test.runIf(requires('root'))('has user, group and exactly the groups asked for', async () => {
    const who = script('id -u; id -g; id -G');
    const alone = await runPrefix({ ...who, user: NOBODY });
    expect(alone).toMatchObject({ status: 'ok', stdout: '65534\n65533\n65533\n' });
    const grouped = await runPrefix({ ...who, user: { ...NOBODY, groups: [7, 8] } });
    expect(grouped).toMatchObject({ status: 'ok', stdout: '65534\n65533\n65533 7 8\n' });
  });

  test.runIf(requires('root'))('of another user has no capability left', async () => {
    const { stdout } = await runPrefix({ program: '/bin/grep', args: ['^Cap', '/proc/self/status'], user: NOBODY });
    expect(stdout).toMatch(/CapPrm:\t0+\nCapEff:\t0+$/m);
  });

  test.runIf(requires('root'))('has the capabilities asked for and can have no others, root or not', async () => {
    const look = {
      program: '/bin/grep',
      args: ['^Cap', '/proc/self/status'],
      capabilities: ['net_bind_service'],
    } as const;
    const kept = ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}:\t0000000000000400\n`).join('');
    expect(await runPrefix(look)).toMatchObject({ status: 'ok', stdout: kept });
    expect(await runPrefix({ ...look, user: NOBODY })).toMatchObject({ status: 'ok', stdout: kept });
    const { stdout } = await runPrefix({ ...look, capabilities: [] });
    expect(stdout).toMatch(/CapEff:\t0+\nCapBnd:\t0+\n/);
  });

  test.runIf(requires('root'))(
    'of a command that brings loader variables is not preceded by anything that heeds them',
    async () => {
      // The loader would complain on standard error in every stage; only the last two have the variable.
      const { stderr } = await runPrefix(
        { program: '/bin/true', args: [], user: NOBODY },
        { env: { LD_PRELOAD: '/no.so' } },
      );
      expect(stderr.split('\n').filter((line) => line.includes('/no.so')).length).toBeLessThanOrEqual(2);
    },
  );
});

describe('a prefix that fails', () => {
  test.runIf(requires('root'))('because the user may not execute the program says so', async () => {
    await using directory = tempDir();
    const file = directory.at('secret');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o700);
    const { status, stdout, stderr } = await runPrefix({ program: file, args: [], user: NOBODY });
    expect(status).toMatchObject({ failure: 'not-executable', message: expect.stringContaining(file) as string });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });

  test('because there is no such control group says which', async () => {
    const { status, stderr } = await runPrefix(script('true'), { procsFiles: ['/sys/fs/cgroup/none/cgroup.procs'] });
    expect(status).toMatchObject({ failure: 'not-able', message: expect.stringContaining('/none/') as string });
    expect(stderr).toBe('');
  });

  test.runIf(requires('root'))('because it lacks the right is not able', async () => {
    // Who has become nobody can't become another, be nicer, or raise a limit.
    const inner = async (asked: Partial<Confinement>) => {
      const chain = execPrefix({ program: '/bin/true', args: [], ...asked }, MARKED, [], tools);
      if (chain === undefined || 'missing' in chain) throw new Error('There is no prefix');
      const { stdout } = await runPrefix({
        program: '/bin/sh',
        args: ['-c', 'exec 3>&1 "$@"', 'sh', chain.program, ...chain.args],
        user: NOBODY,
        limits: { nofile: { soft: 100, hard: 100 } },
      });
      return stdout;
    };
    expect(await inner({ user: { uid: 1, gid: 1 } })).toMatch(/^setpriv: .*not permitted\n$/);
    expect(await inner({ limits: { nofile: { soft: 200, hard: 200 } } })).toMatch(/^prlimit: .*not permitted\n$/);
    expect(await inner({ niceness: -5 })).toMatch(/niceness -5\n$/);
  });

  test('because its limits leave it no room says so', async () => {
    const { status } = await runPrefix({ ...script('true'), limits: { as: { soft: 100_000, hard: 100_000 } } });
    expect(status).toMatchObject({ type: 'failed', message: expect.stringMatching(/^Cannot /) as string });
  });
});
