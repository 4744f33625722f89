import { describe, expect, test } from 'vitest';

import { cgroupMounts } from '../../../src/host/confine/cgroup-mounts.ts';

function line(root: string, at: string, type: string, options: string): string {
  return `40 31 0:37 ${root} ${at} rw,relatime shared:9 - ${type} ${type} ${options}\n`;
}

describe('cgroupMounts()', () => {
  test('finds the one hierarchy of version 2', () => {
    const mounts = cgroupMounts(line('/', '/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate'), '0::/user.slice/me.scope\n');
    expect(mounts).toEqual([{ version: 2, controllers: [], directory: '/sys/fs/cgroup/user.slice/me.scope' }]);
  });

  test('finds controllers of version 1, alone or together, and not the hierarchies without one', () => {
    const mountinfo = [
      line('/', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
      line('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
      line('/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
      line('/', '/tmp', 'tmpfs', 'rw,memory'),
    ].join('');
    const own = '9:memory:/a b\n4:cpu,cpuacct:/\n1:name=systemd:/init.scope\n0::/\n';
    expect(cgroupMounts(mountinfo, own)).toEqual([
      { version: 1, controllers: ['memory'], directory: '/sys/fs/cgroup/memory/a b' },
      { version: 1, controllers: ['cpu', 'cpuacct'], directory: '/sys/fs/cgroup/cpu,cpuacct' },
      { version: 2, controllers: [], directory: '/sys/fs/cgroup/unified' },
    ]);
  });

  test('knows that a container may see a part only, or one that is not its own', () => {
    const part = line('/docker/abc', '/sys/fs/cgroup/pids', 'cgroup', 'rw,pids');
    expect(cgroupMounts(part, '8:pids:/docker/abc/job\n')).toMatchObject([{ directory: '/sys/fs/cgroup/pids/job' }]);
    expect(cgroupMounts(part, '8:pids:/docker/other\n')).toEqual([]);
    expect(cgroupMounts(line('/', '/sys/fs/cgroup', 'cgroup2', 'rw'), '0::/../outside\n')).toEqual([]);
  });

  test('reads paths with blanks', () => {
    expect(cgroupMounts(line('/', '/my\\040groups', 'cgroup2', 'rw'), '0::/\n')).toMatchObject([
      { directory: '/my groups' },
    ]);
  });

  test('finds nothing where there is nothing', () => {
    expect(cgroupMounts('', '')).toEqual([]);
  });
});
