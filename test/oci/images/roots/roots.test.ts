import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { copyIn, copyOut } from '../../../../src/oci/images/copy/copy-file.ts';
import { mountsBelow, unmountBelow } from '../../../../src/host/leftover-mounts.ts';
import { requires } from '../../../harness/requires.ts';
import { makeTinyRoot } from '../../../harness/tiny-root.ts';
import { openStage, writeLayout, type Stage } from '../image-stage.ts';
import { tar } from '../tar-writer.ts';

const base = tar(
  { name: './', type: '5', mode: 0o711 },
  { name: 'd/', type: '5' },
  { name: 'd/gone', content: '1' },
  { name: 'd/kept', content: '2', uid: 10, gid: 20 },
  { name: 'o/', type: '5' },
  { name: 'o/hidden', content: '3' },
  { name: 'becomes', type: '5' },
  { name: 'becomes/x', content: '4' },
  { name: 'one', content: '5' },
  { name: 'two', type: '1', link: 'one' },
);
const top = tar(
  { name: './', type: '5', mode: 0o711 },
  { name: 'd/', type: '5' },
  { name: 'd/.wh.gone' },
  { name: 'o/', type: '5' },
  { name: 'o/.wh..wh..opq' },
  { name: 'o/seen', content: '6' },
  { name: 'becomes', type: '2', link: '/d' },
);

async function withImage(
  work: (stage: Stage, image: Awaited<ReturnType<Stage['images']['store']['get']>>) => Promise<void>,
): Promise<void> {
  await using stage = await openStage();
  writeLayout(stage.directory.at('layout'), { x: [base, top] });
  await work(
    stage,
    await stage.images.importer.add({ source: `oci:${stage.directory.at('layout')}`, name: 'x' }, stage.watch),
  );
}

