import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planBatch } from '../../../src/engine/batches/batch-plan.ts';
import { parseCommand } from '../../../src/protocol/command.ts';
import type { WireCommand } from '../../../src/protocol/command.ts';

const plan = (entries: readonly { name?: string; id?: string; after?: WireCommand['after'] }[]) =>
  planBatch('b', {
    entries: entries.map(({ name, ...fields }) => ({ name, command: parseCommand({ command: 'c', ...fields }) })),
    maxInFlight: undefined,
    onFailure: 'continue',
  });

test('planBatch() makes ids of names and places, and turns names into ids', () => {
  const { jobs, ids, others } = plan([
    { after: ['x', { id: 'outside', condition: 'done' }] },
    { name: 'x' },
    { id: 'own', after: ['b.x', 'x'] },
  ]);
  expect(ids).toEqual(['b.1', 'b.x', 'own']);
  expect(others).toEqual(['outside']);
  expect(jobs.map(({ id, command }) => [id, command.after.map((each) => each.id)])).toEqual([
    ['b.x', []],
    ['b.1', ['b.x', 'outside']],
    ['own', ['b.x']],
  ]);
});

test.each([
  [[{ name: 'x' }, { id: 'b.x' }], 'commands.0 and commands.1 have the same id, "b.x"'],
  [[{ name: 'x' }, { id: 'x' }], '"x" is the name of one command and the id of another'],
  [
    [
      { name: 'x', id: 'one' },
      { name: 'x', id: 'two' },
    ],
    'the name "x" is given twice',
  ],
  [[{ id: 'b' }], 'has the id of the batch'],
  [[{ name: 'x', after: ['x'] }], '"b.x" after "b.x"'],
  [
    [
      { name: 'x', after: ['y'] },
      { name: 'y', after: ['b.x'] },
    ],
    '"b.x" after "b.y" after "b.x"',
  ],
])('planBatch() refuses %j', (entries, message) => {
  expect(() => plan(entries)).toThrow(message);
});

test('planBatch() refuses ids that are too long', () => {
  const entries = [{ name: 'x'.repeat(64), command: parseCommand({ command: 'c' }) }];
  const spec = { entries, maxInFlight: undefined, onFailure: 'stop' } as const;
  expect(() => planBatch('b'.repeat(64), spec)).toThrow('129 characters, 128 are the most');
});

test('planBatch() puts everybody behind those they wait for, and names a true cycle when it can not', () => {
  const entry = fc.array(fc.nat(11), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 12 }), (graph) => {
      const waits = graph.map((after) => after.map((n) => n % graph.length));
      const entries = waits.map((after, n) => ({ name: `n${n}`, after: after.map((each) => `n${each}`) }));
      let order: string[];
      try {
        order = plan(entries).jobs.map(({ id }) => id);
      } catch (error) {
        const cycle = [...(error as Error).message.matchAll(/"b\.n(\d+)"/g)].map(([, n]) => Number(n));
        expect(cycle.at(0)).toBe(cycle.at(-1));
        for (const [place, n] of cycle.slice(0, -1).entries()) expect(waits[n]).toContain(cycle[place + 1]);
        return;
      }
      for (const [n, after] of waits.entries()) {
        for (const each of after) expect(order.indexOf(`b.n${each}`)).toBeLessThan(order.indexOf(`b.n${n}`));
      }
    }),
  );
});
