import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { zstdCompressSync } from 'node:zlib';
import { openStage, sumOf, writeLayout, type Stage } from '../image-stage.ts';
import { tar } from '../tar-writer.ts';

const plain = tar({ name: 'etc/', type: '5' }, { name: 'etc/a', content: 'one' });

async function fails(stage: Stage, source: string, more: object = {}): Promise<string> {
  const error: unknown = await stage.images.importer
    .add({ source, ...more }, stage.watch)
    .catch((thrown: unknown) => thrown);
  const { code, message } = error as { code: string; message: string };
  expect(message).toMatch(/^Cannot /);
  expect(readdirSync(stage.directory.at('images/staging'))).toEqual([]);
  return `${code}: ${message}`;
}

describe('ImageImporter', () => {
  test('makes the same image of a root in an archive, compressed or not, and of a directory', async () => {
    await using stage = await openStage();
    const { directory, images, watch } = stage;
    mkdirSync(directory.at('root/etc'), { recursive: true });
    writeFileSync(directory.at('root/etc/a'), 'one');
    writeFileSync(directory.at('root.tar'), plain);
    writeFileSync(directory.at('root.tar.zst'), zstdCompressSync(plain));
    const take = (source: string, name: string) => images.importer.add({ source, name }, watch);
    const one = await take(`tar:${directory.at('root.tar')}`, 'one');
    const two = await take(`tar:${directory.at('root.tar.zst')}`, 'two');
    const three = await take(`directory:${directory.at('root')}`, 'three');
    expect(two.layers[0]?.diffId).toBe(sumOf(plain));
    expect(two.layers[0]?.diffId).toBe(one.layers[0]?.diffId);
    expect((await take(`directory:${directory.at('root')}`, 'four')).digest).toBe(three.digest);
    expect(three.platform.os).toBe('linux');
  });

  test('takes an archive of a layout, and what docker saves with links in it', async () => {
    await using stage = await openStage();
    const { directory, images, watch } = stage;
    writeLayout(directory.at('layout'), { 'acme/x:1': [plain] });
    execFileSync('tar', ['-C', directory.at('layout'), '-cf', directory.at('layout.tar'), '.']);
    const layout = await images.importer.add(
      { source: `oci-archive:${directory.at('layout.tar')}`, reference: 'acme/x:1' },
      watch,
    );
    expect(layout.names).toEqual(['docker.io/acme/x:1']);
    const config = JSON.stringify({
      architecture: 'arm64',
      os: 'linux',
      config: { Cmd: ['x'], Entrypoint: null },
      rootfs: { type: 'layers', diff_ids: [sumOf(plain), sumOf(plain)] },
    });
    const saved = [{ Config: 'c.json', RepoTags: ['acme/saved:2'], Layers: ['a/layer.tar', 'b/layer.tar'] }];
    writeFileSync(
      directory.at('saved.tar'),
      tar(
        { name: 'a/layer.tar', content: plain },
        { name: 'b/layer.tar', type: '2', link: '../a/layer.tar' },
        { name: 'c.json', content: config },
        { name: 'manifest.json', content: JSON.stringify(saved) },
      ),
    );
    const image = await images.importer.add({ source: `docker-archive:${directory.at('saved.tar')}` }, watch);
    expect(image).toMatchObject({
      names: ['docker.io/acme/saved:2'],
      defaults: { command: ['x'], entrypoint: [] },
      platform: { architecture: 'arm64' },
    });
    expect(await fails(stage, `docker-archive:${directory.at('saved.tar')}`, { reference: 'acme/other' })).toMatch(
      /^unknown-image: .*it has "acme\/saved:2"/,
    );
    expect(await fails(stage, `oci-archive:${directory.at('layout.tar')}`, { reference: 'y' })).toMatch(
      /^unknown-image: .*it has "acme\/x:1"/,
    );
  });

  test('reads nothing outside of a layout, however its links lead', async () => {
    await using stage = await openStage();
    const { directory } = stage;
    writeLayout(directory.at('layout'), { x: [plain] });
    renameSync(directory.at('layout/index.json'), directory.at('outside.json'));
    symlinkSync(directory.at('outside.json'), directory.at('layout/index.json'));
    expect(await fails(stage, `oci:${directory.at('layout')}`)).toMatch(/no-such-file|bad-image/);
  });

  test('refuses what is not what it says it is', async () => {
    await using stage = await openStage();
    const { directory } = stage;
    const source = `oci:${directory.at('layout')}`;
    writeLayout(directory.at('layout'), { x: [plain] });
    const layer = directory.at('layout/blobs', sumOf(plain).replace(':', '/'));
    writeFileSync(layer, Buffer.alloc(plain.length));
    expect(await fails(stage, source)).toMatch(/^bad-image: .*its content is sha256:/);
    writeFileSync(layer, Buffer.alloc(plain.length + 1));
    expect(await fails(stage, source)).toMatch(/^bad-image: .*it has more than/);
    writeFileSync(
      directory.at('layout/index.json'),
      JSON.stringify({
        schemaVersion: 2,
        manifests: [{ mediaType: '', digest: `sha256:${'../'.repeat(22)}`, size: 1 }],
      }),
    );
    expect(await fails(stage, source)).toMatch(/^bad-image: /);
    writeFileSync(directory.at('layout/index.json'), '{');
    expect(await fails(stage, source)).toMatch(/^bad-image: /);
    writeFileSync(directory.at('x.tar'), 'no archive');
    expect(await fails(stage, `tar:${directory.at('x.tar')}`, { name: 'x' })).toMatch(/^bad-image: /);
    expect(await fails(stage, `docker-archive:${directory.at('x.tar')}`)).toMatch(/^bad-image: /);
    expect(await fails(stage, `tar:${directory.at('none.tar')}`)).toMatch(/^no-such-file: /);
    expect(await fails(stage, `directory:${directory.at('x.tar')}`)).toMatch(/^bad-path: /);
    expect(await fails(stage, `tar:${directory.path}`)).toMatch(/^bad-path: /);
    expect(await fails(stage, 'tar:/dev/zero')).toMatch(/^bad-path: /);
    expect(await fails(stage, `tar:${directory.at('x.tar')}`, { name: '--evil' })).toMatch(/^bad-arguments: /);
  });

  test('takes files only from where files may be read, and only kinds that may be used', async () => {
    await using outside = await openStage();
    await using stage = await openStage({ roots: [path.dirname(outside.directory.at('allowed', 'x'))] });
    writeFileSync(outside.directory.at('secret.tar'), plain);
    mkdirSync(outside.directory.at('allowed'));
    symlinkSync('../secret.tar', outside.directory.at('allowed/link.tar'));
    for (const file of ['secret.tar', 'allowed/link.tar', 'allowed/../secret.tar']) {
      expect(await fails(stage, `tar:${outside.directory.at()}/${file}`, { name: 'x' })).toMatch(/^forbidden: /);
    }
    stage.settings = { ...stage.settings, policy: { sources: ['registry'], allow: ['ghcr.io/**'] } };
    expect(await fails(stage, 'tar:/x')).toMatch(/^forbidden: .*"images.sources"/);
    expect(await fails(stage, 'alpine')).toMatch(/^forbidden: .*"images.allow"/);
  });

  test('leaves nothing when its caller gives up', async () => {
    await using stage = await openStage();
    writeFileSync(stage.directory.at('x.tar'), plain);
    const signal = AbortSignal.abort(new Error('enough'));
    const work = stage.images.importer.add(
      { source: `tar:${stage.directory.at('x.tar')}`, name: 'x' },
      { ...stage.watch, signal },
    );
    await expect(work).rejects.toThrow('enough');
    expect(await stage.images.store.list()).toEqual([]);
    expect(readdirSync(stage.directory.at('images/staging'))).toEqual([]);
  });
});
