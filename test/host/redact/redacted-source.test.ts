import { describe, expect, test } from 'vitest';

import { Lease } from '../../../src/base/memory-pool.ts';
import { withoutSecrets } from '../../../src/host/redact/redacted-source.ts';
import type { OutputSource } from '../../../src/host/run/child.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

/** A stream that says what it is told to. */
class ScriptedSource implements OutputSource {
  readonly stream = 'stdout';
  readonly asked: string[] = [];
  say: (text: string, lease?: Lease) => void = () => undefined;
  end: () => void = () => undefined;

  start(onBytes: (bytes: Buffer, lease?: Lease) => void, onEnd: () => void): void {
    this.say = (text, lease) => {
      onBytes(Buffer.from(text), lease);
    };
    this.end = onEnd;
  }

  pause(): void {
    this.asked.push('pause');
  }

  resume(): void {
    this.asked.push('resume');
  }

  release(): void {
    this.asked.push('release');
  }

  destroy(): void {
    this.asked.push('destroy');
  }
}

function redacted(secret: string) {
  const source = new ScriptedSource();
  const clock = new FakeClock();
  const [clean] = withoutSecrets([source], [secret], clock);
  if (clean === undefined) throw new Error('There is no stream');
  const heard: string[] = [];
  const leases: (Lease | undefined)[] = [];
  clean.start(
    (bytes, lease) => {
      heard.push(bytes.toString());
      leases.push(lease);
    },
    () => heard.push('END'),
  );
  return { source, clean, clock, heard, leases };
}

describe('withoutSecrets()', () => {
  test('leaves streams alone when there is nothing to hide', () => {
    const sources = [new ScriptedSource()];
    expect(withoutSecrets(sources, undefined, new FakeClock())).toBe(sources);
    expect(withoutSecrets(sources, [], new FakeClock())).toBe(sources);
  });

  test('shows a prompt that ends like a secret begins after a moment of silence', async () => {
    const { source, clean, clock, heard } = redacted('yesterday-all-my');
    source.say('Continue? y');
    expect(heard).toEqual(['Continue? ']);
    expect(clean.waiting).toBe(1);
    await clock.advance(50);
    expect(heard).toEqual(['Continue? ', 'y']);
    expect(clean.waiting).toBe(0);
    await clock.advance(1000);
    expect(heard).toHaveLength(2);
  });

  test('gives the rest before the end, or when no more is wanted', () => {
    const ended = redacted('yesterday-all-my');
    ended.source.say('ye');
    ended.source.end();
    expect(ended.heard).toEqual(['ye', 'END']);
    const left = redacted('yesterday-all-my');
    left.source.say('ye');
    left.clean.finish?.();
    expect(left.heard).toEqual(['ye']);
  });

  test('passes on leases with bytes that are as they were, and no others', () => {
    const { source, heard, leases } = redacted('yesterday-all-my');
    const lease = new Lease(Buffer.alloc(1), () => undefined);
    source.say('plain', lease);
    source.say('it is yesterday-all-my.', lease);
    expect(heard).toEqual(['plain', 'it is [redacted].']);
    expect(leases).toEqual([lease, undefined]);
  });

  test('passes on what is asked of a stream', () => {
    const { source, clean } = redacted('yesterday-all-my');
    for (const action of ['pause', 'resume', 'release', 'destroy'] as const) clean[action]();
    expect(source.asked).toEqual(['pause', 'resume', 'release', 'destroy']);
    expect(clean.stream).toBe('stdout');
  });
});
