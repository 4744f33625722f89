import { expect, test } from 'vitest';
import { plainPaint } from '../../src/cli/paint.ts';
import { statsColumns, type StatsRow } from '../../src/cli/stats-table.ts';
import { tableLines } from '../../src/cli/table.ts';

const point = (cpu: number, rss: number) => ({
  time: 1,
  samples: 1,
  cpu,
  cpu_max: cpu,
  rss,
  rss_max: rss,
  vms: 1,
  swap: 0,
  processes: 1,
});
const samples = Array.from({ length: 14 }, (_, at) => point(at * 10, (at + 1) * 1024 * 1024));

const rows: StatsRow[] = [
  {
    id: 'a-service-with-a-name-that-is-quite-long',
    stats: {
      cpu: 130,
      rss: 14 * 1024 * 1024,
      vms: 1,
      swap: 0,
      processes: 3,
      samples,
      totals: point(65, 14 * 1024 * 1024),
    },
  },
  { id: 'plain', stats: { cpu: 0, rss: 512, vms: 1, swap: 0 } },
  { id: 'ended', stats: { usage: { user_ms: 1, system_ms: 2, max_rss: 2048 } } },
  { id: 'function', stats: undefined },
];

test('on 80 columns there is room for both bars, and what is least needed is left out', async () => {
  const lines = await tableLines(statsColumns(true), rows, { width: 80, paint: plainPaint });
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^ID +CPU +OVER TIME +MEM +OVER TIME/);
  expect(lines[1]).toContain('130 %  ▁▁▂▂▃▄▄▅▅▆▇▇██');
  expect(lines[1]).toContain('14.0 MiB  ▁▂▂▃▃▄▅▅▆▆▇▇██');
});

test('elsewhere all of it stands in full', async () => {
  const lines = await tableLines(statsColumns(false), rows, { width: undefined, paint: plainPaint });
  expect(lines[1]).toContain('a-service-with-a-name-that-is-quite-long');
  expect(lines[0]).toContain('SAMPLES');
  expect(lines[3]).toMatch(/^ended .*2\.0 KiB/);
});
