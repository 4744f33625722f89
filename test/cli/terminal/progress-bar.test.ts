import { describe, expect, test } from 'vitest';
import { ProgressBar, progressLine, type ProgressFacts } from '../../../src/cli/terminal/progress-bar.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

const FACTS: ProgressFacts = { done: 0, total: undefined, text: undefined, unit: 'items', perSecond: undefined };
const MIB = 1024 * 1024;

describe('progressLine()', () => {
  test.each<[Partial<ProgressFacts>, number, string]>([
    [{ done: 3 }, 80, 'job 3'],
    [{ done: 3, total: 12 }, 60, 'job [==========>                             ]  25% 3/12'],
    [{ done: 12, total: 12 }, 30, 'job [============] 100% 12/12'],
    [{ done: 5, total: 10, perSecond: 2.5 }, 60, 'job [===============>              ]  50% 5/10  2.5/s  0:02'],
    [{ done: 1, total: 100_000, perSecond: 20 }, 60, 'job [>                       ]   0% 1/100000  20/s  1:23:20'],
    [
      { done: MIB, total: 3 * MIB, unit: 'bytes', perSecond: 512 * 1024 },
      70,
      'job [========>                ]  33% 1.0 MiB/3.0 MiB  512 KiB/s  0:04',
    ],
    [{ done: 3, total: 12, text: 'waits' }, 24, 'job  25% 3/12  waits'],
    [{ done: 30, total: 12 }, 8, '100% 30…'],
    [{ done: 0, total: 0 }, 20, 'job 0/0'],
  ])('%j in %i columns', async (facts, columns, line) => {
    const drawn = await progressLine('job', { ...FACTS, ...facts }, columns);
    expect(drawn.length).toBeLessThanOrEqual(columns);
    expect(drawn).toBe(line);
  });

  test('cuts the label, and shows nothing that steers a terminal', async () => {
    const drawn = await progressLine(`\u001b[2J${'long'.repeat(20)}`, { ...FACTS, done: 1, total: 2 }, 40);
    expect(drawn).toMatch(/^\ufffd\[2Jlong.*… +50% 1\/2$/);
    expect(await progressLine('日本語の名前', { ...FACTS, done: 1, total: 2 }, 20)).toMatch(/…? +50% 1\/2$/);
  });
});

describe('ProgressBar', () => {
  function bar(isTerminal = true, env: Record<string, string> = {}) {
    const clock = new FakeClock();
    const drawn: string[] = [];
    const output = {
      stderr: { isTerminal, width: 60, paint: (_look: string, text: string) => text },
      write: async (_to: 'stdout' | 'stderr', text: string | Uint8Array) => void drawn.push(String(text)),
    };
    return { clock, drawn, bar: new ProgressBar({ output, env, clock, label: 'job' }) };
  }
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('draws ten times a second at most, and wipes itself out', async () => {
    const { bar: shown, drawn, clock } = bar();
    for (let done = 0; done < 100; done += 1) {
      shown.update(done, 100);
      await settled();
      await clock.advance(10);
    }
    expect(drawn).toHaveLength(10);
    expect(drawn[0]?.startsWith('\r\u001b[Kjob [>')).toBe(true);
    await shown.end();
    await shown.end();
    shown.update(100, 100);
    await settled();
    expect(drawn.slice(10)).toEqual(['\r\u001b[K']);
  });

  test('tells the speed of what it has seen itself', async () => {
    const { bar: shown, drawn, clock } = bar();
    shown.startAt(1000);
    await clock.advance(1000);
    shown.update(1010, 2000);
    await settled();
    expect(drawn[0]).toContain('1010/2000  10/s  1:39');
  });

  test('draws nothing where that is no terminal, or one that can do nothing', async () => {
    for (const { bar: shown, drawn } of [bar(false), bar(true, { TERM: 'dumb' })]) {
      shown.update(1, 2);
      await settled();
      await shown.end();
      expect(drawn).toEqual([]);
    }
  });
});
