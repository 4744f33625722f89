import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { mergeByTime } from '../../src/cli/merge-by-time.ts';
import { within } from '../harness/within.ts';

interface Item {
  readonly time?: number;
  readonly text: string;
}

async function* past(items: readonly Item[]): AsyncGenerator<Item> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

/** Gives items when it is told to. */
function live() {
  const items: Item[] = [];
  let wake = Promise.withResolvers<undefined>();
  let isClosed = false;
  async function* source(): AsyncGenerator<Item> {
    try {
      for (;;) {
        const item = items.shift();
        if (item !== undefined) yield item;
        else {
          await wake.promise;
          wake = Promise.withResolvers();
        }
      }
    } finally {
      isClosed = true;
    }
  }
  const say = (item: Item): void => {
    items.push(item);
    wake.resolve(undefined);
  };
  return { items: source(), say, isClosed: () => isClosed };
}

const timeOf = ({ time }: Item): number | undefined => time;

async function all(sources: readonly AsyncIterable<Item>[]): Promise<string[]> {
  const texts: string[] = [];
  for await (const { source, item } of mergeByTime(sources, timeOf, 1000)) texts.push(`${source}${item.text}`);
  return texts;
}

describe('mergeByTime()', () => {
  test('gives what is past in order of time, and keeps the order within a source', async () => {
    const times = fc.array(fc.nat({ max: 20 }), { maxLength: 12 }).map((list) => list.sort((a, b) => a - b));
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 1, maxLength: 4 }), async (lists) => {
        const merged: { source: number; time: number }[] = [];
        const sources = lists.map((list) => past(list.map((time) => ({ time, text: '' }))));
        for await (const { source, item } of mergeByTime(sources, timeOf, 1000))
          merged.push({ source, time: item.time ?? 0 });
        expect(merged.map(({ time }) => time)).toEqual(lists.flat().sort((a, b) => a - b));
        for (const [source, list] of lists.entries())
          expect(merged.filter((item) => item.source === source).map(({ time }) => time)).toEqual(list);
      }),
    );
  });

  test('leaves what has no time where it stands', async () => {
    const one = past([{ time: 1, text: 'a' }, { text: 'gap' }, { time: 9, text: 'b' }]);
    const other = past([{ time: 5, text: 'x' }]);
    expect(await all([one, other])).toEqual(['0a', '0gap', '1x', '0b']);
  });

  test('waits for nobody for long, and then gives what comes as it comes', async () => {
    const [quiet, talking] = [live(), live()];
    const merged = mergeByTime([quiet.items, talking.items], timeOf, 10);
    talking.say({ time: 5, text: 'early' });
    expect(await within(20_000, 'the first', merged.next())).toMatchObject({ value: { source: 1 } });
    quiet.say({ time: 1, text: 'late' });
    expect(await within(20_000, 'the second', merged.next())).toMatchObject({ value: { source: 0 } });
    const third = merged.next();
    talking.say({ time: 7, text: 'more' });
    expect(await within(20_000, 'the third', third)).toMatchObject({ value: { source: 1, item: { text: 'more' } } });
    quiet.say({ text: 'end' });
    talking.say({ text: 'end' });
    await merged.return(undefined);
  });

  test('fails as the first of its sources does', async () => {
    async function* broken(): AsyncGenerator<Item> {
      yield { time: 1, text: 'a' };
      throw new Error('gone');
    }
    await expect(all([broken(), past([{ time: 2, text: 'b' }])])).rejects.toThrow('gone');
  });
});
