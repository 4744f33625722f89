import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requires } from '../../harness/requires.ts';
import { tempDir, type TempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { finished, runningAgent, type RunningAgent } from '../corex.ts';
import { onTerminal } from '../terminal.ts';

const MIB = 1024 * 1024;
let agent: RunningAgent;
let directory: TempDir;

beforeAll(async () => {
  agent = await runningAgent();
  directory = tempDir();
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
  await agent[Symbol.asyncDispose]();
});

describe('corex upload, corex download', () => {
  test('send a file and fetch it, in silence, or told as JSON', async () => {
    const bytes = randomBytes(3 * MIB);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeFile(directory.at('here'), bytes);
    await chmod(directory.at('here'), 0o604);
    await mkdir(directory.at('there'));
    const sent = await agent.run(['upload', 'here', 'there/'], { cwd: directory.path });
    expect([sent.code, sent.stdout.toString(), sent.stderr]).toEqual([0, '', '']);
    expect((await stat(directory.at('there/here'))).mode & 0o777).toBe(0o604);
    const told = await agent.json(['upload', '--mode', '0640', directory.at('here'), directory.at('there/x')]);
    expect(told).toMatchObject({ path: directory.at('there/x'), size: 3 * MIB, sha256, resumed_from: 0 });
    expect((await stat(directory.at('there/x'))).mode & 0o777).toBe(0o640);
    await mkdir(directory.at('back'));
    const fetched = await agent.run(['download', directory.at('there/x')], { cwd: directory.at('back') });
    expect([fetched.code, fetched.stdout.toString(), fetched.stderr]).toEqual([0, '', '']);
    expect((await readFile(directory.at('back/x'))).equals(bytes)).toBe(true);
    expect(await agent.json(['download', directory.at('there/x'), directory.at('back/y')])).toMatchObject({
      path: directory.at('back/y'),
      sha256,
    });
    expect((await readdir(directory.at('back'))).toSorted()).toEqual(['x', 'y']);
  });

  test('say what is wrong', async () => {
    const cases: [string[], number, string][] = [
      [['upload', directory.at('none'), '/tmp/x'], 1, 'there is no such file or directory'],
      [['upload', '/etc/passwd', directory.path], 1, 'name the file itself'],
      [['upload', '/etc/passwd', '/dev/null'], 1, 'character-device'],
      [['upload', '/etc/passwd', '/tmp/x', '--mode', 'rw'], 2, 'octal digits'],
      [['upload', '/etc/passwd'], 2, 'missing'],
      [['download', directory.at('none')], 1, 'no such file'],
      [['download', '/dev/zero', directory.at('zero')], 1, 'only regular files'],
      [['download', '--url', 'ws://example.invalid:1', 'relative'], 125, 'Cannot'],
    ];
    for (const [args, code, text] of cases) {
      const told = await agent.run(args);
      expect([args, told.code, told.stderr]).toEqual([args, code, expect.stringContaining(text)]);
      expect(told.stderr).toMatch(/^corex: Cannot /);
    }
  });

  test('an interrupted one is gone on with by the same command', async () => {
    const big = directory.at('big');
    await writeFile(big, randomBytes(64 * MIB));
    const child = agent.start(['upload', big, directory.at('sent')]);
    const ended = finished(child);
    const part = async (): Promise<number> => {
      const name = (await readdir(directory.path)).find((entry) => entry.startsWith('.corex-upload-'));
      return name === undefined ? 0 : (await stat(directory.at(name))).size;
    };
    await until('a part has arrived', async () => (await part()) > 4 * MIB, { everyMs: 1 });
    child.kill('SIGINT');
    const { signal, stderr } = await within(10_000, 'the end', ended);
    expect([signal, stderr]).toEqual(['SIGINT', expect.stringContaining('the same command goes on with it')]);
    expect(await agent.json(['upload', big, directory.at('sent')])).toMatchObject({
      size: 64 * MIB,
      resumed_from: expect.any(Number),
    });
    expect((await readFile(directory.at('sent'))).equals(await readFile(big))).toBe(true);
    expect((await readdir(directory.path)).filter((name) => name.startsWith('.corex'))).toEqual([]);
  });

  test.runIf(requires('python3'))('draw how far they are on a terminal, and wipe it out at the end', async () => {
    const big = directory.at('bigger');
    await writeFile(big, randomBytes(96 * MIB));
    await using screen = onTerminal(['upload', big, directory.at('shown')], agent.dataDir);
    expect(await within(30_000, 'the end', screen.ended)).toBe(0);
    expect(screen.text().replaceAll('\u001b', '^')).toMatch(/\r\^\[Kbigger \[=*>? *\] +\d+% [\d.]+ MiB\/96\.0 MiB/);
    expect(screen.text().replaceAll('\u001b', '^')).toMatch(/\r\^\[K(\^\[\d+m)?bigger: 96\.0 MiB in [\d.]+ s/);
  });
});
