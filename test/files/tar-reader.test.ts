import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TarReader, type TarEntry } from '../../src/files/tar-reader.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { entry, tar, type TarPart } from '../oci/images/tar-writer.ts';

interface Seen {
  readonly entry: TarEntry;
  content: string;
}

function read(bytes: Buffer, chunk = bytes.length): Seen[] {
  const seen: Seen[] = [];
  const reader = new TarReader({
    entry: (each) => void seen.push({ entry: each, content: '' }),
    data: (part) => {
      const last = seen.at(-1);
      if (last !== undefined) last.content += part.toString('latin1');
    },
    entryEnd: () => undefined,
  });
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk));
  reader.end();
  return seen;
}

const shown = (seen: readonly Seen[]): unknown =>
  seen.map(({ entry: { type, name, linkName, size }, content }) => [
    type,
    name.toString(),
    linkName.toString(),
    size,
    content,
  ]);

describe('TarReader', () => {
  test('reads what tar writes: long names, links, large owners', async () => {
    await using directory = tempDir();
    const long = 'd'.repeat(120);
    mkdirSync(directory.at('in', long), { recursive: true });
    writeFileSync(directory.at('in', long, 'f'.repeat(120)), 'long');
    symlinkSync('t'.repeat(150), directory.at('in', 'link'));
    for (const format of ['gnu', 'posix', 'ustar']) {
      const names = format === 'ustar' ? ['.'] : ['.'];
      const options = format === 'ustar' ? [`--exclude=${'f'.repeat(120)}`, '--exclude=link', `--exclude=${long}`] : [];
      const bytes = execFileSync('tar', [
        '-C',
        directory.at('in'),
        `--format=${format}`,
        '--owner=x:2000000',
        '--sort=name',
        ...options,
        '-cf',
        '-',
        ...names,
      ]);
      const seen = read(bytes);
      expect(seen[0]?.entry.uid, format).toBe(2_000_000);
      if (format === 'ustar') continue;
      expect(shown(seen)).toEqual([
        ['directory', './', '', 0, ''],
        ['directory', `./${long}/`, '', 0, ''],
        ['file', `./${long}/${'f'.repeat(120)}`, '', 4, 'long'],
        ['symlink', './link', 't'.repeat(150), 0, ''],
      ]);
    }
  });

  test('gives the same however the bytes are cut', () => {
    const part = fc.record({ name: fc.stringMatching(/^[a-z]{1,20}$/), content: fc.string({ maxLength: 1200 }) });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 1500 }), (parts, chunk) => {
        const bytes = tar(...parts);
        expect(shown(read(bytes, chunk))).toEqual(shown(read(bytes)));
        expect(read(bytes).map(({ content }) => content)).toEqual(
          parts.map(({ content }) => Buffer.from(content).toString('latin1')),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('never does anything but read or refuse, whatever the bytes', () => {
    const good = tar(
      { name: 'a', content: 'x'.repeat(700), pax: { path: 'b', mtime: '1.5' } },
      { name: 'c', type: '5' },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          read(bytes, 300);
        } catch (error) {
          expect((error as Error).name).toBe('ArchiveError');
        }
      }),
      { numRuns: 300 },
    );
  });

  test('keeps names, links and attributes as bytes', () => {
    const name = Buffer.from([0x61, 0xff, 0xfe]);
    const value = Buffer.from([0, 1, 0xff, 0x0a]);
    const [seen] = read(tar({ name: 'x', pax: { path: name, 'SCHILY.xattr.security.capability': value } }));
    expect(seen?.entry.name).toEqual(name);
    expect(seen?.entry.attributes.get('security.capability')).toEqual(value);
  });

  test('takes an archive without its end, as some programs write it', () => {
    expect(shown(read(entry({ name: 'a', content: 'two' }).subarray(0, 515)))).toEqual([['file', 'a', '', 3, 'two']]);
  });

  const bad: Record<string, Buffer> = {
    'nothing at all': Buffer.alloc(0),
    text: Buffer.from('this is no archive'.repeat(100)),
    'a wrong checksum': tar({ name: 'a', badChecksum: true }),
    'the middle of a file': entry({ name: 'a', content: 'x'.repeat(600) }).subarray(0, 700),
    'a header behind an empty block': Buffer.concat([entry({ name: 'a' }), Buffer.alloc(512), entry({ name: 'b' })]),
    'a sparse file of GNU': tar({ name: 'a', type: 'S' }),
    'a sparse file of pax': tar({ name: 'a', pax: { 'GNU.sparse.realsize': '10000000000' } }),
    'an unknown type': tar({ name: 'a', type: 'V' }),
    'an extended header of 8 GB': entry({ name: 'a', type: 'x', size: 8_000_000_000 }),
    'a name of 8 GB': entry({ name: 'a', type: 'L', size: 8_000_000_000 }),
    'a malformed extended header': tar({ name: 'a', type: 'x', content: '999 path=x\n' }, { name: 'b' }),
    'a size that is no number': tar({ name: 'a', pax: { size: '-5' } }),
    'a size beyond all numbers': tar({ name: 'a', size: 2n ** 63n - 1n }),
    'two extended headers for one entry': tar(
      { name: 'a', type: 'x', content: '9 path=b\n' },
      { name: 'b', pax: { path: 'c' } },
    ),
    'an extended header for nothing': tar({ name: 'a', type: 'x', content: '9 path=b\n' }),
    'attributes of a megabyte': tar({ name: 'a', pax: { 'SCHILY.xattr.user.x': 'x'.repeat(900_000) } }),
    'an owner that means nobody': tar({ name: 'a', pax: { uid: '4294967295' } }),
  } satisfies Record<string, Buffer>;

  test.each(Object.entries(bad))('refuses %s', (_, bytes) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ name: 'ArchiveError' }));
  });

  test('does not hold what it reads', () => {
    const zeros = Buffer.alloc(1024 * 1024);
    let bytes = 0;
    const reader = new TarReader({
      entry: () => undefined,
      data: (part) => void (bytes += part.length),
      entryEnd: () => undefined,
    });
    const part: TarPart = { name: 'a', size: 64 * zeros.length };
    reader.push(entry(part));
    for (let block = 0; block < 64; block += 1) reader.push(zeros);
    reader.end();
    expect(bytes).toBe(64 * zeros.length);
  });
});
