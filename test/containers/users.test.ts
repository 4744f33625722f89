// Whom the users of a container are on the machine, through a whole agent.
import { readFileSync, statSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ownIdMap } from '../../src/oci/own-id-map.ts';
import { shortDirectoryName } from '../../src/host/runtime-directory.ts';
import { codeOf, ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('the users of a container', { timeout: 60_000 }, () => {
  let on: ContainerStage;
  let first: number;

  beforeAll(async () => {
    on = await ContainerStage.begin();
    first = (await ownIdMap(shortDirectoryName(on.stage.dataDir))).uid;
  }, 60_000);

  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  }, 60_000);

  const outsideUid = (pid: number): number =>
    Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

  test('are nobody outside: root, others, and those of programs that join', async () => {
    const id = await on.running();
    const pid = (await on.state(id)).main?.pid ?? 0;
    expect(outsideUid(pid)).toBe(first);
    expect((await on.exec(id, 'cat', '/proc/self/uid_map')).streams[0].trim().split(/\s+/)).toEqual([
      '0',
      String(first),
      '65536',
    ]);
    const app = await on.running({ user: 'app' });
    expect(outsideUid((await on.state(app)).main?.pid ?? 0)).toBe(first + 1000);
    expect((await on.exec(app, 'sh', '-c', 'id -u; touch /home/x || echo refused')).streams).toEqual([
      '1000\nrefused\n',
      expect.stringContaining('Permission denied'),
    ]);
  });

  test('own the files of their image, whoever is meant, and what they write; others of the image have it as it was', async () => {
    const script =
      'stat -c "%u %g" / /bin/busybox /tmp; chown app:logs /etc/group; stat -c "%u %g" /etc/group; rm /bin/yes';
    const id = await on.running();
    expect((await on.exec(id, 'sh', '-c', script)).streams[0]).toBe('0 0\n0 0\n0 0\n1000 1002\n');
    const other = await on.running();
    expect((await on.exec(other, 'sh', '-c', 'stat -c "%u" /etc/group; ls /bin/yes')).streams[0]).toBe('0\n/bin/yes\n');
  });

  test('may open their output and input again, as programs of web servers do', async () => {
    const script = 'echo out > /dev/stdout; echo err > /dev/stderr; cat /dev/stdin';
    for (const user of ['root', 'app']) {
      const id = await on.script(script, { user, open_stdin: true });
      const main = (await on.state(id)).main?.id ?? '';
      const joined = on.client.run({
        command: 'container.exec',
        arguments: { container: id, name: 'sh', args: ['-c', script], user, stdin: 'in\n' },
      });
      expect(await joined.result()).toMatchObject({ state: 'SUCCESS', streams: ['out\nin\n', 'err\n'] });
      const handle = on.client.job(main);
      await handle.write('in\n');
      await handle.end();
      expect(await handle.result()).toMatchObject({ state: 'SUCCESS', streams: ['out\nin\n', 'err\n'] });
    }
  });

  test('own what is copied in, with directories that are made on the way, before a start and after', async () => {
    const handle = await on.copyTo(await on.create(), '/new/before', 'x', { mode: 0o600 });
    const { id } = await on.commit(await on.set('run_state', handle, { run_state: 'running' }));
    await on.commit(await on.copyTo(await on.handle(id), '/later/after', 'y'));
    const { streams } = await on.exec(id, 'stat', '-c', '%u %g %n', '/new', '/new/before', '/later', '/later/after');
    expect(streams[0]).toBe('0 0 /new\n0 0 /new/before\n0 0 /later\n0 0 /later/after\n');
    expect((await on.read(id, '/new/before')).toString()).toBe('x');
  });

  test('have no right over what is the machine’s, even as root with every right a container can have', async () => {
    const capabilities = ['net_admin', 'sys_ptrace', 'setpcap', 'sys_chroot'];
    const id = await on.running({ capabilities });
    const tries = [
      'echo 1 > /proc/sys/kernel/panic',
      'echo x > /sys/kernel/uevent_helper',
      'mount -t tmpfs t /tmp',
      'mknod /tmp/sda b 8 0',
      'hostname other',
    ];
    for (const each of tries) {
      expect([each, (await on.exec(id, 'sh', '-c', each)).state]).toEqual([each, 'ERROR']);
    }
    const root = statSync(`/proc/${(await on.state(id)).main?.pid ?? 0}/root/`);
    expect(root.uid).toBe(first);
  });

  test('are the machine’s only where the configuration allows it', async () => {
    expect(await codeOf(on.running({ users: 'host' }))).toBe('forbidden');
    await using free = await ContainerStage.begin({ config: '[containers]\nhost_users = true\n' });
    const id = await free.running({ users: 'host' });
    expect(outsideUid((await free.state(id)).main?.pid ?? 0)).toBe(0);
    // Layers are unpacked for either kind of container.
    const own = await free.running();
    expect(outsideUid((await free.state(own)).main?.pid ?? 0)).toBeGreaterThan(500_000);
    expect((await free.exec(id, 'stat', '-c', '%u', '/bin/busybox')).streams[0]).toBe('0\n');
    expect((await free.exec(own, 'stat', '-c', '%u', '/bin/busybox')).streams[0]).toBe('0\n');
  });
});
