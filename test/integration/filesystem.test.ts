import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgent } from '../../src/agent/create-agent.ts';
import type { Agent } from '../../src/agent/agent-api.ts';
import type { FileEntry, FilePage } from '../../src/protocol/files.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { WireClient, type Frame } from '../server/wire-client.ts';

/** The built-ins for files through a whole agent, over a real connection. */
let agent: Agent;
let client: WireClient;
let directory: TempDir;

beforeAll(async () => {
  directory = tempDir();
  await mkdir(directory.at('root'));
  agent = await createAgent({
    dataDir: directory.at('data'),
    listen: [`unix:${directory.at('s')}`],
    filesystem: { roots: [directory.at('root')] },
  });
  client = await WireClient.open(agent.endpoints[0] ?? '');
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await agent.stop();
  await directory[Symbol.asyncDispose]();
});

const at = (name: string): string => directory.at('root', name);

async function call(verb: string, args: object): Promise<Frame> {
  return await client.call(`filesystem.${verb}`, args);
}

/** What a call answers. */
async function ok<T = unknown>(verb: string, args: object): Promise<T> {
  const result = await call(verb, args);
  expect(result['error']).toBeUndefined();
  return JSON.parse(result['data'] as string) as T;
}

/** How a call fails: code, number, and text. */
async function bad(verb: string, args: object): Promise<string> {
  const { error, code } = await call(verb, args);
  const { code: name, message } = error as { code: string; message: string };
  expect(message).toMatch(/^Cannot /);
  return `${name} ${String(code)}`;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the built-ins for files', () => {
  test('open, write, read and close as a script by hand would', async () => {
    const fd = await ok<string>('open', { file: at('notes'), mode: 'w+', perm: '0600' });
    expect(await ok('write', { fd, block: base64('hello') })).toBeNull();
    expect(await ok('read', { fd })).toBe('');
    expect(await ok('read', { fd, offset: 0 })).toBe(base64('hello'));
    expect(await ok('read', { fd, offset: 1, size: 3 })).toBe(base64('ell'));
    expect(await ok('write', { fd, block: base64('!'), offset: 4 })).toBeNull();
    expect(await ok('close', { fd })).toBeNull();
    expect(await ok('close', { fd })).toBeNull();
    expect(await bad('read', { fd })).toBe('unknown-handle 404');
    expect(await readFile(at('notes'), 'utf8')).toBe('hell!');
    expect((await stat(at('notes'))).mode & 0o777).toBe(0o600);
    const again = await ok<string>('open', { file: at('notes') });
    expect(await ok('read', { fd: again })).toBe(base64('hell!'));
    expect(await ok('read', { fd: again })).toBe('');
    expect(await bad('write', { fd: again, block: '' })).toBe('bad-arguments 400');
  });

  test('carry every byte, in blocks of up to 512 KiB, many at once and in order', async () => {
    const block = Buffer.from(Array.from({ length: 512 * 1024 }, (_, byte) => (byte * 31 + (byte >> 8)) % 256));
    const fd = await ok<string>('open', { file: at('blocks'), mode: 'x' });
    const text = block.toString('base64');
    await Promise.all(Array.from({ length: 8 }, () => ok('write', { fd, block: text })));
    await ok('close', { fd });
    const written = await readFile(at('blocks'));
    expect(written.equals(Buffer.concat(Array.from({ length: 8 }, () => block)))).toBe(true);
    const reader = await ok<string>('open', { file: at('blocks') });
    const pieces = await Promise.all(Array.from({ length: 9 }, () => ok<string>('read', { fd: reader })));
    expect(Buffer.concat(pieces.map((piece) => Buffer.from(piece, 'base64'))).equals(written)).toBe(true);
    await ok('close', { fd: reader });
    const more = Buffer.alloc(512 * 1024 + 1).toString('base64');
    expect(await bad('write', { fd: reader, block: more })).toBe('bad-arguments 400');
  });

  test('reach beyond 4 GiB', async () => {
    const far = 5 * 1024 ** 3;
    const fd = await ok<string>('open', { file: at('sparse'), mode: 'w+' });
    await ok('write', { fd, block: base64('far'), offset: far });
    expect(await ok('stat', { path: at('sparse') })).toMatchObject({ size: far + 3 });
    expect(await ok('read', { fd, offset: far - 1, size: 10 })).toBe(Buffer.from('\0far').toString('base64'));
    const { version } = await ok<{ version: string }>('download', { path: at('sparse'), size: 0 });
    expect(await ok('download', { path: at('sparse'), offset: far, size: 3 - 1, version })).toMatchObject({
      block: base64('fa'),
      end: false,
    });
    await ok('close', { fd });
    await ok('remove', { path: at('sparse') });
  });

  test('list, stat, make, move, change and remove', async () => {
    await ok('mkdir', { path: at('tree/inner') });
    await writeFile(at('tree/file'), 'x');
    await symlink('file', at('tree/link'));
    const all = await ok<FileEntry[]>('list', { path: at('tree') });
    expect(all.map(({ name, type, is_dir: isDirectory }) => [name, type, isDirectory])).toEqual([
      ['file', 'file', false],
      ['inner', 'directory', true],
      ['link', 'link', false],
    ]);
    const first = await ok<FilePage>('list', { path: at('tree'), limit: 2 });
    expect(first.entries).toEqual(all.slice(0, 2));
    expect(await ok('list', { path: at('tree'), after: first.next })).toEqual({ entries: all.slice(2) });
    expect(await ok('exists', { path: at('tree/link') })).toBe(true);
    expect(await ok('exists', { path: at('tree/none') })).toBe(false);
    expect(await ok('stat', { path: at('tree/link') })).toMatchObject({ type: 'link', target: 'file' });
    expect(await ok('stat', { path: at('tree/link'), follow: true })).toMatchObject({ type: 'file', size: 1 });
    expect(await ok('chmod', { path: at('tree'), mode: '0700', recursive: true })).toEqual({ entries: 3 });
    expect(await ok('chmod', { path: at('tree/file'), mode: 0o600 })).toEqual({ entries: 1 });
    expect((await stat(at('tree/file'))).mode & 0o777).toBe(0o600);
    const uid = process.getuid?.() ?? 0;
    expect(await ok('chown', { path: at('tree'), user: uid, recursive: true })).toEqual({ entries: 4 });
    expect(await ok('move', { path: at('tree/file'), destination: at('tree/inner/moved') })).toBeNull();
    expect(await ok('remove', { path: at('tree') })).toEqual({ entries: 4 });
    expect(await ok('remove', { path: at('tree') })).toEqual({ entries: 0 });
  });

  test('say what is wrong with what they are given', async () => {
    const wrong: [string, object, string][] = [
      ['open', {}, 'bad-arguments 400'],
      ['open', { file: 'relative' }, 'bad-arguments 400'],
      ['open', { file: '' }, 'bad-arguments 400'],
      ['open', { file: `${at('x')}\0y` }, 'bad-arguments 400'],
      ['open', { file: `/${'x'.repeat(5000)}` }, 'bad-arguments 400'],
      ['open', { file: at('x'.repeat(300)), mode: 'w' }, 'bad-path 400'],
      ['open', { file: at('x'), mode: 'rw' }, 'bad-arguments 400'],
      ['open', { file: at('x'), mode: 'w', perm: '0888' }, 'bad-arguments 400'],
      ['open', { file: at('x'), mode: 'w', perm: 4096 }, 'bad-arguments 400'],
      ['open', { file: at('x'), mode: 'w', perm: '17777' }, 'bad-arguments 400'],
      ['open', { path: at('x') }, 'bad-arguments 400'],
      ['open', { file: at('none') }, 'no-such-file 404'],
      ['open', { file: directory.path }, 'forbidden 403'],
      ['open', { file: directory.at('root') }, 'bad-path 400'],
      ['read', { fd: 'none' }, 'unknown-handle 404'],
      ['read', { fd: 'none', size: 0 }, 'bad-arguments 400'],
      ['read', { fd: 'none', size: 524_289 }, 'bad-arguments 400'],
      ['read', { fd: 'none', offset: -1 }, 'bad-arguments 400'],
      ['read', { fd: 7 }, 'bad-arguments 400'],
      ['write', { fd: 'none', block: 'no base64' }, 'bad-arguments 400'],
      ['write', { fd: 'none' }, 'bad-arguments 400'],
      ['write', { fd: 'none', block: '' }, 'unknown-handle 404'],
      ['close', {}, 'bad-arguments 400'],
      ['exists', { path: '/etc/passwd' }, 'forbidden 403'],
      ['exists', { path: at('notes/below') }, 'bad-path 400'],
      ['stat', { path: at('none') }, 'no-such-file 404'],
      ['stat', { path: at('none'), folow: true }, 'bad-arguments 400'],
      ['list', { path: at('notes') }, 'bad-path 400'],
      ['list', { path: at('none') }, 'no-such-file 404'],
      ['list', { path: at(''), limit: 0 }, 'bad-arguments 400'],
      ['list', { path: at(''), after: '???' }, 'bad-arguments 400'],
      ['mkdir', { path: at('notes') }, 'file-exists 409'],
      ['mkdir', { path: '/tmp/corex-outside' }, 'forbidden 403'],
      ['remove', { path: '/' }, 'forbidden 403'],
      ['remove', { path: directory.at('root') }, 'forbidden 403'],
      ['remove', {}, 'bad-arguments 400'],
      ['move', { path: at('none'), destination: at('x') }, 'no-such-file 404'],
      ['move', { path: at('notes'), destination: directory.at('outside') }, 'forbidden 403'],
      ['chmod', { path: at('notes') }, 'bad-arguments 400'],
      ['chmod', { path: at('notes'), mode: 'u+x' }, 'bad-arguments 400'],
      ['chown', { path: at('notes') }, 'bad-arguments 400'],
      ['chown', { path: at('notes'), user: 'nobody-of-this-name' }, 'bad-arguments 400'],
      ['chown', { path: at('notes'), user: -1 }, 'bad-arguments 400'],
      ['upload', { path: at('u'), key: 'short' }, 'bad-arguments 400'],
      ['upload', { path: at('u'), key: '../../../../x' }, 'bad-arguments 400'],
      ['upload', { path: at('u'), key: 'long-enough', block: 'aGk=' }, 'bad-arguments 400'],
      ['upload', { path: at('u'), key: 'long-enough', sha256: 'a'.repeat(64) }, 'bad-arguments 400'],
      ['upload', { path: at('u'), key: 'long-enough', size: 1, sha256: 'xyz' }, 'bad-arguments 400'],
      ['upload', { path: at('u/below'), key: 'long-enough' }, 'no-such-file 404'],
      ['upload', { path: directory.at('u'), key: 'long-enough' }, 'forbidden 403'],
      ['download', { path: at('none') }, 'no-such-file 404'],
      ['download', { path: at('notes'), version: 'other' }, 'file-changed 409'],
      ['download', { path: at('notes'), size: 600_000 }, 'bad-arguments 400'],
    ];
    const told = await Promise.all(wrong.map(async ([verb, args]) => [verb, args, await bad(verb, args)]));
    expect(told).toEqual(wrong);
  });

  test('upload and download a file in steps', async () => {
    const bytes = Buffer.from('what is sent');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const step = { path: at('sent'), key: 'key-of-this-one' };
    expect(await ok('upload', { ...step, offset: 0, block: bytes.subarray(0, 4).toString('base64') })).toEqual({
      offset: 4,
      done: false,
    });
    expect(await ok('upload', { ...step, offset: 9, block: '' })).toEqual({ offset: 4, done: false });
    expect(await ok('upload', step)).toMatchObject({ offset: 4, done: false });
    await ok('upload', { ...step, offset: 4, block: bytes.subarray(4).toString('base64') });
    expect(await bad('upload', { ...step, size: bytes.length, sha256: 'a'.repeat(64) })).toBe('hash-mismatch 422');
    await ok('upload', { ...step, offset: 0, block: bytes.toString('base64') });
    const done = { offset: bytes.length, done: true, sha256, file: { mode: 0o600, size: bytes.length } };
    expect(await ok('upload', { ...step, size: bytes.length, sha256, mode: '0600' })).toMatchObject(done);
    expect(await ok('upload', { ...step, size: bytes.length, sha256 })).toMatchObject(done);
    expect(await ok('upload', { ...step, cancel: true })).toEqual({ offset: 0, done: false });
    expect(await ok('download', { path: at('sent') })).toMatchObject({
      block: bytes.toString('base64'),
      end: true,
      sha256,
      size: 12,
    });
  });

  test('neither open nor wait for a fifo or a device, and other calls go on meanwhile', async () => {
    execFileSync('mkfifo', [at('fifo')]);
    const attempts = Array.from({ length: 20 }, async () => [
      await bad('open', { file: at('fifo'), mode: 'r' }),
      await bad('open', { file: at('fifo'), mode: 'w' }),
      await bad('download', { path: at('fifo') }),
      await bad('upload', { path: at('fifo'), key: 'long-enough' }),
    ]);
    expect(await Promise.all(attempts)).toEqual(attempts.map(() => Array.from({ length: 4 }, () => 'bad-path 400')));
    expect(await ok('stat', { path: at('fifo') })).toMatchObject({ type: 'fifo' });
    expect(await ok('remove', { path: at('fifo') })).toEqual({ entries: 1 });
  });

  test('outlive a connection as handles, and end with their agent', async () => {
    const fd = await ok<string>('open', { file: at('notes') });
    await using other = await WireClient.open(agent.endpoints[0] ?? '');
    expect(JSON.parse((await other.call('filesystem.read', { fd }))['data'] as string)).toBe(base64('hell!'));
    await ok('close', { fd });
  });

  test('bound what one connection has open', async () => {
    await using other = await WireClient.open(agent.endpoints[0] ?? '');
    const opened = await Promise.all(
      Array.from({ length: 130 }, () => other.call('filesystem.open', { file: at('notes') })),
    );
    const failed = opened.filter(({ error }) => error !== undefined);
    expect(failed.map(({ code }) => code)).toEqual([429, 429]);
    await ok('close', { fd: await ok<string>('open', { file: at('notes') }) });
    await Promise.all(
      opened
        .filter(({ error }) => error === undefined)
        .map(({ data }) => other.call('filesystem.close', { fd: JSON.parse(data as string) as string })),
    );
  });

  test('end with their caller: work on a tree stops where its connection goes', async () => {
    const files = 20_000;
    await mkdir(at('many'));
    for (let made = 0; made < files; made += 1) writeFileSync(at(`many/${made}`), '');
    const other = await WireClient.open(agent.endpoints[0] ?? '');
    other.send({ command: 'filesystem.remove', ref: 1, arguments: { path: at('many') } });
    const left = (): number => readdirSync(at('many')).length;
    await until('it has begun', () => left() < files, { everyMs: 1 });
    await other[Symbol.asyncDispose]();
    let before = -1;
    await until('it has stopped', () => {
      const now = left();
      const isStill = now === before;
      before = now;
      return isStill;
    });
    expect(before).toBeGreaterThan(0);
    await ok('remove', { path: at('many') });
  });

  test('refuse to list too much in one answer, and say how to go on', async () => {
    await mkdir(at('large'));
    await Promise.all(Array.from({ length: 2001 }, (_, count) => writeFile(at(`large/${count}`), '')));
    expect(await bad('list', { path: at('large') })).toBe('too-many 429');
    expect((await ok<FilePage>('list', { path: at('large'), limit: 3000 })).entries).toHaveLength(2001);
  });
});
