import { describe, expect, test } from 'vitest';

import type { JobPageQuery } from '../../src/engine/job-access.ts';
import { EngineStage, turns } from '../harness/engine-stage.ts';

const usual: JobPageQuery = { sort: 'accepted', descending: false, offset: 0, limit: 100 };

/** Three jobs: `c` and `a` run, `b` waits behind `c`. */
async function withJobs() {
  const life = await new EngineStage().begin();
  await life.start({ id: 'c', queue: 'Disk', tags: ['Web'] });
  await life.submit({ id: 'b', queue: 'Disk' });
  await life.start({ id: 'a' });
  const idsOf = async (query: Partial<JobPageQuery>): Promise<string[]> =>
    (await life.engine.page({ ...usual, ...query })).jobs.map(({ id }) => id);
  return { life, idsOf };
}

describe('pageJobs()', () => {
  test('sorts, and puts those without such a value last whichever way is up', async () => {
    const { life, idsOf } = await withJobs();
    expect(await idsOf({})).toEqual(['c', 'b', 'a']);
    expect(await idsOf({ sort: 'id' })).toEqual(['a', 'b', 'c']);
    expect(await idsOf({ sort: 'id', descending: true })).toEqual(['c', 'b', 'a']);
    expect(await idsOf({ sort: 'queue', descending: true })).toEqual(['c', 'b', 'a']);
    expect((await idsOf({ sort: 'started', descending: true })).at(-1)).toBe('b');
    await life.end({ drain: true });
  });

  test('gives one page, and counts all that match', async () => {
    const { life } = await withJobs();
    expect(await life.engine.page({ ...usual, sort: 'id', offset: 1, limit: 1 })).toMatchObject({
      live: 3,
      total: 3,
      by_state: { running: 2, queued: 1 },
      jobs: [{ id: 'b', state: 'queued' }],
    });
    expect(await life.engine.page({ ...usual, offset: 9 })).toMatchObject({ total: 3, jobs: [] });
    expect(await life.engine.page({ ...usual, states: ['queued'] })).toMatchObject({ live: 3, total: 1 });
    await life.end({ drain: true });
  });

  test('finds a text in id, queue and tags, in letters of either case', async () => {
    const { life, idsOf } = await withJobs();
    expect(await idsOf({ match: 'disk' })).toEqual(['c', 'b']);
    expect(await idsOf({ match: 'WEB' })).toEqual(['c']);
    expect(await idsOf({ match: 'test.run' })).toEqual(['c', 'b', 'a']);
    expect(await idsOf({ match: 'nothing' })).toEqual([]);
    await life.end({ drain: true });
  });

  test('tells what a job said last', async () => {
    const { life } = await withJobs();
    life.stage.keeper.say(life.key('a'), 'first\nlast\n');
    await turns();
    const { jobs } = await life.engine.page({ ...usual, match: 'a', sort: 'id', limit: 1 });
    expect(jobs).toMatchObject([{ id: 'a', said: 'last' }]);
    await life.end({ drain: true });
  });
});
