import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { Disk } from '../../src/host/files/disk.ts';
import { ContainerCgroup, findContainerGroups } from '../../src/oci/container-cgroup.ts';
import { HeldBinds } from '../../src/oci/mounts/held-binds.ts';
import { CommandRuntime } from '../../src/oci/runtimes/command-runtime.ts';
import { containerCapabilities } from '../../src/oci/spec/container-capabilities.ts';
import { type StagedContainer, useContainerStage } from '../contracts/oci-runtime/container-stage.ts';
import { programPath } from '../harness/program-path.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { makeTinyRoot } from '../harness/tiny-root.ts';
import { until } from '../harness/until.ts';

/** What programs in a container try in order to get out, or to take more than they were given. */
describe.runIf(requires('root', 'runc', 'busybox'))('a container', () => {
  const stage = useContainerStage((stateDirectory, ground) => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const program = programPath('runc');
    const { canLimitSwap } = ground;
    return { ground, runtime: new CommandRuntime({ name: 'runc', program, stateDirectory, env, canLimitSwap }) };
  });

  async function said(script: string, parts: Parameters<typeof stage.run>[1] = {}): Promise<string> {
    const { run, id } = await stage.run(script, parts);
    await run.exited();
    await stage.runtime.delete(id, { force: true });
    return (await run.output()).text;
  }

  test('has no file open but its three, and none that leads out', async () => {
    const text = await said('ls -l /proc/1/fd');
    const files = [...text.matchAll(/(\d+) -> (.*)$/gm)].map(([, name, target]) => [name, target]);
    expect(files.map(([name]) => name)).toEqual(['0', '1', '2']);
    expect(files.map(([, target]) => target).join(' ')).toMatch(/^\/dev\/null pipe:\S+ pipe:\S+$/);
  });

  test('has not the machine’s files as its working directory, whatever a link in its root says', async () => {
    const bundle = stage.keeper.folder();
    const root = makeTinyRoot(path.join(bundle, 'root'));
    symlinkSync('/proc/self/fd/7', path.join(root, 'way'));
    const outcomes: string[] = [];
    for (const cwd of ['/way', '/way/../../..']) {
      const { run, id } = await stage.make(
        ['/bin/sh', '-c', 'pwd; ls'],
        { root: { path: root }, cwd },
        { startAtOnce: true },
      );
      await run.exited();
      await stage.runtime.delete(id, { force: true });
      outcomes.push((await run.output()).stdout);
    }
    for (const outcome of outcomes) expect(outcome === '' || !outcome.includes('usr')).toBe(true);
    for (const cwd of ['/proc/self/fd/7', '/tmp/../proc/self/fd/8', '/proc']) {
      await expect(stage.make(['/bin/true'], { cwd })).rejects.toMatchObject({ code: 'bad-directory' });
    }
  });

  test('may not do what the machine’s root may', async () => {
    const text = await said(
      [
        'mount -t tmpfs none /tmp || echo no mount',
        'mknod /tmp/disk b 8 0 || echo no device',
        'unshare -n true || echo no namespace',
        'unshare -U true || echo no users',
        'chroot / true || echo no chroot',
        'hostname other || echo no hostname',
        'date -s 2001-01-01 2>&1 | grep -q "not permitted" && echo no clock',
        'echo 1 > /proc/sys/kernel/panic || echo no setting',
        'echo c > /proc/sysrq-trigger || echo no key',
        'echo 1 > /sys/fs/cgroup/pids/pids.max || echo no group',
        'cat /proc/kcore | head -c 1 | wc -c',
        'grep -E "NoNewPrivs|Seccomp:" /proc/self/status',
        'grep CapEff /proc/self/status',
      ].join('\n'),
      { capabilities: containerCapabilities({}) },
    );
    for (const word of [
      'mount',
      'device',
      'namespace',
      'users',
      'chroot',
      'hostname',
      'clock',
      'setting',
      'key',
      'group',
    ])
      expect(text).toContain(`no ${word}\n`);
    for (const line of ['0', 'NoNewPrivs:\t1', 'Seccomp:\t2', 'CapEff:\t00000000000004fb'])
      expect(text).toContain(`${line}\n`);
  });

  test('sees its own processes, network and machine name alone', async () => {
    const text = await said(
      'ls -d /proc/[0-9]* | wc -l; ls /sys/class/net; hostname; cat /proc/self/cgroup | grep -c "/\\.\\./\\|corex-test" || true',
    );
    const [processes, link, name, groups] = text.trim().split('\n');
    expect(Number(processes)).toBeLessThanOrEqual(4);
    expect(link).toBe('lo');
    expect(name).toMatch(/^c\d+-\d+$/);
    expect(groups).toBe('0');
  });

  test('writes below its root alone, and nowhere when that is read-only', async () => {
    await using directory = tempDir();
    const victim = directory.at('victim');
    writeFileSync(victim, 'untouched');
    const { run, root, id } = await stage.run(
      `echo own > /own; ln -s ${victim} /link; echo hit > /link; echo hit > /..${victim}; echo done`,
    );
    await run.exited();
    await stage.runtime.delete(id, { force: true });
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    expect(readFileSync(path.join(root, 'own'), 'utf8')).toBe('own\n');
    const other = await said('echo x > /own || echo refused; echo x > /tmp/own || echo refused', {
      root: { path: root, readOnly: true },
      tmpfs: [{ destination: '/tmp' }],
    });
    expect(other.match(/refused/g)).toHaveLength(1);
  });

  test('can have no more processes than its limit, while another works on', async () => {
    const other = await stage.run(
      'echo ready; while read line; do echo "got $line"; done',
      {},
      { stdin: { type: 'stream' } },
    );
    await other.run.saying('ready');
    // A shell that can't fork ends: the first one only waits.
    const script =
      'f() { f | f & }; (i=0; while [ $i -lt 30 ]; do sleep 100 & i=$((i+1)); done; f) 2>/dev/null & echo ready; read line';
    const bomb = await stage.make(
      ['/bin/sh', '-c', script],
      { limits: { pids: 40 } },
      {},
      { stdin: { type: 'stream' } },
    );
    const whole = await groupOf(bomb);
    await stage.runtime.start(bomb.id);
    await bomb.run.saying('ready');
    await until('it has many processes', async () => (await whole.pids()).length > 20);
    await other.run.launcher.writeStdin(other.run.key, 0, Buffer.from('hello\n'));
    await other.run.saying('got hello');
    expect((await whole.pids()).length).toBeLessThanOrEqual(40);
    const record = await bomb.run.stopped(0);
    expect(record.survivors).toEqual([]);
    expect(await whole.pids()).toEqual([]);
    await other.run.stopped(0);
  });

  test('can have no more memory than its limit, and it is told that this was the end', async () => {
    const { run, id } = await stage.make(['/bin/sh', '-c', 'echo ready; exec tail -c 1000000000 /dev/zero'], {
      limits: { memoryBytes: 16 * 1024 ** 2, cpus: 0.9 },
    });
    const pid = await stage.mainPid(run);
    const groups = (await findContainerGroups(pid, stage.ground.cgroupParent ?? '-')) ?? expect.fail('no group');
    await stage.runtime.start(id);
    expect((await run.exited()).exit).toEqual({ signal: 'SIGKILL' });
    expect(await new ContainerCgroup(groups).wasOutOfMemory()).toBe(true);
    await stage.runtime.delete(id);
    expect(groups.directories.filter((directory) => existsSync(directory))).toEqual([]);
  });

  test('takes other limits while it runs', async () => {
    const container = await stage.run('echo ready; sleep 1000', { limits: { memoryBytes: 64 * 1024 ** 2, pids: 20 } });
    await container.run.saying('ready');
    await stage.runtime.update(container.id, { memoryBytes: 32 * 1024 ** 2, pids: 30 });
    const { limits } = await groupsOf(container);
    const memory = limits.memory?.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
    expect(Number(readFileSync(path.join(limits.memory?.directory ?? '', memory), 'utf8'))).toBe(32 * 1024 ** 2);
    expect(Number(readFileSync(path.join(limits.pids?.directory ?? '', 'pids.max'), 'utf8'))).toBe(30);
    await container.run.stopped(0);
  });

  test('is nobody outside when its users are mapped', async () => {
    const bundle = stage.keeper.folder();
    const root = makeTinyRoot(path.join(bundle, 'root'));
    // The way to the root must be open for them, as a root in the agent's store is.
    for (let at = root; at !== '/'; at = path.dirname(at)) if (at !== '/tmp') chmodSync(at, 0o755);
    chownSync(path.join(root, 'root'), 300_000, 300_000);
    const { run, id } = await stage.make(
      [
        '/bin/sh',
        '-c',
        'id -u; touch /root/mine && stat -c %u /root/mine; stat -c %u /bin; cat /proc/self/uid_map; touch /etc/x || echo refused; sleep 1000',
      ],
      {
        root: { path: root },
        idMap: { uid: 300_000, gid: 300_000, size: 65_536 },
        capabilities: containerCapabilities({}),
      },
      { startAtOnce: true },
    );
    const text = await run.saying('refused');
    expect(text).toMatch(/^0\n0\n65534\n\s+0\s+300000\s+65536\n/);
    const pid = await stage.mainPid(run);
    expect(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]).toBe('300000');
    await run.stopped(0);
    await stage.runtime.delete(id, { force: true });
  });

  describe('with files of the machine', () => {
    const disk = new Disk(systemClock);

    test('sees what was allowed, read-only unless asked otherwise', async () => {
      await using directory = tempDir();
      mkdirSync(directory.at('shared'));
      writeFileSync(directory.at('shared', 'file'), 'shared\n');
      const policy = { roots: [directory.path], own: [] };
      await using binds = await HeldBinds.take(
        [
          { source: directory.at('shared'), destination: '/data' },
          { source: directory.at('shared'), destination: '/change', writable: true },
        ],
        policy,
        disk,
      );
      const script = 'cat /data/file; echo x > /data/new || echo refused; echo y > /change/new; cat /data/new';
      const { run, id } = await stage.make(['/bin/sh', '-c', script], { mounts: binds.mounts });
      await binds.verify(await stage.mainPid(run));
      await stage.runtime.start(id);
      await run.exited();
      expect((await run.output()).stdout).toBe('shared\nrefused\ny\n');
      expect(readFileSync(directory.at('shared', 'new'), 'utf8')).toBe('y\n');
    });

    test('never reads a link that has taken the name of what was looked at', async () => {
      await using directory = tempDir();
      mkdirSync(directory.at('roots/inner'), { recursive: true });
      writeFileSync(directory.at('roots/inner/file'), 'allowed\n');
      mkdirSync(directory.at('secret'));
      writeFileSync(directory.at('secret/file'), 'secret\n');
      const policy = { roots: [directory.at('roots')], own: [] };
      await using binds = await HeldBinds.take(
        [{ source: directory.at('roots/inner'), destination: '/data' }],
        policy,
        disk,
      );
      renameSync(directory.at('roots/inner'), directory.at('roots/moved'));
      symlinkSync(directory.at('secret'), directory.at('roots/inner'));
      const { run, id } = await stage.make(['/bin/cat', '/data/file'], { mounts: binds.mounts });
      await expect(binds.verify(await stage.mainPid(run))).rejects.toMatchObject({ code: 'forbidden' });
      await stage.runtime.delete(id, { force: true });
      expect((await run.output()).text).toBe('');
      await expect(
        HeldBinds.take([{ source: directory.at('roots/inner'), destination: '/data' }], policy, disk),
      ).rejects.toMatchObject({ code: 'forbidden' });
    });

    test('gets no socket, no device, nothing of the kernel or of corex, and nothing outside the roots', async () => {
      await using directory = tempDir();
      const server = createServer().listen(directory.at('s.sock'));
      await new Promise((resolve) => server.once('listening', resolve));
      mkdirSync(directory.at('corex'));
      const everything = { roots: ['/'], own: [directory.at('corex')] };
      const refusal = async (source: string, policy = everything): Promise<unknown> =>
        await HeldBinds.take([{ source, destination: '/data' }], policy, disk).then(
          () => 'taken',
          (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
        );
      for (const source of [
        directory.at('s.sock'),
        '/',
        '/proc',
        '/proc/self',
        '/sys/kernel',
        '/dev',
        '/dev/null',
        directory.at('corex'),
        directory.path,
        '/proc/self/root',
      ])
        expect([source, await refusal(source)]).toEqual([source, 'forbidden']);
      expect(await refusal('/etc', { roots: [], own: [] })).toBe('forbidden');
      expect(await refusal('/etc', { roots: [directory.path], own: [] })).toBe('forbidden');
      expect(await refusal(directory.at('../../etc'), { roots: [directory.path], own: [] })).toBe('forbidden');
      expect(await refusal(directory.at('none'), { roots: [directory.path], own: [] })).toBe('no-such-file');
      expect(await refusal('relative', { roots: [directory.path], own: [] })).toBe('bad-path');
      server.close();
    });
  });

  async function groupsOf({ run }: StagedContainer): ReturnType<typeof found> {
    return await found(await stage.mainPid(run));
  }

  async function found(pid: number): Promise<NonNullable<Awaited<ReturnType<typeof findContainerGroups>>>> {
    return (await findContainerGroups(pid, stage.ground.cgroupParent ?? '-')) ?? expect.fail('it has no control group');
  }

  async function groupOf(container: StagedContainer): Promise<ContainerCgroup> {
    return new ContainerCgroup(await groupsOf(container));
  }
});
