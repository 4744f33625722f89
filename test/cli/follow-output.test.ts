import { describe, expect, test } from 'vitest';

import { followBytes } from '../../src/cli/follow-output.ts';
import type { OutputItem } from '../../src/client/job-items.ts';
import { fakeCli } from './fake-cli.ts';

async function* items(): AsyncGenerator<OutputItem> {
  yield { type: 'event', event: { event: 'queued', queue: 'disk' } };
  yield { type: 'gap', from: 0, to: 2048 };
  yield { type: 'bytes', stream: 'stdout', position: 2048, bytes: Buffer.from('out') };
  yield { type: 'bytes', stream: 'stderr', position: 2051, bytes: Buffer.from('err\n') };
  yield { type: 'bytes', stream: 'pty', position: 2055, bytes: Buffer.from('pty') };
  yield { type: 'gap', from: 2058, to: 4106 };
}

describe('followBytes()', () => {
  test.each([
    ['none', /^err\ncorex: 4\.0 KiB of output are missing: .*\n$/],
    ['few', /^corex: queued in "disk"\nerr\ncorex: 4\.0 KiB of output are missing: .*\n$/],
    ['all', /^corex: queued in "disk"\ncorex: 2\.0 KiB .*here.*\nerr\ncorex: 2\.0 KiB .*here.*\ncorex: 4\.0 KiB .*\n$/],
  ] as const)('writes every byte where it belongs, with notes: %s', async (notes, stderr) => {
    const cli = fakeCli();
    await followBytes(items(), cli.output, { notes });
    await cli.output.drained();
    expect(cli.stdout()).toBe('outpty');
    expect(cli.stderr()).toMatch(stderr);
  });
});
