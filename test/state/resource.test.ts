import { describe, expect, test } from 'vitest';

import { clone, equal, freeze, kindKey, newResource, pointerKey, sameResource } from '../../src/state/resource.ts';

const parts = { namespace: 'n', type: 't', id: 'i', spec: { list: [1, { deep: 'x' }] } };

describe('a resource', () => {
  test('shares nothing with what it was made of, and can’t be changed', () => {
    const given = structuredClone(parts);
    const resource = newResource(given);
    given.spec.list.push(2);
    expect(resource.spec.list).toHaveLength(2);
    expect(() => (resource.spec.list as unknown[]).push(3)).toThrow(TypeError);
    expect(() => ((resource.metadata as { id: string }).id = 'other')).toThrow(TypeError);
  });

  test('has each finalizer once', () => {
    expect(newResource({ ...parts, finalizers: ['a', 'b', 'a'] }).metadata.finalizers).toEqual(['a', 'b']);
  });

  test('holds bytes, large numbers and keys of any name, and refuses what JSON and these can’t say', () => {
    const spec = { bytes: new Uint8Array([1, 2]), big: 2n ** 70n, ['__proto__']: 'own' };
    const copy = clone(spec);
    expect(copy).toEqual(spec);
    expect(Object.hasOwn(copy, '__proto__')).toBe(true);
    expect(copy.bytes).not.toBe(spec.bytes);
    expect(() => clone({ date: new Date() })).toThrow('not a Date');
    expect(() => clone({ run: () => 1 })).toThrow('not a function');
  });
});

describe('equality', () => {
  test('ignores times and the order of finalizers, and nothing else', () => {
    const one = newResource({ ...parts, labels: { a: '1' }, finalizers: ['x', 'y'] });
    const same = { ...one, metadata: { ...one.metadata, finalizers: ['y', 'x'], created: 7, updated: 8 } };
    expect(sameResource(one, same)).toBe(true);
    const changes = [
      { version: 2 },
      { owner: 'me' },
      { phase: 'tearing-down' as const },
      { labels: { a: '2' } },
      { annotations: { a: '1' } },
      { finalizers: ['x'] },
      { id: 'other' },
    ];
    for (const change of changes) {
      expect(sameResource(one, { ...one, metadata: { ...one.metadata, ...change } })).toBe(false);
    }
    expect(sameResource(one, { ...one, spec: { list: [1, { deep: 'y' }] } })).toBe(false);
  });

  test.each([
    [{ a: undefined }, {}, false],
    [[1, 2], { 0: 1, 1: 2 }, false],
    [new Uint8Array([1]), new Uint8Array([1]), true],
    [new Uint8Array([1]), [1], false],
    [NaN, NaN, true],
    [null, {}, false],
    [{ a: [{ b: 1 }] }, { a: [{ b: 1 }] }, true],
  ])('of %j and %j is %s', (one, other, answer) => {
    expect(equal(one, other)).toBe(answer);
  });
});

test('what is frozen stays frozen all the way down', () => {
  const value = freeze({ a: [{ b: 1 }] });
  expect(Object.isFrozen(value.a[0])).toBe(true);
});

test('keys keep kinds and pointers apart whatever their names hold', () => {
  const names = ['', 'a', '1:a', ':', 'a:b'];
  const kinds = names.flatMap((namespace) => names.map((type) => ({ namespace, type })));
  expect(new Set(kinds.map(kindKey)).size).toBe(kinds.length);
  const pointers = kinds.flatMap((kind) => names.map((id) => ({ ...kind, id })));
  expect(new Set(pointers.map(pointerKey)).size).toBe(pointers.length);
});
