import { describe, expect, test } from 'vitest';

import { chooseStates } from '../../src/cli/job-filter.ts';

describe('chooseStates()', () => {
  test.each([
    [[], false, { live: 'all', settled: undefined }],
    [[], true, { live: 'all', settled: 'all' }],
    [['running'], true, { live: ['running'], settled: undefined }],
    [['error', 'timeout'], false, { live: undefined, settled: ['ERROR', 'TIMEOUT'] }],
    [['queued', 'success'], false, { live: ['queued'], settled: ['SUCCESS'] }],
  ])('for %j and all %s', (names, all, chosen) => {
    expect(chooseStates(names, all)).toEqual(chosen);
  });
});
