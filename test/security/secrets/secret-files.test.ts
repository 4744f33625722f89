import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

import { describe, expect, onTestFinished, test } from 'vitest';

import { secretFiles } from '../../../src/security/secrets/secret-files.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';

/** A directory of secrets, gone at the end of the test. */
function secretsIn(files: Readonly<Record<string, string | Buffer>>) {
  const directory = tempDir();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  for (const [name, content] of Object.entries(files)) writeFileSync(directory.at(name), content, { mode: 0o600 });
  return { directory, provider: secretFiles(directory.path) };
}

describe('secretFiles()', () => {
  test('gives what is in the file of the name, without one line end, as it is now', async () => {
    const { directory, provider } = secretsIn({ A: 'one\n', B: 'two\n\n', C: '\u{feff}three\r\n', D: ' four ' });
    chmodSync(directory.at('D'), 0o400);
    const values = await Promise.all(['A', 'B', 'C', 'D'].map((name) => provider.read(name)));
    expect(values).toEqual(['one', 'two\n', '\u{feff}three', ' four ']);
    writeFileSync(directory.at('A'), 'new');
    expect(await provider.read('A')).toBe('new');
  });

  test('knows nothing of a name without a file, or without a directory', async () => {
    const { directory, provider } = secretsIn({});
    expect(await provider.read('A')).toBeUndefined();
    expect(await secretFiles(directory.at('none')).read('A')).toBeUndefined();
  });

  test.each([0o640, 0o604, 0o660, 0o700, 0o644])('refuses a file of mode %o', async (mode) => {
    const { directory, provider } = secretsIn({ A: 'value' });
    chmodSync(directory.at('A'), mode);
    await expect(provider.read('A')).rejects.toMatchObject({
      code: 'no-secret',
      message: expect.stringMatching(/^Cannot use the secret "A": ".*" has the mode 0\d{3}, 0600 or 0400/) as string,
    });
  });

  test('refuses a directory others may write to', async () => {
    const { directory, provider } = secretsIn({ A: 'value' });
    chmodSync(directory.path, 0o770);
    await expect(provider.read('A')).rejects.toThrow('others may write to');
  });

  test.runIf(requires('root'))('refuses what belongs to somebody else', async () => {
    const { directory, provider } = secretsIn({ A: 'value' });
    chownSync(directory.at('A'), 4242, 4242);
    await expect(provider.read('A')).rejects.toThrow('belongs to user 4242');
  });

  test('follows a link, to look at what it leads to', async () => {
    const { directory, provider } = secretsIn({ real: 'value' });
    symlinkSync('real', directory.at('A'));
    expect(await provider.read('A')).toBe('value');
    chmodSync(directory.at('real'), 0o644);
    await expect(provider.read('A')).rejects.toMatchObject({ code: 'no-secret' });
  });

  test.each([
    ['empty', '\n', 'is empty'],
    ['too long', 'x'.repeat(128 * 1024 + 1), 'has 131073 bytes, the limit is 131072'],
    ['no text', Buffer.from([0xff, 0xfe, 0x41]), 'is not UTF-8 text'],
  ])('refuses a file that is %s', async (_what, content, why) => {
    await expect(secretsIn({ A: content }).provider.read('A')).rejects.toThrow(why);
  });

  test('refuses a directory in the place of a file', async () => {
    const { directory, provider } = secretsIn({});
    mkdirSync(directory.at('A'));
    await expect(provider.read('A')).rejects.toThrow('is no file');
  });
});
