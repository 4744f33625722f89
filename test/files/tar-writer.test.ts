import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { TarReader, type TarEntry } from '../../src/files/tar-reader.ts';
import { TAR_END, tarHeader, type TarItem, tarPadding } from '../../src/files/tar-writer.ts';
import { tempDir } from '../harness/temp-dir.ts';

function archiveOf(items: readonly { readonly item: TarItem; readonly content?: Buffer }[]): Buffer {
  const parts = items.flatMap(({ item, content = Buffer.alloc(0) }) => [
    tarHeader(item),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([...parts, TAR_END]);
}

function entriesOf(bytes: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  const reader = new TarReader({ entry: (entry) => void entries.push(entry), data: () => {}, entryEnd: () => {} });
  reader.push(bytes);
  reader.end();
  return entries;
}

const name = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))));

describe('tarHeader()', () => {
  test('says what the reader reads again: names of any bytes and length, times before 1970 and parts of seconds', () => {
    fc.assert(
      fc.property(
        name,
        name,
        fc.bigInt({ min: -(2n ** 40n), max: 2n ** 62n }),
        fc.integer({ min: 0, max: 0o7777 }),
        (path, target, mtime, mode) => {
          const content = Buffer.from('content');
          const entries = entriesOf(
            archiveOf([
              { item: { type: 'file', name: path, mode, mtime, size: content.length }, content },
              { item: { type: 'symlink', name: path, linkName: target, mode, mtime, size: 0 } },
            ]),
          );
          expect(entries).toHaveLength(2);
          expect(entries.map((entry) => [entry.name.toString('hex'), entry.mode])).toEqual(
            entries.map(() => [path.toString('hex'), mode]),
          );
          expect(entries[1]?.linkName.toString('hex')).toBe(target.toString('hex'));
          expect(entries[0]?.mtime).toBeCloseTo(Number(mtime) / 1e9, 5);
          expect(entries[0]?.size).toBe(content.length);
        },
      ),
    );
  });

  test('is read by other programs', async () => {
    await using directory = tempDir();
    const mtime = 1_600_000_000_500_000_000n;
    const long = 'n'.repeat(180);
    const bytes = archiveOf([
      { item: { type: 'directory', name: Buffer.from('top'), mode: 0o755, mtime, size: 0 } },
      {
        item: { type: 'file', name: Buffer.from(`top/${long}`), mode: 0o640, mtime, size: 3 },
        content: Buffer.from('abc'),
      },
      {
        item: {
          type: 'symlink',
          name: Buffer.from('top/link'),
          linkName: Buffer.from(long),
          mode: 0o777,
          mtime,
          size: 0,
        },
      },
    ]);
    writeFileSync(directory.at('a.tar'), bytes);
    const said = execFileSync('tar', ['--utc', '--full-time', '-tvf', directory.at('a.tar')]).toString();
    expect(
      said
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(/\s+/g, ' ')),
    ).toEqual([
      'drwxr-xr-x 0/0 0 2020-09-13 12:26:40.5 top/',
      `-rw-r----- 0/0 3 2020-09-13 12:26:40.5 top/${long}`,
      `lrwxrwxrwx 0/0 0 2020-09-13 12:26:40.5 top/link -> ${long}`,
    ]);
  });
});
