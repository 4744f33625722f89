// Trees into containers and out of them, as archives, through a whole agent.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { codeOf, ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

interface Part {
  readonly stream: string;
  readonly offset: number;
  readonly data: string;
  readonly end: boolean;
}

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))('archives of containers', { timeout: 60_000 }, () => {
  let on: ContainerStage;
  let packed: Buffer;

  beforeAll(async () => {
    on = await ContainerStage.begin();
    const tree = on.stage.at('tree');
    mkdirSync(`${tree}/d`, { recursive: true });
    writeFileSync(`${tree}/d/file`, 'content');
    symlinkSync('file', `${tree}/d/link`);
    packed = execFileSync('tar', ['-c', '-C', on.stage.at('.'), 'tree'], { maxBuffer: 1024 ** 2 });
  }, 60_000);

  afterAll(async () => {
    await on[Symbol.asyncDispose]();
  }, 60_000);

  /** In three parts. */
  async function write(handle: string, args: object, place: ContainerStage = on): Promise<string> {
    let next = handle;
    for (let at = 0; at < packed.length; at += 4096) {
      const data = packed.subarray(at, at + 4096).toString('base64');
      const call = { handle: next, ...args, data, ...(at > 0 && { append: true }) };
      ({ handle: next } = await place.call<{ handle: string }>('container.write_archive', call));
    }
    return next;
  }

  async function list(id: string, path: string, place: ContainerStage = on): Promise<string[]> {
    const { streams } = await place.exec(id, 'find', path);
    return streams[0].trim().split('\n').toSorted();
  }

  const staged = (id: string, place: ContainerStage = on): string[] =>
    readdirSync(`${place.stage.dataDir}/containers/files/${id}`);

  test('what tar packed goes in, before a start and after, one archive after the other', async () => {
    const first = await write(await on.create(), { path: '/before', name: 'tree' });
    const second = await write(first, { path: '/both' });
    const third = await write(second, { path: '/both/more' });
    const { id } = await on.commit(await on.set('run_state', third, { run_state: 'running' }));
    expect(await list(id, '/before')).toEqual(['/before', '/before/d', '/before/d/file', '/before/d/link']);
    expect((await on.exec(id, 'cat', '/both/tree/d/link', '/both/more/tree/d/file')).streams[0]).toBe('contentcontent');
    await on.commit(await write(await on.handle(id), { path: '/', name: 'tree' }));
    expect((await on.exec(id, 'stat', '-c', '%u %g', '/tree', '/tree/d/link')).streams[0]).toBe('0 0\n0 0\n');
    await until('nothing waits', () => staged(id).length === 0);
  });

  test('comes to the same when the agent dies right after it wrote a tree', async () => {
    await using own = await ContainerStage.begin();
    const id = await own.running();
    await own.stage.restart('containers.copy.archive:1:kill');
    const handle = await write(await own.handle(id), { path: '/made', name: 'tree' }, own);
    const committed = own.commit(handle).catch(() => undefined);
    await own.stage.agentDied();
    await own.stage.start();
    await committed;
    await until('nothing waits', () => staged(id, own).length === 0);
    expect(await list(id, '/made', own)).toEqual(['/made', '/made/d', '/made/d/file', '/made/d/link']);
  });

  test('a commit that is refused has changed nothing, and says why; what is cancelled waits no longer', async () => {
    const id = await on.running();
    const damaged = { path: '/x', data: Buffer.alloc(600, 'x').toString('base64') };
    const { handle } = await on.call<{ handle: string }>('container.write_archive', {
      handle: await on.handle(id),
      ...damaged,
    });
    await expect(on.commit(handle)).rejects.toMatchObject({
      code: 'bad-path',
      message: expect.stringContaining('Cannot copy to "/x" in the container: its '),
    });
    await until('nothing waits', () => staged(id).length === 0);
    const written = await write(await on.handle(id), { path: '/x' });
    expect(staged(id)).toHaveLength(1);
    const cancel = { handle: written, path: '/x', cancel: true };
    const { handle: left } = await on.call<{ handle: string }>('container.write_archive', cancel);
    expect(staged(id)).toEqual([]);
    expect(await codeOf(on.call('container.write_archive', { ...cancel, handle: left }))).toBe('bad-arguments');
    expect(await codeOf(on.call('container.write_archive', { handle: left, path: 'x', data: '' }))).toBe('bad-path');
    expect(await codeOf(on.call('container.write_archive', { handle: left, path: '/x', data: '', append: true }))).toBe(
      'bad-arguments',
    );
    await on.commit(left);
  });

  test('is read part by part, and no longer when the container has ended', async () => {
    const id = await on.running();
    await on.exec(id, 'sh', '-c', 'mkdir /big; dd if=/dev/zero of=/big/zeros bs=1M count=2');
    const read = (more: object = {}): Promise<Part> =>
      on.call<Part>('container.read_archive', { container: id, path: '/big', ...more });
    const { stream, data } = await read();
    const offset = Buffer.from(data, 'base64').length;
    expect((await read({ stream, offset })).offset).toBe(offset);
    expect(await codeOf(read({ stream, offset: 1 }))).toBe('bad-arguments');
    await on.destroy(id);
    const other = await read({ stream, offset }).catch((error: unknown) => error);
    expect(other).toMatchObject({ offset });
    const next = offset + Buffer.from((other as Part).data, 'base64').length;
    expect(await codeOf(read({ stream, offset: next }))).toBe('not-running');
    expect(await codeOf(read())).toBe('unknown-container');
  });

  test('nothing is written where a program in the container puts a link in the way', async () => {
    const id = await on.running();
    const swap =
      'mkdir -p /w /other; while :; do mkdir /w/tree; rm -rf /w/tree; ln -s /other /w/tree; rm -f /w/tree; done';
    const job = await on.execScript(id, swap);
    for (let count = 0; count < 20; count += 1) {
      await on.commit(await write(await on.handle(id), { path: '/w' })).catch(() => undefined);
    }
    await on.client.job(job).kill('SIGKILL');
    expect(await list(id, '/other')).toEqual(['/other']);
  });
});
