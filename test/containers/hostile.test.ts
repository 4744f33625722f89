// What programs in containers, and who writes their images and files, try in order to get out: through a whole agent.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Change, codeOf, ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { tar } from '../oci/images/tar-writer.ts';

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('a container of an agent', { timeout: 60_000 }, () => {
  let on: ContainerStage;

  beforeAll(async () => {
    on = await ContainerStage.begin();
  }, 60_000);

  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  }, 60_000);

  async function said(script: string): Promise<string> {
    const id = await on.running();
    const { streams } = await on.exec(id, 'sh', '-c', script);
    await on.destroy(id);
    return streams.join('');
  }

  test('writes nothing outside its root, nor into its image', async () => {
    const victim = on.stage.at('victim');
    writeFileSync(victim, 'untouched');
    const text = await said(
      `ln -s ${victim} /link; echo hit > /link; echo hit > /..${victim}; echo hit > /proc/1/root${victim}; echo mine > /etc/group; echo done`,
    );
    expect(text).toContain('done');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    // Another one of the same image.
    expect(await said('cat /etc/group')).toContain('root:x:0:');
  });

  test('is given no file that is open in the agent, keeper or runtime, as main process or beside it', async () => {
    const id = await on.script('ls -l /proc/self/fd; exec sleep 1000');
    const { streams } = await on.exec(id, 'sh', '-c', 'ls -l /proc/1/fd; ls -l /proc/self/fd');
    const targets = [...streams[0].matchAll(/ \d+ -> (.*)$/gm)].map(([, target]) => target ?? '');
    expect(targets).toHaveLength(6);
    expect(targets.filter((target) => !/^(pipe:|\/dev\/null|\/proc\/\d+\/fd)/.test(target))).toEqual([]);
    await on.destroy(id);
  });

  test('has no working directory that leads out', async () => {
    const entry = (dir: string): Change => ({ entry_point: { path: '/bin/sh', args: ['-c', 'pwd; ls'], dir } });
    for (const dir of ['/proc/self/fd/7', '/proc/self/fd/8', '/proc/1/cwd']) {
      expect([dir, await codeOf(on.running(entry(dir)))]).toEqual([dir, 'bad-directory']);
    }
    expect(await codeOf(on.create(entry('/tmp/../proc')))).toBe('bad-arguments');
    const id = await on.running();
    await on.exec(id, 'ln', '-s', '/proc/self/fd/7', '/way');
    const joined = on.client.run({
      command: 'container.exec',
      arguments: { container: id, name: 'ls', dir: '/way' },
    });
    const { state, streams } = await joined.result();
    expect(state === 'ERROR' || !streams[0].includes('usr')).toBe(true);
    await on.destroy(id);
  });

  test('can not make a copy land outside by links, whether it runs or not', async () => {
    const secret = on.stage.at('secret');
    writeFileSync(secret, 'secret');
    const id = await on.running();
    await on.exec(id, 'ln', '-s', on.stage.at(), '/out');
    await on.exec(id, 'ln', '-s', '/proc/1/root/../../..', '/up');
    expect(await codeOf(on.read(id, '/out/secret'))).toBe('no-such-file');
    await on.commit(await on.copyTo(await on.handle(id), '/out/planted', 'x'));
    await on.runState(id, 'stopped');
    await on.commit(await on.copyTo(await on.handle(id), '/out/planted-later', 'x'));
    await on.runState(id, 'running');
    expect(existsSync(on.stage.at('planted'))).toBe(false);
    expect(existsSync(on.stage.at('planted-later'))).toBe(false);
    expect((await on.exec(id, 'ls', on.stage.at())).streams[0]).toBe('planted\nplanted-later\n');
    await on.destroy(id);
  });

  test('is made of no image with device nodes, or names that lead out', async () => {
    for (const [what, bytes] of Object.entries({
      device: tar({ name: 'dev/sda', type: '4' }),
      up: tar({ name: '../up', content: 'x' }),
      behind: tar({ name: 'way', type: '2', link: '/tmp' }, { name: 'way/planted-by-layer', content: 'x' }),
      hard: tar({ name: 'shadow', type: '1', link: '../../../etc/shadow' }),
    })) {
      const file = on.stage.at(`${what}.tar`);
      writeFileSync(file, bytes);
      const job = on.client.run({ command: 'image.import', arguments: { source: `tar:${file}`, name: what } });
      expect([what, (await job.result()).error?.code]).toEqual([what, 'bad-image']);
    }
    expect(existsSync('/tmp/planted-by-layer')).toBe(false);
  });

  test('gets no file of the machine that the configuration does not name', async () => {
    for (const source of ['/etc', '/', '/proc', '/dev/null', on.stage.dataDir, '/var/run/docker.sock']) {
      const mounts = [{ target: '/data', source }];
      expect([source, await codeOf(on.running({ mounts }))]).toEqual([source, 'forbidden']);
    }
    expect(await codeOf(on.running({ network: 'host' }))).toBe('forbidden');
    expect(await codeOf(on.running({ capabilities: ['sys_admin'] }))).toMatch(/forbidden|bad-arguments/);
  });

  test('that forks without end, and one that eats memory, end alone: agent, keeper and others work on', async () => {
    const other = await on.running();
    const pids = [on.stage.agentPid, on.stage.keeperPid];
    const bomb = await on.script(
      'f() { f | f & }; (while :; do f; sleep 1; done) 2>/dev/null & trap "" TERM; while :; do sleep 1; done',
      { limits: { pids: 50, memory_mb: 64, cpu_mhz: 500 } },
    );
    const eater = await on.script('echo ready; exec tail -c 1000000000 /dev/zero', { limits: { memory_mb: 16 } });
    const { main } = await on.wait(eater, 'stopped');
    expect(main).toMatchObject({ reason: 'out-of-memory', exit_code: 137 });
    expect(await on.client.job(main?.id ?? '').result()).toMatchObject({ reason: 'out-of-memory', state: 'ERROR' });
    expect((await on.exec(other, 'echo', 'well')).streams[0]).toBe('well\n');
    await on.runState(bomb, 'stopped');
    expect([on.stage.agentPid, on.stage.keeperPid]).toEqual(pids);
    expect((await on.state(other)).state).toBe('running');
  });

  test('tells of a program beside the main one that was ended for want of memory, and runs on', async () => {
    const id = await on.running({ limits: { memory_mb: 16 } });
    const result = await on.exec(id, 'tail', '-c', '1000000000', '/dev/zero');
    expect(result).toMatchObject({ reason: 'out-of-memory', state: 'ERROR', exit: { signal: 'SIGKILL' } });
    expect((await on.state(id)).state).toBe('running');
  });
});
