import fc from 'fast-check';
import { expect, test } from 'vitest';

import { compareBytes } from '../../src/state/label-query.ts';
import { newResource, type Resource } from '../../src/state/resource.ts';
import { SortedView } from '../../src/state/sorted-view.ts';

const step = fc.record({
  id: fc.oneof(fc.string({ maxLength: 2, unit: 'binary' }), fc.nat(2_000).map(String)),
  does: fc.constantFrom('put', 'put', 'remove', 'look'),
});

test('a view is in the order of the bytes whatever was put in and taken out, and leaves those it gave before alone', () => {
  const property = fc.property(fc.array(step, { maxLength: 4_000, size: 'max' }), (steps) => {
    const byId = new Map<string, Resource>();
    const view = new SortedView(byId);
    const given: { readonly all: readonly Resource[]; readonly was: readonly Resource[] }[] = [];
    const look = (): void => {
      const all = view.all();
      const ids = [...byId.keys()].sort(compareBytes);
      expect(all.map(({ metadata }) => metadata.id)).toEqual(ids);
      expect(all.every((resource) => byId.get(resource.metadata.id) === resource)).toBe(true);
      given.push({ all, was: [...all] });
    };
    view.all();
    for (const [at, { id, does }] of steps.entries()) {
      if (does === 'look') {
        // Seldom, so that much may change between two looks.
        if (at % 7 === 0) look();
        continue;
      }
      if (does === 'put') byId.set(id, newResource({ namespace: 'n', type: 't', id, spec: { at } }));
      else byId.delete(id);
      view.touch(id);
    }
    look();
    for (const { all, was } of given) expect(all.every((resource, at) => resource === was[at])).toBe(true);
  });
  fc.assert(property, { numRuns: 30 });
});
