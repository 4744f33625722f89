import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { requires } from '../../harness/requires.ts';
import { type Output, type Stage } from './stage.ts';

/** A disk that can't take output hurts the output, never the run. */
export function describeDiskTrouble(stage: Stage): void {
  describe('a disk that takes nothing', () => {
    test('costs a long output its oldest bytes, is told once, and the run ends as it would', async () => {
      const file = path.join(stage.folder(), 'file');
      writeFileSync(file, '');
      const run = await stage.script('head -c 5000000 /dev/zero; sleep 0.05; echo last words; exit 9', {
        output: { directory: path.join(file, 'output') },
      });
      const record = await run.exited();
      expect(record).toMatchObject({ exit: { code: 9 }, outputEnd: 5_000_011, outputOnDisk: false });
      const output = await run.output();
      expect(output.text.endsWith('last words\n')).toBe(true);
      expectAccounted(output, record.outputEnd, record.outputDropped);
      expect(stage.eventsOf(run.key).filter(({ type }) => type === 'output-trouble')).toHaveLength(1);
    });

    test('is not noticed by a small output', async () => {
      const file = path.join(stage.folder(), 'file');
      writeFileSync(file, '');
      const run = await stage.script('echo small', { output: { directory: path.join(file, 'output') } });
      expect(await run.exited()).toMatchObject({ outputOnDisk: false, outputDropped: 0 });
      expect(stage.eventsOf(run.key).some(({ type }) => type === 'output-trouble')).toBe(false);
    });
  });

  describe('a full disk', () => {
    test.runIf(requires('root'))('leaves gaps, and the run ends as it would', async ({ skip }) => {
      const mount = path.join(stage.folder(), 'small');
      mkdirSync(mount);
      if (!mountSmallDisk(mount)) skip('mounting is not allowed here');
      onTestFinished(() => {
        execFileSync('umount', ['-l', mount]);
      });
      const run = await stage.script('head -c 8000000 /dev/zero; echo last words; exit 9', {
        output: { directory: path.join(mount, 'output') },
      });
      const record = await run.exited();
      expect(record).toMatchObject({ exit: { code: 9 }, outputEnd: 8_000_011 });
      expect(record.outputDropped).toBeGreaterThan(0);
      expectAccounted(await run.output(), record.outputEnd, record.outputDropped);
      expect(stage.eventsOf(run.key).filter(({ type }) => type === 'output-trouble')).toHaveLength(1);
    });
  });
}

/** Every position is readable or in one gap, in order, and the gaps are what the record says was dropped. */
function expectAccounted({ items, gaps }: Output, end: number, dropped: number): void {
  let position = 0;
  for (const item of items) {
    expect(item.type === 'gap' ? item.from : item.position).toBe(position);
    if (item.type === 'bytes') position += item.bytes.length;
    if (item.type === 'gap') position = item.to;
  }
  expect(position).toBe(end);
  expect(gaps.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(dropped);
}

function mountSmallDisk(at: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
