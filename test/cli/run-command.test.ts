import { describe, expect, test } from 'vitest';

import { parseOptions } from '../../src/cli/parse-options.ts';
import { RUN_OPTIONS, runCommand, type RunCaller } from '../../src/cli/run-command.ts';
import { parseCommand } from '../../src/protocol/command.ts';

const here: RunCaller = { env: { PATH: '/bin', HOME: '/home/me', SECRET: 'x' }, directory: '/srv', isLocal: true };

function command(line: readonly string[], caller = here) {
  const { options, words } = parseOptions(line, RUN_OPTIONS, { endOptions: true });
  return runCommand(options as never, words, caller);
}

describe('runCommand()', () => {
  test('takes along directory and search path, and nothing else that was not named', () => {
    expect(command(['ls', '-la'])).toEqual({
      command: 'core.system',
      arguments: { name: 'ls', args: ['-la'], dir: '/srv', env: { PATH: '/bin' } },
    });
  });

  test('leaves both out for an agent on another machine', () => {
    expect(command(['ls'], { ...here, isLocal: false })).toEqual({
      command: 'core.system',
      arguments: { name: 'ls', env: {} },
    });
    expect(command(['-C', 'sub', 'ls'], { ...here, isLocal: false }).arguments).toMatchObject({ dir: 'sub' });
  });

  test('confines a program, and nothing but a program', () => {
    expect(command(['--user', 'ann', '--cap', 'none', '--pids', '9', 'ls']).arguments).toMatchObject({
      ...{ name: 'ls', user: 'ann', capabilities: [], cgroup: { pids: 9 } },
    });
    expect(() => command(['--command', 'core.ping', '--pids', '9'])).toThrow('Cannot use --pids with --command');
  });

  test('reads variables with a value, without one, and those that are not there', () => {
    expect(
      command(['-e', 'HOME', '-e', 'A=b=c', '-e', 'EMPTY=', '-e', 'NONE', '-e', 'PATH=/x', 'ls']).arguments,
    ).toMatchObject({
      env: { HOME: '/home/me', A: 'b=c', EMPTY: '', PATH: '/x' },
    });
  });

  test('puts every option where the protocol wants it', () => {
    const line = [
      ...['--id', 'x', '-q', 'disk', '--priority', '-3', '-t', '1m', '--grace', '2s', '--max-restart', '4'],
      ...[
        '--every',
        '1h',
        '--success-code',
        '3',
        '--tag',
        'a',
        '--tag',
        'b',
        '--keep',
        '--ttl',
        '1d',
        '--raw',
        '-i',
        '-C',
        'sub',
        'ls',
      ],
    ];
    const wire = command(line);
    expect(wire).toEqual({
      command: 'core.system',
      arguments: { name: 'ls', dir: '/srv/sub', env: { PATH: '/bin' }, open_stdin: true },
      id: 'x',
      queue: 'disk',
      priority: -3,
      max_time: 60,
      kill_grace: 2,
      max_restart: 4,
      recurring_period: 3600,
      success_codes: [3],
      tags: ['a', 'b'],
      keep: true,
      ttl: 86_400,
      raw: true,
    });
    expect(() => parseCommand(wire)).not.toThrow();
  });

  test('runs other commands with JSON for arguments', () => {
    expect(command(['--command', 'core.ping'])).toEqual({ command: 'core.ping' });
    expect(command(['--command', 'job.get', '--args', '{"id":"x"}'])).toEqual({
      command: 'job.get',
      arguments: { id: 'x' },
    });
  });
});
