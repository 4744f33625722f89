import { describe, expect, test } from 'vitest';

import { listLiveJobs } from '../../src/cli/list-live-jobs.ts';

/** An agent that answers `job.list` as ours does: from the beginning when the job to begin behind is gone. */
function agent(ids: readonly string[], gone: readonly string[] = []) {
  const asked: unknown[] = [];
  return {
    asked,
    call: async (name: string, args: unknown): Promise<unknown> => {
      const { limit, after } = args as { limit: number; after?: string };
      asked.push([name, args]);
      const start = after === undefined || gone.includes(after) ? 0 : ids.indexOf(after) + 1;
      return ids.slice(start, start + limit).map((id) => ({ id }));
    },
  };
}

const idsOf = async (source: ReturnType<typeof agent>, page: number) =>
  (await listLiveJobs(source, { queue: 'q' }, page)).map(({ id }) => id);

describe('listLiveJobs()', () => {
  test('takes page after page', async () => {
    const source = agent(['a', 'b', 'c', 'd', 'e']);
    expect(await idsOf(source, 2)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(source.asked).toEqual([
      ['job.list', { queue: 'q', limit: 2 }],
      ['job.list', { queue: 'q', limit: 2, after: 'b' }],
      ['job.list', { queue: 'q', limit: 2, after: 'd' }],
    ]);
  });

  test('reaches beyond a job that ended between two pages, and gives none twice', async () => {
    expect(await idsOf(agent(['a', 'b', 'c', 'd', 'e'], ['b']), 2)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await idsOf(agent([]), 2)).toEqual([]);
  });
});