describe('Roots', () => {
  test.runIf(requires('root', 'mounts')).each(['overlay', 'copied'] as const)(
    'of the kind %s show what the layers make together',
    async (kind) => {
      await withImage(async ({ images, watch, directory, again }, image) => {
        const root = await images.roots.prepare(image, 'c1', { kind }, watch);
        expect([root.kind, root.mounts.length]).toEqual([kind, kind === 'overlay' ? 1 : 0]);
        {
          await using tree = await images.roots.openTree('c1');
          const seen = execFileSync(
            'find',
            [
              `/proc/${String(process.pid)}/fd/${tree.path.split('/').at(-1) ?? ''}/`,
              '-mindepth',
              '1',
              '-printf',
              '%P\n',
            ],
            { encoding: 'utf8' },
          );
          expect(seen.trim().split('\n').toSorted()).toEqual(['becomes', 'd', 'd/kept', 'o', 'o/seen', 'one', 'two']);
          expect((await copyOut(tree, '/becomes/kept', 10)).toString()).toBe('2');
          await copyIn(tree, '/new/file', Buffer.from('mine'));
          const stats = statSync(`${tree.path}/d/kept`);
          expect([stats.uid, stats.gid]).toEqual([10, 20]);
          expect(statSync(`${tree.path}/.`).mode & 0o777).toBe(0o711);
        }
        expect(await mountsBelow(directory.path)).toEqual([]);
        // What was written stays, for an agent that is started anew, too.
        const later = await again();
        await using tree = await later.roots.openTree('c1');
        expect((await copyOut(tree, '/new/file', 10)).toString()).toBe('mine');
      });
    },
  );

  test.runIf(requires('root'))('are given to users who are others outside', async () => {
    await withImage(async ({ images, watch }, image) => {
      const idMap = { uid: 100_000, gid: 200_000, size: 15 };
      const root = await images.roots.prepare(image, 'c1', { kind: 'copied', idMap }, watch);
      const stats = lstatSync(`${root.path}/d/kept`);
      // A group beyond those the container has becomes its first.
      expect([root.kind, stats.uid, stats.gid, lstatSync(root.path).uid]).toEqual([
        'copied',
        100_010,
        200_000,
        100_000,
      ]);
      expect(lstatSync(`${root.path}/one`).ino).toBe(lstatSync(`${root.path}/two`).ino);
      expect(root.idMap).toEqual(idMap);
    });
  });

  test('write nothing into layers that others stand on', async () => {
    await withImage(async ({ images, watch }, image) => {
      for (const id of ['c1', 'c2']) await images.roots.prepare(image, id, {}, watch);
      {
        await using one = await images.roots.openTree('c1');
        await copyIn(one, '/d/kept', Buffer.from('changed'));
      }
      await using two = await images.roots.openTree('c2');
      expect((await copyOut(two, '/d/kept', 10)).toString()).toBe('2');
    });
  });

  test('have an id that is a name, one root each, and go without a trace', async () => {
    await withImage(async ({ images, watch, directory }, image) => {
      for (const id of ['', '..', 'a/b', '-x', '.x', 'x'.repeat(200)]) {
        await expect(images.roots.prepare(image, id, {}, watch)).rejects.toThrow(
          expect.objectContaining({ code: 'bad-arguments' }),
        );
      }
      const first = await images.roots.prepare(image, 'c1', {}, watch);
      await expect(images.roots.prepare(image, 'c1', {}, watch)).rejects.toThrow(
        expect.objectContaining({ code: 'file-exists' }),
      );
      expect((await images.roots.find('c1')).path).toBe(first.path);
      await first.release();
      await first.release();
      expect(readdirSync(directory.at('images/roots'))).toEqual([]);
      await expect(images.roots.find('c1')).rejects.toThrow(expect.objectContaining({ code: 'no-such-file' }));
    });
  });

  test.runIf(requires('root', 'mounts', 'runc', 'busybox'))(
    'are mounted by the runtime itself, and nothing is left to unmount',
    async () => {
      await using stage = await openStage();
      const { images, watch, directory } = stage;
      const image = await images.importer.add(
        { source: `directory:${makeTinyRoot(directory.at('tiny'))}`, name: 'tiny' },
        watch,
      );
      const root = await images.roots.prepare(image, 'c1', { kind: 'overlay' }, watch);
      const config = JSON.parse(runcSpec(directory.at('bundle'))) as {
        mounts: object[];
        root: object;
        process: Record<string, unknown>;
        linux: Record<string, unknown>;
      };
      Object.assign(config.process, { terminal: false, args: ['/bin/sh', '-c', 'echo hi > /etc/new; cat /etc/new'] });
      const changed = {
        ...config,
        root: { path: root.path, readonly: false },
        mounts: [...root.mounts, ...config.mounts],
      };
      writeFileSync(directory.at('bundle/config.json'), JSON.stringify(changed));
      const out = execFileSync(
        'runc',
        ['--root', directory.at('runc'), 'run', '--bundle', directory.at('bundle'), `t${String(process.pid)}`],
        { encoding: 'utf8' },
      );
      expect(out).toBe('hi\n');
      expect(await mountsBelow(directory.path)).toEqual([]);
      expect(readFileSync(directory.at('images/roots/c1/upper/etc/new'), 'utf8')).toBe('hi\n');
      expect(existsSync(`${images.store.places.layers}/etc`)).toBe(false);
    },
  );

  test.runIf(requires('mounts'))('mounts that somebody left below are taken away', async () => {
    await using stage = await openStage();
    mkdirSync(stage.directory.at('images/roots/a b'), { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'none', stage.directory.at('images/roots/a b')]);
    expect(await mountsBelow(stage.directory.at('images'))).toEqual([stage.directory.at('images/roots/a b')]);
    expect(await unmountBelow(stage.directory.at('images'), AbortSignal.timeout(10_000))).toEqual([]);
  });
});

function runcSpec(bundle: string): string {
  mkdirSync(bundle);
  execFileSync('runc', ['spec'], { cwd: bundle });
  return readFileSync(`${bundle}/config.json`, 'utf8');
}
