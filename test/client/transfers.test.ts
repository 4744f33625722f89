import { createHash, randomBytes } from 'node:crypto';
import { appendFile, chmod, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { createAgent, type Agent } from 'corex';
import { expect, test } from 'vitest';
import { connect, type Client, type TransferProgress } from '../../src/client/index.ts';
import { FaultyRelay } from '../fakes/faulty-relay.ts';
import { requires } from '../harness/requires.ts';
import { tempDir, type TempDir } from '../harness/temp-dir.ts';

const MIB = 1024 * 1024;

interface Side extends AsyncDisposable {
  readonly directory: TempDir;
  readonly relay: FaultyRelay;
  readonly client: Client;
  /** Starts the agent anew. */
  restart(): Promise<void>;
}

async function start(): Promise<Side> {
  const directory = tempDir();
  const options = { dataDir: directory.at('data'), listen: ['ws://127.0.0.1:0'] };
  let agent: Agent = await createAgent(options);
  const relay = await FaultyRelay.start(agent.endpoints[0] ?? '');
  const token = (await readFile(directory.at('data', 'token'), 'utf8')).trim();
  const client = await connect(relay.url, { token, reconnect: { firstMs: 1, capMs: 4 } });
  return {
    directory,
    relay,
    client,
    restart: async () => {
      relay.target = undefined;
      await agent.stop();
      agent = await createAgent(options);
      relay.target = Number(new URL(agent.endpoints[0] ?? '').port);
    },
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await relay[Symbol.asyncDispose]();
      await agent.stop();
      await directory[Symbol.asyncDispose]();
    },
  };
}

function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Lets a signal end a transfer once so many bytes are done. */
function giveUpAt(bytes: number): { signal: AbortSignal; onProgress: (progress: TransferProgress) => void } {
  const abort = new AbortController();
  return {
    signal: abort.signal,
    onProgress: ({ done }) => {
      if (done >= bytes) abort.abort(new Error('enough'));
    },
  };
}

test.each([0, 1, 512 * 1024, 512 * 1024 + 1, 3 * MIB - 7])(
  'a file of %i bytes goes there and back unharmed',
  async (size) => {
    await using side = await start();
    const { directory, client } = side;
    const bytes = randomBytes(size);
    await writeFile(directory.at('here'), bytes);
    await chmod(directory.at('here'), 0o604);
    const told: TransferProgress[] = [];
    const onProgress = (progress: TransferProgress): void => void told.push(progress);
    const sha256 = sumOf(bytes);
    const sent = await client.upload(directory.at('here'), directory.at('there'), { onProgress });
    expect(sent).toMatchObject({ size, sha256, resumedFrom: 0, file: { mode: 0o604, path: directory.at('there') } });
    expect(told.at(-1)).toEqual({ done: size, total: size, resumedFrom: 0 });
    expect((await readFile(directory.at('there'))).equals(bytes)).toBe(true);
    told.length = 0;
    expect(await client.download(directory.at('there'), directory.at('back'), { onProgress, mode: 0o640 })).toEqual({
      size,
      sha256,
      resumedFrom: 0,
    });
    expect(told.at(-1)?.done).toBe(size);
    expect((await readFile(directory.at('back'))).equals(bytes)).toBe(true);
    expect((await stat(directory.at('back'))).mode & 0o777).toBe(0o640);
    expect((await readdir(directory.path)).toSorted()).toEqual(['back', 'data', 'here', 'there']);
  },
);

test('40 MiB come through twenty broken connections and an agent that is started anew, both ways', async () => {
  await using side = await start();
  const { directory, client, relay } = side;
  const bytes = randomBytes(40 * MIB);
  await writeFile(directory.at('here'), bytes);
  let next = 2 * MIB;
  let isRestarted = false;
  const restarts: Promise<void>[] = [];
  const onProgress = ({ done }: TransferProgress): void => {
    if (done < next) return;
    next += 2 * MIB;
    relay.cutAll();
    if (done <= 20 * MIB || isRestarted) return;
    isRestarted = true;
    restarts.push(side.restart());
  };
  const sha256 = sumOf(bytes);
  expect(await client.upload(directory.at('here'), directory.at('there'), { onProgress })).toMatchObject({ sha256 });
  await Promise.all(restarts);
  expect((await readFile(directory.at('there'))).equals(bytes)).toBe(true);
  next = 2 * MIB;
  isRestarted = false;
  expect(await client.download(directory.at('there'), directory.at('back'), { onProgress })).toMatchObject({ sha256 });
  await Promise.all(restarts);
  expect(restarts).toHaveLength(2);
  expect((await readFile(directory.at('back'))).equals(bytes)).toBe(true);
  expect(relay.cuts).toBeGreaterThanOrEqual(20);
}, 120_000);

