import { describe, expect, test } from 'vitest';

import { CONFINEMENT_OPTIONS, confinementArguments, givenConfinement } from '../../src/cli/confinement-options.ts';
import { parseOptions } from '../../src/cli/parse-options.ts';
import { SystemArguments } from '../../src/kinds/system/system-arguments.ts';

function optionsOf(line: readonly string[]) {
  return parseOptions(line, CONFINEMENT_OPTIONS).options as Parameters<typeof confinementArguments>[0];
}

describe('confinementArguments()', () => {
  test('are none when no option is given', () => {
    expect(confinementArguments(optionsOf([]))).toEqual({});
    expect(givenConfinement(optionsOf([]))).toBeUndefined();
  });

  test('are what `core.system` takes', () => {
    const line = [
      ...['-u', 'ann:users', '--group', 'disk', '--group', '7', '--memory', '512MiB', '--cpus', '1.5', '--pids', '50'],
      ...['--nice', '-5', '--no-new-privs', '--rlimit', 'nofile=1024', '--rlimit', 'core=0:unlimited'],
      ...['--cap', 'net_admin', '--cap', 'chown'],
    ];
    const args = confinementArguments(optionsOf(line));
    expect(args).toEqual({
      user: 'ann:users',
      groups: ['disk', '7'],
      capabilities: ['net_admin', 'chown'],
      no_new_privs: true,
      rlimits: { nofile: 1024, core: { soft: 0, hard: 'unlimited' } },
      nice: -5,
      cgroup: { memory: 512 * 1024 ** 2, cpus: 1.5, pids: 50 },
    });
    expect(SystemArguments.safeParse({ name: 'a', ...args }).success).toBe(true);
    expect(givenConfinement(optionsOf(line.slice(2)))).toBe('--group');
    expect(givenConfinement(optionsOf(['--no-new-privs']))).toBe('--no-new-privs');
  });

  test('keep the difference between no capability and nothing said', () => {
    expect(confinementArguments(optionsOf(['--cap', 'none']))).toEqual({ capabilities: [] });
  });

  test('take a plain number of bytes', () => {
    expect(confinementArguments(optionsOf(['--memory', '8000000']))).toEqual({ cgroup: { memory: 8_000_000 } });
    expect(confinementArguments(optionsOf(['--memory', '64m']))).toEqual({ cgroup: { memory: 64 * 1024 ** 2 } });
  });

  test.each([
    [['--memory', 'much'], 'Cannot read --memory "much": a size such as 512MiB'],
    [['--cpus', '1,5'], 'Cannot read --cpus "1,5": a number such as 0.5'],
    [['--rlimit', 'nofile'], 'Cannot read --rlimit "nofile": a limit such as nofile=1024'],
    [['--rlimit', '=5'], 'Cannot read --rlimit'],
    [['--rlimit', 'core=1:2:3'], 'Cannot read --rlimit'],
    [['--rlimit', 'core='], 'Cannot read --rlimit'],
    [['--nice', '20'], 'Cannot read --nice "20": a whole number from -20 to 19'],
  ])('are refused when they can not be read: %j', (line, message) => {
    expect(() => confinementArguments(optionsOf(line))).toThrow(message);
  });
});
