import { execFile } from 'node:child_process';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/with-networks.ts');

/** Plays a scene where nothing of the machine's own network can be touched. */
async function play(scene: string): Promise<unknown> {
  await using directory = tempDir();
  const script = 'ip link set lo up && exec "$0" "$@"';
  const program = [process.execPath, '-C', 'corex-source', PROGRAM, scene, directory.path];
  const args = ['--net', '--mount', '--', 'sh', '-c', script, ...program];
  const said = await new Promise<string>((resolve) => {
    execFile('unshare', args, { timeout: 25_000 }, (error, stdout, stderr) => {
      resolve(stdout === '' ? JSON.stringify(`${error?.message ?? ''} ${stderr}`) : stdout);
    });
  });
  return JSON.parse(said);
}

describe.runIf(requires('root', 'mounts', 'network plugins', 'iptables', 'busybox', 'runc'))('Networks', () => {
  test('lets the containers of a network reach each other, those of another not, and leaves nothing', async () => {
    expect(await play('two in one network')).toEqual({
      addresses: ['10.120.0.2', '10.120.0.3', '10.120.1.2'],
      heard: 'hello',
      loopback: true,
      apart: false,
      closed: '1',
      during: 5,
      after: [],
      mounted: 0,
    });
  });

  test('forwards a port of the machine, once, and never one that a program has', async () => {
    expect(await play('a port')).toEqual({
      outside: 'web',
      itself: 'web',
      second: 'port-taken',
      taken: 'port-taken',
      rules: 0,
      links: [],
      left: [],
    });
  });

  test('takes out what a crash left, and nothing else', async () => {
    expect(await play('what a crash leaves')).toEqual({
      swept: ['begun', 'left'],
      again: true,
      held: true,
      rules: 0,
      links: [],
      mounted: 0,
    });
  });

  test('tells that no address is left, or no plugin there, and undoes what was begun', async () => {
    expect(await play('no room, no plugins')).toEqual({
      codes: ['it worked', 'no-resources'],
      none: 'not-able',
      links: [],
      left: [],
      mounted: 0,
    });
  });

  test('is left by force without plugins, tells what may be left, and takes nothing from others', async () => {
    expect(await play('left by force')).toEqual({
      refusal: 'not-able',
      told: [
        expect.stringMatching(
          /^The container "the first" left its network without the plugins \(.*"portmap" is in none.*\); these may be left: rules of the table "nat" whose comment has id: "first": .*no rules today$/,
        ),
        expect.stringMatching(/nothing of it is left$/),
      ],
      left: true,
      stays: true,
      rules: 0,
      links: [],
      mounted: 0,
    });
  });

  test('belongs to the users of a container that has its own: its root may change it, and no other', async () => {
    expect(await play('users of its own')).toEqual({
      map: ['0', '600000', '65536', '0', '700000', '65536'],
      reached: true,
      own: 'it worked',
      others: 1,
      again: true,
      links: [],
      left: [],
      mounted: 0,
    });
  });

  test('is what a container sees', async () => {
    expect(await play('a container in it')).toEqual({
      address: true,
      route: true,
      reached: true,
      firstPort: '0',
      links: [],
    });
  });
});
