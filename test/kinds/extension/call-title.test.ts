import { expect, test } from 'vitest';

import { callTitle } from '../../../src/kinds/extension/call-title.ts';

test('`callTitle()` is a name and its arguments in one line of at most 200 characters', () => {
  expect(callTitle('git.clone', { url: 'https://x', depth: 1, tags: ['a', 'b'], dry: null })).toBe(
    'git.clone url=https://x depth=1 tags=a,b dry=null',
  );
  expect(callTitle('bash', { script: 'echo a;\n  echo\tb' })).toBe('bash script=echo a; echo b');
  expect(callTitle('up', undefined)).toBe('up');
  const long = callTitle('up', { list: Array.from({ length: 100_000 }, () => 'x'.repeat(1000)) });
  expect(long).toHaveLength(200);
  expect(long).toMatch(/^up list=x+…$/);
});
