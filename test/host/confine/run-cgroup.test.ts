import { existsSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import type { CgroupHost } from '../../../src/host/confine/cgroups.ts';
import { RunCgroup } from '../../../src/host/confine/run-cgroup.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { hungFileSystem } from '../../harness/hung-file-system.ts';
import { isAlive } from '../../harness/processes.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { ownCgroups } from './own-cgroups.ts';

/** Leaves its session, its parent and its environment behind, over and over, as fast as it can. */
const FLEEING = `(while :; do (setsid env -i sh -c 'sleep 60 & sleep 60' &) & wait; sleep 0.002; done) & wait`;

/** The ways to kill, by what they do without. */
const WAYS: Record<string, (host: CgroupHost) => CgroupHost> = {
  'the way this machine offers': (host) => host,
  'freezing, as version 1 has it': (host) => onFirst(host, 'freezer'),
  'one by one, where nothing can be frozen': (host) => onFirst(host, 'pids'),
};

function onFirst(host: CgroupHost, controller: string): CgroupHost {
  return { ...host, tracking: { version: 1, directory: path.join('/sys/fs/cgroup', controller) } };
}

describe.runIf(requires('root', 'cgroups'))('RunCgroup', () => {
  describe.each(Object.entries(WAYS))('kill() by %s', (_way, change) => {
    test('ends everything, also what fled from session and parentage and forks on', async ({ skip }) => {
      await using own = await ownCgroups(change);
      if (!existsSync(own.cgroups.host.tracking?.directory ?? '')) skip('there is no such hierarchy here');
      const group = await own.create({ pids: 60 });
      const { said, ended } = await own.start(group, FLEEING);
      expect(said).toBe('ok\n');
      const pids = await until('it has spread', async () => {
        const found = await group.pids();
        return found.length > 20 ? found : undefined;
      });
      expect(await group.isEmpty()).toBe(false);
      expect(await within(10_000, 'the kill', group.kill())).toBe(true);
      await ended;
      expect(await group.pids()).toEqual([]);
      expect(await group.isEmpty()).toBe(true);
      await until('all of them are gone', () => pids.every((pid) => !isAlive(pid)));
    });
  });

  test('kill() of an empty one is done at once', async () => {
    await using own = await ownCgroups();
    const group = await own.create();
    expect(await group.kill()).toBe(true);
    expect(await group.pids()).toEqual([]);
  });

  test('wasOutOfMemory() tells the end of a process that used too much', async ({ skip }) => {
    await using own = await ownCgroups();
    if (own.cgroups.host.limits.memory === undefined) skip('memory can not be limited here');
    const group = await own.create({ memoryBytes: 16 * 1024 ** 2 });
    expect(await group.wasOutOfMemory()).toBe(false);
    const { child, ended } = await own.start(group, 'exec tail /dev/zero');
    await ended;
    expect(child.signalCode).toBe('SIGKILL');
    expect(await group.wasOutOfMemory()).toBe(true);
  });

  test('wasOutOfMemory() is false when its memory is not limited', async () => {
    await using own = await ownCgroups();
    const group = await own.create();
    expect(await group.wasOutOfMemory()).toBe(false);
  });

  test('keep() lets its processes be, and remove() leaves what is not empty', async () => {
    await using own = await ownCgroups();
    const group = await own.create();
    const { child } = await own.start(group, 'exec sleep 60');
    await group.keep();
    await group.remove();
    expect(child.signalCode).toBeNull();
    expect(await group.pids()).toEqual([child.pid]);
  });

  test('remove() leaves nothing, also of control groups that were made inside', async () => {
    await using own = await ownCgroups();
    const group = await own.create({ pids: 10 });
    const directories = group.procsFiles.map((file) => path.dirname(file));
    const { ended } = await own.start(
      group,
      `mkdir ${directories[0] ?? ''}/inside; echo 0 >${directories[0] ?? ''}/inside/cgroup.procs; exec sleep 60`,
    );
    await until('it is inside', () => existsSync(`${directories[0] ?? ''}/inside`));
    expect(await group.kill()).toBe(true);
    await ended;
    await group.remove();
    expect(directories.filter((directory) => existsSync(directory))).toEqual([]);
  });
});

describe.runIf(requires('fuse'))('RunCgroup in a file system that does not answer', () => {
  test('does not wait for it for ever', async () => {
    await using directory = tempDir();
    using _hung = hungFileSystem(directory.at('hung'));
    const clock = new FakeClock();
    const place = { version: 2, directory: directory.at('hung', 'run') } as const;
    const group = new RunCgroup({ tracking: place, limits: { memory: place } }, clock);
    const answers = Promise.all([group.kill(), group.wasOutOfMemory(), group.keep(), group.remove()]);
    await clock.advance(60_000);
    expect(await within(20_000, 'the answers', answers)).toEqual([false, false, undefined, undefined]);
  });
});
