import { Readable } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { forwardInput } from '../../src/cli/forward-input.ts';

describe('forwardInput()', () => {
  test('hands over chunk by chunk, and the end', async () => {
    const got: unknown[] = [];
    await forwardInput(Readable.from([Buffer.from('a'), Buffer.from('b')]), {
      write: async (data) => void got.push(String(data)),
      end: async () => void got.push('end'),
    });
    expect(got).toEqual(['a', 'b', 'end']);
  });

  test('lets go of the input when the job takes no more', async () => {
    const input = Readable.from([Buffer.from('a'), Buffer.from('b')]);
    await forwardInput(input, {
      write: () => Promise.reject(new Error('not running')),
      end: () => Promise.reject(new Error('not running')),
    });
    expect(input.destroyed).toBe(true);
  });
});