test('an upload that was given up is gone on with by the same one', async () => {
  await using side = await start();
  const { directory, client } = side;
  const bytes = randomBytes(6 * MIB);
  await writeFile(directory.at('here'), bytes);
  const there = directory.at('there');
  await expect(client.upload(directory.at('here'), there, giveUpAt(3 * MIB))).rejects.toThrow('enough');
  expect(await client.files.exists(there)).toBe(false);
  await side.restart();
  const sent = await client.upload(directory.at('here'), there);
  expect(sent.resumedFrom).toBeGreaterThanOrEqual(3 * MIB);
  expect((await readFile(there)).equals(bytes)).toBe(true);
});

test('an upload begins anew where what is there was changed, or went missing', async () => {
  await using side = await start();
  const { directory, client } = side;
  const bytes = randomBytes(4 * MIB);
  await writeFile(directory.at('here'), bytes);
  const there = directory.at('there');
  const part = async (): Promise<string> =>
    directory.at((await readdir(directory.path)).find((name) => name.startsWith('.corex-upload')) ?? '');
  for (const spoil of [
    async () => writeFile(await part(), 'x', { flag: 'r+' }),
    async () => truncate(await part(), 5 * MIB),
  ]) {
    await expect(client.upload(directory.at('here'), there, giveUpAt(2 * MIB))).rejects.toThrow('enough');
    await side.restart();
    await spoil();
    expect(await client.upload(directory.at('here'), there)).toMatchObject({ resumedFrom: 0, sha256: sumOf(bytes) });
    await client.files.remove(there);
  }
});

test('a file that is changed while it is sent or fetched is refused, and nothing of it appears', async () => {
  await using side = await start();
  const { directory, client } = side;
  await writeFile(directory.at('here'), randomBytes(4 * MIB));
  let isChanged = false;
  const changing = (file: string) => ({
    onProgress: ({ done }: TransferProgress): void => {
      if (done < MIB || isChanged) return;
      isChanged = true;
      execFileSync('sh', ['-c', 'echo more >> "$1"', 'sh', file]);
    },
  });
  await expect(
    client.upload(directory.at('here'), directory.at('there'), changing(directory.at('here'))),
  ).rejects.toMatchObject({ code: 'file-changed' });
  await writeFile(directory.at('there'), randomBytes(6 * MIB));
  isChanged = false;
  await expect(
    client.download(directory.at('there'), directory.at('back'), changing(directory.at('there'))),
  ).rejects.toMatchObject({ code: 'file-changed', number: 409 });
  expect((await readdir(directory.path)).filter((name) => !name.startsWith('.')).toSorted()).toEqual([
    'data',
    'here',
    'there',
  ]);
  await client.download(directory.at('there'), directory.at('back'));
  expect((await readdir(directory.path)).toSorted()).toEqual(['back', 'data', 'here', 'there']);
});

test('a download that was given up is gone on with, unless the file is another one by then', async () => {
  await using side = await start();
  const { directory, client } = side;
  const [there, back] = [directory.at('there'), directory.at('back')];
  const bytes = randomBytes(6 * MIB);
  await writeFile(there, bytes);
  await expect(client.download(there, back, giveUpAt(3 * MIB))).rejects.toThrow('enough');
  await side.restart();
  expect((await client.download(there, back)).resumedFrom).toBeGreaterThanOrEqual(3 * MIB);
  expect((await readFile(back)).equals(bytes)).toBe(true);
  await expect(client.download(there, back, giveUpAt(3 * MIB))).rejects.toThrow('enough');
  await appendFile(there, '!');
  expect(await client.download(there, back)).toMatchObject({ resumedFrom: 0, size: 6 * MIB + 1 });
});

