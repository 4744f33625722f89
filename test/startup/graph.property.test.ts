import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildGraph } from '../../src/startup/graph.ts';
import { MILESTONES } from '../../src/startup/startup-entry.ts';

const ids = Array.from({ length: 12 }, (_, at) => `e${at}`);
const nodes = fc
  .uniqueArray(fc.constantFrom(...ids), { minLength: 1 })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((id) =>
        fc.record({ id: fc.constant(id), after: fc.array(fc.constantFrom(...ids, ...MILESTONES), { maxLength: 3 }) }),
      ),
    ),
  );

/** All an entry comes after, over others too, by the simplest means. */
function reachable(id: string, after: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const look = (at: string): void => {
    for (const name of after.get(at) ?? []) {
      if (found.has(name)) continue;
      found.add(name);
      look(name);
    }
  };
  look(id);
  return found;
}

test('buildGraph() puts each entry behind all it comes after, and leaves out just those behind a circle', () => {
  fc.assert(
    fc.property(nodes, (given) => {
      const { order, troubles, after, stages, dependants } = buildGraph(given);
      const known = new Set(given.map(({ id }) => id));
      const place = new Map(order.map((id, at) => [id, at]));
      expect(place.size).toBe(order.length);
      for (const { id, after: names } of given) {
        const before = reachable(id, after);
        const isInCircle = before.has(id);
        const isBehindCircle = [...before].some((name) => reachable(name, after).has(name));
        const hasUnknown = names.some((name) => !known.has(name) && !(MILESTONES as readonly string[]).includes(name));
        expect(troubles.has(id)).toBe(isInCircle || hasUnknown);
        expect(place.has(id)).toBe(!isInCircle && !isBehindCircle);
        if (!place.has(id)) continue;
        for (const name of before) if (known.has(name)) expect(place.get(name)).toBeLessThan(place.get(id) ?? -1);
        const last = MILESTONES.findLast((milestone) => before.has(milestone)) ?? 'init';
        expect(stages.get(id)).toBe(last);
        for (const name of after.get(id) ?? []) expect(dependants.get(name)).toContain(id);
      }
    }),
  );
});
