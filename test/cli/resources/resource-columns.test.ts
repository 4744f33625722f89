import { describe, expect, test } from 'vitest';
import { valueAt, resourceColumns } from '../../../src/cli/resources/resource-columns.ts';
import { plainPaint } from '../../../src/cli/paint.ts';
import { tableLines } from '../../../src/cli/table.ts';

const DEFINITION = {
  type: 'Disks.example.corex',
  namespace: 'config',
  name: 'Disk',
  aliases: ['disks'],
  columns: [
    { name: 'Size', path: 'spec.gigabytes' },
    { name: 'Tags', path: 'spec.tags' },
    { name: 'Note', path: 'spec.note' },
    { name: 'Bus', path: 'metadata.labels.example.com/bus' },
  ],
  sensitive: false,
  read_only: false,
  schema: {},
};
const KIND = { type: DEFINITION.type, namespace: 'config', definition: DEFINITION };

function disk(id: string, spec: unknown, more: object = {}) {
  const metadata = {
    ...{ namespace: 'config', type: DEFINITION.type, id, version: 3, owner: '', phase: 'running' as const },
    ...{ created: 0, updated: 0, labels: { 'example.com/bus': 'nvme' }, annotations: {}, finalizers: [], uid: 'u' },
    ...more,
  };
  return { resource: { metadata, spec } };
}

async function table(rows: ReturnType<typeof disk>[], wide = false, width?: number) {
  const columns = resourceColumns(KIND, { wide, hasEvents: false, now: () => 61_000 });
  return await tableLines(columns, rows, { width, paint: plainPaint });
}

describe('resourceColumns()', () => {
  test('shows the columns of the type; control characters are harmless', async () => {
    const rows = [
      disk('sda', { gigabytes: 500, tags: ['a', 'b'], note: 'x\u001b[31m\n' }),
      disk('sdb', { note: { n: 1 } }),
    ];
    const lines = await table(rows);
    expect(lines.map((line) => line.split(/ +/))).toEqual([
      ['ID', 'VERSION', 'SIZE', 'TAGS', 'NOTE', 'BUS', 'AGE'],
      ['sda', '3', '500', 'a,b', 'x\ufffd[31m\ufffd', 'nvme', '1m', '1s'],
      ['sdb', '3', '{"n":1}', 'nvme', '1m', '1s'],
    ]);
  });

  test('tells what is to go, and when wide whose it is and what it waits for', async () => {
    const more = { phase: 'tearing-down', owner: 'me', finalizers: ['f', 'g'], labels: { a: 'b', c: '' } };
    const lines = await table([disk('sda', { gigabytes: 1 }, more)], true);
    expect(lines.map((line) => line.split(/ +/))).toEqual([
      ['NAMESPACE', 'ID', 'VERSION', 'PHASE', 'SIZE', 'AGE', 'OWNER', 'LABELS', 'FINALIZERS'],
      ['config', 'sda', '3', 'tearing-down', '1', '1m', '1s', 'me', 'a=b,c', 'f,g'],
    ]);
  });

  test('fits 80 columns', async () => {
    const note = 'long '.repeat(40);
    for (const line of await table([disk('x'.repeat(90), { gigabytes: 1, note, tags: [note] })], false, 80)) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });
});

test('valueAt() follows names, also such as have dots themselves', () => {
  const value = { a: { 'b.c': { d: 1 }, b: { x: 2 } }, l: [1, 2] };
  expect(valueAt(value, ['a', 'b', 'c', 'd'])).toBe(1);
  expect(valueAt(value, ['a', 'b', 'x'])).toBe(2);
  expect(valueAt(value, ['l', '1'])).toBe(2);
  expect(valueAt(value, ['a', 'nothing'])).toBeUndefined();
  expect(valueAt(value, ['toString'])).toBeUndefined();
  expect(valueAt(null, ['a'])).toBeUndefined();
});
