import { describe, expect, test } from 'vitest';

import { ArchiveStreams } from '../../src/containers/archive-streams.ts';
import type { TreeRead } from '../../src/containers/container-maker.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

/** Reads these parts, an error among them. */
function reading(parts: readonly (string | Error)[]): TreeRead & { readonly closed: () => number } {
  let at = 0;
  let closed = 0;
  return {
    next: () => {
      const part = parts[at];
      at += 1;
      if (part instanceof Error) return Promise.reject(part);
      return Promise.resolve(part === undefined ? undefined : Buffer.from(part));
    },
    closed: () => closed,
    [Symbol.asyncDispose]: () => {
      closed += 1;
      return Promise.resolve();
    },
  };
}

const text = ({ data }: { readonly data: Uint8Array }): string => Buffer.from(data).toString();

describe('ArchiveStreams', () => {
  test('give parts in order, and the last one again', async () => {
    const streams = new ArchiveStreams(new FakeClock());
    const read = reading(['one', 'three']);
    const first = await streams.begin(() => read);
    expect([text(first), first.offset, first.end]).toEqual(['one', 0, false]);
    expect(text(await streams.next(first.stream, 0))).toBe('one');
    expect(text(await streams.next(first.stream, 3))).toBe('three');
    expect(text(await streams.next(first.stream, 3))).toBe('three');
    await expect(streams.next(first.stream, 0)).rejects.toMatchObject({ code: 'bad-arguments' });
    expect(await streams.next(first.stream, 8)).toMatchObject({ end: true, offset: 8 });
    expect(await streams.next(first.stream, 8)).toMatchObject({ end: true });
    expect(read.closed()).toBe(1);
  });

  test('close what nobody reads for a minute, what failed, and all at the end', async () => {
    const clock = new FakeClock();
    const streams = new ArchiveStreams(clock);
    const [rested, failing, open] = [
      reading(['a', 'b']),
      reading(['a', new AgentError('bad-path', 'no')]),
      reading(['a']),
    ];
    const { stream } = await streams.begin(() => rested);
    await clock.advance(59_000);
    expect(rested.closed()).toBe(0);
    await clock.advance(2000);
    expect(rested.closed()).toBe(1);
    await expect(streams.next(stream, 1)).rejects.toMatchObject({ code: 'unknown-handle' });
    const failed = await streams.begin(() => failing);
    await expect(streams.next(failed.stream, 1)).rejects.toMatchObject({ code: 'bad-path' });
    expect(failing.closed()).toBe(1);
    await streams.begin(() => open);
    await streams[Symbol.asyncDispose]();
    expect(open.closed()).toBe(1);
  });

  test('are not too many', async () => {
    await using streams = new ArchiveStreams(new FakeClock());
    for (let count = 0; count < 16; count += 1) await streams.begin(() => reading(['a', 'b']));
    await expect(streams.begin(() => reading(['a']))).rejects.toMatchObject({ code: 'too-many' });
  });
});
