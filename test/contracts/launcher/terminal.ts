import { describe, expect, test } from 'vitest';

import { until } from '../../harness/until.ts';
import { type RunOnStage, type Stage } from './stage.ts';

const SIZE = { columns: 91, rows: 33 };

/** What a run with a terminal gets, where the launcher has terminals. */
export function describeTerminal(stage: Stage): void {
  describe('a terminal', () => {
    test('has the size that was asked for, and its output is one stream', async () => {
      if (!stage.launcher.abilities.pty) return;
      const run = await stage.script('test -t 0 && test -t 1 && test -t 2 && stty size; echo err >&2', { pty: SIZE });
      const output = await run.output();
      expect(output.text).toBe('33 91\r\nerr\r\n');
      expect(output.items.every((item) => item.type !== 'bytes' || item.stream === 'pty')).toBe(true);
      expect((await run.exited()).exit).toEqual({ code: 0 });
    });

    test('is the controlling one: a typed interrupt reaches the run', async () => {
      if (!stage.launcher.abilities.pty) return;
      const run = await stage.script('echo ready; exec sleep 60', { pty: SIZE, stdin: { type: 'stream' } });
      await run.saying('ready');
      await stage.launcher.writeStdin(run.key, 0, Buffer.from('\x03'));
      expect((await run.exited()).exit).toEqual({ signal: 'SIGINT' });
    });

    test('carries what is typed', async () => {
      if (!stage.launcher.abilities.pty) return;
      const run = await stage.script('read line; echo "got $line"', { pty: SIZE, stdin: { type: 'stream' } });
      await stage.launcher.writeStdin(run.key, 0, Buffer.from('hello\n'));
      expect(await run.saying('got')).toContain('got hello');
      await run.exited();
    });

    test('ends its input where it is closed, in the middle of a line, too', async () => {
      if (!stage.launcher.abilities.pty) return;
      for (const typed of ['a line\n', 'no line']) {
        const run = await stage.script('stty -echo; cat; echo over', { pty: SIZE, stdin: { type: 'stream' } });
        await stage.launcher.writeStdin(run.key, 0, Buffer.from(typed));
        await stage.launcher.closeStdin(run.key, typed.length);
        expect((await run.exited()).exit).toEqual({ code: 0 });
      }
    });

    test('can be resized', async () => {
      if (!stage.launcher.abilities.pty) return;
      const run = await stage.script('trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done', { pty: SIZE });
      await run.saying('ready');
      await stage.launcher.resize(run.key, 120, 40);
      await until('the new size is said', async () => (await run.saying('ready')).includes('40 120'));
      await run.stopped(0);
    });

    test('that is never read from holds nothing up', async () => {
      if (!stage.launcher.abilities.pty) return;
      const run = await stage.script('echo ready; exec sleep 60', { pty: SIZE, stdin: { type: 'stream' } });
      await run.saying('ready');
      await typeFor(stage, run, 300_000);
      expect(await run.stopped(10_000)).toMatchObject({ stop: { reason: 'killed' } });
    });

    test('of a run without one has no size to change', async () => {
      const run = await stage.script('exec sleep 60');
      await stage.launcher.resize(run.key, 10, 10);
      await stage.launcher.resize(stage.newKey(), 10, 10);
      await run.stopped(0);
    });
  });
}

/** Types so many bytes, as far as they are taken. */
async function typeFor(stage: Stage, run: RunOnStage, bytes: number): Promise<void> {
  for (let offset = 0; offset < bytes;) {
    const next = await stage.launcher.writeStdin(run.key, offset, Buffer.alloc(10_000, 'x'));
    if (next <= offset) return;
    offset = next;
  }
}
