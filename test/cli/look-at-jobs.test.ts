import { describe, expect, test } from 'vitest';

import { lookAtJobs } from '../../src/cli/look-at-jobs.ts';
import type { PageQuery } from '../../src/client/jobs-api.ts';
import type { JobPage, JobRow } from '../../src/protocol/job-info.ts';

const row = (id: string): JobRow => ({
  id,
  command: 'core.system',
  state: 'running',
  priority: 0,
  tags: [],
  runs: 1,
  accepted: 0,
  output: 0,
});

describe('lookAtJobs()', () => {
  test('asks page by page and gives none twice, though some end meanwhile', async () => {
    const queries: PageQuery[] = [];
    const pages = [['a', 'b'], ['b', 'c'], ['d']];
    const page = async (query: PageQuery = {}): Promise<JobPage> => {
      queries.push(query);
      const jobs = (pages.shift() ?? []).map(row);
      return { live: 4, total: 4, by_state: {}, jobs };
    };
    const jobs = await lookAtJobs({ page }, { queue: 'q' }, 2);
    expect(jobs.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(queries).toEqual([0, 2, 4].map((offset) => ({ queue: 'q', offset, limit: 2 })));
  });
});
