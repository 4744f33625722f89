import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Stage } from './stage.ts';

const SECRET = 'correct horse battery staple';

/** Texts that must not be seen in the output are nowhere in it: not in what is read, not in memory, not on the disk. */
export function describeRedaction(stage: Stage): void {
  describe('output without secrets', () => {
    test('has none of them, in neither stream, however they were written', async () => {
      const halves = `printf 'a correct horse'; sleep 0.2; printf ' battery staple b'; printf '${SECRET}' >&2`;
      const run = await stage.script(halves, { redact: [SECRET, 'not there'] });
      expect(await run.output()).toMatchObject({ stdout: 'a [redacted] b', stderr: '[redacted]', gaps: [] });
      expect((await run.exited()).outputEnd).toBe('a [redacted] b[redacted]'.length);
    });

    test('has the place of a secret where it ends in the middle of one', async () => {
      const run = await stage.script(`printf 'a correct horse'`, { redact: [SECRET] });
      expect((await run.output()).text).toBe('a [redacted]');
    });

    test('has nothing of them in its files', async () => {
      const directory = stage.folder();
      const lines = `i=0; while [ $i -lt 5000 ]; do echo "$i it is ${SECRET}, remember"; i=$((i + 1)); done`;
      const run = await stage.script(lines, { redact: [SECRET], output: { directory, memoryBytes: 0 } });
      expect(await run.exited()).toMatchObject({ outputOnDisk: true, outputDropped: 0 });
      const { text } = await run.output();
      expect(text.split('\n')[4999]).toBe('4999 it is [redacted], remember');
      const files = readdirSync(directory).map((name) => readFileSync(path.join(directory, name), 'latin1'));
      expect(files.join('')).toContain('remember');
      expect(files.join('')).not.toContain('horse');
    });

    test('comes as soon as it is asked for, also where it ends like a secret begins', async () => {
      const run = await stage.script(`printf 'Is it c'; read answer; echo " $answer"`, {
        redact: [SECRET],
        stdin: { type: 'stream' },
      });
      await run.saying('Is it c');
      await stage.launcher.writeStdin(run.key, 0, Buffer.from('yes\n'));
      expect((await run.output()).text).toBe('Is it c yes\n');
    });

    test('is there to the last byte when something keeps the streams open', async () => {
      const left = `trap '' TERM HUP; printf 'the end of corr'; sleep 60 & exit 0`;
      const run = await stage.script(left, { redact: [SECRET], keep: true, drainMs: 50 });
      expect(await run.exited()).toMatchObject({ outputOpen: true });
      expect((await run.output()).text).toBe('the end of [redacted]');
      stage.end(run.pid);
    });

    test('of a terminal has none of what is typed or printed over several lines', async ({ skip }) => {
      if (!stage.launcher.abilities.pty) skip('this launcher has no terminals');
      const run = await stage.script(`read -r typed; printf 'one secret\nand another\n'`, {
        redact: [SECRET, 'one secret', 'and another'],
        stdin: { type: 'stream' },
        pty: { columns: 80, rows: 24 },
      });
      await stage.launcher.writeStdin(run.key, 0, Buffer.from(`${SECRET}\n`));
      expect((await run.output()).text).toBe('[redacted]\r\n[redacted]\r\n[redacted]\r\n');
    });
  });
}
