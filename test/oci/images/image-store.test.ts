import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openStage, writeLayout } from './image-stage.ts';
import { tar } from './tar-writer.ts';

const base = tar({ name: 'etc/', type: '5' }, { name: 'etc/a', content: 'one' });
const top = tar({ name: 'etc/b', content: 'two' });

describe('ImageStore', () => {
  test('keeps names over a restart, and shares layers', async () => {
    await using stage = await openStage();
    const { images, watch } = stage;
    writeLayout(stage.directory.at('layout'), { one: [base], two: [base, top] });
    const add = (reference: string) =>
      images.importer.add(
        { source: `oci:${stage.directory.at('layout')}`, reference, name: `acme/${reference}` },
        watch,
      );
    const [one, two] = await Promise.all([add('one'), add('two')]);
    expect(readdirSync(stage.directory.at('images/layers'))).toHaveLength(2);
    expect(readdirSync(stage.directory.at('images/staging'))).toEqual([]);
    const { store } = await stage.again();
    expect((await store.list()).map(({ names }) => names[0]).toSorted()).toEqual([
      'docker.io/acme/one:latest',
      'docker.io/acme/two:latest',
    ]);
    expect((await store.get('acme/one')).digest).toBe(one.digest);
    expect((await store.get(two.digest)).names).toEqual(['docker.io/acme/two:latest']);
    expect((await store.get(two.digest.slice(7, 19))).layers.map(({ diffId }) => diffId)[0]).toBe(
      one.layers[0]?.diffId,
    );
    await expect(store.get('acme/three')).rejects.toThrow(expect.objectContaining({ code: 'unknown-image' }));
  });

  test('unpacks a layer once for all that want it at the same time', async () => {
    await using stage = await openStage();
    const { images, watch } = stage;
    writeLayout(stage.directory.at('layout'), { one: [base] });
    const all = ['a', 'b', 'c'].map((name) =>
      images.importer.add({ source: `oci:${stage.directory.at('layout')}`, name }, watch),
    );
    const added = await Promise.all(all);
    expect(new Set(added.map(({ digest }) => digest)).size).toBe(1);
    expect(readdirSync(stage.directory.at('images/layers'))).toHaveLength(1);
    expect(readdirSync(stage.directory.at('images/l'))).toHaveLength(1);
    expect((await images.store.list())[0]?.names.toSorted()).toEqual(
      ['a', 'b', 'c'].map((name) => `docker.io/library/${name}:latest`),
    );
  });

  test('removes an image with its last name, and layers with their last image, but none a container stands on', async () => {
    await using stage = await openStage();
    const { images, watch } = stage;
    const { store, roots } = images;
    writeLayout(stage.directory.at('layout'), { one: [base], two: [base, top] });
    const add = (reference: string, name: string) =>
      images.importer.add({ source: `oci:${stage.directory.at('layout')}`, reference, name }, watch);
    const one = await add('one', 'one');
    await add('one', 'also');
    const two = await add('two', 'two');
    expect(await store.remove('also')).toEqual({ images: [], layers: 0, bytes: 0 });
    await roots.prepare(two, 'c1', {}, watch);
    await expect(store.remove('two')).rejects.toThrow('Cannot remove the image "two": the container "c1" stands on it');
    expect((await store.remove('one')).images).toEqual([one.digest]);
    expect(readdirSync(stage.directory.at('images/layers'))).toHaveLength(2);
    expect((await store.prune(true)).images).toEqual([]);
    await roots.release('c1');
    expect(await store.prune(false)).toEqual({ images: [], layers: 0, bytes: 0 });
    expect(await store.prune(true)).toMatchObject({ images: [two.digest], layers: 2 });
    expect(readdirSync(stage.directory.at('images/blobs/sha256'))).toEqual([]);
    expect(readdirSync(stage.directory.at('images/l'))).toEqual([]);
  });

  test('a name that comes to mean another image leaves the first without', async () => {
    await using stage = await openStage();
    const { images, watch } = stage;
    writeLayout(stage.directory.at('layout'), { one: [base], two: [top] });
    const add = (reference: string) =>
      images.importer.add({ source: `oci:${stage.directory.at('layout')}`, reference, name: 'it' }, watch);
    const one = await add('one');
    const two = await add('two');
    expect((await images.store.get('it')).digest).toBe(two.digest);
    expect((await images.store.prune(false)).images).toEqual([one.digest]);
  });

  test('what an agent that died left half done is gone with the next start', async () => {
    await using stage = await openStage();
    mkdirSync(stage.directory.at('images/staging/x/root'), { recursive: true });
    writeFileSync(stage.directory.at('images/staging/x/root/file'), 'half');
    mkdirSync(stage.directory.at('images/l'), { recursive: true });
    symlinkSync('../layers/none/root', stage.directory.at('images/l/loose'));
    mkdirSync(stage.directory.at('images/roots/half/upper'), { recursive: true });
    const { roots } = await stage.again();
    expect(readdirSync(stage.directory.at('images/staging'))).toEqual([]);
    expect(readdirSync(stage.directory.at('images/l'))).toEqual([]);
    expect(readdirSync(stage.directory.at('images/roots'))).toEqual([]);
    expect(roots.ids).toEqual([]);
  });

  test('a table that was damaged is told, and nothing is guessed', async () => {
    await using stage = await openStage();
    writeFileSync(stage.directory.at('images/images.json'), '{"version":1');
    await expect(stage.again()).rejects.toThrow(/it is damaged; remove it, and pull the images again$/);
  });

  test('a blob that was damaged is found when it is needed, and a layer that was removed is unpacked again', async () => {
    await using stage = await openStage();
    const { images, watch } = stage;
    writeLayout(stage.directory.at('layout'), { one: [base] });
    const source = `oci:${stage.directory.at('layout')}`;
    const one = await images.importer.add({ source, name: 'one' }, watch);
    const [layer] = one.layers;
    const place = stage.directory.at('images/layers', layer?.diffId.replace(':', '-') ?? '');
    rmSync(place, { recursive: true });
    await images.roots.prepare(one, 'c1', {}, watch);
    expect(existsSync(place)).toBe(true);
    await images.roots.release('c1');
    rmSync(place, { recursive: true });
    const blob = stage.directory.at('images/blobs', layer?.digest.replace(':', '/') ?? '');
    writeFileSync(blob, tar({ name: 'evil', content: 'x' }));
    await expect(images.roots.prepare(one, 'c1', {}, watch)).rejects.toThrow(/its blob is damaged/);
    expect(existsSync(blob)).toBe(false);
    await images.importer.add({ source, name: 'one' }, watch);
    expect((await images.roots.prepare(one, 'c1', {}, watch)).id).toBe('c1');
  });
});
