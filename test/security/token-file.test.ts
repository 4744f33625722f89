import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadToken, makeToken, readToken, rotateToken, tokenFileIn } from '../../src/security/token-file.ts';
import { tempDir } from '../harness/temp-dir.ts';

const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

test('`loadToken()` makes 256 random bits at the first start, 0600 in a 0700 directory (SEC-6)', async () => {
  await using directory = tempDir();
  const file = tokenFileIn(directory.at('data'));
  const token = await loadToken(file);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect([mode(file), mode(directory.at('data'))]).toEqual(['600', '700']);
  expect(readFileSync(file, 'utf8')).toBe(`${token}\n`);
});

test('`loadToken()` gives the same token at every later start, and leaves nothing else behind', async () => {
  await using directory = tempDir();
  const file = tokenFileIn(directory.path);
  const token = await loadToken(file);
  expect(await loadToken(file)).toBe(token);
  expect(readdirSync(directory.path)).toEqual(['token']);
});

test('`loadToken()` called twice at once gives one token', async () => {
  await using directory = tempDir();
  const file = tokenFileIn(directory.path);
  const tokens = await Promise.all(Array.from({ length: 8 }, () => loadToken(file)));
  expect(new Set(tokens)).toEqual(new Set([await readToken(file)]));
  expect(readdirSync(directory.path)).toEqual(['token']);
});

test('`rotateToken()` replaces the token in one step', async () => {
  await using directory = tempDir();
  const file = tokenFileIn(directory.path);
  const before = await loadToken(file);
  const after = await rotateToken(file);
  expect(after).not.toBe(before);
  expect([await readToken(file), mode(file), readdirSync(directory.path)]).toEqual([after, '600', ['token']]);
});

test('`readToken()` refuses a missing file', async () => {
  await using directory = tempDir();
  await expect(readToken(directory.at('token'))).rejects.toThrow(/does not exist/);
});

/** A token file of this content and mode. */
function write(directory: string, content: string, fileMode = 0o600): string {
  const file = path.join(directory, 'token');
  writeFileSync(file, content);
  chmodSync(file, fileMode);
  return file;
}

test.each([
  ['empty', '', /the file is empty/],
  ['blank', ' \n\n', /the file is empty/],
  ['short', 'secret\n', /has 6 characters, at least 32/],
  ['with a space inside', `${'a'.repeat(20)} ${'b'.repeat(20)}`, /printable ASCII/],
  ['not ASCII', 'ü'.repeat(40), /printable ASCII/],
])('`loadToken()` refuses a token that is %s, and does not replace it (SEC-5)', async (_what, content, message) => {
  await using directory = tempDir();
  const file = write(directory.path, content);
  await expect(loadToken(file)).rejects.toThrow(message);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test.each([0o640, 0o604, 0o644, 0o666, 0o660])('`loadToken()` refuses a file of mode %o', async (fileMode) => {
  await using directory = tempDir();
  const file = write(directory.path, makeToken(), fileMode);
  await expect(loadToken(file)).rejects.toThrow(/others may read it .*chmod 600/);
});

test('`loadToken()` refuses a directory others may write to', async () => {
  await using directory = tempDir();
  const open = directory.at('open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await expect(loadToken(path.join(open, 'token'))).rejects.toThrow(/others may write there .*chmod 700/);
  await expect(rotateToken(path.join(open, 'token'))).rejects.toThrow(/others may write there/);
});

test('`loadToken()` follows no symbolic link, and reads nothing that is not a file', async () => {
  await using directory = tempDir();
  const elsewhere = write(directory.path, makeToken());
  symlinkSync(elsewhere, directory.at('link'));
  await expect(loadToken(directory.at('link'))).rejects.toMatchObject({ code: 'forbidden' });
  mkdirSync(directory.at('folder'));
  await expect(loadToken(directory.at('folder'))).rejects.toThrow(/is not a file/);
});

test('`loadToken()` takes a token somebody chose, with or without a line end', async () => {
  await using directory = tempDir();
  const chosen = 'correct-horse-battery-staple-and-more';
  expect(await loadToken(write(directory.path, chosen))).toBe(chosen);
  expect(await loadToken(write(directory.path, `${chosen}\r\n`))).toBe(chosen);
});
