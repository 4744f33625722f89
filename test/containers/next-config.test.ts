import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { nextConfig } from '../../src/containers/next-config.ts';
import {
  newChange,
  type PendingChange,
  withFile,
  withRunState,
  withWishes,
} from '../../src/containers/pending-change.ts';
import { Containers } from '../../src/containers/resources.ts';
import type { ContainerConfig } from '../../src/protocol/container.ts';
import type { Resource } from '../../src/state/resource.ts';

const DEFAULTS = { limits: { memory_mb: 512, cpu_mhz: 2000, pids: 100 }, processorMhz: 2000 };
const FACTS = { defaults: DEFAULTS, isUp: false, filesDone: 0, number: 7, now: 1000 };

const begun = (): PendingChange => withWishes(newChange('a', undefined), { name: 'a', image: 'tiny' }, DEFAULTS);
const stored = (config: ContainerConfig): Resource<ContainerConfig> => Containers.make({ id: 'a', spec: config });
const first = nextConfig(begun(), FACTS).config;

describe('nextConfig()', () => {
  test('makes the first version of what is not there, with the defaults', () => {
    expect(first).toMatchObject({ name: 'a', number: 7, version: 1, run_state: 'created', starts: 0, network: 'none' });
    expect(first.limits).toEqual(DEFAULTS.limits);
  });

  test('counts versions, and starts of what does not run', () => {
    const start = withRunState(newChange('a', stored(first)), 'running');
    const running = nextConfig(start, FACTS).config;
    expect(running).toMatchObject({ version: 2, starts: 1, run_state: 'running' });
    const again = withRunState(newChange('a', stored(running)), 'running');
    expect(nextConfig(again, { ...FACTS, isUp: true }).config).toMatchObject({ version: 3, starts: 1 });
    expect(nextConfig(again, FACTS).config).toMatchObject({ version: 3, starts: 2 });
  });

  test('refuses another image, or other users, once files are made of one', () => {
    const root = { image: 'tiny', users: 'own' } as const;
    const facts = { ...FACTS, root };
    const change = (wishes: object): PendingChange => withWishes(newChange('a', stored(first)), wishes, DEFAULTS);
    expect(nextConfig(change({ image: 'tiny', users: 'own' }), facts).config.version).toBe(2);
    for (const wishes of [{ image: 'other' }, { users: 'host' }, { image: null }]) {
      expect(() => nextConfig(change(wishes), facts)).toThrow(
        expect.objectContaining({
          code: 'bad-arguments',
          message: expect.stringContaining('create another container'),
        }),
      );
      expect(nextConfig(change(wishes), FACTS).config.version).toBe(2);
    }
  });

  test('ignores limits of what runs and is not stopped by the same commit', () => {
    const change = withWishes(newChange('a', stored(first)), { limits: { memory_mb: 64 }, tags: ['x'] }, DEFAULTS);
    const up = { ...FACTS, isUp: true };
    expect(nextConfig(change, up)).toMatchObject({
      ignored: ['limits'],
      config: { limits: first.limits, tags: ['x'] },
    });
    expect(nextConfig(withRunState(change, 'stopped'), up).config.limits.memory_mb).toBe(64);
  });

  test('takes null for the default, and -1 for that of a limit', () => {
    const wishes = { env: { A: '1' }, user: 'app', limits: { memory_mb: 64, cpus: 0.5 } };
    const { config } = nextConfig(withWishes(newChange('a', stored(first)), wishes, DEFAULTS), FACTS);
    expect(config).toMatchObject({ user: 'app', limits: { memory_mb: 64, cpu_mhz: 1000, pids: 100 } });
    const back = { env: null, user: null, limits: { memory_mb: -1 } };
    const next = nextConfig(withWishes(newChange('a', stored(config)), back, DEFAULTS), FACTS).config;
    expect(next).toMatchObject({ env: {}, limits: { memory_mb: 512, cpu_mhz: 1000 } });
    expect(next.user).toBeUndefined();
  });

  test('numbers files on, and leaves out those that were copied in or written over', () => {
    const one = withFile(withFile(newChange('a', stored(first)), { path: '/a', data: Buffer.from('1') }), {
      path: '/b',
      data: Buffer.from('2'),
    });
    const { config } = nextConfig(one, FACTS);
    expect(config.files.map(({ path, sequence }) => [path, sequence])).toEqual([
      ['/a', 1],
      ['/b', 2],
    ]);
    const more = withFile(newChange('a', stored(config)), { path: '/b', data: Buffer.from('3') });
    const next = nextConfig(more, { ...FACTS, filesDone: 1 }).config;
    expect(next.files.map(({ path, sequence }) => [path, sequence])).toEqual([['/b', 3]]);
  });

  test('never loses a wish, however many setters it comes through', () => {
    const wish = fc.record(
      {
        tags: fc.uniqueArray(
          fc.string({ minLength: 1, maxLength: 8 }).filter((tag) => !tag.includes('\0')),
          { maxLength: 3 },
        ),
        read_only: fc.boolean(),
        stop_grace: fc.integer({ min: 0, max: 60 }),
        hostname: fc.constantFrom('a', 'b-c'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 6 }), (wishes) => {
        const change = wishes.reduce(
          (before, each) => withWishes(before, each, DEFAULTS),
          newChange('a', stored(first)),
        );
        expect(nextConfig(change, FACTS).config).toMatchObject(Object.assign({}, ...wishes) as object);
      }),
      { numRuns: 100 },
    );
  });

  test('refuses what does not go together', () => {
    const noImage = withRunState(withWishes(newChange('b', undefined), { name: 'b' }, DEFAULTS), 'running');
    expect(() => nextConfig(noImage, FACTS)).toThrow('it has no image');
    expect(() => withRunState(begun(), 'created')).toThrow('must be "running" or "stopped"');
    expect(() => withWishes(begun(), { limits: { cpus: 1, cpu_mhz: 5 } }, DEFAULTS)).toThrow('one of them is enough');
    for (const value of [0, -2, Number.NaN, 1.5]) {
      expect(() => withWishes(begun(), { limits: { pids: value } }, DEFAULTS)).toThrow('Cannot change a container');
    }
    for (const path of ['../x', 'x', '/', '/a/../b', '/a/']) {
      expect(() => withFile(begun(), { path, data: new Uint8Array() })).toThrow('Cannot copy to');
    }
  });
});
