import { describe, expect, test } from 'vitest';

import { type RunOnStage, type Stage } from './stage.ts';

const MEBIBYTE = 1024 * 1024;

/** Standard input is given by offset, on credit, and can hold nothing up. */
export function describeStandardInput(stage: Stage): void {
  describe('standard input', () => {
    test('given with the run arrives whole and ends', async () => {
      const bytes = Buffer.alloc(3 * MEBIBYTE, 'abc');
      const run = await stage.script('cat', { stdin: { type: 'bytes', bytes } });
      expect((await run.output()).bytes.equals(bytes)).toBe(true);
    });

    test('that is none is empty', async () => {
      const run = await stage.script('cat; echo end');
      expect((await run.output()).text).toBe('end\n');
      expect(await stage.launcher.writeStdin(run.key, 0, Buffer.from('x'))).toBe(-1);
    });

    test('is taken by offset: again is skipped, a hole is refused', async () => {
      const run = await stage.script('cat', { stdin: { type: 'stream', bytes: Buffer.from('one ') } });
      const write = (offset: number, text: string): Promise<number> =>
        stage.launcher.writeStdin(run.key, offset, Buffer.from(text));
      expect(await write(4, 'two ')).toBe(8);
      expect(await write(4, 'TWO ')).toBe(8);
      expect(await write(6, 'XXthree')).toBe(13);
      expect(await write(20, 'hole')).toBe(13);
      await stage.launcher.closeStdin(run.key, 13);
      expect((await run.output()).text).toBe('one two three');
      expect(await write(13, 'late')).toBe(-1);
    });

    test('is taken up to 1 MiB while the child does not read, and told when there is room', async () => {
      const run = await stage.script('read go < /proc/$$/environ; sleep 0.3; cat | wc -c', {
        stdin: { type: 'stream' },
      });
      const bytes = Buffer.alloc(3 * MEBIBYTE);
      const taken = await stage.launcher.writeStdin(run.key, 0, bytes);
      expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThan(2 * MEBIBYTE);
      await writeAll(stage, run, bytes, taken);
      await stage.launcher.closeStdin(run.key, bytes.length);
      expect((await run.output()).text.trim()).toBe(String(bytes.length));
    });

    test('closed at an offset ends once that was given', async () => {
      const run = await stage.script('cat; echo end', { stdin: { type: 'stream' } });
      await stage.launcher.closeStdin(run.key, 5);
      expect(await stage.launcher.writeStdin(run.key, 0, Buffer.from('abc'))).toBe(3);
      expect(await stage.launcher.writeStdin(run.key, 3, Buffer.from('defgh'))).toBe(5);
      expect((await run.output()).text).toBe('abcdeend\n');
    });

    test('that the child closed is no trouble', async () => {
      const run = await stage.script('exec <&-; echo closed; sleep 0.2; exit 3', { stdin: { type: 'stream' } });
      await run.saying('closed');
      for (let offset = 0, left = 20; left > 0 && offset >= 0; left -= 1) {
        offset = await stage.launcher.writeStdin(run.key, offset, Buffer.alloc(1_000));
      }
      expect((await run.exited()).exit).toEqual({ code: 3 });
    });

    test('that is never read delays neither a stop nor a deadline', async () => {
      const bytes = Buffer.alloc(4 * MEBIBYTE);
      const stopped = await stage.script('sleep 60', { stdin: { type: 'bytes', bytes } });
      const late = await stage.script('sleep 60', {
        stdin: { type: 'bytes', bytes },
        deadline: { afterMs: 50, graceMs: 0 },
      });
      expect((await stopped.stopped(10_000)).exit).toEqual({ signal: 'SIGTERM' });
      expect((await late.exited()).stop?.reason).toBe('timeout');
    });

    test('of a run that has ended or is unknown takes nothing', async () => {
      const run = await stage.script('true', { stdin: { type: 'stream' } });
      await run.exited();
      expect(await stage.launcher.writeStdin(run.key, 0, Buffer.from('x'))).toBe(-1);
      expect(await stage.launcher.writeStdin(stage.newKey(), 0, Buffer.from('x'))).toBe(-1);
      await stage.launcher.closeStdin(stage.newKey(), 0);
    });
  });
}

/** Gives everything from `taken` on, waiting for room whenever there is none. */
async function writeAll(stage: Stage, run: RunOnStage, bytes: Buffer, taken: number): Promise<void> {
  for (let offset = taken; offset < bytes.length;) {
    const next = await stage.launcher.writeStdin(run.key, offset, bytes.subarray(offset));
    if (next === offset) {
      await stage.told('there is room for input', run.key, (events) =>
        events.some((event) => event.type === 'stdin' && event.offset >= offset) ? true : undefined,
      );
    }
    offset = next;
  }
}
