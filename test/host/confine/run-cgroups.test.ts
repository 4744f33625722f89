import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { type CgroupHost, NO_CGROUPS } from '../../../src/host/confine/cgroups.ts';
import { RunCgroups } from '../../../src/host/confine/run-cgroups.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { ownCgroups } from './own-cgroups.ts';

describe('RunCgroups.create()', () => {
  test('says why there can be none', async () => {
    expect(await new RunCgroups(NO_CGROUPS, 'x').create('job.1', {})).toEqual({
      type: 'failed',
      failure: 'not-able',
      message: 'Cannot make a control group: there are no control groups',
    });
  });

  test('says which limit there can not be, and why', async () => {
    await using directory = tempDir();
    const host: CgroupHost = {
      ...NO_CGROUPS,
      tracking: { version: 2, directory: directory.path },
      troubles: ['there is no usable controller for cpu'],
    };
    expect(await new RunCgroups(host, 'x').create('job.1', { cpus: 1 })).toMatchObject({
      failure: 'not-able',
      message: 'Cannot limit cpu: there is no usable controller for cpu',
    });
    expect(existsSync(directory.at('corex'))).toBe(false);
  });

  test('hands controllers of version 2 down and sets what was asked', async () => {
    await using directory = tempDir();
    // The kernel would make these files.
    for (const folder of ['', 'corex', 'corex/me', 'corex/me/run-job.1']) {
      mkdirSync(directory.at(folder), { recursive: true });
      writeFileSync(directory.at(folder, 'cgroup.subtree_control'), '');
      writeFileSync(directory.at(folder, 'memory.swap.max'), '');
    }
    const place = { version: 2, directory: directory.path } as const;
    const host: CgroupHost = { ...NO_CGROUPS, tracking: place, limits: { memory: place, cpu: place, pids: place } };
    const made = await new RunCgroups(host, 'me').create('job.1', { memoryBytes: 1e8, cpus: 0.5, pids: 9 });
    const read = (...names: string[]): string => readFileSync(directory.at(...names), 'utf8');
    for (const folder of ['', 'corex', 'corex/me']) {
      expect(read(folder, 'cgroup.subtree_control')).toBe('+memory +cpu +pids');
    }
    const files = ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'];
    expect(files.map((file) => read('corex/me/run-job.1', file))).toEqual(['100000000', '0', '50000 100000', '9']);
    expect('type' in made ? made : made.procsFiles).toEqual([directory.at('corex/me/run-job.1/cgroup.procs')]);
  });

  test('does not limit what version 2 does not hand down', async () => {
    await using directory = tempDir();
    const place = { version: 2, directory: directory.path } as const;
    const host: CgroupHost = { ...NO_CGROUPS, tracking: place, limits: { memory: place } };
    const cgroups = new RunCgroups(host, 'me');
    expect(await cgroups.create('job.1', { memoryBytes: 1e8 })).toMatchObject({ failure: 'not-able' });
    expect(await cgroups.create('job.2', {})).toHaveProperty('procsFiles');
  });

  test('makes a name of any key that leads nowhere else', async () => {
    await using directory = tempDir();
    const place = { version: 2, directory: directory.path } as const;
    const cgroups = new RunCgroups({ ...NO_CGROUPS, tracking: place }, '../../etc');
    for (const key of ['../../x.1', 'a/b.1', `${'x'.repeat(500)}.1`, '\n.1'] as const) {
      const made = await cgroups.create(key, {});
      const file = 'type' in made ? '' : (made.procsFiles[0] ?? '');
      expect(path.relative(directory.path, file)).toMatch(
        /^corex\/\.\.-\.\.-etc-[0-9a-f]{16}\/run-[\w.-]{1,60}-[0-9a-f]{16}\/cgroup.procs$/,
      );
    }
  });
});

describe.runIf(requires('root', 'cgroups'))('RunCgroups', () => {
  test('limits memory, processors and processes as the kernel understands it', async ({ skip }) => {
    await using own = await ownCgroups();
    const { limits } = own.cgroups.host;
    if (limits.cpu?.version !== 1 || limits.memory?.version !== 1 || limits.pids?.version !== 1) {
      skip('this machine has no controllers of version 1');
    }
    const group = await own.create({ memoryBytes: 32 * 1024 ** 2, cpus: 1.5, pids: 7 });
    const said = (file: string): string => {
      const [controller] = file.split('.');
      const directory = group.procsFiles
        .map((procs) => path.dirname(procs))
        .find((name) => name.includes(`/${controller ?? ''}/`));
      return readFileSync(path.join(directory ?? '', file), 'utf8').trim();
    };
    expect(said('memory.limit_in_bytes')).toBe(String(32 * 1024 ** 2));
    expect(said('cpu.cfs_quota_us')).toBe('150000');
    expect(said('pids.max')).toBe('7');
  });

  test('holds a program to its number of processes', async ({ skip }) => {
    await using own = await ownCgroups();
    if (own.cgroups.host.limits.pids === undefined) skip('processes can not be limited here');
    const group = await own.create({ pids: 5 });
    const { child, ended } = await own.start(group, 'for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done');
    await ended;
    expect(child.exitCode).not.toBe(0);
    expect((await group.pids()).length).toBeLessThanOrEqual(4);
  });

  test('removeStale() ends what an earlier owner left, but not what was to be kept', async () => {
    await using own = await ownCgroups();
    const [left, kept] = [await own.create({ pids: 20 }), await own.create()];
    const first = await own.start(left, 'setsid sleep 60');
    const second = await own.start(kept, 'exec sleep 60');
    await kept.keep();
    await new RunCgroups(own.cgroups.host, own.owner).removeStale();
    await first.ended;
    expect(await left.pids()).toEqual([]);
    expect(left.procsFiles.filter((file) => existsSync(file))).toEqual([]);
    expect(await kept.pids()).toEqual([second.child.pid]);
  });

  test('close() removes all control groups that are empty, and where they were', async () => {
    await using own = await ownCgroups();
    const [used, kept, empty] = [await own.create({ pids: 20 }), await own.create(), await own.create({ pids: 20 })];
    const { child } = await own.start(used, 'exec sleep 60');
    const ended = await own.start(kept, 'sleep 60 & exec sleep 60');
    await kept.keep();
    await kept.kill();
    await ended.ended;
    await own.cgroups.close();
    const isThere = (group: { procsFiles: readonly string[] }) => group.procsFiles.map((file) => existsSync(file));
    expect([isThere(used), isThere(kept), isThere(empty)]).toEqual([[true, true], [false], [false, false]]);
    expect(await used.pids()).toEqual([child.pid]);
    await used.kill();
    await own.cgroups.close();
    const places = used.procsFiles.map((file) => path.dirname(path.dirname(file)));
    expect(places.filter((place) => existsSync(place))).toEqual([]);
  });
});
