import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { openStateKey } from '../../../src/agent/resources/state-key.ts';
import { newRecipient } from '../../../src/state/key-slots.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';

function opening(directory: TempDir, secrets: Readonly<Record<string, string>>, mustExist = false) {
  return openStateKey({
    file: directory.at('keys'),
    names: Object.keys(secrets),
    readSecret: (name) => Promise.resolve(secrets[name] ?? ''),
    mustExist,
  });
}

describe('openStateKey()', () => {
  test('makes a key at the first time, in a file of its own, and finds it by the secret again', async () => {
    await using directory = tempDir();
    const key = await opening(directory, { ONE: 'a passphrase' });
    expect(key).toHaveLength(32);
    expect(statSync(directory.at('keys')).mode & 0o777).toBe(0o600);
    expect(await opening(directory, { ONE: 'a passphrase' }, true)).toEqual(key);
  });

  test('lets secrets come and go one after the other, the key staying as it is', async () => {
    await using directory = tempDir();
    const pair = newRecipient();
    const key = await opening(directory, { OLD: 'first' });
    expect(await opening(directory, { OLD: 'first', NEW: pair.privateKey })).toEqual(key);
    expect(await opening(directory, { NEW: pair.privateKey })).toEqual(key);
    await expect(opening(directory, { OLD: 'first' })).rejects.toMatchObject({
      code: 'no-secret',
      message: 'Cannot open the state: no secret of "state.keys" opens one of its slots, "NEW"',
    });
    expect(await opening(directory, { NEW: pair.privateKey, OTHER: 'third' })).toEqual(key);
  });

  test('locks by a public key what only its private one opens', async () => {
    await using directory = tempDir();
    const pair = newRecipient();
    await expect(opening(directory, { SAFE: pair.recipient })).rejects.toMatchObject({ code: 'no-secret' });
    const key = await opening(directory, { SAFE: pair.recipient, DAILY: 'word' });
    expect(await opening(directory, { SAFE: pair.privateKey })).toEqual(key);
  });

  test('refuses a wrong secret, one that is no key, and slots that are missing or damaged, and changes nothing', async () => {
    await using directory = tempDir();
    await expect(opening(directory, { ONE: 'x' }, true)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('it is missing'),
    });
    expect(existsSync(directory.at('keys'))).toBe(false);
    await opening(directory, { ONE: 'right' });
    const before = readFileSync(directory.at('keys'), 'utf8');
    await expect(opening(directory, { ONE: 'wrong' })).rejects.toMatchObject({ code: 'no-secret' });
    await expect(
      opening(directory, { ONE: '-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----' }),
    ).rejects.toMatchObject({ code: 'no-secret', message: expect.stringContaining('Cannot use the secret "ONE"') });
    expect(readFileSync(directory.at('keys'), 'utf8')).toBe(before);
    writeFileSync(directory.at('keys'), before.replace('"version":1', '"version":9'));
    await expect(opening(directory, { ONE: 'right' })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('version 9'),
    });
  });
});
