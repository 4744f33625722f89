import { describe, expect, test } from 'vitest';

import { HandleTable } from '../../src/containers/handle-table.ts';
import { newChange, type PendingChange, withFile } from '../../src/containers/pending-change.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

const change = (id = 'a'): PendingChange => newChange(id, undefined);

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

describe('HandleTable', () => {
  test('gives handles in which nothing can be read, and knows no others', () => {
    const table = new HandleTable(new FakeClock());
    const handle = table.add(change());
    expect(handle).toMatch(/^[0-9a-f]{32}$/);
    expect(table.get(handle).id).toBe('a');
    expect(codeOf(() => table.get('a'))).toBe('unknown-handle');
  });

  test('exchanges a handle, and keeps it when the change is refused', () => {
    const table = new HandleTable(new FakeClock());
    const first = table.add(change('a'));
    expect(() =>
      table.exchange(first, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    const second = table.exchange(first, (before) => ({ ...before, runState: 'running' }));
    expect(codeOf(() => table.get(first))).toBe('unknown-handle');
    expect(table.get(second).runState).toBe('running');
  });

  test('lets go of the one that was used least recently when there are too many, and of old ones', async () => {
    const clock = new FakeClock();
    const table = new HandleTable(clock);
    const first = table.add(change());
    const others = Array.from({ length: 1000 }, () => table.add(change()));
    expect(codeOf(() => table.get(first))).toBe('unknown-handle');
    expect(codeOf(() => table.get(others.at(-1) ?? ''))).toBe('none');
    await clock.advance(61 * 60 * 1000);
    expect(codeOf(() => table.get(others.at(-1) ?? ''))).toBe('unknown-handle');
    expect(table.size).toBe(0);
  });

  test('holds a bounded number of bytes of files', () => {
    const table = new HandleTable(new FakeClock());
    const large = withFile(change(), { path: '/large', data: new Uint8Array(60 * 1024 ** 2) });
    const handles = Array.from({ length: 4 }, () => table.add(large));
    expect(codeOf(() => table.add(large))).toBe('too-many');
    table.remove(handles[0] ?? '');
    expect(codeOf(() => table.add(large))).toBe('none');
  });
});
