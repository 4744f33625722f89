import { describe, expect, test } from 'vitest';

import { ReadCache } from '../../../src/state/controllers/read-cache.ts';
import { newResource, type Resource } from '../../../src/state/resource.ts';

const KIND = { namespace: 'n', type: 't' };

function made(at: number): Resource {
  return newResource({ ...KIND, id: `r${String(at)}`, spec: { at }, labels: { last: String(at % 10) } });
}

describe('a cache', () => {
  test('answers when it knows what was there, and not before', async () => {
    const cache = new ReadCache();
    cache.keep(KIND);
    expect(cache.has(KIND)).toBe(true);
    expect(cache.has({ ...KIND, type: 'other' })).toBe(false);
    let answered = 0;
    const asked = [cache.get({ ...KIND, id: 'r1' }), cache.list(KIND)].map((answer) =>
      answer.then(() => (answered += 1)),
    );
    await new Promise(setImmediate);
    expect(answered).toBe(0);
    cache.fill(KIND, [made(1)]);
    await Promise.all(asked);
    expect(answered).toBe(2);
  });

  test('has what was put in and not what was taken out, and finds it by labels and ids among ten thousand', async () => {
    const cache = new ReadCache();
    cache.keep(KIND);
    cache.fill(
      KIND,
      Array.from({ length: 10_000 }, (_, at) => made(at)),
    );
    expect(cache.size).toBe(10_000);
    cache.remove({ ...KIND, id: 'r7' });
    cache.put(made(10_007));
    await expect(cache.get({ ...KIND, id: 'r7' })).rejects.toMatchObject({ code: 'not-found' });
    const sevens = await cache.list(KIND, {
      labels: [[{ key: 'last', operation: 'equal', values: ['7'] }]],
      id: '^r[0-9]{1,2}7$|^r10',
    });
    expect(sevens.map(({ metadata }) => metadata.id)).toContain('r10007');
    expect(sevens.map(({ metadata }) => metadata.id)).not.toContain('r7');
    cache.fill(KIND, [made(1)]);
    expect((await cache.list(KIND)).map(({ metadata }) => metadata.id)).toEqual(['r1']);
  });
});
