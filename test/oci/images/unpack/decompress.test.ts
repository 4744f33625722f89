import { execFileSync } from 'node:child_process';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decompressed } from '../../../../src/oci/images/unpack/decompress.ts';
import { requires } from '../../../harness/requires.ts';

async function all(bytes: Buffer, chunk: number): Promise<string> {
  const cut = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  };
  const parts: Buffer[] = [];
  for await (const part of decompressed(cut())) parts.push(part);
  return Buffer.concat(parts).toString();
}

const text = 'all that is in it '.repeat(500);
const skipped = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('abc')]);
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const good = {
  'no compression': Buffer.from(text + text),
  gzip: gzipSync(text + text),
  'gzip in two members': Buffer.concat([gzipSync(text), gzipSync(text)]),
  zstd: zstdCompressSync(text + text),
  'zstd in frames, some of them to be skipped': Buffer.concat([
    skipped,
    zstdCompressSync(text),
    skipped,
    zstdCompressSync(text, checked),
    zstdCompressSync(''),
    skipped,
  ]),
};

describe('decompressed()', () => {
  test.each(Object.entries(good))('undoes %s, however the bytes are cut', async (_, bytes) => {
    for (const chunk of [1, 7, 65_536]) expect(await all(bytes, chunk)).toBe(text + text);
  });

  test.runIf(requires('zstd'))('undoes what the program zstd writes', async () => {
    const bytes = execFileSync('zstd', ['-q', '-c', '-19', '--long=20'], { input: text });
    expect(await all(bytes, 100)).toBe(text);
  });

  test.each([
    ['cut off gzip', gzipSync(text).subarray(0, -5)],
    ['cut off zstd', zstdCompressSync(text).subarray(0, -5)],
    ['other bytes behind zstd', Buffer.concat([zstdCompressSync(text), Buffer.from('garbage')])],
    ['damaged zstd', Buffer.from(zstdCompressSync(text, checked)).fill(0x55, 12, 20)],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0])],
    ['bzip2', Buffer.from('BZh91AY&SY')],
  ])('refuses %s', async (_, bytes) => {
    await expect(all(bytes, 64)).rejects.toThrow(expect.objectContaining({ name: 'ArchiveError' }));
  });
});