test('a download whose beginning was spoilt here is refused once, and right the next time', async () => {
  await using side = await start();
  const { directory, client } = side;
  const [there, back] = [directory.at('there'), directory.at('back')];
  await writeFile(there, randomBytes(3 * MIB));
  await expect(client.download(there, back, giveUpAt(MIB))).rejects.toThrow('enough');
  const part = (await readdir(directory.path)).find((name) => name.endsWith('.corex-part')) ?? '';
  await writeFile(directory.at(part), 'x', { flag: 'r+' });
  await expect(client.download(there, back)).rejects.toMatchObject({ code: 'hash-mismatch' });
  expect(await client.download(there, back)).toMatchObject({ resumedFrom: 0, size: 3 * MIB });
});

test('files whose size says nothing are fetched whole', async () => {
  await using side = await start();
  const told: (number | undefined)[] = [];
  const { size } = await side.client.download('/proc/version', side.directory.at('v'), {
    onProgress: ({ total }) => told.push(total),
  });
  expect(size).toBeGreaterThan(10);
  expect(told).toEqual([undefined, undefined]);
  expect(await readFile(side.directory.at('v'))).toEqual(await readFile('/proc/version'));
});

test('what can not be read or written is told, on either side', async () => {
  await using side = await start();
  const { client, directory } = side;
  await writeFile(directory.at('here'), 'x');
  await expect(client.upload(directory.at('none'), '/tmp/x')).rejects.toMatchObject({ code: 'no-such-file' });
  await expect(client.upload(directory.path, '/tmp/x')).rejects.toMatchObject({ code: 'bad-path' });
  await expect(client.upload(directory.at('here'), directory.at('no/where'))).rejects.toMatchObject({
    code: 'no-such-file',
  });
  await expect(client.upload(directory.at('here'), directory.path)).rejects.toMatchObject({ code: 'bad-path' });
  await expect(client.download(directory.at('none'), directory.at('x'))).rejects.toMatchObject({
    code: 'no-such-file',
  });
  await expect(client.download(directory.at('here'), directory.at('no/where'))).rejects.toMatchObject({
    code: 'no-such-file',
  });
  expect((await readdir(directory.path)).toSorted()).toEqual(['data', 'here']);
});

test.runIf(requires('mounts'))(
  'a full file system is told before anything is sent, and while it is fetched',
  async () => {
    await using side = await start();
    const { client, directory } = side;
    await writeFile(directory.at('here'), randomBytes(2 * MIB));
    await client.files.mkdir(directory.at('small'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory.at('small')]);
    try {
      await expect(client.upload(directory.at('here'), directory.at('small/x'))).rejects.toMatchObject({
        code: 'no-space',
        number: 507,
      });
      await expect(client.download(directory.at('here'), directory.at('small/x'))).rejects.toMatchObject({
        code: 'no-space',
      });
    } finally {
      execFileSync('umount', [directory.at('small')]);
    }
  },
);

test('client.files asks for everything else', async () => {
  await using side = await start();
  const { files } = side.client;
  const { directory } = side;
  await files.mkdir(directory.at('d/inner'), { mode: 0o700 });
  await Promise.all(
    Array.from({ length: 1500 }, (_, at) => writeFile(directory.at('d', String(at).padStart(4, '0')), '')),
  );
  const names: string[] = [];
  for await (const { name } of files.list(directory.at('d'))) names.push(name);
  expect(names).toEqual([...Array.from({ length: 1500 }, (_, at) => String(at).padStart(4, '0')), 'inner']);
  await files.move(directory.at('d/0000'), directory.at('d/inner/moved'));
  await files.chmod(directory.at('d'), 0o711, { recursive: true });
  expect(await files.stat(directory.at('d/inner/moved'))).toMatchObject({ mode: 0o711, type: 'file' });
  await files.chown(directory.at('d/inner/moved'), { user: process.getuid?.() ?? 0 });
  await files.remove(directory.at('d'));
  expect(await files.exists(directory.at('d'))).toBe(false);
});
