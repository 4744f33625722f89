import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { ASIDE, detectCgroups } from '../../../src/host/confine/cgroups.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const RELEASE = '6.1.0-13-amd64';

/** A control group as files, the way the kernel would show it. */
function makeGroup(directory: string, files: Record<string, string> = {}): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, text] of Object.entries({ 'cgroup.procs': '', 'cgroup.type': 'domain\n', ...files })) {
    writeFileSync(path.join(directory, name), text);
  }
}

function second(at: string): string {
  return `40 31 0:37 / ${at} rw - cgroup2 cgroup2 rw\n`;
}

function first(at: string, controller: string): string {
  return `40 31 0:37 / ${at} rw - cgroup cgroup rw,${controller}\n`;
}

const CONTROLLERS = { 'cgroup.controllers': 'cpuset cpu io memory pids\n', 'cgroup.subtree_control': '' };

describe('detectCgroups()', () => {
  test('finds none, and says so', async () => {
    expect(await detectCgroups({ mountinfo: '', memberships: '', release: RELEASE })).toMatchObject({
      mode: 'none',
      tracking: undefined,
      limits: {},
      kill: 'none',
      troubles: ['there are no control groups'],
    });
  });

  test('of version 2 uses its own, from which it must step aside while it is in it', async () => {
    await using directory = tempDir();
    makeGroup(directory.at('me'), { ...CONTROLLERS, 'cgroup.procs': '7\n8\n' });
    const sources = { mountinfo: second(directory.path), memberships: '0::/me\n', release: RELEASE, own: [7, 8] };
    const place = { version: 2, directory: directory.at('me') };
    expect(await detectCgroups(sources)).toEqual({
      mode: 'v2',
      tracking: place,
      limits: { memory: place, cpu: place, pids: place },
      kill: 'at-once',
      mustStepAside: true,
      troubles: [],
    });
    makeGroup(directory.at('me', ASIDE));
    makeGroup(directory.at('me'), CONTROLLERS);
    const aside = await detectCgroups({ ...sources, memberships: `0::/me/${ASIDE}\n` });
    expect(aside).toMatchObject({ tracking: place, mustStepAside: false });
  });

  test('of version 2 can not limit where others are, but kill', async () => {
    await using directory = tempDir();
    makeGroup(directory.path, { ...CONTROLLERS, 'cgroup.procs': '1\n7\n' });
    const host = await detectCgroups({
      mountinfo: second(directory.path),
      memberships: '0::/\n',
      release: RELEASE,
      own: [7],
    });
    expect(host).toMatchObject({ tracking: { version: 2 }, limits: {}, kill: 'at-once', mustStepAside: false });
    expect(host.troubles[0]).toContain('processes that are not ours');
    // Handed down already by whoever made it.
    makeGroup(directory.path, {
      'cgroup.controllers': 'pids\n',
      'cgroup.subtree_control': 'pids\n',
      'cgroup.procs': '1\n',
    });
    const handed = await detectCgroups({
      mountinfo: second(directory.path),
      memberships: '0::/\n',
      release: RELEASE,
      own: [7],
    });
    expect(Object.keys(handed.limits)).toEqual(['pids']);
  });

  test('of a hybrid kills by version 2 and limits by version 1', async () => {
    await using directory = tempDir();
    for (const name of ['unified', 'memory', 'freezer']) makeGroup(directory.at(name), { 'cgroup.controllers': '' });
    const mountinfo =
      second(directory.at('unified')) +
      first(directory.at('memory'), 'memory') +
      first(directory.at('freezer'), 'freezer') +
      first(directory.at('pids'), 'pids');
    const host = await detectCgroups({
      mountinfo,
      memberships: '3:pids:/\n2:memory:/\n1:freezer:/\n0::/\n',
      release: RELEASE,
    });
    expect(host).toMatchObject({ mode: 'hybrid', tracking: { version: 2, directory: directory.at('unified') } });
    expect(host.limits).toEqual({ memory: { version: 1, directory: directory.at('memory') } });
    expect(host.troubles).toEqual([
      `${directory.at('pids')} can't be written`,
      'there is no usable controller for cpu',
      'there is no usable controller for pids',
    ]);
  });

  test('of version 1 alone freezes before it kills, where there is a freezer', async () => {
    await using directory = tempDir();
    for (const name of ['memory', 'freezer']) makeGroup(directory.at(name));
    const memory = first(directory.at('memory'), 'memory');
    const sources = { memberships: '2:memory:/\n1:freezer:/\n', release: '3.10.0-1160.el7.x86_64' };
    const both = await detectCgroups({ ...sources, mountinfo: memory + first(directory.at('freezer'), 'freezer') });
    expect(both).toMatchObject({ mode: 'v1', kill: 'frozen', tracking: { directory: directory.at('freezer') } });
    const one = await detectCgroups({ ...sources, mountinfo: memory });
    expect(one).toMatchObject({ kill: 'one-by-one', tracking: { directory: directory.at('memory') } });
  });

  test.each([
    ['5.13.0', 'frozen'],
    ['5.14.0-rc1', 'at-once'],
    ['4.19.0', 'one-by-one'],
  ])('knows what Linux %s can', async (release, kill) => {
    await using directory = tempDir();
    makeGroup(directory.path);
    expect(await detectCgroups({ mountinfo: second(directory.path), memberships: '0::/\n', release })).toMatchObject({
      kill,
    });
  });

  test.runIf(requires('root', 'cgroups'))('finds on this machine what the tests found', async () => {
    expect((await detectCgroups()).tracking).toBeDefined();
  });
});
