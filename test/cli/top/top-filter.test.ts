import { describe, expect, test } from 'vitest';

import { readFilter } from '../../../src/cli/top/top-filter.ts';

describe('readFilter()', () => {
  test.each([
    ['', {}],
    ['  make test ', { match: 'make test' }],
    ['tag:web tag:prod', { tags: ['web', 'prod'] }],
    ['state:running,queued STATE:Waiting x', { match: 'x', states: ['running', 'queued', 'waiting'] }],
    ['queue:disk command:core.system', { queue: 'disk', command: 'core.system' }],
    ['http://host a:b', { match: 'http://host a:b' }],
  ])('reads "%s"', (text, filter) => {
    expect(readFilter(text)).toEqual(filter);
  });

  test.each([
    ['state:runing', 'Unknown state "runing", did you mean "running"?'],
    ['state:done', 'Unknown state "done", known are queued, starting, running, stopping, waiting'],
  ])('says what is wrong with "%s"', (text, why) => {
    expect(readFilter(text)).toBe(why);
  });
});
