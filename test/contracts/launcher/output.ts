import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { type Stage } from './stage.ts';

/** Rounds of four runs at a time; `COREX_OUTPUT_ROUNDS` makes a long run of it. */
const ROUNDS = Number(process.env['COREX_OUTPUT_ROUNDS'] ?? 10);

/** Output is bytes: all of them, in order, addressed by position. */
export function describeOutput(stage: Stage): void {
  describe('output', () => {
    test(
      'of 1 MB right before the end is there to the last byte, every time',
      { timeout: ROUNDS * 12_000 },
      async () => {
        const content = randomBytes(1_000_000);
        const file = path.join(stage.folder(), 'content');
        writeFileSync(file, content);
        const once = async (): Promise<void> => {
          const run = await stage.start({ program: '/bin/cat', args: [file] });
          const { bytes, gaps } = await run.output();
          expect(bytes.equals(content)).toBe(true);
          expect(gaps).toEqual([]);
          expect(await run.exited()).toMatchObject({ outputEnd: 1_000_000, outputDropped: 0, outputOnDisk: true });
          stage.launcher.forget(run.key);
        };
        for (let round = 0; round < ROUNDS; round += 1) await Promise.all([once(), once(), once(), once()]);
      },
    );

    test('keeps characters whole across the borders of what is read at once', async () => {
      const text = '€žluťoučký kůň 馬 🐎 '.repeat(20_000);
      const run = await stage.script('cat', { stdin: { type: 'bytes', bytes: Buffer.from(text) } });
      expect((await run.output(0, 1_000)).text).toBe(text);
    });

    test('may be a line of 200 kB', async () => {
      const run = await stage.script(`head -c 200000 /dev/zero | tr '\\0' x; echo`);
      expect((await run.output()).text).toBe(`${'x'.repeat(200_000)}\n`);
    });

    test('of 150 MB without a line end takes little memory, and what is dropped is a gap', async () => {
      const before = await residentBytes(stage.ownerPid);
      const run = await stage.script('head -c 150000000 /dev/zero', { output: { keepBytes: 20_000_000 } });
      const { outputEnd, outputDropped } = await run.exited();
      expect((await residentBytes(stage.ownerPid)) - before).toBeLessThan(80_000_000);
      expect(outputEnd).toBe(150_000_000);
      const { gaps, bytes } = await run.output();
      expect(gaps).toEqual([{ from: 0, to: outputDropped }]);
      expect(bytes.length).toBe(outputEnd - outputDropped);
      expect(bytes.length).toBeGreaterThan(15_000_000);
      expect(bytes.length).toBeLessThanOrEqual(20_000_000);
    });

    test('of the two streams is told apart and stands in one order', async () => {
      const run = await stage.script('echo out; read _; echo err >&2; read _; echo out again', {
        stdin: { type: 'stream' },
      });
      await run.saying('out\n');
      await stage.launcher.writeStdin(run.key, 0, Buffer.from('\n'));
      await run.saying('err\n');
      await stage.launcher.writeStdin(run.key, 1, Buffer.from('\n'));
      const { stdout, stderr, text } = await run.output();
      expect({ stdout, stderr, text }).toEqual({
        stdout: 'out\nout again\n',
        stderr: 'err\n',
        text: 'out\nerr\nout again\n',
      });
    });

    test('can be read from any position, also while it is written', async () => {
      const run = await stage.script('for i in 1 2 3 4 5 6 7 8 9; do printf "$i$i$i$i$i"; sleep 0.01; done');
      const whole = await run.output();
      for (const from of [0, 1, 7, 44, 45]) {
        expect((await run.output(from, 3)).text).toBe(whole.text.slice(from));
      }
    });

    test('begins with the mark of its run, once, whether it wrote or not', async () => {
      const start = 1_000;
      const key = `${stage.newKey().split('.')[0] ?? ''}.7` as const;
      const silent = await stage.start({ args: ['-c', 'true'], output: { start } }, key);
      expect((await silent.output()).items).toMatchObject([{ type: 'run', run: 7, position: start }]);
      const talking = await stage.script('echo hi', { output: { start } });
      expect((await talking.output(start, 1)).runs).toEqual([1]);
      expect((await talking.output(start + 1, 1)).runs).toEqual([]);
    });

    test('goes on in the same folder where an earlier run of the job ended', async () => {
      const directory = stage.folder();
      const first = await stage.script('head -c 100000 /dev/zero', { output: { directory } });
      const { outputEnd } = await first.exited();
      stage.launcher.forget(first.key);
      const second = await stage.script('echo second', { output: { directory, start: outputEnd, memoryBytes: 0 } });
      expect((await second.exited()).outputEnd).toBe(100_007);
      expect((await second.output()).text).toBe('second\n');
    });

    test('answers at once with nothing where nothing is yet', async () => {
      const run = await stage.script('sleep 60');
      expect(await stage.launcher.read(run.key, 0, 100)).toEqual({ items: [], next: 0, ended: false });
      await run.stopped(0);
    });

    test('of an unknown run has ended', async () => {
      expect(await stage.launcher.read(stage.newKey(), 5, 100)).toEqual({ items: [], next: 5, ended: true });
    });

    test('that nobody reads does not hold up the run', async () => {
      const run = await stage.script('head -c 30000000 /dev/zero; echo done >&2');
      expect(await run.exited()).toMatchObject({ exit: { code: 0 }, outputEnd: 30_000_005 });
    });
  });
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}
