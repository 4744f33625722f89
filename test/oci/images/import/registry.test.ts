import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ownPlatform } from '../../../../src/oci/images/platform.ts';
import { requires } from '../../../harness/requires.ts';
import { describeImage, openStage } from '../image-stage.ts';
import { startTinyRegistry, type TinyRegistry } from '../tiny-registry.ts';
import { tar } from '../tar-writer.ts';

const layer = (content: string) => {
  const plain = tar({ name: 'file', content });
  return { plain, packed: gzipSync(plain) };
};

/** An image of these layers under a name and for this machine. */
function publish(registry: TinyRegistry, repository: string, layers: readonly ReturnType<typeof layer>[]) {
  return registry.manifest(
    repository,
    'latest',
    describeImage((bytes) => registry.blob(bytes), layers),
  );
}

describe.runIf(requires('skopeo'))('images of registries', () => {
  test('are fetched by digest, the one for a platform, and no layer twice', async () => {
    await using registry = await startTinyRegistry();
    await using stage = await openStage({ insecure: [registry.address] });
    const { importer } = stage.images;
    const [one, two] = [layer('one'), layer('two')];
    const small = publish(registry, 'acme/one', [one]);
    const large = publish(registry, 'acme/two', [one, two]);
    registry.manifest('acme/many', 'latest', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...small, platform: { os: 'linux', architecture: 's390x' } },
        { ...large, platform: ownPlatform() },
      ],
    });
    const first = await importer.add({ source: `${registry.address}/acme/one` }, stage.watch);
    expect(first).toMatchObject({ digest: small.digest, names: [`${registry.address}/acme/one:latest`] });
    const both = await Promise.all(
      [{ name: 'a' }, { name: 'b', platform: { os: 'linux', architecture: 's390x' } }].map((more) =>
        importer.add({ source: `${registry.address}/acme/many`, ...more }, stage.watch),
      ),
    );
    expect(both.map(({ digest }) => digest)).toEqual([large.digest, small.digest]);
    const [manifest] = both;
    for (const { digest } of manifest?.layers ?? [])
      expect(registry.asked.filter((path) => path.endsWith(digest))).toHaveLength(1);
  });

  test('that can not be had are refused with the reason', async () => {
    await using registry = await startTinyRegistry();
    await using stage = await openStage({ insecure: [registry.address] });
    const add = (source: string, more: object = {}): Promise<unknown> =>
      stage.images.importer.add({ source, ...more }, stage.watch).then(
        () => 'it came',
        (error: unknown) => (error as { code: string }).code,
      );
    publish(registry, 'acme/one', [layer('one')]);
    expect(await add(`${registry.address}/acme/none`)).toBe('unknown-image');
    expect(await add(`127.0.0.1:1/acme/none`)).toBe('unreachable');
    registry.manifest('acme/lie', 'latest', {
      ...describeImage((bytes) => registry.blob(bytes), [layer('x')]),
      config: { mediaType: '', digest: 'sha256:1', size: 1 },
    });
    expect(await add(`${registry.address}/acme/lie`)).toBe('bad-image');
    const wrong = { plain: tar({ name: 'other' }), packed: layer('y').packed };
    publish(registry, 'acme/wrong', [wrong]);
    expect(await add(`${registry.address}/acme/wrong`)).toBe('bad-image');
    stage.settings = { ...stage.settings, limits: { ...stage.settings.limits, bytes: 100 } };
    expect(await add(`${registry.address}/acme/one`)).toBe('bad-image');
  });

  test('are fetched with a password from a file, which is in no argument', async () => {
    await using registry = await startTinyRegistry();
    await using stage = await openStage({ insecure: [registry.address] });
    publish(registry, 'acme/one', [layer('one')]);
    registry.demand('me:password-of-mine');
    const source = `${registry.address}/acme/one`;
    await expect(stage.images.importer.add({ source }, stage.watch)).rejects.toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
    const authFile = stage.directory.at('auth.json');
    writeFileSync(
      authFile,
      JSON.stringify({
        auths: { [registry.address]: { auth: Buffer.from('me:password-of-mine').toString('base64') } },
      }),
    );
    stage.settings = { ...stage.settings, registry: { ...stage.settings.registry, authFile } };
    expect((await stage.images.importer.add({ source }, stage.watch)).names).toEqual([`${source}:latest`]);
    expect(readFileSync(stage.directory.at('images/images.json'), 'utf8')).not.toContain('password');
  });

  test('that are given up leave nothing behind, and come the next time', async () => {
    await using registry = await startTinyRegistry();
    await using stage = await openStage({ insecure: [registry.address] });
    publish(registry, 'acme/one', [layer('one')]);
    const open = Promise.withResolvers<void>();
    registry.holdBlobs(open.promise);
    const stop = new AbortController();
    const source = `${registry.address}/acme/one`;
    const watch = {
      ...stage.watch,
      signal: stop.signal,
      onStep: (text: string) => {
        if (text.startsWith('Copying')) stop.abort(new Error('enough'));
      },
    };
    await expect(stage.images.importer.add({ source }, watch)).rejects.toThrow('enough');
    open.resolve();
    expect((await stage.images.importer.add({ source }, stage.watch)).layers).toHaveLength(1);
  });
});
