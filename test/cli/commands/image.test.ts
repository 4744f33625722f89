import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImageDetails, ImageInfo } from '../../../src/protocol/images.ts';
import { describeImage, writeLayout } from '../../oci/images/image-stage.ts';
import { startTinyRegistry } from '../../oci/images/tiny-registry.ts';
import { tar } from '../../oci/images/tar-writer.ts';
import { requires } from '../../harness/requires.ts';
import { runningAgent, type RunningAgent } from '../corex.ts';

/** The commands and the built-ins for images, through a whole agent. */
let agent: RunningAgent;
const plain = tar({ name: 'etc/', type: '5' }, { name: 'etc/a', content: 'one' });

beforeAll(async () => {
  agent = await runningAgent();
});
afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
});

async function corex(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { code, stdout, stderr } = await agent.run(args);
  return { code, out: stdout.toString(), err: stderr };
}

describe('corex image', () => {
  test('imports, lists, shows and removes images', async () => {
    writeLayout(agent.directory.at('layout'), { one: [plain], two: [plain, tar({ name: 'b' })] });
    const source = `oci:${agent.directory.at('layout')}`;
    const imported = await corex('image', 'import', '--reference', 'one', '--name', 'acme/x:1', source);
    expect(imported).toMatchObject({ code: 0, out: 'acme/x:1\n', err: expect.stringContaining('Unpacking sha256:') });
    expect(imported.err).not.toContain('{');
    await corex('image', 'import', '--reference', 'two', '--name', 'big', source);
    const list = await corex('images');
    expect(list.out).toMatch(/^NAME +DIGEST +PLATFORM +SIZE.*\nbig:latest .*\nacme\/x:1 +[0-9a-f]{12} +linux\/amd64 /);
    const { images } = (await agent.json(['images'])) as { images: ImageInfo[] };
    expect(images.map(({ names, layers }) => [names[0], layers])).toEqual([
      ['docker.io/library/big:latest', 2],
      ['docker.io/acme/x:1', 1],
    ]);
    const { images: details } = (await agent.json(['image', 'inspect', 'acme/x:1'])) as { images: ImageDetails[] };
    expect(details[0]).toMatchObject({
      defaults: { working_directory: '/', env: [] },
      layers: [{ bytes: plain.length }],
    });
    expect((await corex('image', 'inspect', 'big')).out).toMatch(/^Image +big:latest\nDigest +sha256:/);
    expect(await corex('image', 'remove', 'acme/x:1')).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^Removed 1 image and 0 layers/),
    });
    expect((await corex('image', 'prune')).err).toMatch(/^Removed 0 images/);
    expect((await corex('image', 'prune', '--all')).err).toMatch(/^Removed 1 image and 2 layers/);
    expect(await agent.json(['images'])).toEqual({ images: [] });
  });

  test('says what is wrong with an archive, and with a command line', async () => {
    const evil = agent.directory.at('evil.tar');
    writeFileSync(evil, tar({ name: 'x', type: '2', link: '/etc' }, { name: 'x/passwd' }));
    const refused = await corex('image', 'import', '--name', 'evil', `tar:${evil}`);
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('"x/passwd": it would be written through the link "x"'),
    });
    for (const [args, why] of [
      [['image', 'pul', 'x'], 'did you mean "pull"?'],
      [['image', 'pull'], 'the name of an image is missing'],
      [['image', 'pull', 'a', 'b'], '"b" is one word too many'],
      [['image', 'list', 'a'], '"a" is one word too many'],
      [['image', 'remove', '--all', 'a'], 'Cannot use --all with "remove"'],
    ] as const) {
      expect(await corex(...args)).toMatchObject({ code: 2, err: expect.stringContaining(why) });
    }
    for (const [args, why] of [
      [['image', 'import', 'dir:/x'], 'it must begin with "oci:"'],
      [['image', 'pull', 'UPPER'], '"UPPER" is no part of a name'],
      [['image', 'pull', '--platform', 'x', 'a'], 'such as "linux/amd64"'],
      [['image', 'inspect', 'nothing'], 'no image of this name or digest is here'],
      [['image', 'import', 'tar:/nothing', '--name', 'x'], 'there is no'],
    ] as const) {
      expect(await corex(...args)).toMatchObject({ code: 1, err: expect.stringContaining(why) });
    }
  });

  test.runIf(requires('skopeo'))('pulls over TLS unless the registry may do without', async () => {
    await using registry = await startTinyRegistry();
    registry.manifest(
      'acme/x',
      'latest',
      describeImage((bytes) => registry.blob(bytes), [{ plain, packed: plain }]),
    );
    const pulled = await corex('image', 'pull', `${registry.address}/acme/x`);
    expect(pulled).toMatchObject({ code: 1, err: expect.stringMatching(/Cannot pull .*(HTTP|tls)/i) });
    expect(registry.asked).toEqual([]);
  });
});
